"""No MkDocs in these tests unless they say so; one engine for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import markdown
import pytest

from typeset import Macros, Typesetter, close
from typeset.engine import Drawn
from typeset.typesetter import forget
from typeset_host import MACROS, host


@pytest.fixture(scope="session", autouse=True)
def _engine() -> Iterator[None]:
    yield
    close()


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    forget()


@pytest.fixture
def md() -> markdown.Markdown:
    return host()


@pytest.fixture(scope="session")
def draw() -> Callable[..., Drawn]:
    """One formula, typeset; fails on a TeX error."""
    typesetter = Typesetter(Macros.read(MACROS))

    def one(tex: str, display: bool = False, tagged: str = "") -> Drawn:
        [result] = typesetter.typeset([(tex, display, tagged)])
        assert isinstance(result, Drawn), result
        return result

    return one
