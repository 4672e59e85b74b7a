"""Whole trees against torch: the shape at the end, all parameters, or the first error; and what hostile trees meet."""

from __future__ import annotations

import random
import time
import warnings
from typing import Any

import torch

from shapes import tree
from shapes.oracle import CASES

Table = dict[str, Any]
INPUT = {"dims": [1, 8, 8], "dtype": "float32", "batch": 64}


def program(*net: Any, **more: Any) -> dict[str, Any]:
    return {"v": 1, "data": ["digits"], "net": list(net), **more}


def test_random_trees_have_torch_s_shapes_parameters_and_errors(table: Table, call: Any) -> None:
    rng = random.Random(f"trees {CASES}")
    fits = mixed = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for _ in range(CASES or 60):
            torch.manual_seed(0)
            made, dims, dtype = tree.program(rng)
            batch = rng.randint(2, 4)
            found = call("trees.shapes", table, made, {"dims": dims, "dtype": dtype, "batch": batch})
            if found["error"] and "code" in found["error"]["trouble"]:
                mixed += 1  # torch runs it, for this batch size
                continue
            theirs = tree.outcome(made, [batch, *dims], dtype)
            if "sentence" in theirs:
                error = {key: found["error"]["trouble"].get(key) for key in ("type", "sentence")}
                assert error == theirs, f"{made} {dims}"
                continue
            fits += 1
            shape = [batch if size == "N" else size for size in found["out"]["dims"]]
            assert {"dims": shape, "dtype": found["out"]["dtype"], "params": found["params"]} == theirs, (
                f"{made} {dims}"
            )
    assert fits > (CASES or 60) / 3 > 3 * mixed


def test_the_batch_stays_a_symbol(table: Table, call: Any) -> None:
    found = call("trees.shapes", table, program(["Flatten"], ["Linear", {"out_features": 10}]), INPUT)
    assert found["out"] == {"dims": ["N", 10], "dtype": "float32"}
    assert found["blocks"]["net.0"]["out"]["dims"] == ["N", 64]
    assert (found["params"], found["macs"]) == (650, 640)


def test_what_mixes_the_batch_with_something_is_refused(table: Table, call: Any) -> None:
    for block in (["Flatten", {"start_dim": 0}], ["mean", {"dim": 0}]):
        found = call("trees.shapes", table, program(["ReLU"], block, ["ReLU"]), INPUT)
        assert found["error"] == {"path": "net.1", "trouble": {"code": "mixes", "values": {}}}
    same = call("trees.shapes", table, program(["permute", {"dims": [1, 0, 2, 3]}]), INPUT)
    assert same["out"]["dims"] == [1, "N", 8, 8]


def test_after_an_error_the_rest_is_shown_without_shapes(table: Table, call: Any) -> None:
    found = call("trees.shapes", table, program(["Conv1d", {"out_channels": 2, "kernel_size": 3}], ["ReLU"]), INPUT)
    assert found["error"]["path"] == "net.0"
    assert found["error"]["trouble"]["sentence"].startswith("Expected 2D (unbatched) or 3D (batched) input to conv1d")
    assert found["blocks"]["net.1"]["in"] is None and found["blocks"]["net.1"]["trouble"] is None
    assert found["out"] is None


def test_a_refused_layer_still_says_what_it_was_asked_for(table: Table, call: Any) -> None:
    found = call("trees.shapes", table, program(["Conv2d", {"out_channels": 2, "kernel_size": 30}]), INPUT)
    args = found["blocks"]["net.0"]["args"]
    assert (args["in_channels"], args["kernel_size"], args["padding"]) == (1, 30, 0)


def test_shared_weights_count_once_and_repeated_ones_each_time(table: Table, call: Any) -> None:
    linear = ["Linear", {"out_features": 8}]
    for shared, expected in ((True, 72), (False, 144)):
        defs = {"A": {"params": {}, "net": [linear], "shared": shared}}
        found = call("trees.shapes", table, program(["use", "A"], ["use", "A"], defs=defs), INPUT)
        assert found["params"] == expected
    assert call("trees.shapes", table, program(["repeat", 5, [linear]]), INPUT)["params"] == 5 * 72


def test_shared_weights_keep_the_sizes_of_their_first_use(table: Table, call: Any) -> None:
    defs = {"A": {"params": {}, "net": [["Linear", {"out_features": 5}]], "shared": True}}
    found = call("trees.shapes", table, program(["use", "A"], ["use", "A"], defs=defs), INPUT)
    assert found["error"]["trouble"]["sentence"] == "mat1 and mat2 shapes cannot be multiplied (512x5 and 8x5)"


def test_a_tap_that_is_not_there_is_named(table: Table, call: Any) -> None:
    found = call("trees.shapes", table, program(["get", "x"]), INPUT)
    assert found["error"]["trouble"] == {"code": "unknown_tap", "values": {"name": "x"}}


def test_a_tree_that_unfolds_without_end_is_stopped_at_once(table: Table, call: Any) -> None:
    grow = ["Conv2d", {"out_channels": 2, "kernel_size": 1}]
    nested: list[Any] = [["ZeroPad2d", {"padding": 0}], grow, ["ZeroPad2d", {"padding": 1}]]
    for _ in range(6):
        nested = [["repeat", 100, nested]]
    defs = {f"D{i}": {"params": {"k": 1}, "net": [["use", f"D{i + 1}", {"k": i}]] * 40} for i in range(9)}
    defs["D9"] = {"params": {"k": 1}, "net": [grow]}
    for made in (program(*nested), program(["use", "D0"], defs=defs)):
        start = time.monotonic()
        found = call("trees.shapes", table, made, INPUT)
        assert time.monotonic() - start < 10
        assert found["error"] is None or found["error"]["trouble"]["code"] == "too_large"


def test_a_resnet_50_is_answered_at_once(table: Table, call: Any) -> None:
    """Work, not time: two walks of what a ResNet-50 has, far below the limit of blocks."""
    unit = [["Conv2d", {"out_channels": 16, "kernel_size": 3, "padding": 1}], ["BatchNorm2d"], ["ReLU"]]
    block = ["add", [*unit, *unit, *unit], [["Conv2d", {"out_channels": 16, "kernel_size": 1}]]]
    found = call("trees.shapes", table, program(*[block] * 16), INPUT)
    assert found["error"] is None and len(found["blocks"]) == 16 * 11


def test_fixes_make_the_block_fit_and_the_best_come_first(table: Table, call: Any) -> None:
    linear = ["Linear", {"out_features": 10}]
    cases = [
        (program(["Flatten"], ["Linear", {"in_features": 100, "out_features": 4}]), "net.1", ("unset", "in_features")),
        (
            program(["Conv2d", {"out_channels": 2, "kernel_size": 11}], ["Flatten"], linear),
            "net.0",
            ("set", "kernel_size"),
        ),
        (
            program(["Flatten"], ["Conv1d", {"out_channels": 2, "kernel_size": 3}], ["Flatten"]),
            "net.1",
            ("insert", "Unflatten"),
        ),
        (program(["Conv2d", {"out_channels": 6, "kernel_size": 3, "groups": 4}]), "net.0", ("unset", "groups")),
    ]
    for made, path, (code, name) in cases:
        found = call("trees.fixes", table, made, INPUT, path)
        assert 1 <= len(found) <= 3
        assert (found[0]["code"], found[0]["values"]["name"]) == (code, name), found
        for fix in found:
            assert call("trees.shapes", table, fix["program"], INPUT)["error"] is None
