"""Pairs that do not fit: each row is found where it is, not found where it is not, and true in torch."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from shapes.oracle import ROOT

Table = dict[str, Any]
CLASS = {
    "input": {"dims": [16], "dtype": "float32"},
    "target": {"kind": "class", "dims": [], "dtype": "int64", "classes": 4},
}
VALUE = {"input": {"dims": [16], "dtype": "float32"}, "target": {"kind": "value", "dims": [1], "dtype": "float32"}}
IMAGE = {**CLASS, "input": {"dims": [4, 8, 8], "dtype": "float32"}}
STEPS = {**CLASS, "input": {"dims": [6, 4], "dtype": "float32"}}
WORDS = {**CLASS, "input": {"dims": [6], "dtype": "int64", "most": 100}}
TEXT = {**STEPS, "target": {"kind": "text", "dims": [9], "dtype": "int64", "classes": 4}}


def linear(n: int = 4) -> list[Any]:
    return ["Linear", {"out_features": n}]


def program(*net: Any, loss: Any = ("CrossEntropyLoss",), **more: Any) -> dict[str, Any]:
    return {"v": 1, "data": ["digits"], "net": list(net), "loss": list(loss), **more}


def raises(kind: type[Exception], words: str, run: Callable[[], Any]) -> None:
    with pytest.raises(kind, match=words):
        run()


def warned(words: str, run: Callable[[], Any]) -> None:
    with pytest.warns(UserWarning, match=words):
        run()


def weights(n: int = 1) -> list[torch.nn.Parameter]:
    return [nn.Parameter(torch.ones(2, 2)) for _ in range(n)]


def softmax_twice() -> None:
    sure = torch.eye(4) * 1e4
    loss = nn.CrossEntropyLoss()(sure.softmax(1), torch.arange(4))
    assert loss.item() == pytest.approx(math.log(math.e + 3) - 1, abs=1e-6)


def log_softmax_twice() -> None:
    x, y = torch.randn(5, 4), torch.tensor([0, 1, 2, 3, 0])
    torch.testing.assert_close(nn.CrossEntropyLoss()(x.log_softmax(1), y), nn.CrossEntropyLoss()(x, y))


def cut_logits() -> None:
    x = torch.tensor([[-3.0, -1.0, -2.0]])
    assert nn.CrossEntropyLoss()(x.relu(), torch.tensor([1])) > nn.CrossEntropyLoss()(x, torch.tensor([1]))


def nll_without_log() -> None:
    assert nn.NLLLoss()(torch.tensor([[0.1, 0.9]]), torch.tensor([1])) < 0


def one_class() -> None:
    assert nn.CrossEntropyLoss()(torch.randn(5, 1), torch.zeros(5, dtype=torch.long)) == 0


def few_classes() -> None:
    raises(IndexError, "Target 3 is out of bounds", lambda: nn.CrossEntropyLoss()(torch.randn(1, 2), torch.tensor([3])))


def sigmoid_twice() -> None:
    best = nn.BCEWithLogitsLoss()(torch.tensor([1.0]).mul(1e4).sigmoid(), torch.ones(1))
    assert best > 0.31


def bce_on_logits() -> None:
    raises(RuntimeError, "between 0 and 1", lambda: nn.BCELoss()(torch.tensor([2.0]), torch.ones(1)))


def kl_without_log() -> None:
    assert nn.KLDivLoss(reduction="sum")(torch.tensor([[0.5, 0.5]]), torch.tensor([[0.5, 0.5]])) < 0


def kl_mean() -> None:
    p = torch.full((1, 4), 0.25)
    warned("reduction: 'mean'", lambda: nn.KLDivLoss()(p.log(), p))


def poisson_negative() -> None:
    assert nn.PoissonNLLLoss()(torch.tensor([50.0]).neg(), torch.tensor([-1.0])) < 0


def broadcast_loss() -> None:
    warned("target size", lambda: nn.MSELoss()(torch.randn(5), torch.randn(5, 1)))


def ctc_short() -> None:
    x = torch.randn(3, 1, 4).log_softmax(2)
    loss = nn.CTCLoss()(x, torch.ones(1, 9, dtype=torch.long), torch.tensor([3]), torch.tensor([9]))
    assert loss == math.inf


def dense_gradient() -> None:
    def run() -> None:
        [w] = weights()
        w.sum().backward()
        torch.optim.SparseAdam([w]).step()

    raises(RuntimeError, "does not support dense gradients", run)


def sparse_gradient() -> None:
    kinds = {each: getattr(torch.optim, each) for each in dir(torch.optim) if each[0].isupper() and each != "Optimizer"}
    for name, kind in kinds.items():
        if name == "Muon":
            continue  # torch lets it pass; the program gives embeddings to AdamW, which refuses
        layer = nn.Embedding(4, 2, sparse=True)
        layer(torch.tensor([1])).sum().backward()

        def step(kind: Any = kind, layer: nn.Embedding = layer) -> None:
            kind(layer.parameters(), lr=0.1).step(*([lambda: 0.0] if kind is torch.optim.LBFGS else []))

        if name in ("SGD", "Adagrad", "SparseAdam"):
            step()
        elif name != "LBFGS":
            raises(RuntimeError, "(?i)sparse", step)


def cycle_momentum() -> None:
    optimizer = torch.optim.Adagrad(weights())
    for make in (
        lambda: torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.1, total_steps=5),
        lambda: torch.optim.lr_scheduler.CyclicLR(optimizer, base_lr=0.1, max_lr=0.2),
    ):
        raises(ValueError, "optimizer must support momentum or beta1", make)


def counts_epochs() -> None:
    optimizer = torch.optim.SGD(weights(), lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1)
    optimizer.step()
    for _ in range(10):  # ten batches of one epoch
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] < 1e-9


def counts_batches() -> None:
    optimizer = torch.optim.SGD(weights(), lr=1.0, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=1000)
    optimizer.step()
    for _ in range(10):  # ten epochs of a hundred batches
        scheduler.step()
    assert optimizer.param_groups[0]["lr"] < 0.05


def one_per_group() -> None:
    assert nn.GroupNorm(4, 4)(torch.randn(3, 4)).abs().max() < 1e-3


def broadcast_add() -> None:
    assert (torch.randn(2, 1, 3) + torch.randn(2, 5, 3)).shape == (2, 5, 3)


def symmetric() -> None:
    net = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
    for each in net.parameters():
        nn.init.constant_(each, 0.5)
    net(torch.randn(8, 3)).square().mean().backward()
    rows = net[0].weight.grad
    assert rows is not None and (rows == rows[0]).all()


def bias_before_norm() -> None:
    torch.manual_seed(0)
    layer, norm = nn.Linear(3, 4), nn.BatchNorm1d(4)
    norm(layer(torch.randn(8, 3))).pow(3).sum().backward()
    assert layer.bias.grad is not None and layer.bias.grad.abs().max() < 1e-4


def dropout_before_norm() -> None:
    torch.manual_seed(0)
    x, drop = torch.randn(10000, 1), nn.Dropout(0.5)
    assert drop(x).var() > 1.8 * drop.eval()(x).var()


def two_linear() -> None:
    a, b = nn.Linear(3, 4), nn.Linear(4, 2)
    x = torch.randn(5, 3)
    torch.testing.assert_close(b(a(x)), x @ (b.weight @ a.weight).T + b.weight @ a.bias + b.bias)


def kaiming_tanh() -> None:
    """kaiming's gain is ReLU's; tanh has another."""
    w = nn.init.kaiming_normal_(torch.empty(2000, 500))
    assert w.std() * 500**0.5 == pytest.approx(2**0.5, rel=0.01)
    assert nn.init.calculate_gain("tanh") == pytest.approx(5 / 3)


def xavier_relu() -> None:
    """Each layer halves the signal's mean square."""
    x = torch.randn(64, 512)
    for _ in range(10):
        x = (x @ nn.init.xavier_normal_(torch.empty(512, 512))).relu()
    assert x.square().mean() < 2**-10 * 1.5


def mixed_steps() -> None:
    layer = nn.LSTM(4, 3)
    x = torch.randn(2, 6, 4)
    changed = x.clone()
    changed[1] += 1  # another example of the batch
    assert not torch.equal(layer(x)[0][1], layer(changed)[0][1])
    assert not torch.equal(nn.LSTM(4, 3)(x)[0][0], layer(x)[0][0])


def init_flat() -> None:
    raises(ValueError, "2 dimensions", lambda: nn.init.eye_(torch.empty(2, 2, 3, 3)))
    raises(ValueError, "2 dimensions", lambda: nn.init.sparse_(torch.empty(2, 2, 3, 3), 0.1))


# code → example, a program that has it, one that has not, and what torch says
ROWS: dict[str, tuple[Any, Any, Any, Callable[[], None]]] = {
    "softmax_twice": (CLASS, program(linear(), ["Softmax", {"dim": 1}]), program(linear()), softmax_twice),
    "log_softmax_twice": (CLASS, program(linear(), ["LogSoftmax", {"dim": 1}]), program(linear()), log_softmax_twice),
    "cut_logits": (CLASS, program(linear(), ["ReLU"]), program(["ReLU"], linear()), cut_logits),
    "one_class": (CLASS, program(linear(1)), program(linear(2)), one_class),
    "few_classes": (CLASS, program(linear(2)), program(linear()), few_classes),
    "nll_without_log": (
        CLASS,
        program(linear(), loss=["NLLLoss"]),
        program(linear(), ["LogSoftmax", {"dim": 1}], loss=["NLLLoss"]),
        nll_without_log,
    ),
    "sigmoid_twice": (
        CLASS,
        program(linear(), ["Sigmoid"], loss=["BCEWithLogitsLoss"]),
        program(linear(), loss=["BCEWithLogitsLoss"]),
        sigmoid_twice,
    ),
    "bce_on_logits": (
        CLASS,
        program(linear(), loss=["BCELoss"]),
        program(linear(), ["Sigmoid"], loss=["BCELoss"]),
        bce_on_logits,
    ),
    "kl_without_log": (
        CLASS,
        program(linear(), loss=["KLDivLoss", {"reduction": "batchmean"}]),
        program(linear(), ["LogSoftmax", {"dim": 1}], loss=["KLDivLoss", {"reduction": "batchmean"}]),
        kl_without_log,
    ),
    "kl_mean": (
        CLASS,
        program(linear(), ["LogSoftmax", {"dim": 1}], loss=["KLDivLoss"]),
        program(linear(), ["LogSoftmax", {"dim": 1}], loss=["KLDivLoss", {"reduction": "batchmean"}]),
        kl_mean,
    ),
    "poisson_negative": (
        VALUE,
        program(linear(1), loss=["PoissonNLLLoss"]),
        program(linear(1), loss=["MSELoss"]),
        poisson_negative,
    ),
    "broadcast_loss": (
        VALUE,
        program(["mean", {"dim": 1}], loss=["MSELoss"]),
        program(linear(1), loss=["MSELoss"]),
        broadcast_loss,
    ),
    "ctc_short": (
        TEXT,
        program(linear(), loss=["CTCLoss"]),
        program(["ConstantPad2d", {"padding": [0, 0, 2, 2], "value": 0.0}], linear(), loss=["CTCLoss"]),
        ctc_short,
    ),
    "no_dim": (
        CLASS,
        program(["Softmax"], linear()),
        program(["Softmax", {"dim": 1}], linear()),
        lambda: warned("Implicit dimension choice", lambda: nn.Softmax()(torch.ones(2, 2))),
    ),
    "dropout2d": (
        STEPS,
        program(["Dropout2d"], ["Flatten"], linear()),
        program(["Dropout1d"], ["Flatten"], linear()),
        lambda: warned("Received a 3D input to dropout2d", lambda: nn.Dropout2d()(torch.ones(2, 2, 2))),
    ),
    "one_layer_dropout": (
        STEPS,
        program(["LSTM", {"hidden_size": 3, "dropout": 0.5, "batch_first": True}]),
        program(["LSTM", {"hidden_size": 3, "dropout": 0.5, "batch_first": True, "num_layers": 2}]),
        lambda: warned("dropout option adds dropout after all but last", lambda: nn.LSTM(2, 2, dropout=0.5)),
    ),
    "batch_first": (
        STEPS,
        program(["LSTM", {"hidden_size": 3}]),
        program(["LSTM", {"hidden_size": 3, "batch_first": True}]),
        mixed_steps,
    ),
    "one_per_group": (
        CLASS,
        program(["GroupNorm", {"num_groups": 16}]),
        program(["GroupNorm", {"num_groups": 4}]),
        one_per_group,
    ),
    "few_rows": (
        WORDS,
        program(["Embedding", {"num_embeddings": 50, "embedding_dim": 4}]),
        program(["Embedding", {"num_embeddings": 100, "embedding_dim": 4}]),
        lambda: raises(IndexError, "index out of range in self", lambda: nn.Embedding(50, 4)(torch.tensor([99]))),
    ),
    "broadcast_add": (
        IMAGE,
        program(["add", [["Conv2d", {"out_channels": 1, "kernel_size": 1}]], []]),
        program(["add", [["Conv2d", {"out_channels": 4, "kernel_size": 1}]], []]),
        broadcast_add,
    ),
    "bias_before_norm": (
        CLASS,
        program(linear(), ["BatchNorm1d"]),
        program(["Linear", {"out_features": 4, "bias": False}], ["BatchNorm1d"]),
        bias_before_norm,
    ),
    "dropout_before_norm": (
        CLASS,
        program(["Dropout"], ["BatchNorm1d"]),
        program(["BatchNorm1d"], ["Dropout"]),
        dropout_before_norm,
    ),
    "two_linear": (CLASS, program(linear(), linear()), program(linear(), ["ReLU"], linear()), two_linear),
    "init_flat": (
        IMAGE,
        program(init=[["Conv2d", ["eye_"]]]),
        program(init=[["Linear", ["eye_"]]]),
        init_flat,
    ),
    "init_deep": (
        IMAGE,
        program(init=[["Linear", ["dirac_"]]]),
        program(init=[["Conv2d", ["dirac_"]]]),
        lambda: raises(ValueError, "3, 4, or 5 dimensions", lambda: nn.init.dirac_(torch.empty(2, 2))),
    ),
    "symmetric": (
        CLASS,
        program(init=[["Linear", ["constant_", {"val": 0.5}]]]),
        program(init=[["LayerNorm", ["ones_"]]]),
        symmetric,
    ),
    "kaiming_tanh": (
        CLASS,
        program(linear(), ["Tanh"], linear(), init=[["Linear", ["kaiming_normal_"]]]),
        program(linear(), ["ReLU"], linear(), init=[["Linear", ["kaiming_normal_"]]]),
        kaiming_tanh,
    ),
    "xavier_relu": (
        CLASS,
        program(linear(), ["ReLU"], linear(), init=[["*", ["xavier_normal_"]]]),
        program(linear(), ["Tanh"], linear(), init=[["*", ["xavier_normal_"]]]),
        xavier_relu,
    ),
    "nesterov": (
        CLASS,
        program(linear(), opt=["SGD", {"nesterov": True}]),
        program(linear(), opt=["SGD", {"nesterov": True, "momentum": 0.9}]),
        lambda: raises(ValueError, "requires a momentum", lambda: torch.optim.SGD(weights(), 0.1, nesterov=True)),
    ),
    "sparse_gradient": (
        WORDS,
        program(["Embedding", {"num_embeddings": 100, "embedding_dim": 4, "sparse": True}], opt=["Adam"]),
        program(["Embedding", {"num_embeddings": 100, "embedding_dim": 4, "sparse": True}], opt=["SparseAdam"]),
        sparse_gradient,
    ),
    "dense_gradient": (CLASS, program(linear(), opt=["SparseAdam"]), program(linear(), opt=["Adam"]), dense_gradient),
    "cycle_momentum": (
        CLASS,
        program(linear(), opt=["Adagrad"], sched=["OneCycleLR", {"max_lr": 0.1}]),
        program(linear(), opt=["Adagrad"], sched=["OneCycleLR", {"max_lr": 0.1, "cycle_momentum": False}]),
        cycle_momentum,
    ),
    "counts_batches": (
        CLASS,
        program(linear(), sched=["OneCycleLR", {"max_lr": 0.1}], run={"step": "epoch"}),
        program(linear(), sched=["OneCycleLR", {"max_lr": 0.1}]),
        counts_batches,
    ),
    "counts_epochs": (
        CLASS,
        program(linear(), sched=["StepLR", {"step_size": 1}], run={"step": "batch"}),
        program(linear(), sched=["StepLR", {"step_size": 1}]),
        counts_epochs,
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", ROWS)
def test_a_pair_is_found_where_it_is_and_only_there(table: Table, call: Any, code: str) -> None:
    example, bad, good, _ = ROWS[code]
    assert code in [each["code"] for each in call("pairs.found", table, bad, example)]
    assert code not in [each["code"] for each in call("pairs.found", table, good, example)]


@pytest.mark.parametrize("code", ROWS)
def test_a_pair_is_true_in_torch(code: str) -> None:
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        ROWS[code][3]()


def test_every_row_is_tested_and_leads_to_a_page_that_there_is(table: Table, call: Any) -> None:
    text = "".join((ROOT / f"docs/theme/js/build/pairs_{part}.js").read_text("utf-8") for part in ("net", "step"))
    assert set(re.findall(r'"(?:error|warn|note)", "(\w+)"', text)) - set(ROWS) == set()
    for example, bad, _, _ in ROWS.values():
        for each in call("pairs.found", table, bad, example):
            if each["page"]:
                page = ROOT / "docs/en" / each["page"].rstrip("/")
                assert page.with_suffix(".md").exists() or (page / "index.md").exists(), each["page"]
