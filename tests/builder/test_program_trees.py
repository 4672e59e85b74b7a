"""Random trees and hostile ones, emitted: what fits torch runs with the page's counts; nothing else becomes Python."""

from __future__ import annotations

import random
from typing import Any

import pytest

from emitted import run, training
from sample import WHOLE
from shapes import tree

COUNT = 300 if WHOLE else 30


def test_random_trees_run_with_the_page_s_shapes_and_parameters(emitted: Any) -> None:
    rng = random.Random("emitted trees")
    done = 0
    while done < COUNT:
        made, dims, _ = tree.program(rng)
        data = training.tensor(shape=dims)
        found = emitted("program", training.program(**{**made, "data": data, "loss": ["CrossEntropyLoss"]}))
        if "text" not in found or found["error"] or len(found["out"]) < 2:
            continue
        whole = found["out"][1:]
        if len(whole) != 1:  # a head for the loss, behind whatever comes out
            made["net"].append(["Flatten"])
        made["net"].append(training.linear(3))
        found = emitted("program", training.program(**{**made, "data": data}))
        names = run.execute(found["text"], accept="Using a target size|An output with one or more elements")
        assert run.parameters(names) == found["params"], f"{made}\n{found['text']}"
        assert run.output(names) == found["out"], f"{made}\n{found['text']}"
        done += 1


CONV = ["Conv2d", {"out_channels": "$c", "kernel_size": 3, "padding": 1}]
IMAGE = training.tensor(shape=[2, 6, 6])
END = [["Flatten"], training.linear(3)]


def text(emitted: Any, net: list[Any], **more: Any) -> str:
    """The program's text, after it ran with the page's counts."""
    found = emitted("program", training.program(**{"data": IMAGE, "net": net, **more}))
    assert "text" in found, found
    names = run.execute(found["text"])
    assert run.parameters(names) == found["params"] and run.output(names) == found["out"], found["text"]
    return str(found["text"])


def test_one_class_serves_several_widths(emitted: Any) -> None:
    defs = {"Block": {"params": {"c": 4}, "net": [["add", [CONV, ["ReLU"], CONV], [["Conv2d", {
        "out_channels": "$c", "kernel_size": 1}]]], ["BatchNorm2d"]]}}  # fmt: skip
    made = text(emitted, [["use", "Block"], ["use", "Block", {"c": 6}], *END], defs=defs)
    assert "def __init__(self, in_channels, c):" in made and made.count("class Block") == 1
    assert "Block(2, 4)" in made and "Block(4, 6)" in made
    assert "nn.Conv2d(c, c, 3, padding=1)" in made and "nn.BatchNorm2d(c)" in made
    same = text(emitted, [["use", "Block", {"c": 2}], *END], defs=defs)  # as many channels as come in
    assert "self.shortcut = nn.Conv2d(in_channels, c, 1)" in same and "Block(2, 2)" in same


def test_a_size_that_follows_otherwise_is_an_argument(emitted: Any) -> None:
    defs = {"Head": {"params": {}, "net": [["Flatten"], training.linear(3)]}}
    branches = ["add", [["use", "Head"]], [["MaxPool2d", {"kernel_size": 2}], ["use", "Head"]]]
    made = text(emitted, [branches], defs=defs)
    assert "class Head" in made and "in_features" in made
    assert "Head(72)" in made and "Head(18)" in made


def test_what_keeps_its_shape_is_repeated_in_a_comprehension(emitted: Any) -> None:
    body = [["Conv2d", {"out_channels": 4, "kernel_size": 3, "padding": 1}], ["ReLU"]]
    made = text(emitted, [["repeat", 3, body], *END])
    assert "for _ in range(2)" in made and made.count("nn.Conv2d(") == 2
    residual = text(
        emitted, [["repeat", 3, [["add", body[:1], [["Conv2d", {"out_channels": 4, "kernel_size": 1}]]]]], *END]
    )
    assert "class Residual(nn.Module)" in residual and "Residual(2)" in residual


def test_a_count_that_is_a_parameter(emitted: Any) -> None:
    defs = {"Deep": {"params": {"n": 2}, "net": [["repeat", "$n", [["Conv2d", {
        "out_channels": 2, "kernel_size": 3, "padding": 1}]]]]}}  # fmt: skip
    made = text(emitted, [["use", "Deep"], ["use", "Deep", {"n": 4}], *END], defs=defs)
    assert "for _ in range(n)" in made and "Deep(2, 2)" in made and "Deep(2, 4)" in made


def test_shared_definitions_are_one_module_wherever_they_are_used(emitted: Any) -> None:
    tower = {"params": {}, "net": [["Conv2d", {"out_channels": 2, "kernel_size": 3, "padding": 1}]], "shared": True}
    twice = ["add", [["use", "Tower"], ["ReLU"], ["use", "Tower"]], []]
    inside = {"Tower": tower, "Outer": {"params": {}, "net": [["use", "Tower"], ["ReLU"]]}}
    assert "self.tower(self.tower(" not in text(emitted, [twice, *END], defs={"Tower": tower})
    made = text(emitted, [["use", "Outer"], ["use", "Outer"], twice, *END], defs=inside)
    assert "Outer(self.tower)" in made
    assert "tower = Tower()" in text(emitted, [["use", "Outer"], ["use", "Outer"], *END], defs=inside)
    twins = {
        "params": {},
        "shared": True,
        "net": [["use", "Outer"], ["repeat", 2, [tower["net"][0]]], ["use", "Outer"]],
    }
    owned = {**inside, "Tower": {**tower, "shared": False}, "Twins": twins}
    text(emitted, [["use", "Twins"], ["use", "Twins"], *END], defs=owned)
    repeated = text(emitted, [["repeat", 3, [["use", "Tower"], ["ReLU"]]], *END], defs={"Tower": tower})
    assert repeated.count("Tower()") == 1


def test_taps_reach_across_blocks_and_into_repeats(emitted: Any) -> None:
    conv = ["Conv2d", {"out_channels": 2, "kernel_size": 3, "padding": 1}]
    body = [["add", [conv], [["get", "enc"]]]]
    text(emitted, [["tap", "enc"], ["repeat", 2, body], ["cat", {"dim": 1}, [["get", "enc"]], [], [conv]], *END])
    text(emitted, [["tap", "x"], conv, ["tap", "x"], conv, ["add", [["get", "x"]], []], *END])
    text(emitted, [["repeat", 2, [["tap", "self_"], conv, ["add", [["get", "self_"]], []]]], *END])


NAMES = ["Net", "print", "nn_", "__Block", "Position", "true", "none", "len", "train", "forward", "parameters", "F"]


@pytest.mark.parametrize("name", [*NAMES, "_", "_9", "Exception", "class_", "model", "device", "x", "block", "Linear"])
def test_a_definition_may_have_any_name(emitted: Any, name: str) -> None:
    conv = ["Conv2d", {"out_channels": f"${name}", "kernel_size": 3, "padding": 1}]
    net = [["tap", name], ["use", name], ["add", [], [["use", name]]], ["cat", {"dim": 1}, [], [["get", name]]], *END]
    text(emitted, net, defs={name: {"params": {name: 2}, "net": [conv]}})


EVIL = ["__import__('os').system('x')", "a\nb", "lambda: 0", "x;y", "$c", "'", '"', "${c}", "None", "é", "a" * 99, ""]


def test_hostile_texts_never_become_code(emitted: Any) -> None:
    for evil in EVIL:
        trees = [
            {"net": [[evil, {}]]}, {"net": [["Linear", {"out_features": evil}]]}, {"net": [["Linear", {evil: 3}]]},
            {"net": [["tap", evil]]}, {"net": [["use", evil]]}, {"net": [["repeat", evil, []]]},
            {"net": [["Upsample", {"mode": evil}]]}, {"net": [["permute", {"dims": [0, evil]}]]},
            {"net": [["cat", {"dim": evil}, [], []]]}, {"net": [["mean", {"dim": evil}]]},
            {"loss": [evil]}, {"loss": ["CrossEntropyLoss", {"reduction": evil}]}, {"opt": [evil]},
            {"opt": ["SGD", {"lr": evil}]}, {"sched": [evil]}, {"sched": ["LambdaLR", {"lr_lambda": evil}]},
            {"sched": ["SequentialLR", {"milestones": [1]}, [evil]]}, {"init": [["Linear", [evil]]]},
            {"init": [[evil, ["zeros_"]]]}, {"data": [evil]}, {"data": ["moons", {"samples": evil}]},
            {"data": ["moons", {evil: 1}]}, {"run": {"seed": evil}}, {"run": {"device": evil}}, {"run": {evil: 1}},
            {"defs": {evil: {"params": {}, "net": []}}, "net": [["use", evil]]},
            {"defs": {"A": {"params": {evil: 3}, "net": [["Linear", {"out_features": f"${evil}"}]]}},
             "net": [["use", "A"]]},
        ]  # fmt: skip
        for parts in trees:
            found = emitted("program", training.program(**parts))
            assert "code" in found and "text" not in found, f"{parts}: {found}"


def test_numbers_that_are_none_never_become_code(emitted: Any) -> None:
    for number in (1e400, -1, 0.5, 1e12, [1], {"a": 1}, None, True, [[1]]):
        for net in ([["Linear", {"out_features": number}]], [["repeat", number, [["ReLU"]]]]):
            assert "code" in emitted("program", training.program(net=net)), net


def test_a_tree_that_never_ends_is_refused_soon(emitted: Any) -> None:
    net: list[Any] = []
    for _ in range(12):
        net = [["repeat", 99, [*net, ["permute", {"dims": [0, 2, 1]}]]]]
    data = training.tensor(shape=[5, 4])
    assert emitted("program", training.program(data=data, net=net))["code"] == "too_many"
    defs: dict[str, Any] = {"A0": {"params": {}, "net": [training.linear(3)]}}
    for k in range(60):
        defs[f"A{k + 1}"] = {"params": {}, "net": [["use", f"A{k}"], ["use", f"A{k}"]]}
    assert emitted("program", training.program(net=[["use", "A60"]], defs=defs))["code"] == "too_many"
    assert emitted("program", training.program(net=[["use", "A12"]], defs=defs))["text"].count("class ") == 13
