"""A net trained when the site is built, for the page to run: the builder's U-Net on discs and squares.

Its program is the one that the builder prints. Behind it stand a few lines that round the weights to half precision,
as the page gets them, and measure what the rounded net does on the test pictures.
"""

from __future__ import annotations

from typing import Any

from builder.runs import Runs

_MORE = """
import base64

for module in model.modules():
    if isinstance(module, nn.BatchNorm2d):  # evaluation as one factor and one summand
        factor = module.weight / (module.running_var + module.eps).sqrt()
        summand = module.bias - module.running_mean * factor
        module.weight, module.bias = nn.Parameter(factor.detach()), nn.Parameter(summand.detach())
model.half().float().eval()
for module in model.modules():
    if isinstance(module, nn.BatchNorm2d):
        module.running_mean.zero_()
        module.running_var.fill_(1 - module.eps)
def text(values):
    return "" if values is None else base64.b64encode(values.detach().half().numpy().tobytes()).decode()
kinds = (nn.Conv2d, nn.BatchNorm2d)
learned = [each for each in model.modules() if isinstance(each, kinds)]
x = torch.stack([row for row, _ in test_data])
y = torch.stack([row for _, row in test_data])
with torch.no_grad():
    logits = model(x)
said = logits.argmax(1)
shares = [((said == k) & (y == k)).sum((1, 2)) / ((said == k) | (y == k)).sum((1, 2)) for k in (1, 2)]
found = torch.stack([(said == k).sum((1, 2)) for k in (1, 2)]).argmax(0) + 1
true = y.flatten(1).amax(1)
accuracy = (found == true).float().mean().item()
iou = torch.where(true == 1, shares[0], shares[1]).mean().item()
result = {
    "weights": [[text(each.weight), text(each.bias)] for each in learned],
    "pictures": x[:100].flatten(1).tolist(),
    "logits": logits[:100].flatten(1).tolist(),
    "accuracy": accuracy,
    "iou": iou,
    "count": len(x),
}
"""


def trained(program: str, runs: Runs) -> dict[str, Any]:
    """Weights, the first hundred test pictures with the rounded net's logits, and how well it does on all of them.

    ``accuracy`` is the share of pictures whose kind is right, ``iou`` the mean overlap of mask and shape.
    Raises RunError.
    """
    return dict(runs.of({"toy": program + _MORE}, ("result",))["toy"]["result"])
