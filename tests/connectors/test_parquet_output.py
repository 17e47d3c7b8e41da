"""Outputs as Parquet: the same rows, typed; the same bytes; and from them the same lines again."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.config import load
from rtm_flows.connectors import parquet_output
from rtm_flows.connectors.output_columns import arrow_columns, columns
from rtm_flows.connectors.output_files import LineWriter
from rtm_flows.connectors.parquet_output import lines_of, write_parquet
from rtm_flows.decisions.record import (
    Candidate,
    Contributed,
    Contribution,
    Decision,
    Explored,
    LimitCount,
    ModelVersion,
    PersonArm,
    Reason,
    Rule,
    Score,
    Text,
    Trigger,
)
from rtm_flows.errors import InputError
from rtm_flows.lanes.line_block import block_of
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import END
from rtm_flows.lanes.wiring import Written
from rtm_flows.times import format_time

JOB: dict[str, Any] = {
    "name": "shop",
    "features": [{"name": "views", "kind": "gap_seconds"}, {"name": "a.b", "kind": "cart_value"}],
    "actions": [{"name": "call", "propensity": "learned"}],
    "responses": {},
    "exploration": {"kind": "thompson"},
    "outputs": {"format": "parquet", "decisions": {"all_reasons": True}},
}
PLAN = Plan.of(load(JOB), 1)

# What JSON can hold: any text but halves of surrogate pairs.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
times = st.integers(631_152_000_000, 4_102_444_799_999).map(format_time)
floats = st.floats(allow_nan=False, allow_infinity=False)
maybe = st.none() | floats
failing = st.lists(st.builds(Rule, stage=texts, rule=texts), min_size=1, max_size=2).map(tuple)
candidates = st.builds(
    Candidate,
    name=texts, priority=maybe, action_prob=floats, stage_dropped=st.none() | texts,
    reason=st.none() | texts, failing=st.just(msgspec.UNSET) | failing,
    propensity=st.just(msgspec.UNSET) | floats, evidence=st.just(msgspec.UNSET) | st.just(3),
)  # fmt: skip
BASE: dict[str, Any] = {
    **dict.fromkeys(("decision_id", "subject_id", "subject_type", "issue", "group"), "x"),
    **dict.fromkeys(("context_weight", "levers"), 0.5),
    **dict.fromkeys(("features_hash", "config", "treatment", "reason", "supersedes"), "x"),
    "rank": 1,
    "profile_version": 7,
    "profile_lag_ms": 0,
    "rule_trace": (Rule("suitability", "views > 3"),),
    "exploration": Explored("softmax", 0.02, 0.0, 0.1, ""),
    "priority": 0.25,
    "action_prob": 1.0,
    "decision_time": "2026-03-02T00:11:14.823Z",
    "trigger": Trigger("event:search", ("e1", "e2")),
    "reasons": (Reason("seen", (Text("en", "You looked"),)),),
    **dict.fromkeys(("direction", "placement", "policy", "code_version"), "x"),
    "cost": 0.125,
    "held_out": False,
    "expires_at": None,
}
REST: dict[str, Any] = {
    "name": "x",
    "contributions": None,
    "arms": (PersonArm("layer", None),),
    "limits": (LimitCount("gap", 1),),
    "texts": (Text("en", "Hello"),),
    "items": ("i1",),
    "channel": None,
    "value": None,
    "propensity": None,
    "not_before": None,
    "candidates": (),
    "model": ModelVersion("intent", 3, None, 2, 1),
    "features": {"views": 1.0, "a.b": None},
}
made = st.builds(
    Contributed,
    floats,
    floats,
    st.lists(st.builds(Contribution, texts, floats), max_size=2).map(tuple),
    floats,
)
# What is of each kind of column; whole examples of all columns take long to make.
decisions = st.builds(
    lambda **drawn: Decision(**BASE, **drawn),
    name=texts,
    channel=st.none() | texts,
    value=maybe,
    propensity=maybe,  # left out in a candidate, and null here
    score=floats,
    not_before=st.none() | times,
    candidates=st.lists(candidates, max_size=2).map(tuple),
    model=st.builds(
        ModelVersion,
        texts,
        st.integers(-(2**63), 2**63 - 1),
        st.none() | texts,
        st.just(0),
        st.just(0),
    ),
    arms=st.lists(st.builds(PersonArm, texts, st.none() | texts), max_size=2).map(tuple),
    limits=st.lists(st.builds(LimitCount, texts, st.just(3)), max_size=2).map(tuple),
    items=st.lists(texts, max_size=2).map(tuple),
    texts=st.lists(st.builds(Text, texts, texts), max_size=2).map(tuple),
    contributions=st.none() | made,
    features=st.tuples(maybe, maybe).map(lambda two: {"views": two[0], "a.b": two[1]}),
)


def encoded(records: list[Decision]) -> bytes:
    """Return the lines of records."""
    return msgspec.json.Encoder().encode_lines(records)


def written(folder: Path, data: bytes, output: str = "decisions", plan: Plan = PLAN) -> Path:
    """Return the Parquet file that is made of lines."""
    (folder / "lines").write_bytes(data)
    path = folder / f"{output}.parquet"
    write_parquet(folder / "lines", path, arrow_columns(output, plan))
    return path


@pytest.mark.parametrize(
    "place", ['{"file":"in","line":2}', '{"topic":"events","partition":1,"offset":0}']
)
def test_places_of_files_and_of_topics_come_back(tmp_path: Path, place: str) -> None:
    """A job with a broker tells places of either kind, and no key of the other."""
    line = f'{{"reason":"broken_json","field":null,"detail":"not JSON","place":{place}}}\n'
    plan = Plan.of(load(JOB | {"kafka": {}}), 1)
    path = written(tmp_path, line.encode(), "dead_letters", plan)
    assert b"".join(lines_of(path)) == line.encode()


@settings(max_examples=40)
@given(st.lists(decisions, max_size=3), st.sampled_from([1, 700, 1 << 20]))
def test_the_lines_come_back_byte_by_byte(
    tmp_path_factory: pytest.TempPathFactory, records: list[Decision], block: int
) -> None:
    """Whatever texts and numbers they hold, and however many row groups they make."""
    folder = tmp_path_factory.mktemp("out")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parquet_output, "BLOCK_BYTES", block)
        path = written(folder, encoded(records))

    assert b"".join(lines_of(path)) == encoded(records)


def test_the_same_lines_are_the_same_bytes(tmp_path: Path) -> None:
    """Wherever and whenever they are written."""
    data = encoded([Decision(**BASE, **{**REST, "score": at / 7}) for at in range(100)])
    (tmp_path / "again").mkdir()

    assert written(tmp_path, data).read_bytes() == written(tmp_path / "again", data).read_bytes()


@settings(max_examples=20)
@given(st.lists(decisions, min_size=1, max_size=3))
def test_polars_reads_the_same_rows(
    tmp_path_factory: pytest.TempPathFactory, records: list[Decision]
) -> None:
    """With the columns that frames of a replay have, but times are timestamps."""
    path = written(tmp_path_factory.mktemp("out"), encoded(records))
    found = pl.read_parquet(path)
    names = ("decision_time", "not_before", "expires_at")
    shown = found.with_columns(pl.col(names).dt.strftime("%Y-%m-%dT%H:%M:%S%.3fZ"))
    rows = msgspec.json.Decoder().decode_lines(encoded(records))

    assert {found.schema[name] for name in names} == {pl.Datetime("ms", "UTC")}
    assert shown.equals(pl.DataFrame(rows, schema=columns("decisions", PLAN)))


def test_an_output_of_no_lines_has_all_its_columns(tmp_path: Path) -> None:
    """And no line comes back."""
    path = written(tmp_path, b"", "dead_letters")

    assert pl.read_parquet(path).schema.names() == ["reason", "field", "detail", "place"]
    assert list(lines_of(path)) == []


def test_times_are_timestamps_in_utc(tmp_path: Path) -> None:
    """To the millisecond."""
    one = Score("2026-03-02T00:11:14.823Z", "7", "user", "e", "intent", -1, 0.05)
    path = written(tmp_path, msgspec.json.encode(one) + b"\n", "scores")

    assert pl.read_parquet(path)["time"].to_list() == [
        datetime(2026, 3, 2, 0, 11, 14, 823_000, tzinfo=UTC)
    ]


def test_flat_records_keep_their_numbers(tmp_path: Path) -> None:
    """Their time is a number of milliseconds, as in the lines."""
    fields = {"fields": ["time", "user_id", "score"]}
    plan = Plan.of(load({**JOB, "outputs": {"decisions": fields}}), 1)
    data = b'{"time":1772410274823,"user_id":"7","score":0.05}\n'
    (tmp_path / "lines").write_bytes(data)
    write_parquet(tmp_path / "lines", tmp_path / "flat", arrow_columns("decisions", plan))

    assert pl.read_parquet(tmp_path / "flat").rows() == [(1772410274823, "7", 0.05)]
    assert b"".join(lines_of(tmp_path / "flat")) == data


def test_a_block_becomes_a_row_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So memory is bounded by the block, not by the output."""
    monkeypatch.setattr(parquet_output, "BLOCK_BYTES", 1000)
    row = Score("2026-03-02T00:11:14.823Z", "7", "user", "e", "intent", -1, 0.05)
    data = msgspec.json.Encoder().encode_lines([row] * 100)
    found = pq.ParquetFile(written(tmp_path, data, "scores")).metadata

    assert found.num_rows == 100
    assert found.num_row_groups == -(
        -len(data) // (len(data) // 100 * -(-1000 // (len(data) // 100)))
    )


@pytest.mark.parametrize("damage", [b"", b"PAR1 and nothing more"])
def test_a_damaged_file_is_refused(tmp_path: Path, damage: bytes) -> None:
    """With its name."""
    (tmp_path / "late.parquet").write_bytes(damage)

    with pytest.raises(InputError, match=r"late\.parquet: cannot be read as Parquet"):
        list(lines_of(tmp_path / "late.parquet"))


def told(feed: int, mark: int, *orders: int) -> Lines:
    """Return lines of a feed, each a score whose version is its order."""
    column = np.array(orders, dtype=np.int64)
    rows = [Score(format_time(order), "7", "user", "e", "intent", order, 0.5) for order in orders]
    block = block_of([msgspec.json.encode(row) for row in rows])
    return Lines("scores", np.array([feed]), np.array([mark]), column, column, None, block)


MOVES: list[Written] = [told(0, 9, 3, 5), told(1, 4, 2), told(0, END, 11), told(1, END, 7)]


@pytest.mark.parametrize("died", range(len(MOVES) + 1))
@pytest.mark.parametrize("gone", [True, False], ids=["tidied", "killed before it tidied up"])
def test_after_a_crash_each_row_is_in_the_file_once(tmp_path: Path, died: int, gone: bool) -> None:
    """Also where the file was complete, and no snapshot knew."""
    parquet = arrow_columns("scores", PLAN)
    whole, path = tmp_path / "whole" / "scores.parquet", tmp_path / "scores.parquet"
    whole.parent.mkdir()
    LineWriter(whole, 2, parquet=parquet).write(MOVES)
    for saved in range(died + 1):
        writer = LineWriter(path, 2, parquet=parquet)
        states = [writer.save()]
        for move in MOVES[:died]:
            writer.write([move])
            states.append(writer.save())
        writer.close()
        if not gone and path.exists():
            (tmp_path / "scores.jsonl.partial").write_bytes(b"".join(lines_of(path)))

        again = LineWriter(path, 2, states[saved], parquet)
        again.write(MOVES[saved:])
        again.close()

        assert path.read_bytes() == whole.read_bytes()
        assert [row["version"] for row in map(msgspec.json.decode, lines_of_each(path))] == [
            2, 3, 5, 7, 11
        ]  # fmt: skip
        (tmp_path / "scores.jsonl.partial").unlink(missing_ok=True)
        path.unlink()


def lines_of_each(path: Path) -> list[bytes]:
    """Return the lines of a Parquet output one by one."""
    return b"".join(lines_of(path)).splitlines()
