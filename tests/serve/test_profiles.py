"""What a history leaves of people: however it is given, and cut wherever one likes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

import rtm_flows as rtm
from rtm_flows.serve.profiles import Profiles, profiles
from rtm_flows.simulate import Shop, simulate

JOB = {"name": "shop", "lanes": 4, "time": {"lateness": "PT10M"}}


@pytest.fixture(scope="module")
def records() -> list[bytes]:
    """Some hours of a small shop, as it is told: nothing late, some in disorder."""
    blocks: list[bytes] = []
    simulate(Shop(people=20, days=0.5, late=0, seed=3), blocks.append)
    return b"".join(blocks).splitlines()


@pytest.fixture(scope="module")
def shop(records: list[bytes]) -> Profiles:
    """Its people."""
    return profiles(rtm.load(JOB), records)


def answers(people: Profiles) -> list[tuple[bytes, ...]]:
    """Return what is decided about each person, an hour after the last event."""
    asked = {"time": (people.time or 0) + 3_600_000}
    job = rtm.load(JOB)
    decider = rtm.Decider(job)
    return [decider.decide(people.of(one), asked).lines for one in sorted(people.persons)]


def test_a_history_may_come_in_any_form(
    shop: Profiles, records: list[bytes], tmp_path: Path
) -> None:
    """Records as bytes or mappings, one file, several, the job's own, and a frame."""
    job, decoded = rtm.load(JOB), [json.loads(one) for one in records if json_like(one)]
    broken = [one for one in records if not json_like(one)]
    half = len(records) // 2
    for name, some in (("all", records), ("a", records[:half]), ("b", records[half:])):
        (tmp_path / f"{name}.jsonl").write_bytes(b"".join(one + b"\n" for one in some))
    whole = tmp_path / "all.jsonl"
    wanted = answers(shop)

    assert answers(profiles(job, iter([*decoded, *broken]))) == wanted
    assert answers(profiles(job, whole)) == wanted
    assert answers(profiles(job, [tmp_path / "a.jsonl", tmp_path / "b.jsonl"])) == wanted
    assert answers(profiles(rtm.load({**JOB, "input": {"paths": [str(whole)]}}))) != []
    assert answers(profiles(job, pl.DataFrame(decoded, infer_schema_length=None))) == wanted


def json_like(record: bytes) -> bool:
    """Tell whether a record is JSON."""
    try:
        json.loads(record)
    except ValueError:
        return False
    return True


def test_learning_in_parts_is_learning_at_once(shop: Profiles, records: list[bytes]) -> None:
    """Cut by time, wherever: the same people, decisions and counts, and each record accounted."""
    job = rtm.load(JOB)
    ordered = sorted((one for one in records if json_like(one)), key=time_of)
    parts = Profiles(job)
    for start in range(0, len(ordered), 97):
        parts.learn(ordered[start : start + 97])
    parts.learn([one for one in records if not json_like(one)])

    assert answers(parts) == answers(shop)
    assert parts.summary == shop.summary
    assert parts.summary["input"] == len(records)
    assert len(parts) == len(shop) == len(set(shop.persons))


def time_of(record: bytes) -> str:
    """Return the time of a record, which is text that sorts."""
    return str(json.loads(record)["time"])


def test_what_is_before_the_time_is_late() -> None:
    """It is counted and changes nothing, in event order; in log order the lateness is allowed."""
    first = {"id": "1", "time": "2026-03-02T10:00:00Z", "user_id": "ann", "type": "search"}
    earlier = {**first, "id": "2", "time": "2026-03-02T09:55:00Z"}
    counts = []
    for order in ("event", "log"):
        time = {**JOB["time"], "order": order}  # type: ignore[dict-item]
        people = profiles(rtm.load({**JOB, "time": time, "input": {"sort": False}}), [first])
        people.learn([earlier])
        counts.append((people.summary["late"], people.summary["accepted"]))

    assert counts == [(1, 1), (0, 2)]


def test_time_passes_without_events(shop: Profiles) -> None:
    """As far as it is told, as a number or a date, and never back."""
    people = profiles(rtm.load(JOB), [])
    people.until(datetime(2026, 3, 2, 10, tzinfo=UTC))
    people.until(1)

    assert people.time == 1_772_445_600_000
    assert people["ann"].time == people.time
    assert Profiles(rtm.load(JOB)).time is None


def test_files_and_records_are_not_mixed() -> None:
    """That is a mistake of the program."""
    with pytest.raises(TypeError, match="must be files or records; got 1 and 1 of them"):
        profiles(rtm.load(JOB), ["a.jsonl", b"{}"])  # type: ignore[arg-type]
