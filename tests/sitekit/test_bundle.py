"""Published modules do what the repository's do, in fewer files; one that cannot be joined is an error."""

from __future__ import annotations

from pathlib import Path

import pytest

from script import Deno
from sitekit.modules import ModuleError
from sitekit.scripts import lighten, shorten

FILES = {
    "model/numbers.js": "// A comment.\nconst hidden = 2;\n"
    "export const twice = (x) => hidden * x;\nexport const name = 'numbers';\n",
    "model/words.js": 'import { name } from "./numbers.js";\nconst hidden = "w";\n'
    "export function twice(text) {\n  return `${text}/* kept */${text}${hidden}${name}`;\n}\n",
    "model/rare.js": 'import { twice } from "./numbers.js";\nexport const fourfold = (x) => twice(twice(x));\n',
    "page.js": 'import * as all from "./model/numbers.js";\nimport { twice } from "./model/words.js";\n'
    "/** @typedef {import('./nowhere.js').Type} Type */\n"
    "export const said = (x) => [all.twice(x), all.name, twice(String(x))];\n"
    'export const later = async (x) => (await import("./model/rare.js")).fourfold(x);\n'
    'export const help = () => new URL("./helper.js", import.meta.url).pathname;\n',
    "helper.js": 'import {\n  twice as double,\n} from "./model/numbers.js";\n'
    "export const help = (x) => double(x) + 1;\n",
    "alone.js": "(() => { const long = 3; globalThis.plain = `${long}`; })();\n",
}


def written(folder: Path, files: dict[str, str]) -> Path:
    """These files, below a folder."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_joined_modules_do_the_same(tmp_path: Path) -> None:
    sites = [written(tmp_path / name, FILES) for name in ("before", "after")]
    lighten(sites[1])
    told = []
    for site in sites:
        with Deno(site) as deno:
            told.append(
                [
                    deno.call("page.js", "said", 4),
                    deno.call("page.js", "later", 4),
                    deno.call("helper.js", "help", 4),
                    str(deno.call("page.js", "help")).endswith("/helper.js"),
                ]
            )
    assert told[0] == told[1] == [[8, "numbers", "4/* kept */4wnumbers"], 16, 9, True]


def test_one_file_for_each_entry_and_one_for_what_they_share(tmp_path: Path) -> None:
    lighten(written(tmp_path, FILES))
    found = {file.relative_to(tmp_path).as_posix() for file in tmp_path.rglob("*.js")}
    assert found == {"alone.js", "helper.js", "page.js", "page-shared.js", "model/rare.js"}


def test_scripts_that_belong_to_nobody_else_stand_alone(tmp_path: Path) -> None:
    files = {name: text for name, text in FILES.items() if name.startswith("model")}
    files["one.js"] = 'import { twice } from "./model/words.js";\nexport const one = () => twice("a");\n'
    lighten(written(tmp_path, files | {"two.js": files["one.js"]}))
    assert [file.name for file in sorted(tmp_path.rglob("*.js"))] == ["one.js", "two.js"]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("export default 3;\n", "export default"),
        ("export let x = 3;\n", "export let"),
        ("export const { x } = { x: 3 };\n", "export const"),
        ('import "./model/numbers.js";\n', "import"),
        ('import { a } from "./model/circle.js";\nexport const b = a;\n', "imports itself"),
        (
            'import { twice } from "./model/numbers.js";\nimport("./model/numbers.js");\ntwice(1);\n',
            "fetched later only",
        ),
    ],
)
def test_what_cannot_be_joined_is_an_error(tmp_path: Path, text: str, cause: str) -> None:
    where = "export const where = () => new URL(`../${1}`, import.meta.url);\n"
    circle = 'import { b } from "../entry.js";\nexport const a = b;\n'
    with pytest.raises(ModuleError, match=cause):
        lighten(written(tmp_path, FILES | {"entry.js": text, "model/circle.js": circle, "model/where.js": where}))


def test_a_short_script_does_the_same_without_comments() -> None:
    short = shorten('const a = "// not a comment"; // a comment\nconst f = (long) => `${long} /* kept */${a}`;\n')
    assert "// not a comment" in short and "/* kept */" in short and "; // a comment" not in short
    with pytest.raises(ValueError, match="</script"):
        shorten('const a = "</script>"')
