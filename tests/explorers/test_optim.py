"""The 15 optimizers in the browser against torch's, which the printed line builds, fed with torch's own gradients.

Fed, because then no way leads from the parameters back to the gradients: an error stays small.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorers import draw
from script import Deno, Floats

DRIVER = "tests/explorers/drive.js"
SHAPES = [[3, 4], [4], [2, 3], [1]]
SIZE = 23
STEPS = 300
FED = [
    *("sgd", "asgd", "rprop", "adagrad", "adadelta", "rmsprop", "adam", "adamw", "adamax", "nadam", "radam"),
    *("sparse_adam", "adafactor"),
]


@contextmanager
def doubles() -> Iterator[None]:
    """torch's default in double precision, as the printed program sets it."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def problem(seed: int, steps: int = STEPS) -> tuple[Tensor, Tensor]:
    """A start, and gradients for each step: of many sizes, noisy, now and then exactly zero as behind a dead unit."""
    rng = torch.Generator().manual_seed(seed)
    scale = 10 ** (4 * torch.rand(SIZE, generator=rng, dtype=torch.float64) - 3)
    noise = torch.randn(steps, SIZE, generator=rng, dtype=torch.float64) + 0.5
    dead = torch.rand(steps, SIZE, generator=rng) < 0.1
    return torch.randn(SIZE, generator=rng, dtype=torch.float64), noise * scale * ~dead


def cut(row: Tensor) -> list[Tensor]:
    parts = row.split([math.prod(shape) for shape in SHAPES])
    return [part.view(shape) for part, shape in zip(parts, SHAPES, strict=True)]


def feed(make: list[str], start: Tensor, steps: Tensor) -> Tensor:
    """All parameters after each step of the optimizers that the lines of code make."""
    weights = [nn.Parameter(part.clone()) for part in cut(start)]
    names = {
        "torch": torch,
        "weights": weights,
        "matrices": [weight for weight in weights if weight.ndim == 2],
        "others": [weight for weight in weights if weight.ndim != 2],
    }
    with doubles():
        optimizers = [eval(code, names) for code in make]
        sparse = isinstance(optimizers[0], torch.optim.SparseAdam)
        after = []
        for row in steps:
            for weight, grad in zip(weights, cut(row), strict=True):
                weight.grad = grad.to_sparse() if sparse else grad.clone()
            for optimizer in optimizers:
                optimizer.step()
            after.append(torch.cat([weight.detach().flatten() for weight in weights]))
    return torch.stack(after)


def fed(deno: Deno, name: str, options: dict[str, Any], start: Tensor, steps: Tensor) -> Tensor:
    """The same by the module."""
    values = (Floats(start.tolist()), Floats(steps.flatten().tolist()))
    found = deno.call(DRIVER, "optimizers.fed", name, options, SHAPES, *values)
    return torch.frombuffer(found, dtype=torch.float64).view_as(steps)


def distances(ours: Tensor, theirs: Tensor) -> Tensor:
    """Per step, relative to the largest parameter."""
    return (ours - theirs).abs().amax(1) / theirs.abs().amax(1)


@pytest.mark.parametrize("name", FED)
def test_fed_with_torchs_gradients(deno: Deno, name: str) -> None:
    spec = deno.call(DRIVER, "optimizers.all")[name]["options"]
    rng = random.Random(name)
    for case in range(4):
        options = draw.defaults(spec) if case == 0 else draw.state(spec, rng)
        # L2 leads from the parameters back into the gradient; with giant or forgetful steps that way is chaotic.
        options["lr"] = min(options["lr"], 3 * spec["lr"]["fallback"])
        if name == "adafactor" and case == 1:
            options["lr"] = 0.5  # so high that its own limit, one over the root of the step, is felt
        if "weight_decay" in options:
            options["weight_decay"] = min(options["weight_decay"], 0.1)
        if "beta2" in options:
            options["beta2"] = max(options["beta2"], 0.9)
        if name == "sgd":
            options["nesterov"] = options["nesterov"] and options["momentum"] > 0
            options["dampening"] *= not options["nesterov"]
        start, steps = problem(case)
        code = deno.call(DRIVER, "optimizers.torch", name, options, "weights")
        errors = distances(fed(deno, name, options, start, steps), feed([code], start, steps))
        assert errors.max() < 1e-12, f"{code}: {errors.max():.1e} at step {int(errors.argmax())}"


@pytest.mark.parametrize("kind", ["valley", "bowl"])
def test_lbfgs_from_the_same_start(deno: Deno, kind: str) -> None:
    spec = deno.call(DRIVER, "optimizers.all")["lbfgs"]["options"]
    rng = random.Random(kind)
    for case in range(16):
        options = draw.defaults(spec) if case == 0 else draw.state(spec, rng)
        options["line_search_fn"] = ["none", "strong_wolfe"][case % 2]
        if options["line_search_fn"] == "none":
            options["lr"] = min(options["lr"], 0.02 if kind == "valley" else 1.0)
        begin = [-1.2, 1.0] if kind == "valley" else [1.0, -2.0, 0.5, 3.0, 1.5]
        x = nn.Parameter(torch.tensor(begin, dtype=torch.float64))

        def loss(x: Tensor = x) -> Tensor:
            if kind == "valley":
                return (1 - x[0]) ** 2 + 20 * (x[1] - x[0] ** 2) ** 2
            return ((1 + 3 * torch.arange(len(x))) * x * x / 2).sum()

        def closure(x: Tensor = x) -> Tensor:
            x.grad = None
            value = loss(x)
            value.backward()
            return value

        optimizer = eval(deno.call(DRIVER, "optimizers.torch", "lbfgs", options, "[x]"), {"torch": torch, "x": x})
        ours = deno.call(DRIVER, "optimizers.lbfgs", options, kind, Floats(begin), 4)
        for step, found in enumerate(ours):
            optimizer.step(closure)
            kept = optimizer.state[x]
            if not x.isfinite().all() or kept["n_iter"] > 15:
                break  # rounding decides now how often the search looks: the two part, as two of torch's own would
            assert found["iterations"] == kept["n_iter"], f"{optimizer} {kind} step {step}"
            assert found["evaluations"] == kept["func_evals"]
            assert torch.allclose(torch.tensor(found["params"], dtype=torch.float64), x.detach(), rtol=1e-8, atol=1e-10)


def test_muon_where_bfloat16_agrees(deno: Deno) -> None:
    from torch.optim._muon import _zeropower_via_newtonschulz

    rng = torch.Generator().manual_seed(0)
    shapes = [(8, 2), (8, 8), (1, 8), (2, 8), (3, 5), (5, 3), (4, 4), (16, 8)]
    matrices = [torch.randn(shapes[k % len(shapes)], generator=rng, dtype=torch.float64) for k in range(400)]
    found = deno.call(
        DRIVER, "optimizers.orthogonalize", [[Floats(m.flatten().tolist()), list(m.shape)] for m in matrices]
    )
    wanted = [_zeropower_via_newtonschulz(m, (3.4445, -4.7750, 2.0315), 5, 1e-7).double() for m in matrices]
    equal = sum(list(f) == w.flatten().tolist() for f, w in zip(found, wanted, strict=True))
    assert equal >= 392, f"{equal} of 400 matrices equal to torch's, bit for bit"


def test_muon_takes_steps_like_torchs(deno: Deno) -> None:
    spec = deno.call(DRIVER, "optimizers.all")["muon"]["options"]
    rng, exact = random.Random(5), 0
    for case in range(20):
        options = draw.defaults(spec) if case == 0 else draw.state(spec, rng)
        start, steps = problem(case, steps=20)
        matrices = deno.call(DRIVER, "optimizers.torch", "muon", options, "matrices")
        others = deno.call(DRIVER, "optimizers.beside", options, "others")
        errors = distances(fed(deno, "muon", options, start, steps), feed([matrices, others], start, steps))
        exact += bool(errors.max() < 1e-12)
        # Where a sum fell on the other side of a tie, bfloat16 shows three digits.
        assert errors.max() < 0.05 * max(1, options["lr"]), f"{options}: {errors.max()}"
    assert exact >= 15, f"{exact} of 20 runs equal to 1e-12"


def test_all_optimizers_are_there(deno: Deno) -> None:
    labels = {item["label"] for item in deno.call(DRIVER, "optimizers.all").values()}
    classes = {name for name, thing in vars(torch.optim).items() if isinstance(thing, type)} - {"Optimizer"}
    assert labels == classes
