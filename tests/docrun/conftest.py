"""Projects to run programs in."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from docrun import Session
from project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path, timeout=10.0)


@pytest.fixture
def visible(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The project, with its mark in this process's environment: its server and children can be counted."""
    for name, value in project.environment.items():
        monkeypatch.setenv(name, value)
    return project


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """One project for a module's tests."""
    return Project(tmp_path_factory.mktemp("shared"), timeout=10.0)


@pytest.fixture(scope="module")
def running(shared: Project) -> Iterator[Session]:
    """One session for a module's tests: its server is started once."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in shared.environment.items():
            patch.setenv(name, value)
        with shared.session() as session:
            yield session
    shared.nothing_left()


@pytest.fixture
def outcome(shared: Project, running: Session, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Run a program made of the given sections, under a name of its own; give its record or its fault."""
    return lambda *sections: running.outcome(shared.program(f"p{uuid.uuid4().hex[:8]}", *sections))
