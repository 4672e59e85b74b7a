"""The same small programs as four sites: shown by docrun, left unexecuted, by mkdocs-jupyter, by markdown-exec."""

from __future__ import annotations

from pathlib import Path

STYLE = Path(__file__).parents[2] / "docs" / "figures.mplstyle"

MARK = "# --8<-- "

PROGRAM = """\
import matplotlib.pyplot as plt
import torch

# --8<-- [start:train]
torch.manual_seed({number})
net = torch.nn.Sequential(torch.nn.Linear(16, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1))
optimizer = torch.optim.Adam(net.parameters(), lr=0.01)
x = torch.randn(128, 16)
y = x.sin().sum(1, keepdim=True)
losses = []
for step in range({steps}):
    optimizer.zero_grad()
    loss = torch.nn.functional.mse_loss(net(x), y)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(f"from {{losses[0]:.3f}} to {{losses[-1]:.3f}}")
# --8<-- [end:train]
assert losses[-1] < losses[0]

# --8<-- [start:curve]
figure, axes = plt.subplots()
axes.semilogy(losses)
axes.set(xlabel="step", ylabel="loss", title="Run {number}")
# --8<-- [end:curve]
plt.show()
"""

PAGE = """\
# Run {number} {{ #run }}

A few words of prose before the program, as every page has them.

```python
--8<-- "snippets/p{number}.py:train"
```

```output
```

```python
--8<-- "snippets/p{number}.py:curve"
```

```output alt="the loss falls"
```
"""

MKDOCS = """\
site_name: bench
docs_dir: docs/en
theme: {{name: material, font: false}}
markdown_extensions:
  - attr_list
  - pymdownx.highlight
  - pymdownx.snippets: {{check_paths: true}}
  - pymdownx.superfences
{extensions}
plugins:
  - search
{plugins}
"""

FIGURE = """
import io
_svg = io.StringIO()
plt.savefig(_svg, format="svg")
plt.close("all")
print(_svg.getvalue())
"""


def programs(count: int, steps: int = 100) -> list[str]:
    """The texts of ``count`` programs that differ in seed."""
    return [PROGRAM.format(number=number, steps=steps) for number in range(count)]


def docrun(folder: Path, texts: list[str], *, run: bool = True) -> Path:
    """Pages that embed sections; without ``run`` the extension is left out and the fences stay as they are."""
    part = "  - docrun" if run else ""
    _start(folder, part, part)
    folder.joinpath("pyproject.toml").write_text(
        '[tool.docrun]\ndocs = ["docs/*"]\nstyle = "figures.mplstyle"\npreload = ["torch", "matplotlib"]\n'
    )
    folder.joinpath("figures.mplstyle").write_text(STYLE.read_text(encoding="utf-8"), encoding="utf-8")
    folder.joinpath("snippets").mkdir()
    for number, text in enumerate(texts):
        folder.joinpath(f"snippets/p{number}.py").write_text(text, encoding="utf-8")
        folder.joinpath(f"docs/en/p{number}.md").write_text(PAGE.format(number=number), encoding="utf-8")
    return folder


def jupyter(folder: Path, texts: list[str]) -> Path:
    """Each program as a script that mkdocs-jupyter executes and publishes."""
    _start(folder, "", "  - mkdocs-jupyter: {execute: true, allow_errors: false}")
    for number, text in enumerate(texts):
        cells = _unmarked(text.replace(f"{MARK}[start:", f"# %%\n{MARK}[start:"))
        source = f"# %% [markdown]\n# # Run\n# A few words of prose.\n\n# %%\n{cells}"
        folder.joinpath(f"docs/en/p{number}.py").write_text(source, encoding="utf-8")
    return folder


def markdown_exec(folder: Path, texts: list[str]) -> Path:
    """Each program in a fence that markdown-exec executes, its figure printed as SVG."""
    _start(folder, "", "  - markdown-exec")
    for number, text in enumerate(texts):
        body = _unmarked(text).replace("plt.show()\n", FIGURE)
        fence = f'```python exec="on" html="1" source="above" session="p{number}"\n{body}```\n'
        page = f"# Run {number}\n\nA few words of prose before the program.\n\n{fence}"
        folder.joinpath(f"docs/en/p{number}.md").write_text(page, encoding="utf-8")
    return folder


def _start(folder: Path, extensions: str, plugins: str) -> None:
    folder.joinpath("docs/en").mkdir(parents=True)
    folder.joinpath("docs/en/index.md").write_text("# Home\n\nThe bench.\n", encoding="utf-8")
    config = MKDOCS.format(extensions=extensions, plugins=plugins)
    folder.joinpath("mkdocs.yml").write_text(config, encoding="utf-8")


def _unmarked(text: str) -> str:
    """The program without its section marks."""
    return "\n".join(line for line in text.split("\n") if not line.startswith(MARK)) + "\n"
