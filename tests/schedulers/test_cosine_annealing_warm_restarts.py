"""The formula of CosineAnnealingWarmRestarts is torch's schedule, by counted steps and by fractional epochs."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from torch.optim import SGD
from torch.optim.lr_scheduler import CosineAnnealingWarmRestarts

from reference import load
from schedulers.scheduler_proof import lr, on, proof, same_run, scheduled

page = load("schedulers/cosine_annealing_warm_restarts")

rates = st.floats(1e-6, 10)
lengths = st.integers(1, 9)
growths = st.sampled_from([1, 1, 2, 3])
floors = st.sampled_from([0.0, 0.1, 2.0])


@proof
@given(rates, lengths, growths, floors, st.integers(1, 50), st.data())
def test_learning_rate(base_lr: float, T_0: int, T_mult: int, floor: float, steps: int, data: st.DataObject) -> None:
    options = {"T_0": T_0, "T_mult": T_mult, "eta_min": floor * base_lr}
    formula = partial(page.cosine_annealing_warm_restarts, base_lr=base_lr, **options)
    at = data.draw(st.integers(0, steps - 1))
    same_run(formula, scheduled(CosineAnnealingWarmRestarts, base_lr, **options), steps, at)


@proof
@given(lengths, growths, floors, st.lists(st.floats(0, 200), min_size=1, max_size=10))
def test_fractional_epochs_in_any_order(T_0: int, T_mult: int, floor: float, epochs: list[float]) -> None:
    optimizer = on(SGD, lr=0.1)
    scheduler = CosineAnnealingWarmRestarts(optimizer, T_0, T_mult, floor)
    for whole in epochs:
        epoch = whole + 1e-3  # at a restart itself their logarithm may round to the cycle before
        scheduler.step(epoch)
        ours = page.cosine_annealing_warm_restarts(epoch, 0.1, T_0, T_mult, floor)
        assert ours == pytest.approx(lr(optimizer), rel=1e-9, abs=1e-12), epoch


@pytest.mark.parametrize("options", [{"T_0": 0}, {"T_0": 2.5}, {"T_0": 2, "T_mult": 2.0}, {"T_0": 2, "T_mult": 0}])
def test_lengths_that_are_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="Expected"):
        CosineAnnealingWarmRestarts(on(SGD, lr=0.1), **options)
