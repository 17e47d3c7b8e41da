"""Every record is accounted for, however broken: by the hundred in every run, by the million here.

The file is written by a seed, replayed through the whole path, and held against the reference,
which reads it one line at a time: each dead letter has its reason, field and place, and what is
left over is accepted, a duplicate, late or ignored, exactly.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.config import load
from rtm_flows.connectors.inputs import open_input
from rtm_flows.lanes.plan import Plan
from rtm_flows.measure.replay import to_files
from tests.mutations import NAMES, csv_lines, good_records, json_lines
from tests.reference.job import read_job
from tests.reference.records import DeadLetter, is_ignored, parse
from tests.runs.running import lines

MAPPING = {name: name for name in NAMES if name != "other"} | {"ignore": ["page_ping"]}
JOB: dict[str, Any] = {
    "name": "worst",
    "lanes": 8,
    "input": {"format": "mapping", "mapping": MAPPING, "stripes": 2},
    "features": [{"name": "web", "kind": "indicator", "field": "channel", "values": ["web"]}],
    "actions": [],
    "triggers": {"types": ["purchase"]},
    "outputs": {"sessions": False},
}
REASONS = {
    "too_large", "bad_encoding", "too_deep", "broken_json", "not_an_object", "wrong_column_count",
    "wrong_type", "missing_field", "bad_time", "time_out_of_range", "unknown_type", "bad_number",
}  # fmt: skip

Dead = tuple[int, str, str | None]


class Fates(NamedTuple):
    """What the reference makes of a file: dead letters, ignored records, and good ones by line."""

    dead: list[Dead]
    ignored: int
    good: set[int]


def fates(records: Iterable[tuple[int, bytes | DeadLetter]]) -> Fates:
    """Return what becomes of records, each with the number of its line."""
    job = read_job(JOB)
    found = Fates([], 0, set())
    for number, record in records:
        try:
            if isinstance(record, DeadLetter):
                raise record
            event = parse(record, job)
        except DeadLetter as dead:
            found.dead.append((number, dead.reason, dead.field))
            continue
        if is_ignored(event, job):
            found = found._replace(ignored=found.ignored + 1)
        else:
            found.good.add(number)
    return found


def of_jsonl(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file that are records."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip(b" \t\r\n\x0b\x0c"):
                yield number, line.removesuffix(b"\n").removesuffix(b"\r")


def of_csv(path: Path) -> Iterator[tuple[int, bytes | DeadLetter]]:
    """Yield the records of a file, read with `csv` from one end to the other, as JSON."""
    taken: list[bytes] = []
    reader = csv.reader(_decoded(path, taken))
    header = next(reader)
    while True:
        number = reader.line_num + 1
        taken.clear()
        fields: list[str] = []
        fault = None
        try:
            fields = next(reader)
        except csv.Error as error:
            fault = "too_large" if "field larger" in str(error) else "wrong_column_count"
        except StopIteration:
            return
        if fields or fault:
            yield number, _as_json(header, fields, taken, fault)


def _decoded(path: Path, taken: list[bytes]) -> Iterator[str]:
    with path.open("rb") as file:
        for line in file:
            taken.append(line)
            yield line.decode("utf-8", "surrogateescape")
    taken.append(b"")  # asked for more: a quote is still open


def _as_json(
    header: list[str], fields: list[str], taken: list[bytes], fault: str | None
) -> bytes | DeadLetter:
    try:
        b"".join(taken).decode()
    except UnicodeDecodeError:
        return DeadLetter("bad_encoding")
    if fault or not taken[-1] or len(fields) != len(header):
        return DeadLetter(fault or "wrong_column_count")
    return json.dumps({n: v for n, v in zip(header, fields, strict=True) if v}).encode()


def replayed(path: Path, out: Path, **rule: Any) -> dict[str, Any]:
    """Replay a file into a folder; return the summary."""
    job = load(JOB | {"input": JOB["input"] | {"paths": [str(path)]} | rule})
    out.mkdir()
    source = open_input(job, out / ".work")
    to_files(source, Plan.of(job, source.partitions), out)
    found: dict[str, Any] = json.loads((out / "summary.json").read_text())
    return found


def assert_accounted(summary: dict[str, Any], out: Path, expected: Fates) -> None:
    """Counts, dead letters with their places, and lates with theirs, are those expected."""
    dead = [
        (one["place"]["line"], one["reason"], one["field"])
        for one in lines(out / "dead_letters.jsonl")
    ]
    late = [one["place"]["line"] for one in lines(out / "late.jsonl")]

    assert sorted(dead, key=repr) == sorted(expected.dead, key=repr)
    assert summary["dead_letter"] == len(dead)
    assert summary["ignored"] == expected.ignored
    assert summary["accepted"] + summary["duplicate"] + summary["late"] == len(expected.good)
    assert summary["late"] == len(late)
    assert set(late) <= expected.good
    fates = ("accepted", "duplicate", "late", "ignored", "dead_letter")
    assert summary["input"] == sum(summary[fate] for fate in fates)
    assert summary["accepted"] == len(lines(out / "scores.jsonl"))


def proven(
    folder: Path, seed: int, count: int, *, sort: tuple[bool, bool], **rule: Any
) -> list[dict[str, Any]]:
    """Prove it of so many records, a tenth of them in CSV; return the two summaries.

    Each of the two files is sorted or not.
    """
    random = Random(seed)
    good = good_records(random, count=min(count, 300))
    jsonl, table = folder / "events.jsonl", folder / "events.csv"
    with jsonl.open("wb") as file:
        file.writelines(json_lines(random, good, count - count // 10))
    with table.open("wb") as file:
        file.writelines(csv_lines(random, good, count // 10))
    summaries = []
    for path, read, in_order in ((jsonl, of_jsonl, sort[0]), (table, of_csv, sort[1])):
        out = folder / path.suffix[1:]
        summaries.append(replayed(path, out, sort=in_order, **rule))
        assert_accounted(summaries[-1], out, fates(read(path)))
    return summaries


@pytest.mark.no_cover
@settings(max_examples=25)
@given(st.integers(0, 2**32), st.sampled_from([50, 300]), st.booleans(), st.integers(64, 1 << 16))
def test_whatever_a_record_holds_it_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, seed: int, count: int, sort: bool, block: int
) -> None:
    """A few hundred changed records, sorted or not, in blocks of any size."""
    folder = tmp_path_factory.mktemp("worst")
    told = proven(folder, seed, count, sort=(sort, not sort), block_bytes=block)
    assert all(one["input"] > 0 for one in told)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_million_records_are_accounted_for(tmp_path: Path, seed: int) -> None:
    """None is lost, none is told twice, and nothing breaks off; a third of a million a seed."""
    jsonl, table = proven(tmp_path, seed=seed, count=340_000, sort=(True, False))

    assert jsonl["input"] + table["input"] > 1_000_000 / 3
    fates = ("accepted", "duplicate", "late", "ignored", "dead_letter")
    assert min(jsonl[fate] + table[fate] for fate in fates) > 300
    assert {*jsonl["dead_letters"], *table["dead_letters"]} == REASONS
