"""Programs that differ in how they train: losses with their heads, starts, optimizers, schedules, options."""

from __future__ import annotations

from typing import Any

Program = dict[str, Any]
Choice = list[Any]


def tensor(**more: Any) -> Choice:
    """A data set of a few random rows."""
    return ["tensor", {"shape": [5], "samples": 20, "classes": 3, "batch_size": 8, **more}]


def linear(out: int) -> Choice:
    return ["Linear", {"out_features": out}]


def program(**parts: Any) -> Program:
    """A small net with one epoch of three steps."""
    base: Program = {
        "v": 1, "data": tensor(), "net": [linear(4), ["ReLU"], linear(3)], "defs": {}, "init": [],
        "loss": ["CrossEntropyLoss"], "opt": ["SGD", {"lr": 0.01}], "sched": None,
        "run": {"epochs": 1, "plot": False, "progress": False},
    }  # fmt: skip
    return {**base, **parts}


ONE = [linear(1)]
LOGITS = [linear(3)]
PROBABILITY = [linear(1), ["Sigmoid"]]
PROBABILITIES = [linear(3), ["Sigmoid"]]
LOG = [linear(3), ["LogSoftmax", {"dim": 1}]]
TWO = tensor(classes=2)
NUMBER = tensor(target="value")
TAGS = ["sequences", {"task": "tag", "samples": 20, "length": 4, "batch_size": 8}]
TOKENS = [["Embedding", {"num_embeddings": 8, "embedding_dim": 4}]]
MASKS = ["shapes", {"samples": 20, "size": 8, "batch_size": 8}]


def pixels(out: int) -> list[Choice]:
    return [["Conv2d", {"out_channels": out, "kernel_size": 1}]]


SQUARES = ("L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss")
# loss → data sets and nets whose output it takes
LOSSES: dict[str, list[tuple[Choice, list[Choice]]]] = {
    **{name: [(NUMBER, ONE), (tensor(), LOGITS), (TWO, ONE)] for name in SQUARES},
    "CrossEntropyLoss": [(tensor(), LOGITS), (TAGS, [*TOKENS, linear(2)]), (MASKS, pixels(3))],
    "NLLLoss": [(tensor(), LOG), (MASKS, [*pixels(3), ["LogSoftmax", {"dim": 1}]])],
    "BCELoss": [(TWO, PROBABILITY), (tensor(), PROBABILITIES), (TAGS, [*TOKENS, *PROBABILITY])],
    "BCEWithLogitsLoss": [(TWO, ONE), (tensor(), LOGITS), (TAGS, [*TOKENS, linear(1)]), (MASKS, pixels(3))],
    "MultiLabelSoftMarginLoss": [(tensor(), LOGITS)],
    "MultiLabelMarginLoss": [(tensor(), LOGITS)],
    "MultiMarginLoss": [(tensor(), LOGITS)],
    "HingeEmbeddingLoss": [(TWO, ONE)],
    "SoftMarginLoss": [(TWO, ONE), (tensor(), LOGITS)],
    "KLDivLoss": [(tensor(), LOG)],
    "PoissonNLLLoss": [(TWO, [linear(1), ["Softplus"]])],
    "GaussianNLLLoss": [(NUMBER, [linear(2)]), (TWO, [linear(2)])],
    "CosineEmbeddingLoss": [(tensor(), LOGITS), (NUMBER, LOGITS)],
    "MarginRankingLoss": [(NUMBER, ONE), (tensor(), ONE)],
    "TripletMarginLoss": [(tensor(), LOGITS), (NUMBER, LOGITS)],
    "TripletMarginWithDistanceLoss": [(tensor(), LOGITS)],
    "CTCLoss": [(
        ["sequences", {"task": "text", "samples": 20, "length": 8, "batch_size": 8}],
        [linear(8), ["LogSoftmax", {"dim": 2}]],
    )],
    "AdaptiveLogSoftmaxWithLoss": [(tensor(classes=10), [linear(32)])],
    "LinearCrossEntropyLoss": [(tensor(classes=10), [linear(32)])],
}  # fmt: skip

# loss → what has no default; a value off the default where a rule does not give one
NEEDED: dict[str, dict[str, Any]] = {
    "AdaptiveLogSoftmaxWithLoss": {"n_classes": 10, "cutoffs": [5]},
    "LinearCrossEntropyLoss": {"num_classes": 10},
    "KLDivLoss": {"reduction": "batchmean"},
}


def off(name: str, argument: dict[str, Any], outputs: int) -> dict[str, Any]:
    """A loss's argument off its default; empty where there is no other value here."""
    own, kind, default = argument["name"], argument["kind"], argument.get("default")
    if own in ("in_features", "out_features", "ignore_index", "blank"):
        return {"ignore_index": 2} if own == "ignore_index" else {}
    if argument.get("tensor"):
        return {own: [0.5 + k for k in range(outputs)]}
    if own == "cutoffs":
        return {own: [2, 5]}
    if argument.get("required"):
        return {}
    if kind == "bool":
        return {own: not default}
    if kind == "choice":
        return {own: next(value for value in argument["values"] if value != default)}
    return {own: 2 if kind == "int" else default * 0.5 if default else 0.1}


OPTIMIZERS = {
    "LBFGS": {"max_iter": 2},
    "SGD": {"momentum": 0.9},
    "RMSprop": {"momentum": 0.9},
}
# A scheduler's momentum to move: what these do not have.
WITHOUT = ("ASGD", "Adadelta", "Adafactor", "Adagrad", "LBFGS", "Rprop")


def optimized(optimizer: str, scheduler: str | None, table: dict[str, Any]) -> Program:
    """One optimizer under one scheduler. SparseAdam gets an embedding, whose gradients are sparse."""
    sched: Choice | None = None
    if scheduler:
        entry = table["schedulers"][scheduler]
        starts = {each["name"]: each["start"] for each in entry["args"] if each.get("required")}
        if scheduler in ("OneCycleLR", "CyclicLR") and optimizer in WITHOUT:
            starts["cycle_momentum"] = False
        sched = [scheduler, starts]
    made = program(opt=[optimizer, OPTIMIZERS.get(optimizer, {})], sched=sched)
    if optimizer == "SparseAdam":
        made["data"] = tensor(dtype="int64", most=6)
        made["net"] = [["EmbeddingBag", {"num_embeddings": 6, "embedding_dim": 3, "sparse": True}]]
    return made
