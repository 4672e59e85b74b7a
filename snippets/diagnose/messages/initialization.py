# --8<-- [start:imports]
import torch
from _says import CURED, SAID, cure, says
from torch import nn
from torch.nn import init

# --8<-- [end:imports]

# --8<-- [start:fans]
layer = nn.Linear(3, 2)
with says("fan-of-a-vector"):
    init.kaiming_normal_(layer.bias)
with cure("fan-of-a-vector"):
    init.kaiming_normal_(layer.weight)
    init.zeros_(layer.bias)

with says("kaiming-mode"):
    init.kaiming_normal_(layer.weight, mode="fan")
with cure("kaiming-mode"):
    init.kaiming_normal_(layer.weight, mode="fan_in")

with says("kaiming-gain"):
    init.kaiming_normal_(layer.weight, gain=1.0)
with cure("kaiming-gain"):
    init.kaiming_normal_(layer.weight, nonlinearity="linear")  # gain 1
# --8<-- [end:fans]

# --8<-- [start:gain]
with says("gain-unknown"):
    init.kaiming_normal_(layer.weight, nonlinearity="gelu")
with cure("gain-unknown"):
    init.kaiming_normal_(layer.weight, nonlinearity="relu")

with says("gain-slope"):
    init.calculate_gain("leaky_relu", "0.1")
with cure("gain-slope"):
    init.calculate_gain("leaky_relu", 0.1)

with says("bias-none"):
    init.zeros_(nn.Linear(3, 2, bias=False).bias)
with cure("bias-none"):
    layer = nn.Linear(3, 2, bias=False)
    if layer.bias is not None:
        init.zeros_(layer.bias)
# --8<-- [end:gain]

# --8<-- [start:shapes]
with says("eye-dimensions"):
    init.eye_(torch.empty(3, 3, 3))
with cure("eye-dimensions"):
    init.dirac_(torch.empty(3, 3, 3))  # the identity of a convolution

with says("dirac-dimensions"):
    init.dirac_(torch.empty(3, 3))
with cure("dirac-dimensions"):
    init.eye_(torch.empty(3, 3))

with says("dirac-groups"):
    init.dirac_(torch.empty(4, 2, 3), groups=3)
with cure("dirac-groups"):
    init.dirac_(torch.empty(6, 2, 3), groups=3)

with says("orthogonal-vector"):
    init.orthogonal_(torch.empty(3))
with cure("orthogonal-vector"):
    init.orthogonal_(torch.empty(3, 3))
# --8<-- [end:shapes]

# --8<-- [start:values]
with says("sparse-dimensions"):
    init.sparse_(torch.empty(4, 2, 3), sparsity=0.5)
with cure("sparse-dimensions"):
    init.sparse_(torch.empty(4, 6), sparsity=0.5)

with says("uniform-range"):
    init.uniform_(torch.empty(3, 2), a=0.1, b=-0.1)
with cure("uniform-range"):
    init.uniform_(torch.empty(3, 2), a=-0.1, b=0.1)

with says("normal-std"):
    init.normal_(torch.empty(3, 2), std=-0.1)
with cure("normal-std"):
    init.normal_(torch.empty(3, 2), std=0.1)

with says("trunc-normal-bounds"):
    init.trunc_normal_(torch.empty(3, 2), mean=5.0)
with cure("trunc-normal-bounds"):
    init.trunc_normal_(torch.empty(3, 2), mean=5.0, a=3.0, b=7.0)
# --8<-- [end:values]

# --8<-- [start:dtypes]
with says("init-integers"):
    init.normal_(torch.zeros(3, 2, dtype=torch.int64))
with cure("init-integers"):
    init.normal_(torch.zeros(3, 2))

with says("orthogonal-half"):
    init.orthogonal_(torch.empty(3, 3, dtype=torch.float16))
with cure("orthogonal-half"):
    weight = init.orthogonal_(torch.empty(3, 3)).half()

with says("init-no-elements"):
    init.kaiming_uniform_(torch.empty(0, 3))
with cure("init-no-elements"):
    init.kaiming_uniform_(torch.empty(2, 3))

with says("init-old-name"):
    init.xavier_uniform(torch.empty(2, 3))
with cure("init-old-name"):
    init.xavier_uniform_(torch.empty(2, 3))
# --8<-- [end:dtypes]

# --8<-- [start:parameters]
layer = nn.Linear(3, 2)
with says("leaf-in-place"):
    layer.weight.normal_(std=0.02)
with cure("leaf-in-place"):
    init.normal_(layer.weight, std=0.02)  # or inside torch.no_grad()

with says("not-a-parameter"):
    layer.weight = torch.zeros(2, 3)
with cure("not-a-parameter"):
    layer.weight = nn.Parameter(torch.zeros(2, 3))

with says("integer-parameter"):
    nn.Parameter(torch.arange(3))
with cure("integer-parameter"):
    nn.Parameter(torch.arange(3.0))
# --8<-- [end:parameters]

# --8<-- [start:not-there]
with says("lazy-parameter"):
    nn.LazyLinear(2).weight.numel()
with cure("lazy-parameter"):
    layer = nn.LazyLinear(2)
    layer(torch.zeros(1, 3))  # now it knows its shape
    layer.weight.numel()

with says("meta-copy"):
    nn.Linear(3, 2, device="meta").to("cpu")
with cure("meta-copy"):
    layer = nn.Linear(3, 2, device="meta").to_empty(device="cpu")
    layer.reset_parameters()

with says("size-not-integer"):
    nn.Linear(6 / 2, 2)
with cure("size-not-integer"):
    nn.Linear(6 // 2, 2)
# --8<-- [end:not-there]
assert CURED == SAID, "every cure ran, without an error and without a warning"
