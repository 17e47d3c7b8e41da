"""The documentation is true: its links lead somewhere, its pages are found, its commands exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("benchmarks/*.md"),
        *ROOT.glob("docker/*.md"),
        *ROOT.glob("examples/*.md"),
    ]
)
LINK = re.compile(r"\]\((?!https?://)([^)#\s]+)(#[^)\s]*)?\)")
COMMAND = re.compile(r"(?<![\w.-])make (\w[\w-]*)(?=[`\s])")
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.MULTILINE | re.DOTALL)


def links(page: Path) -> list[Path]:
    """Return the files that a page links to."""
    found = LINK.finditer(page.read_text(encoding="utf-8"))
    return [(page.parent / match[1]).resolve() for match in found]


def targets() -> set[str]:
    """Return the targets that `make help` lists."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link of a page leads to a file of the repository."""
    broken = [str(link) for link in links(page) if not link.exists()]

    assert not broken


def test_every_page_is_found_from_the_first() -> None:
    """Whoever starts at README.md and follows links comes to every page."""
    found, waiting = set[Path](), [ROOT / "README.md"]

    while waiting:
        page = waiting.pop()
        if page.suffix == ".md" and page not in found:
            found.add(page)
            waiting += links(page)

    assert set(PAGES) <= found


def test_decisions_are_indexed_and_fit_a_page() -> None:
    """Every decision stands in the index, has a status, and is at most 80 lines long."""
    folder = ROOT / "docs" / "decisions"
    pages = [page for page in folder.glob("*.md") if page.name != "README.md"]

    assert set(pages) <= set(links(folder / "README.md"))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert re.search(r"^Status: (accepted|replaced)", text, re.MULTILINE), page.name
        assert text.count("\n") <= 80, page.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_make_commands_exist(page: Path) -> None:
    """Every `make target` in a page's code is a target that `make help` lists."""
    code = " \n".join(CODE.findall(page.read_text(encoding="utf-8")))

    assert set(COMMAND.findall(code)) <= targets()
