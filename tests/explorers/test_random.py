"""torch's random numbers in the browser: integers and uniforms equal, normals to 4 units in the last place."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from explorers import draw
from script import Deno

DRIVER = "tests/explorers/drive.js"
SIZES = [*range(1, 34), 47, 100]
SHAPES = [(1, 1), (3, 5), (5, 3), (4, 4), (8, 2), (7, 9), (16, 16), (1, 40)]
CONVOLUTIONS = [(3, 5, 3), (4, 2, 3, 3), (2, 2, 2, 3, 5)]
fused = pytest.mark.skipif(
    torch.backends.cpu.get_cpu_capability() == "DEFAULT",
    reason="without AVX2, torch rounds uniform_ twice",
)


def ulps(ours: Any, theirs: Tensor, least: float = 0.0) -> float:
    """The largest distance in units in the last place of the value, or of ``least`` if that is larger."""
    expected = theirs.double().flatten().numpy()
    found = np.asarray(ours, dtype=np.float64)
    assert found.shape == expected.shape
    return float(
        np.max(np.abs(found - expected) / np.spacing(np.maximum(np.abs(expected), max(least, 1e-300))), initial=0)
    )


def torch_draws(seed: int, calls: list[list[Any]]) -> list[Tensor]:
    torch.manual_seed(seed)
    empty: Callable[[int], Tensor] = lambda n: torch.empty(n, dtype=torch.float64)  # noqa: E731
    ways: dict[str, Callable[..., Tensor]] = {
        "rand": lambda n: torch.rand(n, dtype=torch.float64),
        "uniform": lambda n, a, b: empty(n).uniform_(a, b),
        "normal": lambda n, mean, std, whole: (empty(n) if whole else empty(2 * n)[::2]).normal_(mean, std),
        "randint": lambda n, high: torch.randint(high, (n,)),
        "randperm": lambda n: torch.randperm(n),
        "bernoulli": lambda n, p: empty(n).bernoulli_(p),
    }
    return [ways[name](*args) for name, *args in calls]


@fused
def test_draws_one_after_another(deno: Deno) -> None:
    rng = random.Random(0)
    for seed in [0, 1, 2**32 - 1, 2**33 + 5, *(rng.randrange(2**31) for _ in range(46))]:
        calls: list[list[Any]] = []
        for n in rng.sample(SIZES, len(SIZES)):
            a, std = rng.uniform(-2, 1), rng.uniform(0.01, 3)
            calls += [["normal", n, rng.choice([0, a]), std, rng.random() < 0.7], ["rand", n]]
            calls += [["uniform", n, a, a + std], ["randint", n, n], ["randperm", n], ["bernoulli", n, 0.3]]
        rng.shuffle(calls)
        found = deno.call(DRIVER, "generator.draws", seed, calls)
        for call, ours, theirs in zip(calls, found, torch_draws(seed, calls), strict=True):
            if call[0] == "normal":
                assert ulps(ours, theirs, abs(call[2])) <= 4, f"seed {seed}: {call}"
            else:
                assert list(ours) == theirs.tolist(), f"seed {seed}: {call}"


def test_whole_words(deno: Deno) -> None:
    torch.manual_seed(7)
    wanted = torch.empty(2000, dtype=torch.int64).random_(0, 2**32)  # one whole word each
    calls = [["random64"]] * 2000
    found = [word % 2**32 for word in deno.call(DRIVER, "generator.draws", 7, calls)]
    assert found == wanted.tolist()


def test_one_rounding_for_multiply_and_add(deno: Deno) -> None:
    from fractions import Fraction

    rng = random.Random(3)
    triples = []
    for _ in range(3000):
        x, y = rng.uniform(-2, 2), rng.uniform(-2, 2)
        triples.append(
            (x, y, rng.choice([rng.uniform(-2, 2), -x * y, rng.uniform(-1, 1) * 2**-30, -x * y * (1 + 2**-50)]))
        )
    exact = [float(Fraction(x) * Fraction(y) + Fraction(z)) for x, y, z in triples]
    assert list(deno.call(DRIVER, "generator.fma", triples)) == exact


@fused
@pytest.mark.parametrize(
    "name",
    [
        *("uniform", "normal", "trunc_normal", "constant", "ones", "zeros", "eye", "dirac"),
        *("xavier_uniform", "xavier_normal", "kaiming_uniform", "kaiming_normal", "orthogonal", "sparse"),
    ],
)
def test_inits(deno: Deno, name: str) -> None:
    init = deno.call(DRIVER, "inits.all")[name]
    rng = random.Random(name)
    cases = []
    for shape in CONVOLUTIONS if name == "dirac" else SHAPES * 6:
        options = draw.state(init["options"], rng)
        if name == "uniform":
            options["a"], options["b"] = sorted((options["a"], options["b"]))
        cases.append((name, shape, options, rng.randrange(2**31)))
    for (_, shape, options, seed), ours in zip(cases, deno.call(DRIVER, "inits.fill", cases), strict=True):
        torch.manual_seed(seed)
        theirs = getattr(nn.init, f"{name}_")(torch.empty(shape, dtype=torch.float64), **options)
        if name == "orthogonal":
            distance = (torch.tensor(ours, dtype=torch.float64) - theirs.flatten()).abs().max()
            assert distance <= 2e-14 * max(options["gain"], 1)
        else:
            # A mean near the opposite of the draw cancels digits: there the mean's own unit counts.
            assert ulps(ours, theirs, abs(options.get("mean", 0))) <= 4, f"{name}_ {shape} {options}"


@fused
@pytest.mark.parametrize("shape", SHAPES)
def test_a_new_linear_layer(deno: Deno, shape: tuple[int, int]) -> None:
    outputs, inputs = shape
    torch.manual_seed(11)
    layer = nn.Linear(inputs, outputs, dtype=torch.float64)
    found = deno.call(DRIVER, "inits.linear", outputs, inputs, 11)
    assert list(found["weight"]) == layer.weight.flatten().tolist()
    assert list(found["bias"]) == layer.bias.tolist()
