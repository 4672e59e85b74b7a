"""The constant initialization of the page: why equal units stay equal."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from reference import load

constant_ = load("initialization/constant").constant_


@pytest.mark.parametrize("optimizer", [torch.optim.SGD, torch.optim.AdamW, torch.optim.RMSprop])
@pytest.mark.parametrize("activation", [nn.Tanh, nn.ReLU, nn.Sigmoid])
def test_equal_units_stay_equal(optimizer: type[torch.optim.Optimizer], activation: type[nn.Module]) -> None:
    """The defining property, and that it needs all three: incoming weights, bias, outgoing weights."""
    torch.manual_seed(0)
    x, y = torch.randn(32, 3).double(), torch.randn(32, 2).double()
    for broken in (None, "0.weight", "0.bias", "2.weight"):
        model = nn.Sequential(nn.Linear(3, 6), activation(), nn.Linear(6, 2)).double()
        for name, parameter in model.named_parameters():
            nn.init.normal_(parameter, 0.2, 0.1) if name == broken else constant_(parameter, 0.2)
        steps = optimizer(model.parameters(), lr=0.01)
        for _ in range(20):
            steps.zero_grad()
            nn.functional.mse_loss(model(x), y).backward()
            steps.step()
        spread = model[0].weight.std(dim=0).max()
        assert spread > 1e-4 if broken else spread < 1e-12, broken
