"""Presets, data sets, notebooks, and several processes: programs as they leave the page."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import pickle
import struct
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any
from unittest import mock

import nbformat
import pytest
import torch

from emitted import run, training
from emitted.vision import torchvision
from sample import WHOLE

PRESETS = ["mlp", "lenet", "alexnet", "resnet8", "densenet", "inception", "mobilenet", "unet", "autoencoder", "textcnn",
           "lstm", "transformer", "language", "siamese", "gaussian", "ctc", "muon"]  # fmt: skip


def test_presets_are_these(emitted: Any) -> None:
    assert list(emitted("presets")) == PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_trains(emitted: Any, name: str, tmp_path: Path) -> None:
    made = emitted("preset", name)
    if not WHOLE:
        made["run"] = {**made["run"], "epochs": 2}
    found = emitted("program", made)
    assert "text" in found and found["error"] is None, found
    with run.shortened(1000 if WHOLE else 4):
        names = run.execute(found["text"], folder=tmp_path)
    assert run.parameters(names) == found["params"] and run.output(names) == found["out"]
    if WHOLE:
        losses = [train for train, _ in names["history"]]
        assert losses[-1] < losses[0], losses


DATA = [["digits"], ["digits", {"flat": True}], ["digits", {"target": "self"}], ["breast_cancer"], ["wine"], ["iris"],
        ["diabetes"], ["spirals", {"arms": 3}], ["moons"], ["regression"], ["sequences"],
        ["sequences", {"task": "tag"}], ["sequences", {"task": "next"}], ["sequences", {"task": "text"}], ["shapes"],
        ["shapes", {"task": "class"}], ["tensor"], ["tensor", {"dtype": "int64", "shape": [7], "target": "value"}],
        ["MNIST"], ["FashionMNIST"], ["CIFAR10"],
        ["MNIST", {"crop": True, "rotate": True}],
        ["CIFAR10", {"crop": True, "flip": True, "rotate": True, "jitter": True, "erase": True}]]  # fmt: skip


def test_limits_admit_all_defaults(emitted: Any) -> None:
    options = emitted("options")
    assert options["refused"] == [] and len(options["data"]) == 14
    assert {name for name, *_ in DATA} == set(options["data"])


@pytest.mark.parametrize("data", DATA, ids=lambda data: "-".join([data[0], *map(str, data[1:])]))
def test_data_are_what_the_page_says(emitted: Any, data: list[Any], tmp_path: Path, request: Any) -> None:
    said = emitted("data", training.program(data=data))
    whole = said["input"]["dtype"] == "int64"
    net = [["EmbeddingBag", {"num_embeddings": said["input"]["most"], "embedding_dim": 8}]] if whole else [["Flatten"]]
    made = training.program(data=data, net=[*net, training.linear(8)], loss=["TripletMarginLoss"])
    if said["target"]["kind"] not in ("class", "value"):
        made["loss"] = ["MSELoss"]  # only to have one: what is asked are the data
    text = emitted("program", made)["text"]
    if data[0] in FILES:
        request.getfixturevalue("vision")
        pictures(data[0], tmp_path / "data")
    names = loaded(text[: text.index("# Model")], tmp_path)
    for part in ("train_data", "test_data"):
        x, y = names[part][0]
        assert list(x.shape) == said["input"]["dims"] and str(x.dtype) == f"torch.{said['input']['dtype']}"
        target = y if isinstance(y, torch.Tensor) else torch.tensor(y)
        assert list(target.shape) == said["target"]["dims"] and str(target.dtype) == f"torch.{said['target']['dtype']}"
    if data[0] not in FILES:
        assert (len(names["train_data"]), len(names["test_data"])) == (said["rows"], said["test"])
        labels = torch.stack([y for _, y in names["train_data"]])
        classes = said["target"].get("classes")
        assert classes is None or (labels.min() >= 0 and labels.max() == classes - 1)
        most = said["input"].get("most")
        assert not whole or torch.stack([x for x, _ in names["train_data"]]).max() < most


def loaded(text: str, folder: Path) -> dict[str, Any]:
    """Names after the program's data were made."""
    names: dict[str, Any] = {}
    with contextlib.chdir(folder), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(text, "data.py", "exec"), names)
    return names


FILES = ("MNIST", "FashionMNIST", "CIFAR10")


@pytest.fixture(scope="module")
def vision() -> Any:
    """torchvision, which takes the files below for its own."""
    torchvision()
    from torchvision.datasets import mnist

    with (
        mock.patch.object(mnist.MNIST, "_check_exists", lambda self: True),
        mock.patch("torchvision.datasets.cifar.check_integrity", lambda *_: True),
        mock.patch("torchvision.datasets.utils.check_integrity", lambda *_: True),
    ):
        yield


def pictures(name: str, root: Path) -> None:
    """A few random pictures in the files of a data set, in its own format."""
    torch.manual_seed(0)
    if name == "CIFAR10":
        folder = root / "cifar-10-batches-py"
        folder.mkdir(parents=True)
        names = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]
        for each in names:
            rows = torch.randint(256, (20, 3072), dtype=torch.uint8).numpy()
            (folder / each).write_bytes(pickle.dumps({"data": rows, "labels": [k % 10 for k in range(20)]}))
        (folder / "batches.meta").write_bytes(pickle.dumps({"label_names": [str(k) for k in range(10)]}))
        return
    folder = root / name / "raw"
    folder.mkdir(parents=True)
    for part in ("train", "t10k"):
        pixels = torch.randint(256, (100, 28, 28), dtype=torch.uint8).numpy().tobytes()
        images = struct.pack(">IIII", 0x803, 100, 28, 28) + pixels
        labels = struct.pack(">II", 0x801, 100) + bytes(k % 10 for k in range(100))
        for kind, content in (("images-idx3", images), ("labels-idx1", labels)):
            (folder / f"{part}-{kind}-ubyte").write_bytes(content)
            (folder / f"{part}-{kind}-ubyte.gz").write_bytes(gzip.compress(content))


@pytest.mark.usefixtures("vision")
@pytest.mark.parametrize("name", FILES)
def test_pictures_train_with_augmentation(emitted: Any, name: str, tmp_path: Path) -> None:
    pictures(name, tmp_path / "data")
    every = {"crop": True, "flip": True, "rotate": True, "jitter": True, "erase": True, "batch_size": 16}
    net = [["Conv2d", {"out_channels": 4, "kernel_size": 3}], ["ReLU"], ["AdaptiveAvgPool2d", {"output_size": 1}],
           ["Flatten"], training.linear(10)]  # fmt: skip
    found = emitted("program", training.program(data=[name, every], net=net))
    names = run.execute(found["text"], folder=tmp_path)
    assert run.output(names) == found["out"]
    x, _ = names["train_data"][0]
    assert not torch.equal(x, names["train_data"][0][0]), "every look at a picture is augmented anew"
    assert torch.equal(names["test_data"][0][0], names["test_data"][0][0]), "a test picture is as it is"


def test_a_notebook_runs_cell_by_cell(emitted: Any) -> None:
    made = training.program(run={"epochs": 2}, init=[["Linear", ["xavier_uniform_"]]])
    text = emitted("cells", made)
    nbformat.validate(nbformat.reads(text, as_version=4))
    cells = json.loads(text)["cells"]
    assert [cell["source"] for cell in cells if cell["cell_type"] == "markdown"][:2] == [["## Setup"], ["## Data"]]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    assert len(run.execute("\n\n".join(code))["history"]) == 2


LINEAR = [training.linear(16), ["ReLU"], ["LayerNorm"], training.linear(2)]


def torchrun(text: str, folder: Path) -> list[list[float]]:
    """The history that the first of two processes has; they speak over gloo."""
    folder.mkdir()
    (folder / "train.py").write_text(text + "\nif rank == 0:\n    print('HISTORY', history)\n")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "train.py"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for _ in range(3):
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=200)
        if "terminate called without an active exception" not in done.stderr:
            break  # torch's threads now and then abort a process of gloo while it exits, its work done
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if "HISTORY" in line).split("HISTORY")[1]
    found: list[list[float]] = json.loads(line.replace("(", "[").replace(")", "]"))
    return found


def test_two_processes_train_as_one_does(emitted: Any, tmp_path: Path) -> None:
    base = training.program(
        data=["moons", {"samples": 200, "batch_size": 32}], net=LINEAR, opt=["AdamW", {"lr": 0.01}],
        sched=["OneCycleLR", {"max_lr": 0.05}],
    )  # fmt: skip
    several = emitted("program", {**base, "run": {"epochs": 3, "ddp": True, "plot": False}})["text"]
    two = torchrun(several, tmp_path / "two")
    alone = run.execute(several)["history"]  # no torchrun, no processes: the same program
    assert torch.allclose(torch.tensor(two), torch.tensor(alone), atol=1e-5)
    plain = emitted("program", {**base, "run": {"epochs": 3, "plot": False}})["text"]
    loader = "DataLoader(train_data, batch_size=32, shuffle=True)"
    assert loader in plain
    same = plain.replace(loader, "DataLoader(train_data, 32, sampler=train_sampler)")
    sampler = "DistributedSampler(train_data, 1, 0, seed=0)"
    same = f"from torch.utils.data.distributed import DistributedSampler\n{same}"
    same = same.replace("train_loader =", f"train_sampler = {sampler}\ntrain_loader =", 1)
    same = same.replace("    model.train()", "    train_sampler.set_epoch(epoch)\n    model.train()")
    single = run.execute(same)["history"]
    assert torch.allclose(torch.tensor(two), torch.tensor(single), atol=1e-5), "the plain program, on the same batches"
    assert two[-1][0] < two[0][0]
