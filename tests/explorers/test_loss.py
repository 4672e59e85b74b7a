"""Losses and activations in the browser against torch, in double precision: values, slopes, infinities, nan."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from explorers import draw
from script import Deno, Floats

DRIVER = "tests/explorers/drive.js"
ACTIVATIONS = """identity relu leaky_relu relu6 elu selu gelu gelu_tanh silu mish softplus softsign hardtanh tanh
sigmoid"""
LOSSES = """l1_loss mse_loss smooth_l1_loss huber_loss binary_cross_entropy binary_cross_entropy_with_logits
soft_margin_loss multilabel_soft_margin_loss cross_entropy multi_margin_loss nll_loss kl_div poisson_nll_loss
gaussian_nll_loss hinge_embedding_loss margin_ranking_loss"""


def same(ours: Any, theirs: Tensor) -> Tensor:
    """Where the two agree to 1e-13 of the value, or to 1e-15 where cancellation from 1 leaves no more digits."""
    found = torch.tensor(ours, dtype=torch.float64)
    near = (found - theirs).abs() <= 1e-13 * theirs.abs().clamp(min=1e-2)
    return near | (found == theirs) | (found.isnan() & theirs.isnan())


def points(name: str, low: float, high: float) -> Tensor:
    """Ordinary and extreme values within the domain."""
    rng = random.Random(name)
    near = [0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 6.0, 2.0, 1e-9, -1e-9, 1e-300, low, high]
    far = [30.0, -30.0, 800.0, -800.0, 1e8, -1e8, math.inf, -math.inf, math.nan]
    drawn = [rng.uniform(low, high) for _ in range(300)]
    values = [x for x in near + drawn if low <= x <= high] + (far if low < 0 < high else [])
    return torch.tensor(values, dtype=torch.float64)


@pytest.mark.parametrize("name", ACTIVATIONS.split())
def test_activation_and_slope(deno: Deno, name: str) -> None:
    x = points(name, -12, 12).requires_grad_()
    layer = eval(deno.call(DRIVER, "activations.all")[name]["torch"], {"nn": nn})
    value = layer(x)
    value.sum().backward()
    found = deno.call(DRIVER, "activations.at", name, Floats(x.tolist()))
    finite = x.detach().isfinite()
    for ours, theirs in ((found["value"], value.detach()), (found["slope"], x.grad)):
        assert theirs is not None
        agree = same(ours, theirs) | ~finite
        assert agree.all(), (
            f"{name} at {x[~agree].tolist()[:3]}: {torch.tensor(ours)[~agree][:3]}, torch {theirs[~agree][:3]}"
        )


@pytest.mark.parametrize("name", ACTIVATIONS.split())
def test_gain_is_torchs(deno: Deno, name: str) -> None:
    found = deno.call(DRIVER, "activations.all")[name]
    if found["nonlinearity"]:
        assert found["gain"] == pytest.approx(nn.init.calculate_gain(found["nonlinearity"]), rel=1e-15)
    else:
        assert found["gain"] == 1


@pytest.mark.parametrize("name", LOSSES.split())
def test_loss_and_gradient_by_the_printed_program(deno: Deno, name: str) -> None:
    loss = deno.call(DRIVER, "losses.all")[name]
    rng = random.Random(name)
    states = [draw.defaults(loss["options"]), *(draw.state(loss["options"], rng) for _ in range(25))]
    cases = [(state, draw.state({"t": loss["target"]}, rng)["t"]) for state in states]
    x = points(name, *loss["domain"]).double()
    for (state, target), found in zip(
        cases, deno.call(DRIVER, "losses.at", name, cases, Floats(x.tolist())), strict=True
    ):
        torch.set_default_dtype(torch.float64)
        try:
            names = {"torch": torch, "x": x.clone().requires_grad_(), **state}
            names["loss"] = eval(found["torch"], names)
            value = eval(found["evaluate"], names)
            value.sum().backward()
        finally:
            torch.set_default_dtype(torch.float32)
        agree = same(found["value"], value.detach()) & same(found["gradient"], names["x"].grad)
        usable = x.isfinite() if loss["family"] == "pair" else ~x.isnan()
        wrong = ~agree & usable
        assert not wrong.any(), (
            f"{found['torch']}, target {target}, x {x[wrong].tolist()[:3]}: value "
            f"{torch.tensor(found['value'])[wrong][:3]} torch {value[wrong][:3]}, gradient "
            f"{torch.tensor(found['gradient'])[wrong][:3]} torch {names['x'].grad[wrong][:3]}"
        )


def test_names_are_complete(deno: Deno) -> None:
    assert set(deno.call(DRIVER, "losses.all")) == set(LOSSES.split())
    assert set(deno.call(DRIVER, "activations.all")) == set(ACTIVATIONS.split())
