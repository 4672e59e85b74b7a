"""The checkup names each of twenty planted faults, and finds nothing in five healthy runs."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import nn, optim

from reference import load

checkup = load("diagnose/checkup", "checks", "checkup", "data", "loss", "start", "model", "gradients", "step").checkup
LABELS = torch.arange(32) % 4


class Run:
    """A healthy run: a network for 32 samples of four classes. Faults change one thing in it."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.model: nn.Module = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Linear(64, 4))
        self.loss: Callable[..., Any] = F.cross_entropy
        self.inputs, self.targets = torch.randn(32, 20), LABELS
        self.make: Callable[[nn.Module], optim.Optimizer] = lambda model: optim.Adam(model.parameters(), lr=0.003)

    def failed(self) -> list[str]:
        result: list[str] = checkup(self.model, self.loss, self.make(self.model), (self.inputs, self.targets))
        return result


class Tokens(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.words, self.lstm, self.out = nn.Embedding(50, 16), nn.LSTM(16, 32, batch_first=True), nn.Linear(32, 4)

    def forward(self, x: torch.Tensor) -> Any:
        return self.out(self.lstm(self.words(x))[0][:, -1])


class Cut(nn.Module):
    """Two layers of which the first is detached, or left out."""

    def __init__(self, use: bool) -> None:
        super().__init__()
        self.first, self.second, self.use = nn.Linear(20, 20), nn.Linear(20, 4), use

    def forward(self, x: torch.Tensor) -> Any:
        return self.second(self.first(x).detach() if self.use else x)


def append(*layers: nn.Module) -> Callable[[Run], None]:
    return lambda run: setattr(run, "model", nn.Sequential(run.model, *layers))


def give(**changes: Any) -> Callable[[Run], None]:
    return lambda run: run.__dict__.update(changes)


def scale_weights(run: Run) -> None:
    with torch.no_grad():
        run.model[2].weight.mul_(100)  # type: ignore[index]


def zero_weights(run: Run) -> None:
    nn.init.zeros_(run.model[2].weight)  # type: ignore[index]


def dead(run: Run) -> None:
    nn.init.constant_(run.model[0].bias, -100.0)  # type: ignore[index]


def freeze(run: Run) -> None:
    run.model.requires_grad_(False)


def hole(run: Run) -> None:
    run.inputs[3, 4] = torch.nan


FAULTS: dict[str, tuple[Callable[[Run], None], str]] = {
    "a gap in the data": (hole, "inputs are finite"),
    "pixels from 0 to 255": (give(inputs=255 * torch.rand(32, 20)), "inputs have a scale near 1"),
    "one label for all": (give(targets=torch.zeros(32).long()), "targets differ"),
    "labels from one": (give(targets=LABELS + 1), "the loss runs"),
    "labels as floats": (give(targets=LABELS.float()), "the loss runs"),
    "too few targets": (give(targets=LABELS[:31]), "the loss runs"),
    "a column against a row": (
        give(loss=lambda x, y: F.mse_loss(x[:, :1], y), targets=torch.randn(32)),
        "the loss runs",
    ),
    "frozen weights": (freeze, "the loss runs"),
    "a sum as loss": (give(loss=lambda x, y: F.cross_entropy(x, y, reduction="sum")), "the loss is a mean"),
    "weights too large": (scale_weights, "the loss starts near log C"),
    "softmax before the loss": (append(nn.Softmax(1)), "outputs are logits"),
    "left in eval mode": (lambda run: run.model.eval(), "the model is in train mode"),  # type: ignore[dict-item]
    "dead units": (dead, "outputs depend on inputs"),
    "softmax over the batch": (append(nn.Softmax(0)), "samples do not see each other"),
    "detached on the way": (lambda run: setattr(run, "model", Cut(True)), "every parameter gets a gradient"),
    "a layer not used": (lambda run: setattr(run, "model", Cut(False)), "every parameter gets a gradient"),
    "a layer of zeros": (zero_weights, "every parameter gets a gradient"),
    "the optimizer of another network": (
        give(make=lambda model: optim.Adam(copy.deepcopy(model).parameters())),
        "the optimizer holds every parameter",
    ),
    "the last layer left out": (
        give(make=lambda model: optim.Adam(model[0].parameters(), lr=0.003)),
        "the optimizer holds every parameter",
    ),
    "learning rate too small": (
        give(make=lambda model: optim.Adam(model.parameters(), lr=1e-8)),
        "a step has a sensible size",
    ),
    "learning rate too large": (
        give(make=lambda model: optim.Adam(model.parameters(), lr=1.0)),
        "a step has a sensible size",
    ),
    "uphill": (
        give(make=lambda model: optim.Adam(model.parameters(), lr=0.003, maximize=True)),
        "one batch can be learned",
    ),
}


@pytest.mark.parametrize(("plant", "claim"), FAULTS.values(), ids=FAULTS)
def test_a_planted_fault_is_named(plant: Callable[[Run], None], claim: str) -> None:
    run = Run()
    plant(run)
    assert claim in run.failed()


def perceptron(run: Run) -> None:
    """As it is."""


def convolution(run: Run) -> None:
    run.inputs = torch.randn(32, 1, 8, 8)
    body = (nn.Conv2d(1, 16, 3), nn.BatchNorm2d(16), nn.ReLU(), nn.Flatten(), nn.Linear(16 * 36, 4))
    run.model = nn.Sequential(*body)
    run.make = lambda model: optim.SGD(model.parameters(), lr=0.05, momentum=0.9)


def regression(run: Run) -> None:
    run.model, run.loss, run.targets = nn.Sequential(run.model, nn.Linear(4, 1)), F.mse_loss, run.inputs[:, :1] * 2
    run.make = lambda model: optim.AdamW(model.parameters(), lr=0.003)


def binary(run: Run) -> None:
    run.model = nn.Sequential(nn.Linear(20, 64), nn.ReLU(), nn.Dropout(0.2), nn.Linear(64, 1))
    run.loss, run.targets = F.binary_cross_entropy_with_logits, (run.inputs[:, :1] > 0).float()


def tokens(run: Run) -> None:
    run.model, run.inputs = Tokens(), torch.randint(50, (32, 7))
    run.make = lambda model: optim.Adam(model.parameters(), lr=0.01)


@pytest.mark.parametrize("change", [perceptron, convolution, regression, binary, tokens])
@pytest.mark.parametrize("seed", range(3))
def test_a_healthy_run_has_nothing(
    change: Callable[[Run], None], seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    run = Run()
    torch.manual_seed(seed)
    change(run)
    assert run.failed() == []
    assert "✗" not in capsys.readouterr().out


def test_model_and_optimizer_stay_as_they_are() -> None:
    run = Run()
    optimizer = run.make(run.model)
    before = copy.deepcopy(run.model.state_dict())
    checkup(run.model, run.loss, optimizer, (run.inputs, run.targets))
    assert all(torch.equal(before[name], value) for name, value in run.model.state_dict().items())
    assert not optimizer.state and all(p.grad is None for p in run.model.parameters())
