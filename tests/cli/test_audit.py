"""`rtm audit`: a sound run is proved; whatever is planted in one is found, and named."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.cli.commands import complaint, rtm
from tests.cli.shop_runs import JOB, replayed
from tests.measure.recorded import Record

Capture = pytest.CaptureFixture[str]
Change = Callable[[Record], object]


@pytest.fixture(scope="module")
def run(events: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the small shop."""
    return replayed(tmp_path_factory.mktemp("audited"), events)


@pytest.fixture
def copy(run: Path, tmp_path: Path) -> Path:
    """A copy of it, to be tampered with; its configuration lies beside it."""
    shutil.copy(run.parent / "shop.toml", tmp_path)
    return Path(shutil.copytree(run, tmp_path / "out"))


def records(run: Path) -> list[Record]:
    """Return the decisions of a run."""
    return [json.loads(line) for line in (run / "decisions.jsonl").read_text().splitlines()]


def write(run: Path, decisions: list[Record]) -> None:
    """Replace the decisions of a run."""
    text = "".join(json.dumps(one, separators=(",", ":")) + "\n" for one in decisions)
    (run / "decisions.jsonl").write_text(text)


def found(capsys: Capture, run: Path, *more: str | Path) -> list[tuple[str, str | None]]:
    """Return check and decision of every violation that an audit finds."""
    config = run.parent / "shop.toml"
    done = rtm(capsys, "audit", run, "--config", config, "--json", "--limit", "9999", *more)
    told = json.loads(done.out)

    assert done.err == ""
    assert done.status == (1 if told["found"] else 0)
    assert told["found"] == len(told["violations"])
    return [(one["check"], one["decision_id"]) for one in told["violations"]]


def test_a_sound_run_is_proved(capsys: Capture, run: Path, events: Path) -> None:
    """Of every decision everything, and the counts of all files, the input's too."""
    done = rtm(capsys, "audit", run, "--config", run.parent / "shop.toml", "--input", events)
    decisions = len(records(run))

    assert (done.status, done.err) == (0, "")
    assert done.out.endswith(f"{decisions:,} decisions, 0 violations\n")
    assert found(capsys, run, "--input", events) == []


def acts(one: Record) -> bool:
    """Tell whether something is done, for one of several that could be."""
    return bool(one["name"] != "no_action")


def some(one: Record, stage: str | None) -> Record:
    """Return a candidate that ended at a stage."""
    return next(c for c in one["candidates"] if c["stage_dropped"] == stage)


def dropped(one: Record) -> bool:
    """Tell whether nothing passed."""
    return bool(one["reason"] == "no_eligible_action")


def low(one: Record) -> bool:
    """Tell whether something passed and was below the floor."""
    return bool(one["reason"] == "below_floor")


def won(one: Record) -> Record:
    """Return the winner."""
    return some(one, None)


def explained(one: Record) -> bool:
    """Tell whether it is told what made the score."""
    return one["contributions"] is not None


def more(table: Record, name: str, by: float) -> Record:
    """Add to a number; return what it stands in."""
    table[name] = round(table[name] + by, 9)
    return table


def somebody_else(one: Record) -> None:
    """Make it a decision on another person of the same name."""
    one["subject_type"] = "user" if one["subject_type"] == "anonymous" else "anonymous"


PLANTED: list[tuple[set[str], Callable[[Record], bool], Change]] = [
    ({"identity"}, acts, lambda one: one.update(decision_id="0" * 32)),
    ({"identity"}, acts, lambda one: one["trigger"].update(event_ids=["another"])),
    ({"identity"}, acts, somebody_else),
    ({"priority", "choice"}, acts, lambda one: more(one, "value", 0.00001)),
    ({"priority", "choice"}, acts, lambda one: one.update(levers=None)),
    ({"priority", "choice"}, acts, lambda one: one.update(levers=1.00000001)),
    ({"priority"}, dropped, lambda one: one.update(priority=0.1)),
    ({"priority", "winner"}, acts, lambda one: more(one, "priority", 0.000001)),
    ({"priority", "choice"}, acts, lambda one: one.update(cost=9.0)),
    ({"chance"}, acts, lambda one: one.update(action_prob=0.5)),
    (
        {"chance", "choice"},
        acts,
        lambda one: (one.update(action_prob=0.5), won(one).update(action_prob=0.5)),
    ),
    ({"chance"}, dropped, lambda one: one["candidates"][0].update(action_prob=0.25)),
    ({"chance"}, dropped, lambda one: one.update(action_prob=0.0)),
    ({"winner", "counts"}, acts, lambda one: one.update(name="another")),
    ({"winner"}, acts, lambda one: one.update(treatment="another")),
    (
        {"winner", "chance", "nothing", "counts"},
        dropped,
        lambda one: one["candidates"][0].update(stage_dropped=None),
    ),
    ({"winner"}, dropped, lambda one: one["candidates"][0].update(reason=None)),
    ({"winner"}, dropped, lambda one: one["candidates"][0].update(priority=0.1)),
    (
        {"nothing", "choice", "counts"},
        low,
        lambda one: some(one, "arbitration").update(reason="outranked"),
    ),
    (
        {"choice", "counts"},
        low,
        lambda one: (
            some(one, "arbitration").update(reason="below_cost"),
            one.update(reason="below_cost"),
        ),
    ),
    (
        {"winner", "choice", "counts"},
        acts,
        lambda one: one["candidates"].insert(0,
            {"name": "better", "treatment": "better", "priority": one["priority"] + 1,
             "action_prob": 0.0, "stage_dropped": "arbitration", "reason": "outranked"}
        ),
    ),
    (
        {"winner", "chance", "choice", "counts"},
        acts,
        lambda one: one["candidates"].insert(0, won(one)),
    ),
    ({"choice", "counts"}, acts, lambda one: one["candidates"].remove(some(one, "eligibility"))),
    ({"nothing", "counts"}, low, lambda one: one.update(reason="no_eligible_action")),
    ({"nothing", "counts"}, dropped, lambda one: one.update(reason="below_floor")),
    ({"nothing", "counts"}, dropped, lambda one: one.update(reason="tired")),
    ({"nothing"}, dropped, lambda one: one.update(issue="grow")),
    ({"nothing"}, acts, lambda one: one.update(reason="below_floor")),
    ({"choice"}, low, lambda one: some(one, "arbitration").update(priority=0.2)),
    ({"choice"}, acts, lambda one: one.update(channel="fax")),
    ({"choice"}, acts, lambda one: one.update(placement="top")),
    ({"delivery", "choice"}, acts, lambda one: one.update(expires_at="2020-01-01T00:00:00Z")),
    ({"delivery"}, acts, lambda one: one.update(not_before=None)),
    ({"delivery"}, acts, lambda one: one.update(not_before="2020-01-01T00:00:00Z")),
    (
        {"delivery"},
        dropped,
        lambda one: one.update(
            not_before=one["decision_time"], expires_at="2099-01-01T00:00:00Z"
        ),
    ),
    ({"features"}, acts, lambda one: more(one["features"], next(iter(one["features"])), 1e-6)),
    ({"features"}, acts, lambda one: one.update(features_hash="0" * 16)),
    ({"contributions"}, explained, lambda one: more(one["contributions"], "rest", 2e-9)),
    ({"contributions"}, explained, lambda one: more(one["contributions"], "base", -2e-9)),
    (
        {"contributions"},
        explained,
        lambda one: (
            more(one["contributions"], "logit", 0.001),
            more(one["contributions"], "rest", 0.001),
        ),
    ),
    ({"arms"}, acts, lambda one: one.update(held_out=True)),
    ({"arms"}, dropped, lambda one: one.update(arms={"layer": None})),
    ({"arms"}, dropped, lambda one: one.update(policy="rules")),
]  # fmt: skip


@pytest.mark.parametrize(("checks", "where", "change"), PLANTED)
def test_what_is_planted_in_a_record_is_found(
    capsys: Capture,
    copy: Path,
    events: Path,
    checks: set[str],
    where: Callable[[Record], bool],
    change: Change,
) -> None:
    """By the checks that are for it, with the id of the decision; and nothing else is found."""
    decisions = records(copy)
    place = [at for at, one in enumerate(decisions) if where(one)][3]
    change(decisions[place])
    write(copy, decisions)

    told = found(capsys, copy, "--input", events)
    assert {check for check, _ in told} == checks
    assert {one for check, one in told if check != "counts"} == {decisions[place]["decision_id"]}


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
