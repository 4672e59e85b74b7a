"""LambdaLR is the initial learning rate times the function."""

from __future__ import annotations

from functools import partial

from hypothesis import given
from hypothesis import strategies as st
from torch.optim.lr_scheduler import LambdaLR

from reference import load
from schedulers.scheduler_proof import proof, same_run, scheduled

page = load("schedulers/lambda_lr")


class Saved:
    """A function with an attribute that the state carries."""

    def __init__(self, decay: float) -> None:
        self.decay = decay

    def __call__(self, step: int) -> float:
        return self.decay**step


@proof
@given(st.floats(1e-6, 10), st.lists(st.floats(-1, 10), min_size=1, max_size=80), st.data())
def test_learning_rate(base_lr: float, factors: list[float], data: st.DataObject) -> None:
    def factor(step: int) -> float:
        return factors[step]

    formula = partial(page.lambda_lr, base_lr=base_lr, lr_lambda=factor)
    at = data.draw(st.integers(0, len(factors) - 1))
    same_run(formula, scheduled(LambdaLR, base_lr, lr_lambda=factor), len(factors), at)


def test_the_state_brings_the_attributes_of_an_object() -> None:
    saved, other = (scheduled(LambdaLR, lr_lambda=Saved(decay))()[1] for decay in (0.9, 0.1))
    other.load_state_dict(saved.state_dict())
    assert other.lr_lambdas[0].decay == 0.9
