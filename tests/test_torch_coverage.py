"""Every public initialization, loss, optimizer and scheduler of torch has its page, program and proof.

What is still missing stands in ``pages_to_write.toml``, by its name in torch. That list can only shrink: a name
must leave it when its page appears, and a name that torch does not know is not accepted.
"""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch.nn.modules import adaptive, loss
from torch.optim import lr_scheduler, swa_utils

ROOT = Path(__file__).parent.parent
TO_WRITE = ROOT / "tests" / "pages_to_write.toml"

# Names whose page is not simply the name in snake case: losses are named after their function.
IRREGULAR = {
    "BCELoss": "binary_cross_entropy",
    "BCEWithLogitsLoss": "binary_cross_entropy_with_logits",
    "CrossEntropyLoss": "cross_entropy",
    "KLDivLoss": "kl_div",
    "LinearCrossEntropyLoss": "linear_cross_entropy",
    "MultiLabelMarginLoss": "multilabel_margin_loss",
    "MultiLabelSoftMarginLoss": "multilabel_soft_margin_loss",
    "SWALR": "swa_lr",
    "calculate_gain": "gain",  # the guide is its page
}
# Old names of something that has its page under the new one.
ALIASES = {"NLLLoss2d"}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def page_name(part: str, name: str) -> str:
    """The page of a torch name: its name in snake case; an optimizer's in lower case, as its module in torch."""
    if part == "optimizers":
        return name.lower()
    return IRREGULAR.get(name) or _HUMP.sub("_", name).lower().rstrip("_")


def public_names() -> dict[str, set[str]]:
    """What torch offers, by part of the site. Read from the library, so that an upgrade shows what is new."""
    init = set(torch.nn.init.__all__)
    return {
        "initialization": {name for name in init if f"{name}_" not in init},  # the bare ones are deprecated
        "losses": (set(loss.__all__) | set(adaptive.__all__)) - ALIASES,
        "optimizers": set(_subclasses(torch.optim, torch.optim.__all__, torch.optim.Optimizer)),
        "schedulers": set(_subclasses(lr_scheduler, lr_scheduler.__all__, lr_scheduler.LRScheduler))
        | set(_subclasses(swa_utils, swa_utils.__all__, lr_scheduler.LRScheduler)),
    }


def _subclasses(module: object, names: Iterable[str], base: type) -> list[str]:
    found = {name: getattr(module, name) for name in names}
    return [n for n, o in found.items() if inspect.isclass(o) and issubclass(o, base) and o is not base]


def files(part: str, name: str) -> dict[str, Path]:
    """Where the page, the program and the proof of a torch name belong."""
    page = page_name(part, name)
    return {
        "page": ROOT / "docs" / "en" / part / f"{page}.md",
        "program": ROOT / "snippets" / part / f"{page}.py",
        "proof": ROOT / "tests" / part / f"test_{page}.py",
    }


NAMES = public_names()
LISTED: dict[str, list[str]] = tomllib.loads(TO_WRITE.read_text(encoding="utf-8"))
EVERY = [(part, name) for part, names in NAMES.items() for name in sorted(names)]


@pytest.mark.parametrize(("part", "name"), EVERY)
def test_has_page_program_and_proof_or_is_listed(part: str, name: str) -> None:
    missing = [kind for kind, file in files(part, name).items() if not file.exists()]
    if name in LISTED[part]:
        assert "page" in missing, f"{name} has its page now: take it off {TO_WRITE.name}"
    else:
        assert not missing, f"{name} lacks its {' and '.join(missing)} ({page_name(part, name)})"


@pytest.mark.parametrize("part", NAMES)
def test_the_list_holds_only_names_of_torch_each_once_and_in_order(part: str) -> None:
    assert LISTED.keys() == NAMES.keys()
    assert set(LISTED[part]) <= NAMES[part]
    assert LISTED[part] == sorted(set(LISTED[part]))


@pytest.mark.parametrize("part", NAMES)
def test_no_two_names_share_a_page(part: str) -> None:
    pages = [page_name(part, name) for name in NAMES[part]]
    assert len(set(pages)) == len(pages)


def test_torch_offers_what_the_site_was_planned_for() -> None:
    assert {part: len(names) for part, names in NAMES.items()} == {
        "initialization": 15,
        "losses": 23,
        "optimizers": 15,
        "schedulers": 16,
    }


def test_losses_are_named_after_their_function() -> None:
    for name in NAMES["losses"] - {"AdaptiveLogSoftmaxWithLoss"}:  # the only one without a function
        assert callable(getattr(F, page_name("losses", name), None)), name


@pytest.mark.parametrize(
    ("part", "name", "page"),
    [
        ("initialization", "xavier_uniform_", "xavier_uniform"),
        ("initialization", "calculate_gain", "gain"),
        ("losses", "L1Loss", "l1_loss"),
        ("losses", "SmoothL1Loss", "smooth_l1_loss"),
        ("losses", "HuberLoss", "huber_loss"),
        ("losses", "CTCLoss", "ctc_loss"),
        ("losses", "PoissonNLLLoss", "poisson_nll_loss"),
        ("losses", "BCELoss", "binary_cross_entropy"),
        ("losses", "TripletMarginWithDistanceLoss", "triplet_margin_with_distance_loss"),
        ("losses", "AdaptiveLogSoftmaxWithLoss", "adaptive_log_softmax_with_loss"),
        ("optimizers", "AdamW", "adamw"),
        ("optimizers", "SparseAdam", "sparseadam"),
        ("optimizers", "LBFGS", "lbfgs"),
        ("schedulers", "OneCycleLR", "one_cycle_lr"),
        ("schedulers", "ReduceLROnPlateau", "reduce_lr_on_plateau"),
        ("schedulers", "CosineAnnealingWarmRestarts", "cosine_annealing_warm_restarts"),
        ("schedulers", "SWALR", "swa_lr"),
    ],
)
def test_page_names(part: str, name: str, page: str) -> None:
    assert page_name(part, name) == page
