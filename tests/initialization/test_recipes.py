"""The recipes fill every parameter and buffer, also in layers that lack what most layers have."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from reference import load

page = load("initialization/recipes", "rule", "forgotten")
sequences = load("initialization/recipes_sequences", "recurrent", "transformer")

ODD = {
    "linear without bias": lambda: nn.Linear(3, 4, bias=False),
    "depthwise": lambda: nn.Conv1d(4, 4, 3, groups=4, bias=False),
    "transposed": lambda: nn.ConvTranspose2d(4, 6, 4, stride=2, groups=2),
    "transposed without bias": lambda: nn.ConvTranspose1d(4, 4, 3, bias=False),
    "transposed in 3D": lambda: nn.ConvTranspose3d(2, 2, 2),
    "layer norm": lambda: nn.LayerNorm(4),
    "layer norm without bias": lambda: nn.LayerNorm(4, bias=False),
    "layer norm without weight": lambda: nn.LayerNorm(4, elementwise_affine=False),
    "rms norm": lambda: nn.RMSNorm(4),
    "rms norm without weight": lambda: nn.RMSNorm(4, elementwise_affine=False),
    "batch norm": lambda: nn.BatchNorm2d(4),
    "batch norm without weight": lambda: nn.BatchNorm1d(4, affine=False),
    "batch norm without statistics": lambda: nn.BatchNorm3d(4, track_running_stats=False),
    "instance norm": lambda: nn.InstanceNorm2d(4),
    "instance norm with statistics": lambda: nn.InstanceNorm1d(4, affine=True, track_running_stats=True),
    "group norm": lambda: nn.GroupNorm(2, 4),
    "group norm without weight": lambda: nn.GroupNorm(2, 4, affine=False),
    "embedding": lambda: nn.Embedding(5, 3, padding_idx=0),
    "embedding bag": lambda: nn.EmbeddingBag(5, 3),
    "prelu": lambda: nn.PReLU(),
    "bilinear": lambda: nn.Bilinear(2, 3, 4),
    "lstm with a projection": lambda: nn.LSTM(3, 4, proj_size=2),
    "gru in both directions": lambda: nn.GRU(3, 4, num_layers=2, bidirectional=True),
}


@pytest.mark.parametrize("kind", ODD)
def test_nothing_stays_nan(kind: str) -> None:
    assert page.forgotten(nn.Sequential(ODD[kind]()), page.init_relu) == []


def test_what_has_no_rule_is_found() -> None:
    left = page.forgotten(nn.Sequential(nn.MultiheadAttention(4, 2)), page.init_relu)
    assert left == ["0.in_proj_weight", "0.in_proj_bias"]


def test_the_inspected_model_stays_as_it_is() -> None:
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.MultiheadAttention(4, 2))
    model.register_buffer("table", torch.ones(2))
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    assert "table" in page.forgotten(model, page.init_relu)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, before[name]), name


def test_norms_embeddings_and_statistics_get_their_defaults() -> None:
    norm, embedding = nn.BatchNorm1d(4), nn.Embedding(5, 3, padding_idx=2)
    for tensor in (norm.weight, norm.bias, norm.running_mean, norm.running_var, embedding.weight):
        nn.init.constant_(tensor, 9.0)
    nn.Sequential(norm, embedding).apply(page.init_relu)
    assert torch.equal(norm.weight, torch.ones(4))
    assert torch.equal(norm.running_var, torch.ones(4))
    assert not norm.bias.any()
    assert not norm.running_mean.any()
    assert not embedding.weight[2].any()
    assert embedding.weight.abs().max() < 9


@pytest.mark.parametrize(
    "layer",
    [
        nn.Linear(256, 512),
        nn.Conv2d(64, 256, 3),
        nn.Conv2d(64, 256, 3, groups=4),
        nn.ConvTranspose2d(64, 256, 4, stride=2),
        nn.ConvTranspose2d(64, 256, 4, stride=2, groups=4),
        nn.ConvTranspose1d(64, 256, 3),
    ],
    ids=str,
)
def test_the_second_moment_is_kept_through_relu(layer: nn.Module) -> None:
    torch.manual_seed(0)
    size = {nn.Linear: (64, 256), nn.ConvTranspose1d: (16, 64, 64)}.get(type(layer), (4, 64, 32, 32))
    output = F.relu(layer.apply(page.init_relu)(torch.randn(size)))
    if output.dim() > 2:
        output = output[..., 4:-4]
    if output.dim() > 3:
        output = output[..., 4:-4, :]
    assert output.square().mean().item() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_recurrent_layers_are_filled_gate_by_gate(kind: type[nn.RNNBase]) -> None:
    rnn = kind(3, 4, num_layers=2, bidirectional=True)
    for parameter in rnn.parameters():
        nn.init.constant_(parameter, math.nan)
    sequences.init_recurrent(rnn, keep=3.0)
    gates = 4 if kind is nn.LSTM else 3
    for name, parameter in rnn.named_parameters():
        assert not parameter.isnan().any(), name
        for number, block in enumerate(parameter.chunk(gates)):
            if "weight_hh" in name:
                torch.testing.assert_close(block @ block.T, torch.eye(4))
            if "bias" in name:
                kept = 3.0 if "bias_ih" in name and number == 1 else 0.0
                assert torch.equal(block, torch.full((4,), kept)), name


@pytest.mark.parametrize("bias", [True, False])
def test_a_transformer_has_no_parameter_left(bias: bool) -> None:
    layers = nn.ModuleList(nn.TransformerEncoderLayer(8, 2, 16, norm_first=True, bias=bias) for _ in range(2))
    for parameter in layers.parameters():
        nn.init.constant_(parameter, math.nan)
    sequences.init_transformer(layers)
    for name, parameter in layers.named_parameters():
        assert not parameter.isnan().any(), name
        if "norm" in name:
            assert (parameter == float(name.endswith("weight"))).all(), name
