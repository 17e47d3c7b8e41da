"""The runner runs every party that can, says what kept the others, and compares within rounds."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from benchmarks.parties import OURS, Party, PartyError, missing, run_party
from benchmarks.report import Report, Row, add_ratios, table
from benchmarks.run import main


def test_parties_agree_where_they_should(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A small run ends well, with every party's figures in the table and in the JSON."""
    figures = tmp_path / "figures.json"
    options = ["--events", "300", "--rounds", "1", "--folder", str(tmp_path)]

    code = main([*options, "--json", str(figures), "--only", "floor", "plain_loop"])

    report = json.loads(figures.read_bytes())
    assert code == 0
    assert [row["name"] for row in report["rows"]] == ["floor", "plain_loop"]
    assert report["rows"][1]["log_loss"] > 0
    assert "plain loop" in capsys.readouterr().out


def test_missing_names_what_to_install() -> None:
    """A party whose modules are not there is not run but reported."""
    party = Party("x", "x", ("json", "no_such_module"), "make setup")

    assert missing(party, sys.executable) == "no_such_module"
    assert missing(party, "/no/such/python") == "a working /no/such/python"


def test_failing_party_is_an_error(tmp_path: Path) -> None:
    """A party that ends badly is no figure: the error carries what it printed."""
    party = Party("floor", "floor", (), "make setup")

    with pytest.raises(PartyError, match="FileNotFoundError"):
        run_party(party, sys.executable, tmp_path / "none.jsonl", tmp_path / "out", 60)


def test_ratios_are_taken_within_rounds() -> None:
    """The median of the rounds' ratios is shown, not the ratio of the medians."""
    rows = [Row(OURS, "ours", [100, 20, 60]), Row("peer", "peer", [10, 1, 60])]

    add_ratios(rows)

    assert rows[1].ratios == [10, 20, 1]
    assert "10.00 x as fast" in table(Report(1, 3, rows))
