"""Begin a page: its text, its program, its proof and its entry in the navigation, from the part's pattern."""

from __future__ import annotations

import re

from docrun.errors import DocrunError
from docrun.settings import Settings

_NAME = re.compile(r"(?P<part>[a-z][a-z-]*)/(?P<name>[a-z][a-z0-9_-]*)")
_WORD = re.compile("IDENTIFIER|NAME|TITLE")
_FILES = {"page.md": "docs/en/{part}/{name}.md", "program.py": "snippets/{part}/{name}.py"}
_FILES["proof.py"] = "tests/{part}/test_{name}.py"


def create(settings: Settings, name: str) -> list[str]:
    """Write the files of ``part/name``; return their paths, the navigation's last.

    Raises DocrunError where the name is none, the part has no pattern, or a file exists: then nothing is written.
    """
    root, match = settings.root, _NAME.fullmatch(name)
    if not match:
        raise DocrunError(f"{name!r} is no part/name, as in losses/log_cosh")
    folder = root / settings.patterns / match["part"]
    if not settings.patterns or not folder.is_dir():
        patterns = (root / settings.patterns).iterdir() if settings.patterns else ()
        known = ", ".join(sorted(path.name for path in patterns if path.is_dir()))
        raise DocrunError(f"there is no pattern for the part {match['part']!r}; there is one for {known or 'none'}")
    title = "".join(word.capitalize() for word in re.split(r"[-_]", match["name"]))
    files = {path.format(**match.groupdict()): (folder / file).read_text("utf-8") for file, path in _FILES.items()}
    for path in files:
        if (root / path).exists():
            raise DocrunError(f"{path} exists already")
    nav = _with_entry((root / "mkdocs.yml").read_text("utf-8"), f"{match['part']}/{match['name']}.md", title)
    words = {"NAME": match["name"], "TITLE": title, "IDENTIFIER": match["name"].replace("-", "_")}
    for path, pattern in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(_WORD.sub(lambda word: words[word[0]], pattern), encoding="utf-8")
    (root / "mkdocs.yml").write_text(nav, encoding="utf-8")
    return [*files, "mkdocs.yml"]


def _with_entry(config: str, page: str, title: str) -> str:
    """The configuration with the page behind the last page of its part."""
    lines = config.split("\n")
    part = page.partition("/")[0]
    entries = [number for number, line in enumerate(lines) if re.search(rf": {part}/[\w-]+\.md$", line)]
    if not entries:
        raise DocrunError(f"mkdocs.yml has no page of the part {part!r} in nav, behind which this one could stand")
    last = entries[-1]
    indent = re.match(r"\s*", lines[last])
    lines.insert(last + 1, f"{indent[0] if indent else ''}- {title}: {page}")
    return "\n".join(lines)
