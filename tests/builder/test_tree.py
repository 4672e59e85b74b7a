"""The tree: one text for one program, edits that leave the old one alone, and what is refused at the door."""

from __future__ import annotations

import json
from typing import Any

import pytest

from script import ScriptError

Table = dict[str, Any]
CONV = ["Conv2d", {"out_channels": 8, "kernel_size": 3}]


def program(*net: Any, **more: Any) -> dict[str, Any]:
    return {"v": 1, "data": ["digits"], "net": list(net), **more}


def test_the_canonical_text_does_not_depend_on_the_order_of_keys(call: Any) -> None:
    one = {"net": [["Conv2d", {"kernel_size": 3, "out_channels": 8}], ["ReLU", {}]], "v": 1, "data": ["digits", {}]}
    two = program(["Conv2d", {"out_channels": 8, "kernel_size": 3}], ["ReLU"], run={}, defs={})
    assert call("forms.canonical", one) == call("forms.canonical", two)
    assert json.loads(call("forms.canonical", one))["net"] == [
        ["Conv2d", {"kernel_size": 3, "out_channels": 8}],
        ["ReLU"],
    ]


def test_identity_branches_stay(call: Any) -> None:
    made = program(["add", [CONV], []], ["cat", {"dim": -1}, [], [["ReLU"]]], ["repeat", 2, []])
    assert json.loads(call("forms.canonical", made))["net"] == made["net"]


def test_what_nobody_knows_is_kept_and_named(table: Table, call: Any) -> None:
    made = program(["Wormhole", {"depth": 3}], ["Linear", {"out_features": 2, "magic": 1}], future={"a": 1})
    kept = json.loads(call("forms.canonical", made))
    assert kept["net"] == made["net"] and kept["future"] == {"a": 1}
    named = {(each["code"], each["name"]) for each in call("forms.problems", table, made)}
    assert named == {("unknown_block", "Wormhole"), ("unknown_argument", "magic")}


@pytest.mark.parametrize(
    ("block", "code"),
    [
        (["Linear", {"out_features": "1); import os; ("}], "bad_value"),
        (["Linear", {"out_features": 1.5}], "bad_value"),
        (["Linear", {"out_features": -1}], "bad_value"),
        (["Linear", {"out_features": 10**9}], "bad_value"),
        (["Linear", {}], "missing"),
        (["ReLU", 3], "bad_value"),
        (["Conv2d", {"out_channels": 3, "kernel_size": [3, 3, 3]}], "bad_value"),
        (["Conv2d", {"out_channels": 3, "kernel_size": 3, "padding_mode": "none"}], "bad_value"),
        (["repeat", 0, [["ReLU"]]], "bad_value"),
        (["repeat", 10**6, [["ReLU"]]], "bad_value"),
        (["tap", "class"], "bad_name"),
        (["tap", "a b"], "bad_name"),
        (["use", "Nowhere"], "unknown_definition"),
        (["use", "__proto__"], "unknown_definition"),
        (["constructor"], "unknown_block"),
        (["Linear", {"out_features": "$c"}], "bad_value"),
        (["add", [["ReLU"]]], "branches"),
    ],
)
def test_values_that_no_program_may_hold_are_named(table: Table, call: Any, block: Any, code: str) -> None:
    assert [each["code"] for each in call("forms.problems", table, program(block))] == [code]


def test_a_definition_that_uses_itself_is_named(table: Table, call: Any) -> None:
    defs = {"A": {"params": {}, "net": [["use", "B"]]}, "B": {"params": {}, "net": [["add", [["use", "A"]], []]]}}
    assert [each["code"] for each in call("forms.problems", table, program(defs=defs))] == ["recursion"]


def test_values_that_a_use_hands_down_are_checked_where_they_arrive(table: Table, call: Any) -> None:
    inner = {"params": {"k": 3}, "net": [["Conv2d", {"out_channels": "$k", "kernel_size": 3}]]}
    defs = {"In": inner, "Out": {"params": {"c": 8}, "net": [["use", "In", {"k": "$c"}]]}}
    assert call("forms.problems", table, program(["use", "Out", {"c": 4}], defs=defs)) == []
    for value in (1.5, -1, 10**7):
        [found] = call("forms.problems", table, program(["use", "Out", {"c": value}], defs=defs))
        assert (found["path"], found["code"], found["name"]) == (["net", 0], "bad_value", "out_channels")


def test_names_of_losses_optimizers_schedulers_and_inits_are_checked(table: Table, call: Any) -> None:
    made = program(
        init=[["Linear", ["kaiming_normal_", {"nonlinearity": "swish"}]], ["*", ["default"]], ["Foo", ["ones_"]]],
        loss=["Loss"],
        opt=["AdamW", {"lr": 0.1, "betas": [0.9, 0.99], "foreach": True}],
        sched=["SequentialLR", {"milestones": [2]}, ["LinearLR", {}], ["StepLR"]],
    )
    found = {(each["path"][0], each["code"], each["name"]) for each in call("forms.problems", table, made)}
    assert found == {
        ("init", "bad_value", "nonlinearity"),
        ("init", "unknown_block", "Foo"),
        ("loss", "unknown_name", "Loss"),
        ("opt", "unknown_argument", "foreach"),
        ("sched", "missing", "step_size"),
    }


HOSTILE = [
    "", "null", "[]", "3", '"x"', "{}", '{"v":"1"}', '{"v":1,"net":{}}', '{"v":1,"net":[3]}', '{"v":1,"net":[[3]]}',
    '{"v":1,"net":[["add",5]]}', '{"v":1,"defs":[]}', '{"v":1,"defs":{"A":3}}', '{"v":1,"defs":{"A":{"net":3}}}',
    '{"v":1,"loss":"MSELoss"}', '{"v":1,"init":{}}', '{"v":1,"init":[["*"]]}', '{"v":1,"run":3}', '{"v":1,"sched":[]}',
    '{"v":1,"opt":[{}]}', '{"v":1,"net":[["repeat",2,' * 40, '{"v":1,"net":' + '[["seq",' * 40 + "[]" + "]]" * 40 + "}",
    '{"v":1,"net":[' + '["ReLU"],' * 2000 + '["ReLU"]]}', " " * 70000,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_no_program_is_refused_with_a_reason(call: Any, text: str) -> None:
    assert call("forms.refusal", text) is not None


def test_edits_make_a_new_program_and_share_the_rest(call: Any) -> None:
    start = program(CONV, ["add", [["ReLU"], ["Tanh"]], []], defs={"A": {"params": {}, "net": [["GELU"]]}})
    before = json.dumps(start)

    def net(edit: str, *args: Any) -> Any:
        return call("forms.edited", start, edit, *args)["net"]

    assert net("insert", ["net", 1, 0, 1], ["Dropout"])[1][1] == [["ReLU"], ["Dropout"], ["Tanh"]]
    assert net("insert", ["net", 1, 1, 0], ["Dropout"])[1][2] == [["Dropout"]]
    assert net("remove", ["net", 0]) == start["net"][1:]
    assert net("duplicate", ["net", 0])[:2] == [CONV, CONV]
    assert net("wrap", ["net", 0], "add")[0] == ["add", [CONV], []]
    assert net("wrap", ["net", 0], "repeat")[0] == ["repeat", 2, [CONV]]
    assert net("unwrap", ["net", 1]) == [CONV, ["ReLU"], ["Tanh"]]
    assert net("setArgument", ["net", 0], "stride", 2)[0][1]["stride"] == 2
    assert net("setArgument", ["net", 0], "kernel_size", None)[0][1]["kernel_size"] is None
    assert net("addBranch", ["net", 1])[1][3] == []
    assert net("removeBranch", ["net", 1], 1) == [CONV, ["add", [["ReLU"], ["Tanh"]]]]
    assert net("transfer", ["net", 0], ["net", 1, 1, 0]) == [["add", [["ReLU"], ["Tanh"]], [CONV]]]
    assert net("transfer", ["net", 1, 0, 0], ["net", 0]) == [["ReLU"], CONV, ["add", [["Tanh"]], []]]
    assert net("define", ["net", 0], "Stem")[0] == ["use", "Stem"]
    edited = call("forms.edited", start, "insert", [":A", 1], ["ReLU"])
    assert edited["defs"]["A"]["net"] == [["GELU"], ["ReLU"]] and edited["net"] == start["net"]
    assert json.dumps(start) == before


def test_moving_stops_at_the_ends(call: Any) -> None:
    start = program(["ReLU"], ["Tanh"], ["GELU"])
    moved = call("forms.edited", start, "move", ["net", 0], 1)
    assert moved["program"]["net"] == [["Tanh"], ["ReLU"], ["GELU"]] and moved["path"] == ["net", 1]
    assert call("forms.edited", start, "move", ["net", 0], -1)["path"] == ["net", 0]


def test_a_path_that_leads_nowhere_is_refused(call: Any) -> None:
    for path in (["net", 5], ["net", 0, 0, 0], [":B", 0], ["net"]):
        with pytest.raises(ScriptError, match="no_block"):
            call("forms.edited", program(["ReLU"]), "remove", path)


def test_nothing_moves_into_itself(call: Any) -> None:
    with pytest.raises(ScriptError, match="no_block"):
        call("forms.edited", program(["add", [["ReLU"]], []]), "transfer", ["net", 0], ["net", 0, 1, 0])
