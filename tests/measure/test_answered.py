"""Answered decisions: what is trained on is what was served, each decision once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest

from rtm_flows import Result, replay
from rtm_flows.config import load
from rtm_flows.decisions.served_rows import digests
from rtm_flows.errors import ConfigError, InputError
from rtm_flows.lanes.response_lines import Response
from rtm_flows.measure.answered import Decided, answered, answered_in
from rtm_flows.measure.recorded import Candidate
from tests.lanes import streams

SEEDS = range(12)


def played(seed: int, folder: Path, **keys: Any) -> Result:
    """Return what a replay of a stream with responses finds.

    Without crossings: these streams have outcomes of some that never were.
    """
    plain, partitions = streams.answered(seed)
    moments = plain["triggers"].get("moments", [])
    kept = [one for one in moments if one["kind"] != "score_crossing"]
    plain = {**plain, "triggers": {**plain["triggers"], "moments": kept}}
    path = folder / f"{seed}.jsonl"
    path.write_bytes(b"".join(line + b"\n" for part in partitions for at in part for line in at))
    return replay(load({**plain, "input": {"sort": True}, **keys}), path)


def test_every_response_has_the_features_that_were_served(tmp_path: Path) -> None:
    """Once each, in their order, with the chance by which what was shown was chosen."""
    rows, chances = 0, set[float]()
    for seed in SEEDS:
        result = played(seed, tmp_path)
        found = result.response_features
        decisions = {one["decision_id"]: one for one in result.decisions.iter_rows(named=True)}

        told = result.responses.select(pl.exclude("^.*_time$"))
        assert found.select(told.columns).equals(told)
        assert found["decision_id"].is_unique().all()
        for row in found.iter_rows(named=True):
            decision = decisions[row["decision_id"]]
            own = {name: row[name] for name in decision["features"]}
            assert own == decision["features"]
            packed = digests(np.array([list(own.values())]))[0].hex()
            assert packed == row["features_hash"] == decision["features_hash"]
            shown = row["action"], row["treatment"]
            chance = {(c["name"], c["treatment"]): c["action_prob"] for c in decision["candidates"]}
            assert row["action_prob"] == chance[shown]
            chances.add(row["action_prob"])
        rows += len(found)
    assert rows > 100
    assert len(chances) > 20


def test_times_are_instants(tmp_path: Path) -> None:
    """As in the feature table, and in the order in which they come."""
    found = played(3, tmp_path).response_features

    assert {found.schema[name] for name in ("decision_time", "shown_time", "label_time")} == {
        pl.Datetime("ms", "UTC")
    }
    assert (found["decision_time"] <= found["shown_time"]).all()
    assert (found["shown_time"] < found["label_time"]).all()


def test_without_responses_there_are_no_rows_but_all_columns(tmp_path: Path) -> None:
    """So that what reads the table need not ask."""
    found = played(3, tmp_path, responses={"remembered": 1, "within": "PT0.001S"})

    assert found.responses.is_empty()
    assert (
        found.response_features.columns[-3:]
        == [
            field.name
            for field in found.decisions.schema["features"].fields  # type: ignore[attr-defined]
        ][-3:]
    )


HASH = digests(np.array([[0.5, 2.0]]))[0].hex()
DECIDED = Decided("d", (Candidate("call", "call", 1.0, 0.25),), {"a": 0.5, "b": 2.0}, HASH)
TIMES = ("2026-03-02T10:00:00.000Z", "2026-03-02T10:00:01.000Z")
ANSWER = Response("d", "ann", "user", "call", "call", *TIMES, True, TIMES[1], HASH)
REFUSED: list[tuple[list[Response], list[Decided], str]] = [
    ([ANSWER, ANSWER], [DECIDED], "answered twice"),
    ([ANSWER], [], "not among the decisions"),
    ([msgspec.structs.replace(ANSWER, features_hash="00")], [DECIDED], "features of the hash 00"),
    ([ANSWER], [msgspec.structs.replace(DECIDED, features_hash="00")], "the decision tells 00"),
    ([ANSWER], [msgspec.structs.replace(DECIDED, features={"a": 0.5, "b": 2.5})], "of features of"),
    ([msgspec.structs.replace(ANSWER, action="write")], [DECIDED], "is no candidate"),
]


@pytest.mark.parametrize(("responses", "decisions", "text"), REFUSED)
def test_what_was_not_served_is_refused(
    responses: list[Response], decisions: list[Decided], text: str
) -> None:
    """Whatever was changed, and a log that is not the whole one."""
    assert answered([ANSWER], [DECIDED], ["a", "b"])["action_prob"].to_list() == [0.25]
    with pytest.raises(InputError, match=text):
        answered(responses, decisions, ["a", "b"])


def test_a_feature_that_is_no_number_is_null() -> None:
    """Then the hash is the decision's, since nobody can make it again."""
    bare = msgspec.structs.replace(DECIDED, features={"a": None, "b": 2.0})

    assert answered([ANSWER], [bare], ["a", "b"])["a"].to_list() == [None]


def test_flat_records_and_names_that_are_taken_are_refused() -> None:
    """With what to do about it."""
    flat = pl.DataFrame({"decision_id": ["d"], "features": [{"a": 0.5}]})

    with pytest.raises(ConfigError, match="have no candidates, features_hash"):
        answered_in(pl.DataFrame(), flat)
    with pytest.raises(ConfigError, match="'label'"):
        answered([ANSWER], [DECIDED], ["a", "label"])
