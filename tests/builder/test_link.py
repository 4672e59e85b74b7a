"""Links: what goes out comes back, old ones open for ever, hostile ones do no harm."""

from __future__ import annotations

import base64
import json
import random
import zlib
from pathlib import Path
from typing import Any

import pytest

OLD = Path(__file__).with_name("links.txt")
LINKS = [line for line in OLD.read_text(encoding="utf-8").splitlines() if line.startswith("#b")]


def packed(text: str | bytes, version: str = "b1") -> str:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = deflate.compress(text.encode() if isinstance(text, str) else text) + deflate.flush()
    return f"#{version}.{base64.urlsafe_b64encode(data).decode().rstrip('=')}"


def resnet() -> dict[str, Any]:
    """ResNet-18 with a choice for everything."""

    def conv(out: Any, size: int, stride: Any = 1, pad: int = 0) -> list[Any]:
        args = {"out_channels": out, "kernel_size": size, "bias": False}
        return ["Conv2d", {**args, **({"stride": stride} if stride != 1 else {}), **({"padding": pad} if pad else {})}]

    body = [conv("$c", 3, "$s", 1), ["BatchNorm2d"], ["ReLU"], conv("$c", 3, 1, 1), ["BatchNorm2d"]]
    unit = ["use", "Unit", {"c": "$c", "s": "$s"}]
    defs = {
        "Down": {
            "params": {"c": 64, "s": 2},
            "net": [["add", [unit], [conv("$c", 1, "$s"), ["BatchNorm2d"]]], ["ReLU"]],
        },
        "Same": {"params": {"c": 64, "s": 1}, "net": [["add", [unit], []], ["ReLU"]]},
        "Unit": {"params": {"c": 64, "s": 1}, "net": body},
    }
    net = [conv(64, 7, 2, 3), ["BatchNorm2d"], ["ReLU"], ["MaxPool2d", {"kernel_size": 3, "stride": 2, "padding": 1}]]
    net += [["repeat", 2, [["use", "Same"]]]]
    for width in (128, 256, 512):
        net += [["use", "Down", {"c": width}], ["use", "Same", {"c": width}]]
    net += [["AdaptiveAvgPool2d", {"output_size": 1}], ["Flatten"], ["Linear", {"out_features": 10}]]
    return {
        "v": 1,
        "data": ["CIFAR10", {"batch_size": 128, "flip": True, "crop": True}],
        "net": net,
        "defs": defs,
        "init": [["Conv2d", ["kaiming_normal_", {"mode": "fan_out", "nonlinearity": "relu"}]], ["*", ["default"]]],
        "loss": ["CrossEntropyLoss", {"label_smoothing": 0.1}],
        "opt": ["SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.0005, "nesterov": True}],
        "sched": ["OneCycleLR", {"max_lr": 0.4, "pct_start": 0.2}],
        "run": {"epochs": 30, "seed": 0, "device": "auto", "amp": True, "compile": True},
    }


def test_what_goes_out_comes_back(table: dict[str, Any], call: Any) -> None:
    made = resnet()
    link = call("links.encode", made)
    assert call("links.decode", link) == {"value": json.loads(call("forms.canonical", made))}
    assert call("forms.problems", table, made) == []


def test_resnet_18_with_all_choices_fits_into_600_characters(table: dict[str, Any], call: Any) -> None:
    made = resnet()
    assert len(call("links.encode", made)) < 600
    shapes = call("trees.shapes", table, made, {"dims": [3, 224, 224], "dtype": "float32", "batch": 128})
    assert shapes["error"] is None and shapes["out"]["dims"] == ["N", 10]
    assert shapes["params"] == 11_181_642  # torchvision's resnet18 with ten classes
    assert 1.81e9 < shapes["macs"] < 1.83e9


@pytest.mark.parametrize("link", LINKS)
def test_old_links_open(table: dict[str, Any], call: Any, link: str) -> None:
    found = call("links.decode", link)
    assert call("forms.problems", table, found["value"]) == []


def test_an_address_that_is_not_ours_is_left_alone(call: Any) -> None:
    for address in ("", "#", "#shapes", "#b1", "#c1.abc", "#b1.<script>", "#b1.a b"):
        assert call("links.decode", address) == {"value": None}


@pytest.mark.parametrize(
    ("link", "code"),
    [
        ("#b1.____", "damaged"),
        ("#b1.!", None),
        (packed("{"), "no_json"),
        (packed("[]"), "other_version"),
        (packed('{"v":2}'), "other_version"),
        (packed('{"v":0}'), "other_version"),
        (packed('{"v":1,"net":[[]]}'), "bad_form"),
        (packed(b"\xff\xfe"), "damaged"),
        (packed("0" * 65537), "too_long"),
        (packed("0" * 50_000_000), "too_long"),  # a bomb: 50 MB in 48 kB
    ],
)
def test_a_damaged_or_hostile_link_says_what_is_wrong(call: Any, link: str, code: str | None) -> None:
    assert call("links.decode", link).get("code") == code


def test_random_damage_never_does_more_than_be_refused(table: dict[str, Any], call: Any) -> None:
    rng = random.Random(0)
    good = json.dumps(resnet())
    for _ in range(200):
        text = list(good)
        for _ in range(rng.randint(1, 6)):
            text[rng.randrange(len(text))] = rng.choice('[]{}",:0919$_-aZ')
        found = call("links.decode", packed("".join(text)))
        if found.get("value"):
            call("forms.examined", table, found["value"])
