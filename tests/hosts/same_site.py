"""Build the site under MkDocs and under ProperDocs, which continues MkDocs 1.x, and compare all files.

``make properdocs`` calls it with the folder that holds ProperDocs. Only the tag that names the generator may differ.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
GENERATOR = re.compile(rb'<meta name="generator" content="mkdocs-([^,"]*)')
# The date stands in the sitemap.
ENVIRONMENT = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "SOURCE_DATE_EPOCH": "0"}


def built(host: str, folder: Path, beside: Path) -> tuple[dict[str, bytes], set[str]]:
    """The files of the site under one host, and the generators that its pages name.

    ``beside`` is where Python looks first. Ends the run if the build fails: the host has said why.
    """
    command = [sys.executable, "-m", host, "build", "--strict", "-f", "mkdocs.yml", "-d", str(folder)]
    environment = {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, (str(beside), os.getenv("PYTHONPATH"))))}
    print(f"under {host}:", flush=True)
    if subprocess.run(command, cwd=ROOT, env=environment).returncode:
        raise SystemExit(f"the build under {host} failed")
    files = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    named = {name.decode() for content in files.values() for name in GENERATOR.findall(content)}
    return {name: GENERATOR.sub(b"", content) for name, content in files.items()}, named


def difference(one: bytes, other: bytes) -> str:
    """The first lines that differ, shortened."""
    pairs = zip(one.split(b"\n"), other.split(b"\n"), strict=False)
    first = next(((number, *pair) for number, pair in enumerate(pairs, 1) if pair[0] != pair[1]), None)
    return f"line {first[0]}: {first[1][:150]!r} is {first[2][:150]!r}" if first else "one goes on where the other ends"


def main(beside: Path) -> None:
    """Build twice, tell every difference; exit 1 if there is one."""
    with tempfile.TemporaryDirectory() as folder:
        mkdocs, _ = built("mkdocs", Path(folder, "mkdocs"), beside)
        properdocs, named = built("properdocs", Path(folder, "properdocs"), beside)
    if not named or not all(name.startswith("ProperDocs ") for name in named):
        raise SystemExit(f"the second site was not made by ProperDocs but by {', '.join(named) or 'nobody'}")
    only = sorted(mkdocs.keys() ^ properdocs.keys())
    changed = [name for name in sorted(mkdocs.keys() & properdocs.keys()) if mkdocs[name] != properdocs[name]]
    for name in only:
        print(f"{name}: only under {'MkDocs' if name in mkdocs else 'ProperDocs'}")
    for name in changed:
        print(f"{name}: {difference(mkdocs[name], properdocs[name])}")
    same = len(mkdocs.keys() & properdocs.keys()) - len(changed)
    print(f"{same} files are the same under MkDocs and {', '.join(named)}, {len(only) + len(changed)} differ")
    sys.exit(1 if only or changed else 0)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: same_site.py FOLDER, where ProperDocs was installed with pip --target")
    main(Path(sys.argv[1]).resolve())
