"""Random trees, and torch walking them block by block: what the page says of a whole program is held against this."""

from __future__ import annotations

import random
from typing import Any

import torch
from torch import nn

from shapes import oracle

Block = list[Any]
Rng = random.Random


class Net:
    """Builds each layer when a tensor reaches it, as sizes that follow from the tensor demand."""

    def __init__(self, program: dict[str, Any]) -> None:
        self.program = program
        self.params = 0
        self.built: dict[int, nn.Module] = {}  # of shared definitions, by the block's identity

    def run(self, branch: list[Block], x: torch.Tensor, taps: dict[str, torch.Tensor], shared: bool) -> torch.Tensor:
        for block in branch:
            x = self.block(block, x, taps, shared)
        return x

    def block(self, block: Block, x: torch.Tensor, taps: dict[str, torch.Tensor], shared: bool) -> torch.Tensor:
        name = block[0]
        if name in ("add", "mul", "cat"):
            branches = [each for each in block[1:] if isinstance(each, list)]
            parts = [self.run(each, x, taps, shared) for each in branches]
            return self.merge(block, parts)
        if name == "seq":
            return self.run(block[-1], x, taps, shared)
        if name == "repeat":
            for _ in range(block[1]):
                x = self.run(block[2], x, dict(taps), shared)
            return x
        if name == "use":
            definition = self.program["defs"][block[1]]
            values = {**definition["params"], **(block[2] if len(block) > 2 else {})}
            return self.run(self.filled(definition["net"], values), x, {}, shared or definition.get("shared", False))
        if name == "tap":
            taps[block[1]] = x
            return x
        return taps[block[1]] if name == "get" else self.layer(block, x, shared)

    def merge(self, block: Block, parts: list[torch.Tensor]) -> torch.Tensor:
        if block[0] == "cat":
            return torch.cat(parts, block[1]["dim"] if isinstance(block[1], dict) else 1)
        result = parts[0]
        for part in parts[1:]:
            result = result + part if block[0] == "add" else result * part
        return result

    def filled(self, branch: list[Block], values: dict[str, int]) -> list[Block]:
        """The definition's blocks with its parameters in their places; the same objects where nothing changes."""
        if "$" not in str(branch):
            return branch

        def put(item: Any) -> Any:
            if isinstance(item, list):
                return [put(each) for each in item]
            if isinstance(item, dict):
                return {key: put(each) for key, each in item.items()}
            return values[item[1:]] if isinstance(item, str) and item.startswith("$") else item

        return [put(each) for each in branch]

    def layer(self, block: Block, x: torch.Tensor, shared: bool) -> torch.Tensor:
        name, args = block[0], dict(block[1]) if len(block) > 1 else {}
        if name == "permute":
            return x.permute(args["dims"])
        if name == "mean":
            return x.mean(args["dim"], args.get("keepdim", False))
        if name == "last_step":
            return x[:, -1]
        if shared and id(block) in self.built:
            return oracle.call(self.built[id(block)], x, args)
        if name == "position":
            weight = nn.Embedding(args["max_len"], x.shape[-1]).weight
            self.params += weight.numel()
            return x + weight[: x.size(-2)]
        layer = oracle.build(name, {**derived(name, x), **args})
        self.built[id(block)] = layer
        self.params += sum(each.numel() for each in layer.parameters())
        return oracle.call(layer, x, args)


def derived(name: str, x: torch.Tensor) -> dict[str, int]:
    """What a reader would write for the sizes that follow."""
    last, n = (x.shape[-1] if x.dim() else 1), x.dim()
    if name.startswith("Conv"):
        at = -int(name[-2]) - 1
        return {"in_channels": x.shape[at] if n >= -at else 1}
    if name.startswith("BatchNorm"):
        return {"num_features": x.shape[1] if n > 1 else 1}
    names = {"Linear": "in_features", "LayerNorm": "normalized_shape", "LSTM": "input_size", "GRU": "input_size"}
    names |= {"MultiheadAttention": "embed_dim", "TransformerEncoderLayer": "d_model"}
    return {names[name]: last} if name in names else {}


def outcome(program: dict[str, Any], dims: list[int], dtype: str) -> oracle.Outcome:
    """Shape and parameters, or the first error."""
    x = torch.rand(dims, requires_grad=True) if dtype == "float32" else torch.zeros(dims, dtype=torch.int64)
    net = Net(program)
    try:
        y = net.run(program["net"], x, {}, False)
    except Exception as error:
        return {"type": type(error).__name__, "sentence": str(error)}
    return {"dims": list(y.shape), "dtype": str(y.dtype).removeprefix("torch."), "params": net.params}


IMAGE = [
    lambda rng: ["Conv2d", {"out_channels": rng.choice([2, 4]), "kernel_size": 3, "padding": rng.choice([0, 1, 1])}],
    lambda rng: ["Conv2d", {"out_channels": 4, "kernel_size": 1, "stride": rng.choice([1, 2])}],
    lambda rng: ["BatchNorm2d"],
    lambda rng: ["ReLU"],
    lambda rng: ["MaxPool2d", {"kernel_size": 2}],
    lambda rng: ["Upsample", {"scale_factor": 2.0}],
    lambda rng: ["Dropout", {"p": 0.5}],
]
FLAT = [
    lambda rng: ["Linear", {"out_features": rng.choice([3, 4])}],
    lambda rng: ["ReLU"],
    lambda rng: ["LayerNorm"],
    lambda rng: ["BatchNorm1d"],
    lambda rng: ["LSTM", {"hidden_size": 3, "batch_first": True}],
    lambda rng: ["TransformerEncoderLayer", {"nhead": rng.choice([1, 2]), "dim_feedforward": 5, "batch_first": True}],
    lambda rng: ["position", {"max_len": 9}],
    lambda rng: ["mean", {"dim": 1}],
]
BETWEEN = [lambda rng: ["Flatten"], lambda rng: ["last_step"], lambda rng: ["permute", {"dims": [0, 2, 1]}]]


def branch(rng: Rng, pool: list[Any], depth: int, most: int = 3) -> list[Block]:
    return [block(rng, pool, depth) for _ in range(rng.randint(1, most))]


def block(rng: Rng, pool: list[Any], depth: int) -> Block:
    """A layer, or now and then a container of some."""
    kind = rng.choice(["add", "mul", "cat", "repeat", "seq", "use", "tap"]) if depth and rng.random() < 0.3 else ""
    if kind in ("add", "mul"):
        return [kind, branch(rng, pool, depth - 1, 2), rng.choice([[], branch(rng, pool, depth - 1, 1)])]
    if kind == "cat":
        return ["cat", {"dim": rng.choice([1, 1, -1])}, branch(rng, pool, depth - 1, 2), []]
    if kind == "repeat":
        return ["repeat", rng.randint(1, 3), branch(rng, pool, depth - 1, 2)]
    if kind == "seq":
        return ["seq", branch(rng, pool, depth - 1)]
    if kind == "use":
        return ["use", rng.choice(["A", "B"])]
    if kind == "tap":
        return ["add", [["tap", "t"], *branch(rng, pool, 0, 1)], [["get", "t"]]]
    return rng.choice(pool)(rng)


def program(rng: Rng) -> tuple[dict[str, Any], list[int], str]:
    """A tree and the sizes of one example. Images are made flat at the end; about a third of the trees do not fit."""
    image = rng.random() < 0.6
    pool = IMAGE if image else FLAT
    dims = [rng.choice([1, 2, 4]), 6, 6] if image else rng.choice([[5], [5, 4]])
    net = branch(rng, pool, 2, 4)
    net += [rng.choice(BETWEEN)(rng)] if rng.random() < 0.5 else []
    net += [["Linear", {"out_features": 3}]] if rng.random() < 0.6 else []
    defs = {
        "A": {"params": {}, "net": branch(rng, pool, 0, 2), "shared": rng.random() < 0.5},
        "B": {"params": {"c": 4}, "net": [["Conv2d", {"out_channels": "$c", "kernel_size": 1}]]},
    }
    return {"v": 1, "data": ["digits"], "net": net, "defs": defs}, dims, "float32"
