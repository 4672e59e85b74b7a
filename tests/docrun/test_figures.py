"""Figures as SVG: in the palette, with a size, with ids of their own, the same on every run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from docrun import Drawing, Record, Session
from docrun.show import render
from project import Project

STYLE = """
    axes.prop_cycle: cycler("color", ["#0b6bcb", "#b3261e"])
    text.color: 222222
    axes.labelcolor: 222222
    xtick.color: 222222
    ytick.color: 222222
    grid.color: cccccc
    axes.grid: True
    figure.figsize: 4, 3
"""


@pytest.fixture(scope="module")
def drawing_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("figures"), preload=["matplotlib"], style="look.mplstyle")
    project.write("look.mplstyle", STYLE)
    return project


@pytest.fixture(scope="module")
def drawing_session(drawing_project: Project) -> Iterator[Session]:
    with drawing_project.session() as session:
        yield session


@pytest.fixture
def draw(drawing_project: Project, drawing_session: Session, request: pytest.FixtureRequest) -> Callable[..., Any]:
    """Run a program whose first section begins with the import of pyplot; give its sections or its fault."""

    def run(*sections: str) -> Any:
        first = "import matplotlib.pyplot as plt\nimport numpy as np\n" + sections[0]
        name = re.sub(r"\W", "_", request.node.name) + str(abs(hash(sections)))
        path = drawing_project.program(name, first, *sections[1:])
        outcome = drawing_session.outcome(path)
        return list(outcome.sections.values()) if isinstance(outcome, Record) else outcome

    return run


CURVE = """
fig, ax = plt.subplots()
ax.plot([0, 1], [0, 1], "C0", clip_on=True)
ax.fill_between([0, 1], [0, 1], color="C1", alpha=0.3)
ax.imshow(np.eye(2))
ax.set_title("θ & <β>")
ax.set_xlabel("step")
plt.show()
"""


def _svg(drawing: Drawing) -> ElementTree.Element:
    return ElementTree.fromstring(render.standalone(drawing))


def test_a_figure_follows_the_palette_and_carries_its_size(draw: Callable[..., Any]) -> None:
    ((drawing,),) = [shown.drawings for shown in draw(CURVE)]
    assert (drawing.width, drawing.height) == (384.0, 288.0)
    assert "var(--docrun-c0, #0b6bcb)" in drawing.body
    assert "var(--docrun-c1, #b3261e)" in drawing.body
    assert "var(--docrun-fg, #222222)" in drawing.body
    assert "var(--docrun-grid, #cccccc)" in drawing.body
    bare = re.sub(r"var\([^)]*\)", "", drawing.body)
    assert not re.findall(r"#(?:0b6bcb|b3261e|222222|cccccc)", bare)
    assert "θ &amp; &lt;β&gt;" in drawing.body, "text stays text"
    assert "font-family" not in drawing.body
    assert "20" not in "".join(re.findall(r"<metadata.*?</metadata>", drawing.body))
    root = _svg(drawing)
    assert root.get("width") == "384"
    assert root.get("viewBox") == "0 0 288 216"
    assert root.get("role") == "img"


def test_ids_are_unique_and_every_reference_has_its_target(draw: Callable[..., Any]) -> None:
    one, two = draw(CURVE, CURVE)
    ids: list[str] = []
    for shown in (one, two):
        root = _svg(shown.drawings[0])
        own = [element.get("id") for element in root.iter() if element.get("id")]
        used = re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", shown.drawings[0].body)
        assert {a or b for a, b in used} == set(own)
        ids += [name for name in own if name]
    assert ids
    assert len(ids) == len(set(ids))


def test_two_runs_draw_the_same_bytes(drawing_project: Project, draw: Callable[..., Any]) -> None:
    path = drawing_project.program("twice", "import matplotlib.pyplot as plt\nimport numpy as np\n" + CURVE)
    records = []
    for folder in ("one", "two"):
        with drawing_project.session(cache=f".cache/{folder}") as session:
            records.append(session.outcome(path))
    assert records[0].sections == records[1].sections


def test_a_section_shows_one_figure(draw: Callable[..., Any]) -> None:
    assert "leaves 2 figures open" in str(draw("plt.figure()\nplt.figure()"))


def test_a_figure_left_open_in_hidden_code_reaches_no_section(
    drawing_project: Project, drawing_session: Session
) -> None:
    text = """
        import matplotlib.pyplot as plt
        plt.plot([1, 2])
        # --8<-- [start:one]
        print(plt.get_fignums())
        # --8<-- [end:one]
        plt.plot([1, 2])
    """
    path = str(drawing_project.write("snippets/hidden.py", text).relative_to(drawing_project.root))
    record = drawing_session.outcome(path)
    assert isinstance(record, Record), record
    assert record.sections["one"].text == "[]\n"
    assert not record.sections["one"].drawings


def test_figures_and_parameters_stay_in_their_program(draw: Callable[..., Any]) -> None:
    assert len(draw("plt.rcParams['lines.linewidth'] = 9\nplt.plot([1])")[0].drawings) == 1
    (shown,) = draw("print(plt.rcParams['lines.linewidth'], plt.get_fignums(), plt.rcParams['figure.figsize'])")
    assert shown.text == "1.5 [] [4.0, 3.0]\n"


def test_a_figure_stays_until_the_end_of_its_section(draw: Callable[..., Any]) -> None:
    one, two = draw("plt.plot([1])\nplt.close('all')\nprint(1)", "plt.plot([1])\nplt.title('x')\nprint(2)")
    assert (len(one.drawings), len(two.drawings)) == (0, 1)
    assert two.text == "2\n"


def test_a_figure_that_cannot_be_drawn_is_a_fault(draw: Callable[..., Any]) -> None:
    assert "ValueError" in str(draw("plt.title('$\\\\nosuch$')"))


def test_a_warning_while_drawing_has_a_line(drawing_project: Project, drawing_session: Session) -> None:
    path = drawing_project.program("glyph", "import matplotlib.pyplot as plt\nplt.title('\\U0001F9FF')\nx = 1")
    record = drawing_session.outcome(path)
    assert isinstance(record, Record)
    assert [(warned.line, warned.category) for warned in record.warnings][:1] in ([(4, "UserWarning")], [])


def test_a_figure_counts_towards_the_output_limit(drawing_project: Project) -> None:
    path = drawing_project.program("big", "import matplotlib.pyplot as plt\nplt.plot(range(20_000), range(20_000))")
    many = drawing_project.program(
        "many",
        "import matplotlib.pyplot as plt\nimport random\nplt.scatter(*[[random.random() for _ in range(5000)]] * 2)",
    )
    with drawing_project.session(output=20_000) as session:
        assert isinstance(session.outcome(path), Record)  # matplotlib simplifies the line
        assert "the program wrote too much" in str(session.outcome(many))


def test_another_backend_draws_the_same_figure(draw: Callable[..., Any]) -> None:
    (own,) = draw("plt.plot([1, 2])")
    (agg,) = draw("import matplotlib\nmatplotlib.use('Agg')\nplt.plot([1, 2])")
    assert own.drawings[0].body.count("<path") == agg.drawings[0].body.count("<path")


def test_a_style_that_changes_runs_programs_again(tmp_path: Path) -> None:
    project = Project(tmp_path, style="look.mplstyle")
    look = project.write("look.mplstyle", "lines.linewidth: 1\n")
    path = project.program("a", "print(1)")
    for ran, text in ((1, "lines.linewidth: 1\n"), (0, "lines.linewidth: 1\n"), (1, "lines.linewidth: 2\n")):
        look.write_text(text)
        with project.session() as session:
            session.outcome(path)
            assert session.ran == ran


WIDE = """
fig, axes = plt.subplots(1, 2, figsize=(5.5, 2.5), sharey=True)
axes[0].plot([1, 2]); axes[1].plot([2, 1], label="a long label"); axes[1].plot([1, 1], label="another long label")
axes[0].set(ylabel="loss", xlabel="step", title="a title that is much too long for half of a narrow figure")
fig.legend(loc="outside upper center", ncols=2)
"""


def test_a_wide_figure_is_drawn_again_for_phones_with_its_panels_below_each_other(draw: Callable[..., Any]) -> None:
    ((drawing,),) = [shown.drawings for shown in draw(WIDE)]
    assert drawing.narrow
    assert (drawing.width, drawing.height) == (528, 240)
    assert drawing.narrow.width < 370 < drawing.narrow.height
    assert drawing.narrow.body.count(">loss<") == 2, "each panel says what its axis is"
    sizes = [float(size) for size in re.findall(r"font-size: ([\d.]+)px", drawing.narrow.body)]
    assert min(sizes) * 328 / (drawing.narrow.width * 0.75) >= 9, "9 px on a phone of 360"
    assert _ids(drawing.body).isdisjoint(_ids(drawing.narrow.body))


def test_a_figure_that_fits_a_phone_is_drawn_once(draw: Callable[..., Any]) -> None:
    ((drawing,),) = [shown.drawings for shown in draw("plt.subplots(figsize=(4, 3))")]
    assert drawing.narrow is None


def test_many_equal_markers_are_one_path(draw: Callable[..., Any]) -> None:
    code = 'plt.plot(range(300), "o"); plt.plot(range(300), "s", color="C1"); plt.axis("off")'
    ((drawing,),) = [shown.drawings for shown in draw(code)]
    svg = _svg(drawing)
    assert len(svg.findall(".//{*}marker")) == 2
    assert not svg.findall(".//{*}use")
    (first, second) = [path for path in svg.iter() if path.get("marker-mid")]
    assert len(first.get("d", "").split("L")) == len(second.get("d", "").split("L")) == 300
    assert set(re.findall(r"#([\w-]+)\)", first.get("marker-mid", ""))) <= _ids(drawing.body)


def _ids(body: str) -> set[str]:
    return set(re.findall(r' id="([^"]+)"', body))


def test_several_figures_need_names_of_their_own(draw: Callable[..., Any]) -> None:
    named = 'for n in "ab": plt.figure(n, figsize=(1, 1)).subplots()'
    ((first, second),) = [shown.drawings for shown in draw(named)]
    assert (first.name, second.name) == ("a", "b")
    assert "need names of their own" in draw("plt.figure(); plt.figure()").cause


def test_a_figure_as_a_file_has_the_colors_of_either_palette(draw: Callable[..., Any]) -> None:
    ((drawing,),) = [shown.drawings for shown in draw(CURVE)]
    light, dark = render.standalone(drawing), render.standalone(drawing, {"c0": "#abcdef"})
    assert "#0b6bcb" in light and "var(" not in light
    assert "#abcdef" in dark and "#0b6bcb" not in dark
