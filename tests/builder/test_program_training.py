"""Losses, starts, optimizers and schedules in programs that run: a sample in the normal suite, all in test-all."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from emitted import run, training
from sample import WHOLE, some


def ran(emitted: Any, program: dict[str, Any], accept: str = "") -> dict[str, Any]:
    """Emitted and run: what it left, with the counts that the page shows."""
    made = emitted("program", program)
    assert "text" in made, f"{program}: {made}"
    names = run.execute(made["text"], accept=accept)
    assert run.parameters(names) == made["params"]
    assert run.output(names) == made["out"]
    return names


def test_every_loss_has_a_case(table: dict[str, Any]) -> None:
    assert set(training.LOSSES) == set(table["losses"])


@pytest.mark.parametrize("name", training.LOSSES)
def test_each_loss_runs_with_its_heads_targets_and_arguments(table: dict[str, Any], emitted: Any, name: str) -> None:
    needed = training.NEEDED.get(name, {})
    cases = [(data, net, needed) for data, net in training.LOSSES[name]]
    for argument in table["losses"][name]["args"]:
        data, net = training.LOSSES[name][0]
        outputs = 10 if "n_classes" in needed or "num_classes" in needed else net[0][1]["out_features"]
        if more := training.off(name, argument, outputs):
            cases.append((data, net, {**needed, **more}))
    for data, net, given in some(cases, 3):
        warned = "reduction: 'mean' divides" if name == "KLDivLoss" else ""
        ran(emitted, training.program(data=data, net=net, loss=[name, given]), accept=warned)


KINDS: dict[str, list[Any]] = {
    "Linear": [training.linear(4), training.linear(3)],
    "Conv1d": [["Unflatten", {"dim": 1, "unflattened_size": [1, 5]}], ["Conv1d", {"out_channels": 2, "kernel_size": 3}],
               ["Flatten"], training.linear(3)],
    "BatchNorm1d": [training.linear(4), ["BatchNorm1d"], training.linear(3)],
    "LayerNorm": [["LayerNorm"], training.linear(3)],
    "Embedding": [["Embedding", {"num_embeddings": 6, "embedding_dim": 4, "padding_idx": 0}], ["mean", {"dim": 1}]],
    "LSTM": [["Embedding", {"num_embeddings": 6, "embedding_dim": 4}], ["LSTM", {"hidden_size": 3}], ["last_step"]],
    "MultiheadAttention": [["Embedding", {"num_embeddings": 6, "embedding_dim": 4}],
                           ["MultiheadAttention", {"num_heads": 2}], ["last_step"]],
    "TransformerEncoder": [["Embedding", {"num_embeddings": 6, "embedding_dim": 4}],
                           ["TransformerEncoder", {"nhead": 2, "num_layers": 1, "dim_feedforward": 4}], ["last_step"]],
    "*": [training.linear(4), ["BatchNorm1d"], ["position", {"max_len": 9}], training.linear(3)],
}  # fmt: skip


def refuses(table: dict[str, Any], init: str, kind: str) -> bool:
    """Whether torch refuses this start for the weights of this kind."""
    shape = {"BatchNorm1d": [4], "LayerNorm": [4], "Conv1d": [2, 1, 3]}.get(kind, [4, 4])
    try:
        getattr(nn.init, init)(torch.empty(shape), **starts(table, init))
    except ValueError:
        return True
    return False


def starts(table: dict[str, Any], init: str) -> dict[str, Any]:
    return {each["name"]: each["start"] for each in table["inits"][init]["args"] if each.get("required")}


def test_each_start_runs_for_each_kind_of_layer(table: dict[str, Any], emitted: Any) -> None:
    pairs = [(init, kind) for init in table["inits"] for kind in KINDS if not refuses(table, init, kind)]
    assert len(pairs) > 90
    for init, kind in some(pairs, 24):
        whole = KINDS[kind][0][0] == "Embedding"
        data = training.tensor(dtype="int64", most=6) if whole else training.tensor()
        net = [*KINDS[kind], training.linear(3)] if whole else KINDS[kind]
        ran(emitted, training.program(data=data, net=net, init=[[kind, [init, starts(table, init)]]]))


def test_a_start_sets_what_its_row_names_and_nothing_else(emitted: Any) -> None:
    rows = [["Linear", ["constant_", {"val": 0.25}]], ["BatchNorm1d", ["default"]], ["*", ["zeros_"]]]
    net = [training.linear(4), ["BatchNorm1d"], ["Unflatten", {"dim": 1, "unflattened_size": [1, 4]}],
           ["Conv1d", {"out_channels": 2, "kernel_size": 2}], ["Flatten"], training.linear(3)]  # fmt: skip
    still = training.program(net=net, init=rows, opt=["SGD", {"lr": 0}])
    model = ran(emitted, still)["model"]
    assert torch.equal(model[0].weight, torch.full((4, 5), 0.25)) and not model[0].bias.any()
    assert torch.equal(model[1].weight, torch.ones(4))
    assert not model[3].weight.any() and model[3].bias.any()


def test_a_padding_row_stays_zero(emitted: Any) -> None:
    made = training.program(
        data=training.tensor(dtype="int64", most=6), net=[*KINDS["Embedding"], training.linear(3)],
        init=[["Embedding", ["normal_", {}]]],
    )  # fmt: skip
    embedding = next(each for each in ran(emitted, made)["model"].modules() if isinstance(each, nn.Embedding))
    assert not embedding.weight[0].any() and embedding.weight[1:].all()


def test_optimizers_and_schedules_run_together(table: dict[str, Any], emitted: Any) -> None:
    pairs = list(itertools.product(table["optimizers"], table["schedulers"]))
    assert len(pairs) == 15 * 16
    for optimizer, scheduler in some(pairs, 40):
        ran(emitted, training.optimized(optimizer, scheduler, table), accept=ACCEPT)


# SequentialLR and ChainedScheduler warn in torch 2.13 of what they do themselves.
ACCEPT = "The epoch parameter in `scheduler.step"


@pytest.mark.parametrize("step", ["batch", "epoch"])
def test_a_schedule_is_stepped_where_it_belongs(table: dict[str, Any], emitted: Any, step: str) -> None:
    made = training.program(
        opt=["SGD", {"lr": 1.0}], sched=["StepLR", {"step_size": 1, "gamma": 0.5}],
        run={"epochs": 2, "step": step, "plot": False, "progress": False},
    )  # fmt: skip
    [rate] = [group["lr"] for group in ran(emitted, made)["optimizer"].param_groups]
    assert rate == (0.5**4 if step == "batch" else 0.5**2)


def test_arguments_of_optimizers_and_schedules_reach_torch(table: dict[str, Any], emitted: Any) -> None:
    cases = [(part, name, argument) for part in ("optimizers", "schedulers")
             for name, entry in table[part].items() for argument in entry["args"]]  # fmt: skip
    for part, name, argument in some(cases, 30):
        value = other(argument)
        if value is None or (name, argument["name"]) in (("SGD", "nesterov"), ("Muon", "ns_coefficients")):
            continue
        optimizer = name if part == "optimizers" else "SGD"
        made = training.optimized(optimizer, name if part == "schedulers" else None, table)
        chosen = made["opt" if part == "optimizers" else "sched"]
        chosen[1] = {**chosen[1], argument["name"]: value}
        found = ran(emitted, made, accept=ACCEPT)
        if part == "optimizers":
            [first, *_] = found.get("optimizers") or [found["optimizer"]]
            own = first.param_groups[0][argument["name"]]
            assert own == (tuple(value) if isinstance(value, list) else value), (name, argument["name"])


def other(argument: dict[str, Any]) -> Any:
    """A value off the default, None where this test has none."""
    kind, default = argument["kind"], argument.get("default", argument.get("start"))
    if kind == "bool":
        return not default
    if kind == "choice":
        return next((value for value in argument["values"] if value != default), None)
    if kind == "floats":
        return [each * 0.9 if each else each for each in default]
    if kind == "ints":
        return [3]
    if argument["name"] == "d":
        return 2.0
    if kind == "int":
        return (default or 2) + 1
    return 0.05 if not default else default * 0.5


def test_biases_and_norms_are_not_decayed_if_asked(emitted: Any) -> None:
    net = [training.linear(4), ["BatchNorm1d"], training.linear(3)]
    made = training.program(net=net, opt=["AdamW", {}], run={"no_decay": True, "epochs": 1, "plot": False})
    decayed, others = ran(emitted, made)["optimizer"].param_groups
    assert [each.ndim for each in decayed["params"]] == [2, 2] and decayed["weight_decay"] == 0.01
    assert {each.ndim for each in others["params"]} == {1} and others["weight_decay"] == 0


def test_muon_takes_matrices_and_adamw_the_rest(emitted: Any) -> None:
    muon, rest = ran(emitted, training.program(opt=["Muon", {"lr": 0.02}]))["optimizers"]
    assert {each.ndim for group in muon.param_groups for each in group["params"]} == {2}
    assert {each.ndim for group in rest.param_groups for each in group["params"]} == {1}


def test_a_net_without_matrices_or_without_parameters(emitted: Any) -> None:
    pixels = training.program(data=training.MASKS, net=training.pixels(3), opt=["Muon", {"lr": 0.02}])
    assert isinstance(ran(emitted, pixels)["optimizer"], torch.optim.AdamW)
    only = ran(emitted, training.program(net=[["Linear", {"out_features": 3, "bias": False}]], opt=["Muon"]))
    assert isinstance(only["optimizer"], torch.optim.Muon)
    found = emitted("program", training.program(net=[["ReLU"]]))
    assert found["sentence"] == "ValueError: optimizer got an empty parameter list"


OPTIONS = [{"device": "cpu"}, {"amp": True}, {"compile": True}, {"clip": 0.5}, {"no_decay": True}, {"progress": True},
           {"plot": True}, {"checkpoint": True}, {"ddp": True}, {"step": "batch"}]  # fmt: skip
MIXED = [["Unflatten", {"dim": 1, "unflattened_size": [1, 5]}],
         ["TransformerEncoderLayer", {"nhead": 1, "dim_feedforward": 4, "causal": True, "batch_first": True}],
         ["add", [["LSTM", {"hidden_size": 5, "batch_first": True}]], []], ["Flatten"],
         training.linear(3)]  # fmt: skip


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: next(iter(option)))
def test_each_option_runs(emitted: Any, tmp_path: Path, option: dict[str, Any], monkeypatch: Any) -> None:
    if not WHOLE:  # without a compiler: what dynamo traces is what is tested
        own = nn.Module.compile
        monkeypatch.setattr(nn.Module, "compile", lambda self: own(self, backend="eager"))
    plain = {"epochs": 2, "plot": False, "progress": False}
    for net in ([training.linear(4), training.linear(3)], MIXED):
        made = emitted("program", training.program(net=net, run={**plain, **option}))
        names = run.execute(made["text"], folder=tmp_path, accept="`torch.jit.script_method` is deprecated")
        assert len(names["history"]) == 2


def test_a_run_goes_on_from_its_checkpoint(
    table: dict[str, Any], emitted: Any, tmp_path: Path, monkeypatch: Any
) -> None:
    own = torch.save

    def stop(*given: Any) -> None:
        own(*given)
        raise KeyboardInterrupt

    for optimizer, scheduler in [("Muon", "OneCycleLR"), ("LBFGS", "ReduceLROnPlateau"), ("AdamW", "SequentialLR")]:
        made = training.optimized(optimizer, scheduler, table)
        made["run"] = {"epochs": 3, "checkpoint": True, "plot": False}
        text = emitted("program", made)["text"]
        monkeypatch.setattr(torch, "save", stop)
        with pytest.raises(KeyboardInterrupt):
            run.execute(text, folder=tmp_path)
        monkeypatch.setattr(torch, "save", own)
        names = run.execute(text, folder=tmp_path, arguments=("--resume",), accept=ACCEPT)
        assert len(names["history"]) == 3 and "epoch 1:" not in names["printed"] and "epoch 2:" in names["printed"]


def test_comments_are_in_the_page_s_language(emitted: Any, table: dict[str, Any]) -> None:
    paired = training.program(loss=["TripletMarginLoss"], data=["moons"], run={"ddp": True, "amp": True})
    text = emitted("program", paired)["text"]
    comments = ["# For each example of the batch one of its class", "  # set by torchrun", "  # the second moon hangs"]
    assert all(each in text for each in comments) and "{" not in text.split("# Training")[0].replace("{1 - 2", "")
    bare = emitted("bare", paired)
    assert "#" not in bare and run.execute(bare)["history"], "without words there are no comments"


def compound(table: dict[str, Any], name: str, *children: str) -> dict[str, Any]:
    """A program under a compound of schedules, the second from epoch 2 on."""
    parts = [training.optimized("SGD", child, table)["sched"] for child in children]
    args = {"milestones": [2]} if name == "SequentialLR" else {}
    run_ = {"epochs": 4, "plot": False, "progress": False}
    return training.program(sched=[name, args, *parts], opt=["SGD", {"lr": 0.1, "momentum": 0.9}], run=run_)


def test_compounds_of_schedules_run_or_are_refused_as_torch_does(table: dict[str, Any], emitted: Any) -> None:
    compounds = ("SequentialLR", "ChainedScheduler")
    cases = [(name, *pair) for name in compounds for pair in itertools.product(table["schedulers"], repeat=2)]
    parameter = nn.Parameter(torch.zeros(1))
    for name, first, second in some(cases, 30):
        made = compound(table, name, first, second)
        found = emitted("program", made)
        if "ReduceLROnPlateau" in (first, second) or (name == "SequentialLR" and second in compounds):
            assert found["code"] == "refused", (name, first, second)
            continue
        # A compound within one steps its parts while it is built, and torch warns of that.
        run.execute(found["text"], accept=f"{ACCEPT}|Detected call of `lr_scheduler.step")
    optimizer = torch.optim.SGD([parameter], lr=0.1)
    step, plateau = torch.optim.lr_scheduler.StepLR(optimizer, 1), torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer)
    for parts in ((step, plateau), (step, step, step)):
        with pytest.raises(ValueError) as refusal:
            torch.optim.lr_scheduler.SequentialLR(optimizer, [*parts], milestones=[2])
        names = [type(part).__name__ for part in parts]
        assert emitted("program", compound(table, "SequentialLR", *names))["sentence"] == f"ValueError: {refusal.value}"


def test_two_empty_lines_stand_around_functions_and_classes(emitted: Any) -> None:
    for name in ("unet", "siamese", "lenet"):
        lines = emitted("program", emitted("preset", name))["text"].split("\n")
        for at, line in enumerate(lines):
            starts_here = line.startswith(("def ", "class ", "@")) and not lines[at - 1].startswith(("@", "#"))
            if starts_here:
                assert lines[at - 2 : at] == ["", ""], (name, line)
    text = emitted("program", emitted("preset", "siamese"))["text"]
    assert "return loss_function(output, output[positive], output[negative])\n\n\n# Step" in text
