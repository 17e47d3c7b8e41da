"""The reference is that of the code: every key and command, with meanings and sound examples."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import msgspec
import pytest

from rtm_flows.cli import reference as commands
from rtm_flows.cli.arguments import parser
from rtm_flows.config import load
from rtm_flows.config import reference as configuration
from rtm_flows.config.complaints import SECTIONS
from rtm_flows.config.meanings import meaning, summary
from rtm_flows.config.reference_examples import example, kind_of
from rtm_flows.operating import page as metrics
from tests.cli.commands import rtm

ROOT = Path(__file__).resolve().parents[1]
PAGES = {"configuration": configuration.page, "cli": commands.page, "metrics": metrics.page}
TABLES = [
    (path, record)
    for path, records in SECTIONS.items()
    for record in records
    if "Several" not in record.__name__
] + [("input.mapping.FIELD", SECTIONS["input.mapping.price"][0])]


@cache
def keys() -> str:
    """Return the page of the configuration, which takes a while."""
    return configuration.page()


def label(table: tuple[str, type[msgspec.Struct]]) -> str:
    """Return the name of a table in the report of a test."""
    return kind_of(table[1]) or table[0] or "top"


@pytest.mark.parametrize("name", PAGES)
def test_the_page_is_that_of_the_code(name: str) -> None:
    """Whoever changes a key, a command or what is said of one writes the pages anew."""
    page = (ROOT / "docs" / "reference" / f"{name}.md").read_text(encoding="utf-8")

    assert page == PAGES[name](), f"docs/reference/{name}.md is stale: run `make reference`"


@pytest.mark.parametrize(("path", "record"), TABLES, ids=map(label, TABLES))
def test_every_key_is_on_the_page(path: str, record: type[msgspec.Struct]) -> None:
    """Each with a row and a meaning, also if the decoder knows more tables than the walk found."""
    page = keys()

    assert summary(record) in page
    for field in msgspec.structs.fields(record):
        said = meaning(record, field.name).replace("|", "\\|")
        assert any(
            row.startswith(f"| `{field.name}` |") and row.endswith(f"| {said} |")
            for row in page.splitlines()
        ), (path, field.name)


@pytest.mark.parametrize(("path", "record"), TABLES, ids=map(label, TABLES))
def test_every_example_can_be_loaded(
    path: str, record: type[msgspec.Struct], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it stands, and it shows every key of its table that must be given."""
    for folder in ("own_features", "own_model"):
        monkeypatch.syspath_prepend(ROOT / "examples" / folder)
    text = example(path, record)
    tree = tomllib.loads(text)
    # Rules of the default actions and slices look at the default features.
    alone = {"actions": [], "learning": {"slices": []}} if "features" in tree else {}

    load({"name": "shop", **alone, **tree})

    for field in msgspec.structs.fields(record):
        assert not field.required or f"{field.name} = " in text


def test_a_key_without_a_meaning_is_refused() -> None:
    """The error names the class, and says where the meaning is to be written."""
    nameless = msgspec.defstruct("Nameless", [("key", str)])

    with pytest.raises(LookupError, match=r"Nameless: no docstring says what `key` means; write"):
        meaning(nameless, "key")


def test_a_table_without_an_example_is_refused() -> None:
    """The error says where to write one."""
    nameless = msgspec.defstruct("Nameless", [("key", str)])

    with pytest.raises(LookupError, match=r"the table 'there' has no example: write one in rtm_"):
        example("there", nameless)


def test_every_argument_is_on_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """With the words of the help, as `--help` says them."""
    sections = commands.page().split("\n## ")[1:]

    for section in sections:
        command = section.splitlines()[0].strip("`").split()[1]
        helped = "".join(rtm(capsys, command, "--help").out.split())
        rows = [row.split(" | ") for row in section.splitlines() if row.startswith("| `")]
        assert rows
        for name, said in rows:
            plain = said.removesuffix(" |").removesuffix(" (required)").replace("\\|", "|")
            assert "".join(plain.split()) in helped, (command, name)
    listed = parser().format_help()
    assert sections
    assert all(f"\n    {section.split('`')[1].split()[1]} " in listed for section in sections)


@pytest.mark.parametrize("columns", ["40", "200"])
def test_the_width_of_a_terminal_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    """As argparse's own layout would be changed."""
    monkeypatch.setenv("COLUMNS", columns)

    assert commands.page() == (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")


def test_the_script_writes_the_pages(tmp_path: Path) -> None:
    """`make reference` writes what these tests want, where it belongs."""
    (tmp_path / "scripts").mkdir()
    script = tmp_path / "scripts" / "write-reference"
    script.write_bytes((ROOT / "scripts" / "write-reference").read_bytes())
    environment = {"PYTHON": sys.executable, "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}

    subprocess.run(["sh", str(script)], check=True, env=environment)

    for page in (*(f"reference/{name}.md" for name in PAGES), "features.md"):
        written = (tmp_path / "docs" / page).read_text(encoding="utf-8")
        assert written == (ROOT / "docs" / page).read_text(encoding="utf-8"), page
