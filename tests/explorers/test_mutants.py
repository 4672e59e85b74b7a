"""Wrong modules: a term dropped, an eps moved, an order changed. Each must be caught by the proof that it concerns."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from explorers import test_loss, test_optim, test_playground, test_random, test_schedule
from script import Deno, ScriptError

ROOT = Path(__file__).parents[2]
Proof = Callable[[Deno], None]
GAUSSIAN = 15  # its place among the playground's losses


def fed(name: str) -> Proof:
    return lambda deno: test_optim.test_fed_with_torchs_gradients(deno, name)


def rates(name: str) -> Proof:
    return lambda deno: test_schedule.test_rates_are_torchs_in_every_step(deno, name)


def loss(name: str) -> Proof:
    return lambda deno: test_loss.test_loss_and_gradient_by_the_printed_program(deno, name)


def activation(name: str) -> Proof:
    return lambda deno: test_loss.test_activation_and_slope(deno, name)


def init(name: str) -> Proof:
    return lambda deno: test_random.test_inits(deno, name)


MUTANTS: list[tuple[str, str, str, Proof]] = [
    ("optim_adam", "o.lr / (1 - o.beta1 ** t)", "o.lr", fed("adam")),
    ("optim_adam", "/ root + o.eps)", "+ o.eps) / root", fed("adam")),
    ("optim_adam", "p[i] *= 1 - lr * decay", "p[i] *= 1 - decay", fed("adamw")),
    ("optim_adam", "length > 5", "length > 4", fed("radam")),
    ("optim_adam", "0.96 **", "0.95 **", fed("nadam")),
    ("optim_adam", "Math.abs(g[i]) + eps", "Math.abs(g[i])", fed("adamax")),
    ("optim_adam", "if (g[i] === 0) continue;", "", fed("sparse_adam")),
    ("optim_rules", "if (sign < 0) g[i] = 0;", "", fed("rprop")),
    ("optim_rules", "(1 - dampening) * g[i]", "g[i]", fed("sgd")),
    ("optim_rules", "(t - 1) * lr_decay", "t * lr_decay", fed("adagrad")),
    ("optim_rules", "Math.sqrt(v[i] + eps)", "(Math.sqrt(v[i]) + eps)", fed("adadelta")),
    ("optim_matrix", "Math.min(lr, 1 / Math.sqrt(kept.t))", "lr", fed("adafactor")),
    ("schedule_rules", "total_steps - 1", "total_steps", rates("one_cycle_lr")),
    ("schedule_rules", "kept.period *= T_mult", "kept.period += T_mult", rates("cosine_annealing_warm_restarts")),
    ("schedule", "bad > options.patience", "bad >= options.patience", rates("reduce_lr_on_plateau")),
    ("loss", "distance - 0.5 * beta", "distance", loss("smooth_l1_loss")),
    ("loss", "label_smoothing / 2 * (right + wrong)", "label_smoothing * wrong", loss("cross_entropy")),
    ("activation", "x > 20", "x > 10", activation("softplus")),
    ("rng", "if (n % BLOCK !== 0)", "if (n < 0)", init("normal")),
    ("init", "Math.sqrt(3) * xavier", "Math.sqrt(2) * xavier", init("xavier_uniform")),
    ("net", "byBias[j] += grad;", "", lambda deno: test_playground.test_gradients_of_the_network(deno, 0)),
    (
        "schedule",
        "options[`${place}.${name}.${key}`] ?? own[key]",
        "own[key]",
        test_schedule.test_children_have_their_own_options,
    ),
    (
        "pair",
        "distance * distance / (variance * variance)",
        "distance * distance / variance",
        lambda deno: test_playground.test_gradients_of_the_network(deno, GAUSSIAN),
    ),
    (
        "run",
        "this.history.length = start / TOLD;",
        "",
        lambda deno: test_playground.test_a_change_after_a_rewind_is_as_if_it_had_been_known(deno),
    ),
    (
        "run",
        "this.generator.restore(saved.generator);",
        "",
        lambda deno: test_playground.test_rewind_gives_the_same_numbers(deno, {}),
    ),
]


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the modules that a test may spoil."""
    root = tmp_path_factory.mktemp("mutants")
    shutil.copytree(ROOT / "docs/theme/js", root / "docs/theme/js")
    (root / "tests/explorers").mkdir(parents=True)
    shutil.copy(ROOT / "tests/explorers/drive.js", root / "tests/explorers/drive.js")
    return root


@pytest.mark.parametrize(
    ("module", "right", "wrong", "proof"), MUTANTS, ids=lambda part: part if isinstance(part, str) else ""
)
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_wrong_module_is_caught(copied: Path, module: str, right: str, wrong: str, proof: Proof) -> None:
    file = copied / f"docs/theme/js/model/{module}.js"
    text = file.read_text(encoding="utf-8")
    assert right in text, f"{module}.js no longer says {right!r}: move this mutant with it"
    file.write_text(text.replace(right, wrong), encoding="utf-8")
    try:
        with Deno(copied) as deno, pytest.raises((AssertionError, ScriptError)):
            proof(deno)
    finally:
        file.write_text(text, encoding="utf-8")
