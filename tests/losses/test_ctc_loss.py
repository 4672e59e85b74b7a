"""The CTC loss of the page is the library's: value, gradient, every option, every layout, every edge."""

from __future__ import annotations

import itertools
import math

import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from losses.loss_proof import REDUCTIONS, Loss, agree, both_refuse, numbers, proof, tensors
from reference import load

ctc_loss = load("losses/ctc_loss").ctc_loss
fewer = settings(proof, max_examples=100)  # one example is a recursion in Python
# Equal logits are common, and some classes are all but impossible; the sums of CTC stay within float64.
LOGITS = numbers(-10, 10, edges=(0.0, -0.0, 1e-9))
LOGITS |= st.sampled_from([-1e3, 1e3])


def of_logits(loss: Loss) -> Loss:
    """The loss behind a log_softmax, as it must be used: the library's gradient is right only there."""
    return lambda logits, *arguments, **options: loss(logits.log_softmax(-1), *arguments, **options)


@st.composite
def cases(draw: st.DrawFn) -> tuple[tuple[Tensor, ...], dict[str, object]]:
    """Logits, targets of both layouts, lengths of both kinds, and options; one sequence of each may be impossible."""
    frames, classes = draw(st.integers(1, 7)), draw(st.integers(1, 4))
    batch = draw(st.none() | st.integers(1, 3))
    logits = draw(tensors((frames, *([] if batch is None else [batch]), classes), LOGITS))
    blank = draw(st.integers(0, classes - 1))
    letters = [label for label in range(classes) if label != blank]
    longest, count = draw(st.integers(0, 4 if letters else 0)), batch or 1
    labels = st.lists(st.sampled_from(letters or [0]), min_size=count * longest, max_size=count * longest)
    padded = torch.tensor(draw(labels), dtype=torch.long).reshape(count, longest)
    sizes = draw(st.lists(st.integers(0, longest), min_size=count, max_size=count))
    # Without any frame at all, the reference is a constant: its value is tested below.
    others = st.lists(st.integers(0, frames), min_size=count - 1, max_size=count - 1)
    lengths = [draw(st.integers(1, frames)), *draw(others)]
    rows = [row[:size] for row, size in zip(padded, sizes, strict=True)]
    targets = padded if draw(st.booleans()) else torch.cat(rows)
    reduction = draw(st.sampled_from(REDUCTIONS))
    options = {"blank": blank, "reduction": reduction, "zero_infinity": True}
    return (logits, targets, torch.tensor(lengths), torch.tensor(sizes)), options


@fewer
@given(cases())
def test_is_the_function_of_the_library(case: tuple[tuple[Tensor, ...], dict[str, object]]) -> None:
    arguments, options = case
    agree(of_logits(ctc_loss), of_logits(F.ctc_loss), *arguments, atol=1e-12, **options)


@fewer
@given(cases())
def test_is_infinite_where_the_library_is(case: tuple[tuple[Tensor, ...], dict[str, object]]) -> None:
    arguments, options = case
    options |= {"zero_infinity": False}
    ours, library = (of_logits(loss)(*arguments, **options) for loss in (ctc_loss, F.ctc_loss))
    torch.testing.assert_close(ours, library, rtol=1e-10, atol=1e-12)


@fewer
@given(cases())
def test_the_library_adds_the_probabilities_to_the_gradient(
    case: tuple[tuple[Tensor, ...], dict[str, object]],
) -> None:
    (logits, targets, lengths, sizes), options = case
    log_probs = logits.log_softmax(-1).requires_grad_()
    ours, library = (
        torch.autograd.grad(loss(log_probs, targets, lengths, sizes, **(options | {"reduction": "sum"})), log_probs)[0]
        for loss in (ctc_loss, F.ctc_loss)
    )
    each = F.ctc_loss(log_probs, targets, lengths, sizes, **(options | {"reduction": "none", "zero_infinity": False}))
    batched = log_probs.detach().reshape(len(log_probs), -1, log_probs.size(-1))
    real = torch.arange(len(log_probs))[:, None] < lengths
    extra = batched.exp() * (real & each.reshape(-1).isfinite())[:, :, None]
    torch.testing.assert_close(library - ours, extra.reshape(log_probs.shape), rtol=1e-10, atol=1e-12)


def test_is_the_sum_over_every_path() -> None:
    """Neither the library nor the recursion: all C^T paths, each collapsed."""
    torch.manual_seed(0)
    log_probs = torch.randn(5, 3, dtype=torch.float64).log_softmax(1)
    for target in ([], [1], [1, 1], [2, 1], [1, 2, 1], [2, 2, 2]):
        total = 0.0
        for path in itertools.product(range(3), repeat=5):
            if [label for label, _ in itertools.groupby(path) if label] == target:
                total += log_probs[range(5), path].sum().exp().item()
        loss = ctc_loss(log_probs, torch.tensor(target, dtype=torch.long), (5,), (len(target),), reduction="none")
        assert math.isclose(loss.item(), -math.log(total), rel_tol=1e-12)


def test_the_gradient_of_an_infinite_loss_is_zero_here_and_nan_in_the_library() -> None:
    logits = torch.zeros(2, 1, 3, requires_grad=True)
    for loss, expected in ((ctc_loss, 0.0), (F.ctc_loss, math.nan)):
        value = loss(logits.log_softmax(2), torch.tensor([[1, 1]]), (2,), (2,))
        (gradient,) = torch.autograd.grad(value, logits)
        assert value == math.inf
        torch.testing.assert_close(gradient, torch.full_like(logits, expected), equal_nan=True)


def test_long_sequences_do_not_underflow() -> None:
    torch.manual_seed(0)
    logits, targets = torch.randn(400, 2, 30, dtype=torch.float64), torch.randint(1, 30, (2, 60))
    lengths = torch.tensor([400, 350]), torch.tensor([60, 50])
    agree(of_logits(ctc_loss), of_logits(F.ctc_loss), logits, targets, *lengths, atol=1e-12)


@pytest.mark.parametrize("size", [0, 1])
def test_no_frame_spells_only_the_empty_target(size: int) -> None:
    arguments = torch.zeros(2, 3), torch.tensor([1])[:size], torch.tensor(0), torch.tensor(size)
    assert ctc_loss(*arguments) == F.ctc_loss(*arguments) == (math.inf if size else 0)


PADDED = torch.tensor([[1, 2], [2, 1]])


@pytest.mark.parametrize(
    ("targets", "lengths", "sizes", "options"),
    [
        (PADDED, (4, 4), (2, 2), {"blank": -1}),
        (PADDED, (4, 4), (2, 2), {"blank": 3}),
        (PADDED, (5, 4), (2, 2), {}),
        (PADDED, (-1, 4), (2, 2), {}),
        (PADDED, (4, 4), (3, 2), {}),
        (PADDED, (4, 4), (-1, 2), {}),
        (PADDED, (4,), (2, 2), {}),
        (PADDED, (4, 4), (2,), {}),
        (PADDED.reshape(-1), (4, 4), (2, 1), {}),
        (PADDED.reshape(-1), (4, 4), (3, 2), {}),
    ],
)
def test_refuses_what_the_library_refuses(
    targets: Tensor, lengths: tuple[int, ...], sizes: tuple[int, ...], options: dict[str, object]
) -> None:
    arguments = torch.zeros(4, 2, 3), targets, torch.tensor(lengths), torch.tensor(sizes)
    both_refuse(ctc_loss, F.ctc_loss, *arguments, **options)


@pytest.mark.parametrize("shape", [(0, 2, 3), (4, 0, 3), (4, 2, 0)])
def test_refuses_no_data(shape: tuple[int, int, int]) -> None:
    n = min(shape[1], 2)
    both_refuse(ctc_loss, F.ctc_loss, torch.zeros(shape), PADDED[:n], torch.tensor([0] * n), torch.tensor([2] * n))
