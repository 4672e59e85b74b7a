# --8<-- [start:imports]
import torch
from torch import nn
# --8<-- [end:imports]


# --8<-- [start:from-scratch]
def IDENTIFIER_(tensor, std=0.02):
    with torch.no_grad():
        return tensor.copy_(std * torch.randn_like(tensor))
# --8<-- [end:from-scratch]


# --8<-- [start:equal]
torch.manual_seed(0)
ours = IDENTIFIER_(torch.empty(64, 64))
torch.manual_seed(0)
library = nn.init.normal_(torch.empty(64, 64), std=0.02)
print(f"largest difference: {(ours - library).abs().max():.6f}")
# --8<-- [end:equal]
assert torch.allclose(ours, library), "the numbers of the library"

# --8<-- [start:example]
print(f"standard deviation {IDENTIFIER_(torch.empty(1000, 1000)).std():.4f}")
# --8<-- [end:example]
assert round(IDENTIFIER_(torch.empty(1000, 1000)).std().item(), 4) == 0.02, "the standard deviation is 0.02"
