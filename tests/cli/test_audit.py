"""`rtm audit`: a sound run is proved; whatever its files do not agree in is found, and named."""

from __future__ import annotations

import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.audited import Capture, acts, found, records, write
from tests.cli.commands import complaint, rtm
from tests.cli.shop_runs import JOB


def test_a_sound_run_is_proved(capsys: Capture, whole_run: Path, events: Path) -> None:
    """Of every decision everything, and the counts of all files, the input's too."""
    done = rtm(
        capsys, "audit", whole_run, "--config", whole_run.parent / "shop.toml", "--input", events
    )
    decisions = len(records(whole_run))

    assert (done.status, done.err) == (0, "")
    assert done.out.endswith(f"{decisions:,} decisions, 0 violations\n")
    assert found(capsys, whole_run, "--input", events) == []


def test_below_the_floor_nothing_is_done(capsys: Capture, copy: Path) -> None:
    """The floor is that of the configuration; without one it is not looked at."""
    config = copy.parent / "shop.toml"
    config.write_text(JOB.replace("floor = 0.2", "floor = 0.30000001"))
    expected = [
        ("choice", one["decision_id"])
        for one in records(copy)
        for candidate in one["candidates"]
        if candidate["reason"] in (None, "outranked") and candidate["priority"] < 0.30000001
    ]

    assert found(capsys, copy) == expected
    assert expected
    assert rtm(capsys, "audit", copy).status == 0


def test_two_decisions_with_one_id_are_found(capsys: Capture, copy: Path) -> None:
    """The second one is named, each time."""
    decisions = records(copy)
    one = decisions[5]["decision_id"]
    for at in (9, 700):
        decisions[at]["decision_id"] = one
    write(copy, decisions)
    with (copy / "decisions.jsonl").open("a") as file:
        file.write("{\n")

    assert found(capsys, copy) == [("readable", None), *[("unique", one)] * 2]


def test_lines_out_of_order_are_found(capsys: Capture, copy: Path) -> None:
    """The one that should have come before."""
    decisions = records(copy)
    early = decisions.pop(100)
    write(copy, [*decisions[:200], early, *decisions[200:]])

    assert found(capsys, copy) == [("order", early["decision_id"])]


@pytest.mark.parametrize("line", ["{", "[]", '{"decision_id": "a"}', "", '{"a": "\udcff"}'])
def test_a_line_that_is_no_record_is_found(capsys: Capture, copy: Path, line: str) -> None:
    """And the others are proved all the same."""
    path = copy / "decisions.jsonl"
    path.write_bytes(path.read_bytes() + line.encode(errors="surrogateescape") + b"\n")

    assert found(capsys, copy) == [("readable", None)]


def test_a_decision_that_was_taken_out_is_missed(capsys: Capture, copy: Path) -> None:
    """By every count that it was in."""
    decisions = records(copy)
    gone = decisions.pop(next(at for at, one in enumerate(decisions) if acts(one)))
    write(copy, decisions)

    told = rtm(capsys, "audit", copy).out
    assert f"summary.json says decisions.{gone['name']} = " in told
    assert "summary.json says triggers = " in told
    assert f"summary.json says funnel.{gone['name']}.won = " in told


@pytest.mark.parametrize(
    "key", ["input", "accepted", "triggers", "late", "dead_letter", "decisions.new", "sessions.gap"]
)
def test_a_changed_summary_is_found(capsys: Capture, copy: Path, key: str) -> None:
    """Whichever number is changed."""
    path = copy / "summary.json"
    summary = json.loads(path.read_text())
    table, _, name = key.rpartition(".")
    within = summary[table] if table else summary
    within[name] = within.get(name, 0) + 1
    path.write_text(json.dumps(summary))

    told = found(capsys, copy)
    assert told
    assert {check for check, _ in told} == {"counts"}


@pytest.mark.parametrize("packed", [False, True])
def test_a_record_of_the_input_that_was_lost_is_missed(
    capsys: Capture, copy: Path, events: Path, packed: bool
) -> None:
    """The input may be in several files, packed or not."""
    lines = events.read_bytes().splitlines(keepends=True)
    one, two = copy.parent / "one.jsonl", copy.parent / ("two.jsonl.gz" if packed else "two.jsonl")
    one.write_bytes(b"".join(lines[:100]) + b"\n \n")
    rest = b"".join(lines[100:])
    two.write_bytes(gzip.compress(rest) if packed else rest)

    assert found(capsys, copy, "--input", one, "--input", two) == []
    one.write_bytes(b"".join(lines[:99]))
    told = found(capsys, copy, "--input", one, "--input", two)
    lost = json.loads(lines[99])["id"]
    (decided,) = (one for one in records(copy) if lost in one["trigger"]["event_ids"])
    assert told == [("identity", decided["decision_id"]), ("counts", None)]


LIMIT = """
[[limits]]
name = "mail_gap"
channels = "email"
interval = "PT1H"
"""


def test_limits_are_counted_from_the_decisions(capsys: Capture, copy: Path, events: Path) -> None:
    """As a loop over the decisions does: this job asked for none, so they are exceeded."""
    (copy.parent / "shop.toml").write_text(JOB + LIMIT)
    expected, mails = [], dict[str, list[datetime]]()
    for one in records(copy):
        now = datetime.fromisoformat(one["decision_time"])
        before = mails.setdefault(one["subject_id"], [])
        used_up = any(now - other < timedelta(hours=1) for other in before)
        mailed = one["channel"] == "email"
        lost = any((c["name"], c["reason"]) == ("nudge", "outranked") for c in one["candidates"])
        # Of a mail it is also not told how far the limit is used.
        expected += [("limits", one["decision_id"])] * (mailed + (used_up and (mailed or lost)))
        before += [now] * mailed

    assert found(capsys, copy, "--input", events) == expected
    assert len(expected) > len(set(expected)) > 0


def test_many_violations_are_counted_and_the_first_told(capsys: Capture, copy: Path) -> None:
    """The page ends with the certificate; so does what --json prints."""
    decisions = records(copy)
    for one in decisions:
        one["action_prob"] = 2.0
    write(copy, decisions)

    done = rtm(capsys, "audit", copy, "--limit", "3")
    assert done.status == 1
    told = [line for line in done.out.splitlines() if line.startswith("  chance: line ")]
    assert len(told) == 3
    assert " more\n" in done.out
    whole = json.loads(rtm(capsys, "audit", copy, "--limit", "1", "--json").out)
    assert len(whole["violations"]) == 1
    assert whole["found"] == len(decisions)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("[", "shop.toml: "),
        ("floor = 'x'", "shop.toml: Expected `float`, got `str` - at `$.floor`"),
        (LIMIT.replace("PT1H", "soon"), "the limit 'mail_gap' has no window; got 'soon'"),
        ('contacts.zone = "Here"', "contacts.zone: 'Here' is not known here"),
    ],
)
def test_a_configuration_that_cannot_be_used_is_told(
    capsys: Capture, copy: Path, text: str, wanted: str
) -> None:
    """In one sentence, with status 2."""
    path = copy.parent / "shop.toml"
    path.write_text(text)

    assert wanted in complaint(rtm(capsys, "audit", copy, "--config", path), 2)


def test_files_that_are_not_there_are_told(capsys: Capture, copy: Path) -> None:
    """In one sentence, with status 2."""
    nowhere = copy / "nowhere"
    for arguments in ([nowhere], [copy, "--config", nowhere], [copy, "--input", nowhere]):
        assert "nowhere" in complaint(rtm(capsys, "audit", *arguments), 2)
    (copy / "late.jsonl").write_text("{\n")
    assert "late.jsonl: line 1 cannot be read" in complaint(rtm(capsys, "audit", copy), 2)


def test_a_run_that_goes_on_is_audited_as_far_as_it_is(capsys: Capture, copy: Path) -> None:
    """There is no summary yet, and the last line may be half written."""
    (copy / "summary.json").unlink()
    path = copy / "decisions.jsonl"
    whole = path.read_bytes().splitlines(keepends=True)
    path.with_name("decisions.jsonl.partial").write_bytes(b"".join(whole[:10]) + whole[10][:50])
    path.unlink()

    done = rtm(capsys, "audit", copy)
    assert (done.status, done.err) == (0, "")
    assert done.out.endswith("10 decisions, 0 violations\n")
