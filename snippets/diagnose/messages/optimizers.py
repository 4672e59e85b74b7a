# --8<-- [start:imports]
import torch
from _says import CURED, SAID, cure, says
from torch import nn, optim

model = nn.Linear(3, 2)
weight, bias = model.parameters()
# --8<-- [end:imports]

# --8<-- [start:parameters]
with says("no-parameters"):
    optim.Adam([])
with cure("no-parameters"):
    optim.Adam(model.parameters())

with says("parameters-a-tensor"):
    optim.Adam(weight)
with cure("parameters-a-tensor"):
    optim.Adam([weight])

with says("parameters-not-tensors"):
    optim.Adam([model])
with cure("parameters-not-tensors"):
    optim.Adam([*model.parameters()])

with says("non-leaf"):
    optim.Adam([torch.zeros(3, requires_grad=True) * 2])
with cure("non-leaf"):
    optim.Adam([(torch.zeros(3) * 2).requires_grad_()])
# --8<-- [end:parameters]

# --8<-- [start:groups]
with says("group-set"):
    optim.Adam([{"params": {weight, bias}}])
with cure("group-set"):
    optim.Adam([{"params": [weight, bias]}])

with says("group-duplicates"):
    optim.SGD([weight, weight])
with cure("group-duplicates"):
    optim.SGD(dict.fromkeys([weight, weight]))

with says("two-groups-one-parameter"):
    optim.SGD([{"params": [weight, bias]}, {"params": [bias]}])
with cure("two-groups-one-parameter"):
    optim.SGD([{"params": [weight]}, {"params": [bias]}])

with says("group-no-dictionary"):
    optim.SGD([weight]).add_param_group([bias])
with cure("group-no-dictionary"):
    optim.SGD([weight]).add_param_group({"params": [bias]})
# --8<-- [end:groups]

# --8<-- [start:names]
with says("group-without-params"):
    optim.SGD([{"lr": 0.1}])
with cure("group-without-params"):
    optim.SGD([{"params": [weight], "lr": 0.1}])

with says("some-named"):
    optim.SGD([("weight", weight), bias])
with cure("some-named"):
    optim.SGD(model.named_parameters())

with says("lr-negative"):
    optim.SGD([weight], lr=-0.1)
with cure("lr-negative"):
    optim.SGD([weight], lr=0.1, maximize=True)  # uphill

with says("momentum-negative"):
    optim.SGD([weight], momentum=-0.9)
with cure("momentum-negative"):
    optim.SGD([weight], momentum=0.9)
# --8<-- [end:names]

# --8<-- [start:options]
with says("betas-range"):
    optim.Adam([weight], betas=(0.9, 1.0))
with cure("betas-range"):
    optim.Adam([weight], betas=(0.9, 0.999))

with says("eps-negative"):
    optim.Adam([weight], eps=-1e-8)
with cure("eps-negative"):
    optim.Adam([weight], eps=1e-8)

with says("weight-decay-negative"):
    optim.AdamW([weight], weight_decay=-0.01)
with cure("weight-decay-negative"):
    optim.AdamW([weight], weight_decay=0.01)

with says("nesterov"):
    optim.SGD([weight], nesterov=True)
with cure("nesterov"):
    optim.SGD([weight], momentum=0.9, nesterov=True)
# --8<-- [end:options]

# --8<-- [start:more-options]
with says("rho-range"):
    optim.Adadelta([weight], rho=1.5)
with cure("rho-range"):
    optim.Adadelta([weight], rho=0.9)

with says("alpha-range"):
    optim.RMSprop([weight], alpha=-0.1)
with cure("alpha-range"):
    optim.RMSprop([weight], alpha=0.99)

with says("etas-range"):
    optim.Rprop([weight], etas=(1.2, 0.5))
with cure("etas-range"):
    optim.Rprop([weight], etas=(0.5, 1.2))

with says("unknown-option"):
    optim.Adam([weight], momentum=0.9)
with cure("unknown-option"):
    optim.Adam([weight], betas=(0.9, 0.999))
# --8<-- [end:more-options]

# --8<-- [start:kinds]
with says("foreach-and-fused"):
    optim.Adam([weight], foreach=True, fused=True)
with cure("foreach-and-fused"):
    optim.Adam([weight], fused=True)

with says("lr-tensor-foreach"):
    optim.Adam([weight], lr=torch.tensor(0.001), foreach=True)
with cure("lr-tensor-foreach"):
    optim.Adam([weight], lr=torch.tensor(0.001))

with says("lr-tensor-elements"):
    optim.Adam([weight], lr=torch.tensor([0.1, 0.2]))
with cure("lr-tensor-elements"):
    groups = [{"params": [weight], "lr": 0.1}, {"params": [bias], "lr": 0.2}]
    optim.Adam(groups)

with says("muon-vector"):
    optim.Muon(model.parameters())
with cure("muon-vector"):
    optim.Muon([p for p in model.parameters() if p.ndim == 2])
# --8<-- [end:kinds]

# --8<-- [start:lbfgs]
with says("lbfgs-groups"):
    optim.LBFGS([{"params": [weight]}, {"params": [bias]}])
with cure("lbfgs-groups"):
    optim.LBFGS([weight, bias])

with says("lbfgs-closure"):
    optim.LBFGS([weight]).step()
with cure("lbfgs-closure"):
    optim.LBFGS([weight]).step(lambda: (weight**2).sum())

def closure():
    loss = (weight**2).sum()
    loss.backward()
    return loss


with says("lbfgs-line-search"):
    optim.LBFGS([weight], line_search_fn="armijo").step(closure)
with cure("lbfgs-line-search"):
    optim.LBFGS([weight], line_search_fn="strong_wolfe").step(closure)
# --8<-- [end:lbfgs]

# --8<-- [start:sparse]
torch.sparse.check_sparse_tensor_invariants.disable()  # or torch 2.13 asks
words = nn.Embedding(5, 2, sparse=True)
words(torch.tensor([1, 3])).sum().backward()
with says("adam-sparse"):
    optim.Adam(words.parameters()).step()
with cure("adam-sparse"):
    optim.SparseAdam(words.parameters()).step()

with says("sparse-adam-dense"):
    model(torch.ones(4, 3)).sum().backward()
    optim.SparseAdam(model.parameters()).step()
with cure("sparse-adam-dense"):
    optim.Adam(model.parameters()).step()

with says("sparse-weight-decay"):
    optim.Adagrad(words.parameters(), weight_decay=0.1).step()
with cure("sparse-weight-decay"):
    optim.Adagrad(words.parameters()).step()
# --8<-- [end:sparse]
assert CURED == SAID, "every cure ran, without an error and without a warning"
