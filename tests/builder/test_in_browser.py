"""The builder in a browser: by keyboard, by touch, with drafts, links and storage that fails."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from explorers import stage

pytestmark = [pytest.mark.xdist_group("builder"), pytest.mark.timeout(300)]

ROOT = Path(__file__).parents[2]
Open = Callable[..., Any]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small site with the builder's page."""
    page = (ROOT / "docs/en/build.md").read_text("utf-8")
    with stage.served(tmp_path_factory.mktemp("builder"), {"build": page, "gallery": "# Nets"}, explorers=[]) as url:
        yield f"{url}build/"


@pytest.fixture
def visit(browser: Any, address: str) -> Iterator[Open]:
    """Open the builder in a fresh context; nothing may go wrong in it, and nothing may leave this machine."""
    opened: list[tuple[Any, list[str]]] = []

    def start(hash: str = "", width: int = 1280, scheme: str = "light", script: str = "", **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, **options)
        context.set_default_timeout(10_000)
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page, problems = context.new_page(), list[str]()
        if script:
            page.add_init_script(script)
        page.on("pageerror", lambda error: problems.append(f"error: {error}"))
        page.on("console", lambda m: m.type in ("error", "warning") and problems.append(f"{m.type}: {m.text}"))
        here = (address.split("handbook")[0], "data:", "blob:")
        page.on("request", lambda r: r.url.startswith(here) or problems.append(r.url))
        opened.append((context, problems))
        page.goto(address + hash)
        page.locator(".builder[data-ready]").wait_for()
        return page

    yield start
    for context, problems in opened:
        context.close()
        assert problems == []


def link(program: dict[str, Any]) -> str:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = deflate.compress(json.dumps(program).encode()) + deflate.flush()
    return f"#b1.{base64.urlsafe_b64encode(data).decode().rstrip('=')}"


def summary(page: Any) -> str:
    return str(page.locator(".build-summary").inner_text())


def program(page: Any) -> str:
    """What "Copy as PyTorch" gives."""
    page.locator('.build-bar [data-do="copy"]').click()
    page.get_by_text("Copied").first.wait_for()
    return str(page.evaluate("navigator.clipboard.readText()"))


def names(page: Any) -> list[str]:
    return [str(each) for each in page.locator(".build-net .build-name").all_inner_texts()]


def run(text: str) -> dict[str, Any]:
    """Execute a copied program."""
    import matplotlib

    matplotlib.use("Agg")
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(text, "<copied program>", "exec"), scope)
    return scope


LENET: list[tuple[str, dict[str, str]]] = [
    ("Conv2d", {"out_channels": "6", "kernel_size": "5", "padding": "2"}),
    ("Tanh", {}),
    ("AvgPool2d", {"kernel_size": "2"}),
    ("Conv2d", {"out_channels": "16", "kernel_size": "3"}),
    ("Tanh", {}),
    ("Flatten", {}),
    ("Linear", {"out_features": "84"}),
    ("Tanh", {}),
    ("Linear", {"out_features": "10"}),
]


def to(page: Any, test: str, key: str = "Tab") -> None:
    """Press a key until the focus is where a test of the element says."""
    for _ in range(40):
        if page.evaluate(f"(e => {test})(document.activeElement)"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"the focus never came to {test}")


def test_lenet_from_nothing_by_keyboard_alone_and_its_program_runs(visit: Open) -> None:
    page = visit()
    keys = page.keyboard
    page.locator("#build-preset").focus()
    keys.type("an empty")
    to(page, "e.dataset.do === 'insert'")
    for at, (name, args) in enumerate(LENET):
        keys.press("a" if at else "Enter")
        keys.type(name)
        keys.press("Enter")
        page.locator(f'.build-name[data-path="net.{at}"]:focus').wait_for()
        if args:
            keys.press("Enter")
            for argument, value in args.items():
                to(page, f"e.dataset.name === '{argument}'")
                keys.type(value)
            keys.press("Tab")
            keys.press("Escape")
            page.locator(f'.build-name[data-path="net.{at}"]:focus').wait_for()
    assert "N × 10" in summary(page)
    to(page, "e.getAttribute('role') === 'tab'", "Shift+Tab")
    keys.press("ArrowRight")
    to(page, "e.dataset.name === 'epochs'")
    keys.type("1")
    keys.press("Tab")
    text = program(page)
    assert "nn.Conv2d(1, 6, 5, padding=2)" in text and "nn.Linear(64, 84)" in text
    scope = run(text)
    assert sum(each.numel() for each in scope["model"].parameters()) == parameters(page)


def parameters(page: Any) -> int:
    return int(summary(page).split("·")[1].strip().split(" ")[0].replace(",", ""))


def test_keys_move_copy_wrap_and_delete_and_each_has_a_button(visit: Open) -> None:
    net = [["Linear", {"out_features": 8}], ["ReLU"], ["Linear", {"out_features": 10}]]
    page = visit(link({"v": 1, "data": ["digits", {"flat": True}], "net": net}))
    keys = page.keyboard
    page.locator(".build-name").first.click()
    keys.press("Alt+ArrowDown")
    assert names(page)[:2] == ["ReLU", "Linear(out_features=8)"]
    keys.press("Control+d")
    assert names(page).count("Linear(out_features=8)") == 2
    keys.press("n")
    assert "repeat 2 ×" in names(page)
    keys.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.path") == "net.2.0.0"
    keys.press("ArrowLeft")
    keys.press("u")
    keys.press("Delete")
    assert names(page) == ["ReLU", "Linear(out_features=8)", "Linear(out_features=10)"]
    for _ in range(5):
        keys.press("Control+z")
    assert names(page) == ["Linear(out_features=8)", "ReLU", "Linear(out_features=10)"]
    for action in ("up", "down", "duplicate", "after", "delete"):
        assert page.locator(f'.build-inspector [data-do="{action}"]').count() == 1


def test_letters_can_be_turned_off_and_are_no_commands_in_fields(visit: Open) -> None:
    page = visit()
    before = names(page)
    page.locator(".build-name").first.click()
    page.locator("#build-arg-out_channels").click()
    page.keyboard.type("aun")
    assert names(page) == before and not page.locator(".build-palette").is_visible()
    page.locator(".build-keys summary").click()
    page.locator("[data-keys]").uncheck()
    page.locator(".build-name").nth(1).click()
    page.keyboard.press("n")
    page.keyboard.press("a")
    assert names(page) == before and not page.locator(".build-palette").is_visible()
    page.reload()
    page.locator(".builder[data-ready]").wait_for()
    page.locator(".build-name").nth(1).click()
    page.keyboard.press("n")
    assert names(page) == before


def test_a_number_changes_every_size_behind_it(visit: Open) -> None:
    page = visit()
    page.locator(".build-name").first.click()
    page.locator("#build-arg-kernel_size").fill("3")
    page.locator("#build-arg-kernel_size").press("Tab")
    page.locator(".build-error").first.wait_for(state="detached")
    page.get_by_text("N × 1 × 8 × 8 → N × 6 × 10 × 10").first.wait_for()
    assert "N × 10" in summary(page)
    page.locator("#build-arg-kernel_size").fill("30")
    page.locator("#build-arg-kernel_size").press("Tab")
    page.locator(".build-card .build-error").first.wait_for()
    assert "Kernel size can't be greater than actual input size" in summary(page)
    page.locator("#build-tab-check").click()
    page.locator('[data-do="fix"]').first.click()
    assert "N × 10" in summary(page)


def test_a_value_that_does_not_fit_says_so_and_changes_nothing(visit: Open) -> None:
    page = visit()
    before = summary(page)
    page.locator(".build-name").first.click()
    page.locator("#build-arg-out_channels").fill("import os")
    page.locator("#build-arg-out_channels").press("Tab")
    page.locator(".build-told").wait_for()
    assert page.locator("#build-arg-out_channels").get_attribute("aria-invalid") == "true"
    assert summary(page) == before


def test_what_happens_is_said(visit: Open) -> None:
    page = visit()
    page.get_by_role("button", name="Insert here, before Flatten").click()
    page.locator("#build-search").fill("relu")
    page.locator("#build-search").press("Enter")
    assert page.locator(".build-live").inner_text() == "ReLU inserted, output N × 16 × 2 × 2"
    page.keyboard.press("Delete")
    assert page.locator(".build-live").inner_text() == "Deleted"
    page.get_by_role("button", name="Insert here, before Flatten").click()
    page.locator("#build-search").fill("conv3d")
    page.locator("#build-search").press("Enter")
    assert "Kernel size can't be greater than actual input size" in page.locator(".build-live").inner_text()
    assert page.get_by_role("tab", name="Net").get_attribute("aria-selected") == "true"


def test_who_comes_back_finds_the_program(visit: Open) -> None:
    page = visit()
    page.locator("#build-preset").select_option("mlp")
    page.wait_for_function("location.hash.startsWith('#b1.')")
    before = names(page)
    page.get_by_role("link", name="The gallery").click()
    page.get_by_role("heading", name="Nets").wait_for()
    page.go_back()
    page.locator(".builder[data-ready]").wait_for()
    page.wait_for_function(f"document.querySelectorAll('.build-name').length === {len(before)}")
    assert names(page) == before


def test_undo_covers_everything(visit: Open) -> None:
    page = visit()
    start = [summary(page), names(page), program(page)]
    page.locator(".build-name").first.click()
    page.locator('[data-do="delete"]').click()
    page.locator("#build-preset").select_option("resnet8")
    page.locator("#build-tab-train").click()
    page.locator("#build-opt").select_option("SGD")
    page.locator("#build-opt-lr").fill("0.5")
    page.locator("#build-opt-lr").press("Tab")
    page.locator("#build-sched").select_option("OneCycleLR")
    page.locator('[data-do="init-add"]').click()
    page.locator("#build-loss").select_option("NLLLoss")
    changed = program(page)
    assert "SGD" in changed and "lr=0.5" in changed and "NLLLoss" in changed and "OneCycleLR" in changed
    count = 0
    while page.locator('[data-do="undo"]').is_enabled():
        page.locator('[data-do="undo"]').click()
        count += 1
    assert count == 7
    page.locator("#build-tab-net").click()
    assert [summary(page), names(page), program(page)] == start
    for _ in range(count):
        page.locator('[data-do="redo"]').click()
    assert program(page) == changed


def test_a_reload_keeps_the_program(visit: Open) -> None:
    page = visit()
    page.locator("#build-preset").select_option("unet")
    page.wait_for_function("location.hash.startsWith('#b1.')")
    before = [summary(page), names(page)]
    page.reload()
    page.locator(".builder[data-ready]").wait_for()
    page.wait_for_function(f"document.querySelectorAll('.build-name').length === {len(before[1])}")
    assert [summary(page), names(page)] == before


def test_a_link_beside_a_draft_loses_neither(visit: Open) -> None:
    page = visit()
    page.locator("#build-preset").select_option("siamese")
    page.wait_for_function("location.hash.startsWith('#b1.')")
    mine = names(page)
    other = link({"v": 1, "data": ["iris"], "net": [["Linear", {"out_features": 3}]]})
    page.evaluate(f"location.hash = {other!r}")
    page.get_by_text("N × 3").first.wait_for()
    page.wait_for_function("localStorage['ils.builder.drafts'].includes('iris')")
    assert names(page) == ["Linear(out_features=3)"]
    page.locator('[data-do="restore"]').click()
    assert names(page) == mine
    page.locator('[data-do="undo"]').click()
    assert names(page) == ["Linear(out_features=3)"]
    assert page.evaluate("JSON.parse(localStorage['ils.builder.drafts']).length") == 2


NO_STORAGE = """for (const name of ["getItem", "setItem"]) {
  const real = Storage.prototype[name];
  Storage.prototype[name] = function (key, ...rest) {
    if (String(key).startsWith("ils.")) throw new Error("no storage"); // the theme does not survive that
    return real.call(this, key, ...rest);
  };
}"""


def test_storage_that_throws_changes_nothing(visit: Open) -> None:
    page = visit(script=NO_STORAGE)
    page.locator("#build-preset").select_option("mlp")
    page.wait_for_function("location.hash.startsWith('#b1.')")
    assert "N × 2" in summary(page)


def test_a_hostile_link_puts_no_element_and_no_script_into_the_page(visit: Open) -> None:
    bad = "<img src=x onerror='window.hacked=1'>"
    page = visit(
        link(
            {
                "v": 1,
                "data": ["digits", {bad: bad}],
                "net": [[bad, {bad: bad}], ["Linear", {"out_features": bad}], ["use", bad], ["tap", bad]],
                "defs": {bad: {"params": {bad: 1}, "net": [[bad]]}},
                "init": [[bad, [bad, {bad: bad}]]],
                "loss": [bad, {bad: bad}],
                "opt": [bad],
                "sched": [bad, {}, [bad]],
                "run": {bad: bad},
            }
        )
    )
    page.get_by_text("names or values that no program may hold").wait_for()
    for tab in ("train", "check", "code", "net"):
        page.locator(f"#build-tab-{tab}").click()
        page.locator(".build-name").nth(1).click() if tab == "net" else None
        assert page.locator(".builder img").count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_damaged_link_says_so(visit: Open) -> None:
    page = visit("#b1.____")
    page.get_by_text("The link is damaged.").wait_for()
    assert "N × 10" in summary(page)


REPR = """Net(
  (features): Sequential(
    (0): Conv2d(1, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1))
    (1): ReLU()
    (2): MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)
  )
  (flat): Flatten(start_dim=1, end_dim=-1)
  (blocks): ModuleList(
    (0-2): 3 x Linear(in_features=128, out_features=128, bias=True)
  )
)"""


def test_a_pasted_model_becomes_a_net_and_a_pasted_error_finds_its_block(visit: Open) -> None:
    page = visit()
    page.locator("#build-tab-code").click()
    page.locator(".build-import summary").click()
    page.locator("#build-text").fill(REPR)
    page.locator('[data-do="bring"]').click()
    page.get_by_text("repeat 3 ×").first.wait_for()
    assert names(page) == [
        "Conv2d(out_channels=8, kernel_size=3, padding=1)",
        "ReLU",
        "MaxPool2d(kernel_size=2)",
        "Flatten",
        "repeat 3 ×",
        "Linear(out_features=128)",
    ]
    page.locator("#build-tab-check").click()
    page.locator("#build-pasted").fill("RuntimeError: mat1 and mat2 shapes cannot be multiplied (64x100 and 128x128)")
    page.locator('[data-do="find-error"]').click()
    page.locator('.build-answer [data-do="go"]').click()
    assert page.evaluate("document.activeElement.dataset.path") == "net.4.0.0"


def test_drafts_are_kept_and_opened_again(visit: Open) -> None:
    page = visit()
    page.locator("#build-preset").select_option("siamese")
    page.wait_for_function("localStorage['ils.builder.drafts']?.includes('TripletMarginLoss')")
    page.locator("#build-preset").select_option("mlp")
    page.wait_for_function("localStorage['ils.builder.drafts']?.includes('moons')")
    page.locator("#build-tab-code").click()
    page.locator(".build-import summary").click()
    assert page.locator('.build-import [data-do="restore"]').count() == 2
    page.locator('.build-import [data-do="restore"]').last.click()
    assert "TripletMarginLoss" in program(page)


def test_everything_can_be_taken_along(visit: Open) -> None:
    page = visit()
    page.locator("#build-tab-code").click()
    page.locator(".build-code").wait_for()
    files = {}
    for action in ("py", "ipynb", "json", "svg", "png"):
        with page.expect_download() as waiting:
            page.locator(f'#build-panel-code [data-do="{action}"]').click()
        files[waiting.value.suggested_filename] = Path(waiting.value.path()).read_bytes()
    assert set(files) == {"train.py", "train.ipynb", "model.json", "model.svg", "model.png"}
    assert files["train.py"].decode() == program(page)
    cells = json.loads(files["train.ipynb"])["cells"]
    assert "nn.Conv2d(1, 6, 5, padding=2)" in "".join("".join(cell["source"]) for cell in cells)
    assert files["model.svg"].startswith(b"<svg") and b"var(--" not in files["model.svg"]
    assert files["model.png"].startswith(b"\x89PNG")
    page.locator("#build-preset").select_option("mlp")
    page.locator(".build-import summary").click()
    page.locator("[data-file]").set_input_files({"name": "m.json", "mimeType": "", "buffer": files["model.json"]})
    page.get_by_text("Undo brings the old net back.").wait_for()
    assert program(page) == files["train.py"].decode()


def test_on_a_phone_by_touch(visit: Open) -> None:
    page = visit(width=360, scheme="dark", has_touch=True, is_mobile=True)
    page.locator("#build-preset").select_option("empty")
    page.locator(".build-empty button").tap()
    page.locator("#build-search").fill("flatten")
    page.locator('[data-do="offer"]').first.tap()
    page.locator(".build-close").tap()
    page.locator(".build-insert button").last.tap()
    page.locator("#build-search").fill("linear")
    page.locator('[data-do="offer"]').first.tap()
    page.locator("#build-arg-out_features").fill("10")
    page.locator("#build-arg-out_features").press("Enter")
    page.get_by_text("N × 64 → N × 10").wait_for()
    page.locator(".build-close").tap()
    for tab in ("train", "check", "code", "net"):
        page.locator(f"#build-tab-{tab}").tap()
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, tab
    assert "nn.Linear(64, 10)" in program(page)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(visit: Open, scheme: str) -> None:
    page = visit(scheme=scheme)
    page.locator(".build-name").first.click()
    for tab in ("net", "train", "check", "code"):
        page.locator(f"#build-tab-{tab}").click()
        page.wait_for_timeout(300)  # colors that fade
        found = Axe().run(page, context=".builder").response["violations"]
        assert [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found] == [], tab
    page.locator("#build-tab-net").click()
    page.locator(".build-insert button").first.click()
    page.wait_for_timeout(300)
    found = Axe().run(page, context=".build-palette").response["violations"]
    assert [(each["id"], [node["html"][:160] for node in each["nodes"]][:3]) for each in found] == []


def test_without_script_the_net_its_sizes_and_its_program_are_there(browser: Any, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.get_by_text("N × 1 × 8 × 8 → N × 6 × 8 × 8").first.is_visible()
    assert page.locator("svg.build-diagram").is_visible()
    assert "nn.Conv2d(1, 6, 5, padding=2)" in page.locator(".build-code").inner_text()
    context.close()
