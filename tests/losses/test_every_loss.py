"""What every loss shows alike: the library's signature, reductions, broadcasting, second derivatives."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from losses.loss_proof import REDUCTIONS, Loss, agree, both_refuse, same_signature, slope
from reference import load
from test_torch_coverage import page_name, public_names

NAMES = sorted(public_names()["losses"])
Options = dict[str, object]
Shapes = Sequence[tuple[int, ...]]

KINDS: dict[str, Callable[[tuple[int, ...]], Tensor]] = {
    "number": lambda shape: 2 * torch.randn(shape, dtype=torch.float64),
    "share": lambda shape: torch.rand(shape, dtype=torch.float64),
    "log": lambda shape: -torch.rand(shape, dtype=torch.float64),
    "count": lambda shape: torch.randint(5, shape).double(),
    "sign": lambda shape: torch.randn(shape, dtype=torch.float64).sign(),
    "label": lambda shape: 2 * torch.randint(2, shape) - 1,  # no leaf: the library has no gradient by it
    "class": lambda shape: torch.randint(3, shape),
}

#: What the arguments of each loss are, and their shapes where these are not all the same.
TAKES: dict[str, tuple[str, ...]] = {
    "BCELoss": ("share", "share"),
    "BCEWithLogitsLoss": ("number", "share"),
    "CosineEmbeddingLoss": ("number", "number", "sign"),
    "CrossEntropyLoss": ("number", "class"),
    "GaussianNLLLoss": ("number", "number", "share"),
    "HingeEmbeddingLoss": ("number", "sign"),
    "HuberLoss": ("number", "number"),
    "KLDivLoss": ("log", "share"),
    "L1Loss": ("number", "number"),
    "LinearCrossEntropyLoss": ("number", "number", "class"),
    "MSELoss": ("number", "number"),
    "MarginRankingLoss": ("number", "number", "sign"),
    "MultiLabelMarginLoss": ("number", "class"),
    "MultiLabelSoftMarginLoss": ("number", "share"),
    "MultiMarginLoss": ("number", "class"),
    "NLLLoss": ("number", "class"),
    "PoissonNLLLoss": ("share", "count"),
    "SmoothL1Loss": ("number", "number"),
    "SoftMarginLoss": ("number", "label"),
    "TripletMarginLoss": ("number", "number", "number"),
    "TripletMarginWithDistanceLoss": ("number", "number", "number"),
}
ROWS = {"CrossEntropyLoss", "MultiMarginLoss", "NLLLoss"}
SHAPES: dict[str, Shapes] = {
    "CosineEmbeddingLoss": ((2, 3), (2, 3), (2,)),
    "LinearCrossEntropyLoss": ((2, 4), (3, 4), (2,)),
    **{name: ((2, 3), (2,)) for name in ROWS},
}
PAIRS = (((4, 1), (4,)), ((3,), (2, 3)), ((), (3,)), ((2, 1, 3), (4, 1)))
#: Shapes that broadcast.
BROADCAST: dict[str, Sequence[Shapes]] = {
    "CosineEmbeddingLoss": (((5, 3), (1, 3), (5,)), ((1, 3), (1, 3), (5,)), ((5, 3), (5, 1), (1,))),
    "GaussianNLLLoss": [(pair[0], pair[1], pair[0]) for pair in PAIRS if pair[0]],
    "HingeEmbeddingLoss": PAIRS,
    "HuberLoss": PAIRS,
    "KLDivLoss": PAIRS,
    "L1Loss": PAIRS,
    "MSELoss": PAIRS,
    "MarginRankingLoss": (((4, 1), (1, 3), (1, 1)), ((3,), (1,), (3,)), ((2, 1, 3), (1, 4, 1), (2, 4, 3))),
    "MultiLabelSoftMarginLoss": (((4, 3), (3,)), ((4, 3), (4, 1)), ((4, 1), (4,)), ((3,), (2, 3))),
    "PoissonNLLLoss": PAIRS,
    "SmoothL1Loss": PAIRS,
    "TripletMarginLoss": (((5, 3), (1, 3), (5, 3)), ((1, 3), (5, 3), (1, 1)), ((2, 1, 3), (1, 4, 3), (2, 4, 3))),
}
MORE_REDUCTIONS = {"KLDivLoss": ("batchmean",)}
MEAN = "ignore:reduction. 'mean'"  # the library warns of that of KLDivLoss
WARN = {"HuberLoss", "L1Loss", "MSELoss", "SmoothL1Loss"}  # of a target of another size
# The others are straight, or their own tests do this: for two kinds of targets, or by the target.
BENT = (
    "BCELoss",
    "BCEWithLogitsLoss",
    "GaussianNLLLoss",
    "HuberLoss",
    "MSELoss",
    "MultiLabelSoftMarginLoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
)
KINK_AT_ZERO = {"BCELoss", "BCEWithLogitsLoss"}  # of the pages' gradients: the second derivative is a convention there

OPTIONS: dict[str, list[Options]] = {
    "GaussianNLLLoss": [{}, {"eps": 0.5}],
    "HuberLoss": [{"delta": 0.5}, {"delta": 1.0}, {"delta": 2.0}, {"delta": math.inf}],
    "MarginRankingLoss": [{"margin": 0.5}],
    "PoissonNLLLoss": [{"log_input": False}, {"log_input": True}, {"full": True}],
    "SmoothL1Loss": [{"beta": 0.0}, {"beta": 0.5}, {"beta": 1.0}, {"beta": 2.0}],
    "TripletMarginLoss": [{"swap": True}],
}
WEIGHTED = {"HuberLoss", "L1Loss", "MSELoss"}
#: Unit vectors cancel in the gradient by the anchor, logarithms near log ½ in that by the target.
ROUNDING = {"MultiLabelSoftMarginLoss": 1e-14, "TripletMarginLoss": 1e-12}


def both(name: str) -> tuple[Loss, Loss]:
    """What the page of a loss defines, and the library's: its function, or its class if that is all there is."""
    page = page_name("losses", name)
    module, called = (F, page) if hasattr(F, page) else (nn, name)
    return getattr(load(f"losses/{page}"), called), getattr(module, called)


def arguments(name: str, shapes: Shapes) -> list[Tensor]:
    """Fixed arguments of these shapes."""
    torch.manual_seed(0)
    return [KINDS[kind](shape) for kind, shape in zip(TAKES[name], shapes, strict=True)]


def options(name: str, input: Tensor) -> list[Options]:
    """Every choice of options, one of them a weight for each number if the loss takes that."""
    weight: list[Options] = [{"weight": torch.rand_like(input)}] if name in WEIGHTED else []
    return OPTIONS.get(name, [{}]) + weight


def reductions(name: str) -> tuple[str, ...]:
    """Those that a loss takes."""
    return *REDUCTIONS, *MORE_REDUCTIONS.get(name, ())


@pytest.mark.parametrize("name", NAMES)
def test_has_the_signature_of_the_library(name: str) -> None:
    same_signature(*both(name))


@pytest.mark.filterwarnings(MEAN)
@pytest.mark.parametrize("name", sorted(set(NAMES) - {"AdaptiveLogSoftmaxWithLoss"}))  # its reduction is the mean
def test_takes_its_reductions_and_refuses_any_other(name: str) -> None:
    ours, library = both(name)
    if name == "CTCLoss":
        given = [torch.zeros(4, 2, 3), torch.tensor([[1, 2], [2, 1]]), torch.tensor([4, 4]), torch.tensor([2, 2])]
    else:
        given = arguments(name, SHAPES.get(name, ((2, 3),) * len(TAKES[name])))
    for reduction in reductions(name):
        torch.testing.assert_close(*(loss(*given, reduction=reduction) for loss in (ours, library)))
    both_refuse(ours, library, *given, reduction="average")


@pytest.mark.filterwarnings(MEAN)
@pytest.mark.parametrize(("name", "shapes"), [(name, shapes) for name in BROADCAST for shapes in BROADCAST[name]])
def test_broadcasts_like_the_library(name: str, shapes: Shapes) -> None:
    given = arguments(name, shapes)
    for reduction, choice in itertools.product(reductions(name), options(name, given[0])):
        expected: Any = pytest.warns(UserWarning, match="target size") if name in WARN else nullcontext()
        with expected:
            agree(*both(name), *given, atol=ROUNDING.get(name, 1e-290), reduction=reduction, **choice)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("name", BENT)
def test_bends_like_the_library(name: str, reduction: str) -> None:
    given = arguments(name, ((5, 8),) * len(TAKES[name]))  # none of them on a threshold
    if name not in KINK_AT_ZERO:
        given[0][0] = 0
    for choice in options(name, given[0]):
        agree(*map(slope, both(name)), *given, reduction=reduction, **choice)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("name", ["MultiLabelMarginLoss", "MultiMarginLoss"])
def test_the_library_never_writes_the_loss_of_an_empty_batch(name: str, reduction: str) -> None:
    target = torch.zeros((0,) if name in ROWS else (0, 3), dtype=torch.long)
    torch.use_deterministic_algorithms(True)  # fills fresh memory with nan
    try:
        loss = both(name)[1](torch.zeros(0, 3), target, reduction=reduction)
    finally:
        torch.use_deterministic_algorithms(False)
    assert loss.isnan()
