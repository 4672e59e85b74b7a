"""Prove an optimizer that is written out by hand: it follows the library's, step by step."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import settings
from hypothesis import strategies as st
from torch import Tensor

Make = Callable[..., Any]

#: Settings of every proof: the same examples on every machine and in every run.
proof = settings(max_examples=40, deadline=None, derandomize=True)

#: Largest difference allowed after any step, relative to the largest parameter of the tensor. All runs are in float64.
TOLERANCE = 1e-9

#: Arguments that choose how a step is executed, not what it computes: references leave them out.
EXECUTION = {"foreach", "fused", "capturable", "differentiable", "maximize"}


@dataclass(frozen=True)
class Problem:
    """Where to start, and the loss at step ``t`` as a function of the parameters."""

    name: str
    start: tuple[Tensor, ...]
    loss: Callable[[Sequence[Tensor], int], Tensor]

    def parameters(self) -> list[torch.nn.Parameter]:
        """Fresh parameters at the start."""
        return [torch.nn.Parameter(tensor.clone()) for tensor in self.start]


def _double(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def _quadratic(p: Sequence[Tensor], t: int) -> Tensor:
    return (_double(1.0, 10.0, 100.0) * (p[0] - 1) ** 2).sum() / 2


def _rosenbrock(p: Sequence[Tensor], t: int) -> Tensor:
    x, y = p[0]
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


_NOISE = torch.Generator().manual_seed(0)
_BATCHES = torch.randn(10, 4, 3, generator=_NOISE, dtype=torch.float64)


def _net(p: Sequence[Tensor], t: int) -> Tensor:
    """A noisy batch per step; the second head (p[2]) gets no gradient at every third step."""
    hidden = torch.tanh(_BATCHES[t % 10] @ p[0])
    output = hidden @ p[1] if t % 3 == 0 else hidden @ (p[1] + p[2])
    return ((output - _BATCHES[t % 10].sum(dim=1)) ** 2).mean()


PROBLEMS = (
    Problem("quadratic", (_double(-1.0, 2.0, 0.0),), _quadratic),
    Problem("rosenbrock", (_double(-1.2, 1.0),), _rosenbrock),
    Problem("net", tuple(torch.randn(*s, generator=_NOISE).double() for s in ((3, 5), (5,), (5,))), _net),
)
problems = st.sampled_from(PROBLEMS)

#: β₁ and β₂ of the Adam family; the usual values and none at all are common.
betas = st.tuples(
    st.sampled_from([0.0, 0.9]) | st.floats(0, 0.99), st.sampled_from([0.0, 0.999]) | st.floats(0, 0.9999)
)


def _layers(p: Sequence[Tensor], t: int) -> Tensor:
    """A wide, a tall and a square matrix; the square one gets no gradient at every third step."""
    hidden = torch.tanh(_BATCHES[t % 10] @ p[0])
    output = torch.tanh(hidden @ p[1]) if t % 3 == 0 else torch.tanh(hidden @ p[1]) @ p[2]
    return ((output - _BATCHES[t % 10]) ** 2).mean()


#: For optimizers that take nothing but matrices.
MATRICES = Problem(
    "matrices", tuple(torch.randn(*s, generator=_NOISE).double() for s in ((3, 5), (5, 3), (3, 3))), _layers
)

_ROWS = torch.tensor([[1, 1, 4], [0, 1, 2], [6, 4, 4], [2, 2, 2]])


def _table(p: Sequence[Tensor], t: int) -> Tensor:
    """Rows of a table, some twice; no row at every fifth step, and then no gradient for p[1]."""
    rows = torch.tensor([], dtype=torch.long) if t % 5 == 4 else _ROWS[t % 4]
    looked_up = torch.nn.functional.embedding(rows, p[0], sparse=True)
    if t % 5 != 4:
        looked_up = looked_up * torch.nn.functional.embedding(rows % 3, p[1], sparse=True)
    return ((looked_up - 1) ** 2).sum()


#: Its gradients are sparse, of rows.
TABLE = Problem("table", tuple(torch.randn(*s, generator=_NOISE).double() for s in ((7, 2), (3, 2))), _table)


def _give_gradients(leading: Sequence[Tensor], other: Sequence[Tensor], problem: Problem, t: int) -> None:
    gradients = torch.autograd.grad(problem.loss(leading, t), leading, allow_unused=True)
    for a, b, gradient in zip(leading, other, gradients, strict=True):
        a.grad, b.grad = (None, None) if gradient is None else (gradient.clone(), gradient.clone())


def _same(ours: Sequence[Tensor], theirs: Sequence[Tensor], where: str) -> None:
    for a, b in zip(ours, theirs, strict=True):
        size = b.detach().abs().max().nan_to_num(0, 0, 0).item()
        torch.testing.assert_close(
            a.detach(), b.detach(), rtol=TOLERANCE, atol=TOLERANCE * size, equal_nan=True, msg=lambda m: f"{where}\n{m}"
        )


def follows(reference: Make, library: Make, problem: Problem, steps: int = 60, **options: object) -> None:
    """Assert equal parameters after every step.

    Both get the gradients of the library's path. So rounding errors cannot grow through the problem (at a kink of
    the update they would, however right the reference is), only through the optimizer's own state.
    """
    ours, theirs = problem.parameters(), problem.parameters()
    one, other = reference(ours, **options), library(theirs, **options)
    for t in range(steps):
        _give_gradients(theirs, ours, problem, t)
        one.step()
        other.step()
        _same(ours, theirs, f"{problem.name}, after step {t + 1}, with {options}")


def follows_with_closure(reference: Make, library: Make, problem: Problem, steps: int = 60, **options: object) -> None:
    """Assert equal parameters and equal returned losses when each runs by itself, through ``step(closure)``."""
    ours, theirs = problem.parameters(), problem.parameters()
    runs = [(ours, reference(ours, **options)), (theirs, library(theirs, **options))]
    for t in range(steps):
        losses = []
        for parameters, optimizer in runs:

            def closure(parameters: Sequence[Tensor] = parameters, optimizer: Any = optimizer, t: int = t) -> Tensor:
                optimizer.zero_grad()
                loss = problem.loss(parameters, t)
                loss.backward()
                return loss

            losses.append([optimizer.step(closure)])
        _same(*losses, f"{problem.name}, loss at step {t}")
        _same(ours, theirs, f"{problem.name}, after step {t + 1}, with {options}")


def follows_evaluations(reference: Make, library: Make, problem: Problem, steps: int = 8, **options: object) -> None:
    """Assert equal parameters at every evaluation, however many a step asks for, and after every step.

    The library runs by itself. The reference gets the losses and gradients that the library got, in the same order,
    for the reason that :func:`follows` gives.
    """
    ours, theirs = problem.parameters(), problem.parameters()
    one, other = reference(ours, **options), library(theirs, **options)
    for t in range(steps):
        where = f"{problem.name}, step {t + 1}, with {options}"
        tape: list[tuple[Tensor, list[Tensor], list[Tensor | None]]] = []

        def record(tape: list[Any] = tape, t: int = t) -> Tensor:
            loss = problem.loss(theirs, t)
            gradients = torch.autograd.grad(loss, theirs, allow_unused=True)
            tape.append((loss.detach(), [p.detach().clone() for p in theirs], list(gradients)))
            for p, gradient in zip(theirs, gradients, strict=True):
                p.grad = gradient
            return loss.detach()

        def replay(tape: list[Any] = tape, where: str = where) -> Tensor:
            assert tape, f"{where}: one evaluation too many"
            loss, points, gradients = tape.pop(0)
            _same(ours, points, f"{where}, where it evaluates")
            for p, gradient in zip(ours, gradients, strict=True):
                p.grad = None if gradient is None else gradient.clone()
            return loss

        expected = other.step(record)
        _same([one.step(replay)], [expected], where)
        assert not tape, f"{where}: {len(tape)} evaluations too few"
        _same(ours, theirs, f"after {where}")


def same_hyperparameters(reference: Make, library: Make) -> None:
    """Assert the library's parameter names, order and defaults, without those of :data:`EXECUTION`."""
    ours, theirs = (
        [(p.name, p.default) for p in inspect.signature(make).parameters.values() if p.name not in EXECUTION]
        for make in (reference, library)
    )
    assert ours == theirs


def clears_gradients(reference: Make) -> None:
    """Assert that ``zero_grad`` leaves no gradient and ``step`` without gradients moves nothing."""
    problem = PROBLEMS[0]
    (parameter,) = parameters = problem.parameters()
    optimizer = reference(parameters)
    problem.loss(parameters, 0).backward()
    optimizer.zero_grad()
    assert parameter.grad is None
    assert optimizer.step() is None
    assert torch.equal(parameter, problem.start[0])
