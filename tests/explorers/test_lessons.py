"""What the playground's lessons say is so; their programs run; no word is missing, none too many."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import torch

from explorers.test_playground import agree, execute
from script import Deno

DRIVER = "tests/explorers/drive.js"
ROOT = Path(__file__).parents[2]
LESSONS = re.findall(r"^  (\w+): \{", (ROOT / "docs/theme/js/model/lessons.js").read_text("utf-8"), re.M)
WORDS = json.loads((ROOT / "docs/theme/words/en.json").read_text("utf-8"))


def taken(deno: Deno, name: str, **changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = deno.call(
        DRIVER, "lessons.taken", name, {k.replace("__", "."): v for k, v in changed.items()}
    )
    return found


def dead(found: dict[str, Any]) -> int:
    return sum(layer["dead"] for layer in found["layers"])


@pytest.mark.parametrize("name", LESSONS)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_program_of_a_lesson_prints_its_losses(deno: Deno, name: str) -> None:
    lesson = deno.call(DRIVER, "lessons.all")[name]
    steps = min(lesson["steps"], 30)  # the wildest lesson parts at its last digits after 50
    agree(deno.call(DRIVER, "playground.run", lesson["state"] | {"seeds": 1}, steps), steps, 1e-6)


@pytest.mark.parametrize("name", LESSONS)
def test_the_page_that_proves_a_lesson_is_there(deno: Deno, name: str) -> None:
    page = deno.call(DRIVER, "lessons.all")[name]["page"]
    assert (ROOT / f"docs/en/{page.rstrip('/')}.md").is_file()


def test_a_high_rate_kills_units(deno: Deno) -> None:
    high = [dead(taken(deno, "dead_relu", seed=seed)) for seed in range(10)]
    low = [dead(taken(deno, "dead_relu", seed=seed, optimizer__sgd__lr=0.1)) for seed in range(10)]
    leaky = [dead(taken(deno, "dead_relu", seed=seed, activation="leaky_relu")) for seed in range(10)]
    assert min(high) > max(low), (high, low)
    assert max(leaky) == 0


def test_the_signal_vanishes_and_explodes(deno: Deno) -> None:
    faint, loud = taken(deno, "vanishing"), taken(deno, "exploding")
    assert faint["begin"][-1]["spread"] < 1e-4 * faint["begin"][0]["spread"]
    assert loud["begin"][-1]["spread"] > 100 * loud["begin"][0]["spread"]
    kept = taken(deno, "vanishing", init="kaiming_normal")["begin"]
    assert 0.1 < kept[-1]["spread"] / kept[0]["spread"] < 10


def test_squared_error_waits_where_cross_entropy_does_not(deno: Deno) -> None:
    def halved(losses: list[float]) -> int:
        return next((step for step, loss in enumerate(losses) if loss < losses[0] / 2), len(losses))

    squares, entropy = (halved(taken(deno, name)["losses"]) for name in ("plateau_of_squares", "no_plateau"))
    assert squares > 20 * entropy, (squares, entropy)


def test_scales_and_rates(deno: Deno) -> None:
    plain = taken(deno, "ill_conditioned")["losses"]
    adam = taken(deno, "ill_conditioned", optimizer="adam", optimizer__adam__lr=0.5)["losses"]
    assert plain[-1] > 1e3 * adam[-1] and plain[-1] > 0.1
    grows = taken(deno, "too_high")["losses"]
    assert grows[-1] > 1e3 * grows[0] or grows[-1] > grows[50] > grows[10]


def test_outliers(deno: Deno) -> None:
    for name, slope, height in (("outliers", None, 2.9), ("outliers_huber", 2.0, 1.0)):
        weight, bias = (part[0] for part in taken(deno, name)["params"])
        assert bias == pytest.approx(height, abs=0.3)
        assert slope is None or weight == pytest.approx(slope, abs=0.1)


def test_decay_of_a_weight_that_nothing_uses(deno: Deno) -> None:
    decoupled, coupled = (taken(deno, name)["params"][0][2] for name in ("decoupled", "coupled"))
    assert decoupled == pytest.approx(0.999 ** (taken(deno, "decoupled")["losses"].__len__()), rel=1e-9)
    assert abs(coupled) < 1e-3


def test_symmetry_stays(deno: Deno) -> None:
    equal = torch.tensor(taken(deno, "symmetry")["params"][0]).view(8, 2)
    assert (equal - equal[0]).abs().max() < 1e-6
    still = taken(deno, "zeros")
    assert [list(part) for part in still["params"][:-1]] == [list(part) for part in still["first"][:-1]]


def test_mistakes(deno: Deno) -> None:
    twice = taken(deno, "softmax_twice")
    assert round(float(torch.log1p(torch.tensor(-1.0).exp())), 3) == 0.313
    assert min(twice["losses"]) > 0.313 and twice["measured"]["train"]["accuracy"] > 0.9
    assert taken(deno, "bce_on_logits")["failure"]["reason"] == "refused"


def test_a_distance_below_zero(deno: Deno) -> None:
    falls = taken(deno, "hinge_below_zero")["losses"]
    assert falls[-1] < -10 and falls[-1] < falls[150] - 3
    assert min(taken(deno, "hinge_below_zero", loss="hinge_embedding")["losses"]) >= 0


def learn(deno: Deno, name: str, **changed: Any) -> int:
    """How many of ten seeds learn."""
    lesson = deno.call(DRIVER, "lessons.all")[name]
    state = lesson["state"] | {"steps": lesson["steps"]} | {k.replace("__", "."): v for k, v in changed.items()}
    return sum(one["learned"] for one in deno.call(DRIVER, "playground.series", state)["ended"])


def test_warm_up_saves_adam(deno: Deno) -> None:
    assert (learn(deno, "no_warm_up"), learn(deno, "warm_up")) == (4, 10), "fewer than half, and all"
    assert learn(deno, "no_warm_up", optimizer__adam__lr=0.1) == 10, "at 0.1 all do"
    assert learn(deno, "warm_up", seed=10) > learn(deno, "no_warm_up", seed=10), "ten other seeds say the same"


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", ["no_warm_up", "warm_up"])
def test_torch_counts_the_same_seeds(deno: Deno, name: str) -> None:
    lesson = deno.call(DRIVER, "lessons.all")[name]
    found = deno.call(DRIVER, "playground.series", lesson["state"] | {"steps": lesson["steps"]})
    lines, error, _ = execute(found["program"])
    assert not error
    assert lines[-1] == {"no_warm_up": "4 of 10 learn", "warm_up": "10 of 10 learn"}[name]


def test_learned_by_heart(deno: Deno) -> None:
    measured = taken(deno, "memorized")["measured"]
    assert measured["test"]["loss"] > 3 * measured["train"]["loss"]


def test_no_word_is_missing_or_too_many(deno: Deno) -> None:
    lessons = deno.call(DRIVER, "lessons.all")
    spec = deno.call(DRIVER, "playground.spec")
    states = [{}, *(lesson["state"] | {"steps": min(60, lesson["steps"])} for lesson in lessons.values())]
    states += [
        {key: value, "steps": 1} for key in ("data", "loss", "optimizer", "init") for value in spec[key]["values"]
    ]
    over = {"schedule": "one_cycle_lr", "schedule.one_cycle_lr.total_steps": 5, "steps": 9}
    nesterov = {"optimizer": "sgd", "optimizer.sgd.nesterov": True}
    states += [over, nesterov, nesterov | {"optimizer.sgd.momentum": 0.5, "optimizer.sgd.dampening": 0.5}]
    states += [{"data": "line"}, {"optimizer": "adagrad", "schedule": "one_cycle_lr"}]
    states += [
        {
            "init": "normal",
            "init.normal.std": 10,
            "activation": "relu",
            "hidden": [16] * 12,
            "loss": "mse",
            "optimizer": "sgd",
            "optimizer.sgd.lr": 100,
        }
    ]
    # So far away that the loss overflows while all values are finite.
    states += [lessons["too_high"]["state"] | {"optimizer.sgd.lr": 50, "steps": 200}]
    states += [{"data": "line", "loss": "poisson_nll"}]
    seeds = {"steps": 5, "seeds": 2}
    used = {
        word
        for changed in (seeds, seeds | {"data": "wave"}, seeds | {"steps": 300})
        for word in deno.call(DRIVER, "figure.series", changed, {**WORDS["common"], **WORDS["playground"]})
    }
    used |= set(deno.call(DRIVER, "figure.used", states, {**WORDS["common"], **WORDS["playground"]}))
    script = "".join(file.read_text("utf-8") for file in (ROOT / "docs/theme/js/ui").glob("play*.js"))
    by_script = {key for key in WORDS["playground"] if f'"{key}"' in script or re.fullmatch(r"lesson\.\w+\.text", key)}
    by_script |= {"compared", "legend.pinned"}  # need a pinned run
    assert sorted(set(WORDS["playground"]) - used - by_script) == []
    assert {f"lesson.{name}.text" for name in lessons} <= set(WORDS["playground"])


def test_the_page_shows_the_program_of_the_first_state(deno: Deno) -> None:
    wanted = deno.call(DRIVER, "playground.run", {}, 300)["program"].splitlines()
    text = (ROOT / "snippets/play.py").read_text("utf-8").splitlines()
    shown = [line for line in text if line and "--8<--" not in line]
    wanted = [line for line in wanted if line]
    assert shown[1 : len(wanted) + 1] == wanted
