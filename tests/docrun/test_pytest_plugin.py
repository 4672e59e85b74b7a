"""pytest-markdown-docs runs a page's fences through docrun."""

from __future__ import annotations

from project import Project

PYTEST = ("-m", "pytest", "-p", "docrun.pytest_plugin", "-p", "no:cacheprovider", "--markdown-docs", "-q", "docs")


def test_fences_pass_and_fail_like_the_build(project: Project) -> None:
    project.program("good", "print(1)", "assert True")
    project.program("bad", "print(1)", "1 / 0")
    project.program("warns", "import warnings\nwarnings.warn('odd')", "x = 1")
    project.page("good", "good.py:one")
    project.page("bad", "bad.py:two", "good.py:missing")
    project.page("warns", "warns.py:one", "warns.py:two", output="text")
    project.write("docs/typed.md", "# T\n\n```python\nprint(1)\n```\n")
    process = project.start(*PYTEST)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "docs/bad.md:3 → snippets/bad.py:6: ZeroDivisionError: division by zero" in said
    assert "docs/bad.md:9: snippets/good.py has no section 'missing'; its sections: one, two" in said
    assert "docs/warns.md:3 → snippets/warns.py:3: UserWarning: odd" in said
    assert "docs/typed.md:3: a python fence holds exactly one reference" in said
    assert "4 failed, 2 passed" in said
    assert "docrun/" not in said
    project.nothing_left()
