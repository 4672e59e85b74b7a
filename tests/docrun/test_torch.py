"""The same promises with the libraries that the handbook's programs use, preloaded in the server."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from docrun import Record, Session
from project import Project

CHANGES = """
import matplotlib.pyplot as plt
import torch
torch.set_default_dtype(torch.float64)
torch.manual_seed(7)
torch.set_printoptions(precision=2)
torch.set_grad_enabled(False)
plt.rcParams["lines.linewidth"] = 9
plt.plot([1])
torch.nn.Linear.reset_parameters = lambda self: None
"""
ASKS = """
import matplotlib.pyplot as plt
import torch
print(torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads())
print(torch.initial_seed() == 7, plt.rcParams["lines.linewidth"], plt.get_fignums())
torch.manual_seed(0)
layer = torch.nn.Linear(2, 2)
optimizer = torch.optim.AdamW(layer.parameters())
layer(torch.ones(2)).sum().backward()
optimizer.step()
print(round(float(layer.weight.detach().abs().sum()), 3) > 0, torch.tensor(1 / 3))
"""


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, Session]]:
    project = Project(tmp_path_factory.mktemp("torch"), preload=["torch", "matplotlib"], jobs=1)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in project.environment.items():
            patch.setenv(name, value)
        with project.session() as opened:
            yield project, opened
    project.nothing_left()


def test_nothing_of_torch_and_matplotlib_leaks(session: tuple[Project, Session]) -> None:
    project, running = session
    names = ["before", "changes", "after", "again", "once_more"]  # enough to warm the server up
    paths = [project.program(name, CHANGES if name == "changes" else ASKS) for name in names]
    running.prefetch(paths)
    records = [running.outcome(path) for path in paths]
    texts = [record.sections["one"].text if isinstance(record, Record) else record for record in records]
    assert texts[0] == "torch.float32 True 1\nFalse 1.5 []\nTrue tensor(0.3333)\n"
    assert texts[2:] == texts[:1] * 3
    for record in records:
        assert isinstance(record, Record)
        assert {"torch", "matplotlib"} <= set(record.versions)
        assert record.imports == ("matplotlib", "torch")


def test_a_program_that_uses_neither_depends_on_neither(session: tuple[Project, Session]) -> None:
    project, running = session
    record = running.outcome(project.program("plain", "import math\nprint(math.tau)"))
    assert isinstance(record, Record)
    assert record.versions == {}


def test_torch_out_of_memory(session: tuple[Project, Session]) -> None:
    project, running = session
    said = str(running.outcome(project.program("memory", "import torch\nx = torch.zeros(10**11)")))
    assert "memory.py:3: out of memory: the limit is 3072 MB" in said
