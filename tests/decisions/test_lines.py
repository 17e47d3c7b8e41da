"""Lines: every decision is written whole, and a projection shows the same in fewer fields."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table, as_text
from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.fields import FIELDS
from rtm_flows.decisions.identity import decision_id
from rtm_flows.decisions.lines import DecisionLines, check_fields, encode_scores
from rtm_flows.decisions.offers import offers_of
from rtm_flows.decisions.record import Decision, Score
from rtm_flows.errors import ConfigError
from rtm_flows.times import format_time
from tests.decisions.cases import (
    CATALOGUES,
    FLOORS,
    NAMES,
    decide,
    naive_failures,
    naive_priority,
    rounded,
    scored_rows,
)

KINDS = {"u": "user", "a": "anonymous"}
FIVE = ["event_id", "time", "user_id", "score", "action"]
MOMENT = 1_710_325_274_000


def lines_of(
    actions: list[Action],
    scored: Table,
    floor: float,
    fields: list[str] | None = None,
    *,
    all_reasons: bool = False,
) -> list[bytes]:
    """Return the lines that the package writes."""
    decided = decide(actions, scored, floor)
    lines = DecisionLines(
        decided.compiled, job="shop", config="c0ffee", fields=fields, all_reasons=all_reasons
    )
    return lines.encode(scored, decided.dropped, decided.choice).split(b"\n")[:-1]


def naive_candidates(
    actions: list[Action], row: dict[str, Any], floor: float
) -> tuple[int, str, list[dict[str, Any]]]:
    """Return the winner (-1 for none), the reason and the candidates of one row."""
    x = dict(zip(NAMES, row["x"], strict=True))
    failed = [naive_failures(action, x, row["score"], row["type"]) for action in actions]
    priority = [naive_priority(action, row["score"]) for action in actions]
    open_to = sorted((at for at, f in enumerate(failed) if not f), key=lambda at: -priority[at])
    winner, reason = -1, "no_eligible_action"
    if open_to:
        chosen = priority[open_to[0]] >= floor
        winner, reason = (open_to[0], "highest_priority") if chosen else (-1, "below_floor")
    slate: list[tuple[int, float | None, float, str | None, str | None]] = []
    for at in open_to:
        lost = "below_floor" if priority[at] < floor else "outranked"
        stage, why = (None, None) if at == winner else ("arbitration", lost)
        slate.append((at, priority[at], float(at == winner), stage, why))
    for at, places in enumerate(failed):
        if places:
            rule = offers_of(actions)[at].rules[places[0]]
            slate.append((at, None, 0.0, rule.stage, rule.text))
    keys = ("name", "treatment", "priority", "action_prob", "stage_dropped", "reason")
    named = [
        dict(zip(keys, (actions[at].name, actions[at].name, *told), strict=True))
        for at, *told in slate
    ]
    return winner, reason, named


def naive_action(action: Action | None, score: float, time: int) -> dict[str, Any]:
    """Return what a decision says of the action it chose."""
    if action is None:
        missing = ("channel", "placement", "treatment", "propensity", "context_weight", "value")
        names = {"issue": "none", "group": "none", "name": "no_action", "levers": None}
        times = {"not_before": None, "expires_at": None, "supersedes": None}
        free: dict[str, Any] = {"cost": None, "texts": []}
        return {**names, **dict.fromkeys(missing), **free, "priority": 0.0, **times}
    chances = {"score": score, "1-score": 1.0 - score}
    chance = action.propensity
    return {
        "issue": action.issue,
        "group": action.group or action.name,
        "name": action.name,
        "channel": action.channel,
        "placement": None,
        "texts": [],
        "cost": 0.0,
        "treatment": action.treatment or action.name,
        "priority": naive_priority(action, score),
        "propensity": rounded(chances[chance] if isinstance(chance, str) else chance),
        "context_weight": rounded(action.context_weight),
        "value": rounded(action.value),
        "levers": rounded(action.levers),
        "not_before": format_time(time + offers_of([action])[0].wait_ms),
        "expires_at": format_time(time + offers_of([action])[0].lifetime_ms),
        "supersedes": None,
    }


def naive_record(actions: list[Action], row: dict[str, Any], floor: float) -> dict[str, Any]:
    """Return one decision as its JSON would decode."""
    winner, reason, candidates = naive_candidates(actions, row, floor)
    trigger = "event:" + row["type"]
    place = (row["event_time"], row["source"], row["id"])
    served = [rounded(value) for value in row["x"]]
    packed = struct.pack(f"<{len(served)}d", *served)
    return {
        "decision_id": decision_id("shop", row["person"], trigger, place),
        "decision_time": format_time(row["time"]),
        "subject_id": row["person"][2:],
        "subject_type": KINDS[row["person"][0]],
        "trigger": {"type": trigger, "event_ids": [row["id"]]},
        **naive_action(actions[winner] if winner >= 0 else None, row["score"], row["time"]),
        "rank": 1,
        "action_prob": 1.0,
        "candidates": candidates,
        "model": {
            "name": "intent",
            "version": row["version"],
            "evidence": row["evidence"],
            "positives": row["positives"],
        },
        "score": row["score"],
        "contributions": None,
        "policy": "full",
        "arms": [],
        "held_out": False,
        "limits": [],
        "items": [],
        "features": dict(zip(NAMES, served, strict=True)),
        "features_hash": hashlib.blake2b(packed, digest_size=8).hexdigest(),
        "profile_lag_ms": 0,
        "reasons": [],
        "reason": None if winner >= 0 else reason,
        "config": "c0ffee",
    }


def rows_of(scored: Table) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    columns = [scored[name].tolist() for name in scored]
    return [dict(zip(scored, row, strict=True)) for row in zip(*columns, strict=True)]


def one_row(score: float, views: float) -> Table:
    """Return a table of one row."""
    one = np.array([1], dtype=np.int64)
    return Table(
        {
            "time": one * MOMENT,
            "event_time": one * MOMENT,
            "person": as_text(["u:7"]),
            "id": as_text(["e-0"]),
            "type": as_text(["view_item"]),
            "source": as_text(["web"]),
            "x": np.array([[views, 1 / 3, -1e-9]]),
            "score": np.array([score]),
            "version": one * 28_505_421,
            "evidence": one * 500,
            "positives": one * 50,
        }
    )


@given(CATALOGUES, scored_rows(), FLOORS)
def test_full_records_are_those_of_one_by_one(
    actions: list[Action], scored: Table, floor: float
) -> None:
    """Every line decodes to the record that a naive rendering of the page gives."""
    lines = lines_of(actions, scored, floor)

    expected = [naive_record(actions, row, floor) for row in rows_of(scored)]
    assert [json.loads(line) for line in lines] == expected


@given(CATALOGUES, scored_rows(), FLOORS)
def test_full_records_have_the_declared_type(
    actions: list[Action], scored: Table, floor: float
) -> None:
    """A line reads back as a `Decision`, and is written from it to the same bytes."""
    for line in lines_of(actions, scored, floor):
        decision = msgspec.json.decode(line, type=Decision)
        assert msgspec.json.encode(decision) == line
        assert decision.features["gap"] is None or str(decision.features["gap"]) != "-0.0"


@given(CATALOGUES, scored_rows(), FLOORS, st.lists(st.sampled_from(list(FIELDS)), unique=True))
def test_projections_show_the_same_in_fewer_fields(
    actions: list[Action], scored: Table, floor: float, fields: list[str]
) -> None:
    """A projection has its fields in the order asked for, each as in the full record."""
    full = [json.loads(line) for line in lines_of(actions, scored, floor)]
    fields = fields or FIVE

    lines = [json.loads(line) for line in lines_of(actions, scored, floor, fields=fields)]

    for record, line, row in zip(full, lines, rows_of(scored), strict=True):
        flat = {
            "event_id": row["id"],
            "time": row["time"],
            "user_id": row["person"][2:],
            "action": record["name"],
        }
        assert list(line) == fields
        assert line == {name: {**record, **flat}[name] for name in fields}


@given(CATALOGUES, scored_rows(), FLOORS)
def test_all_reasons_are_told_where_they_are_asked_for(
    actions: list[Action], scored: Table, floor: float
) -> None:
    """A candidate dropped by a rule lists all that fail; nothing else in the line is changed."""
    short = [json.loads(line) for line in lines_of(actions, scored, floor)]
    named = {offer.name: offer for offer in offers_of(actions)}

    lines = lines_of(actions, scored, floor, all_reasons=True)

    for line, record, row in zip(lines, short, rows_of(scored), strict=True):
        long = json.loads(line)
        x = dict(zip(NAMES, row["x"], strict=True))
        for one in long["candidates"]:
            places = naive_failures(named[one["name"]].action, x, row["score"], row["type"])
            rules = [named[one["name"]].rules[at] for at in places]
            told = [{"stage": rule.stage, "rule": rule.text} for rule in rules]
            assert one.pop("failing", []) == told
        assert long == record
        assert msgspec.json.encode(msgspec.json.decode(line, type=Decision)) == line


@given(CATALOGUES, scored_rows(), FLOORS, st.data())
def test_splitting_rows_changes_no_byte(
    actions: list[Action], scored: Table, floor: float, data: st.DataObject
) -> None:
    """Decided in two parts, rows have the same lines."""
    cut = data.draw(st.integers(0, len(scored)))
    parts = [scored.slice(0, cut), scored.slice(cut, len(scored))]

    lines = [line for part in parts for line in lines_of(actions, part, floor)]

    assert lines == lines_of(actions, scored, floor)


def test_a_known_decision_is_written_as_ever() -> None:
    """A golden line: the format is other people's input."""
    banner = Action(name="banner", group="cart", treatment="top", value=2.5, expires_after="PT10M")
    actions = [
        Action(name="help", issue="service", suitable="views >= 3"),
        banner,
        Action(name="mail"),
    ]

    (line,) = lines_of(actions, one_row(0.4, 2.0), 0.5)

    assert line == (
        b'{"decision_id":"6a2420e597445c7cf30148a3fba3a38a",'
        b'"decision_time":"2024-03-13T10:21:14.000Z","subject_id":"7","subject_type":"user",'
        b'"trigger":{"type":"event:view_item","event_ids":["e-0"]},"issue":"grow","group":"cart",'
        b'"name":"banner","channel":"onsite","placement":null,"treatment":"top","rank":1,"priority":1.0,'
        b'"propensity":0.4,"context_weight":1.0,"value":2.5,"levers":1.0,"cost":0.0,'
        b'"action_prob":1.0,'
        b'"policy":"full","arms":[],"held_out":false,"limits":[],'
        b'"candidates":[{"name":"banner","treatment":"top","priority":1.0,"action_prob":1.0,"stage_dropped":null,'
        b'"reason":null},{"name":"mail","treatment":"mail","priority":0.4,"action_prob":0.0,'
        b'"stage_dropped":"arbitration","reason":"below_floor"},{"name":"help","treatment":"help","priority":null,'
        b'"action_prob":0.0,"stage_dropped":"suitability","reason":"views >= 3"}],'
        b'"model":{"name":"intent","version":28505421,"evidence":500,"positives":50},'
        b'"score":0.4,"contributions":null,"features":{"views":2.0,"value":0.333333,"gap":0.0},'
        b'"features_hash":"c88124c150721fa9","profile_lag_ms":0,'
        b'"reasons":[],"reason":null,"texts":[],"items":[],'
        b'"not_before":"2024-03-13T10:21:14.000Z","expires_at":"2024-03-13T10:31:14.000Z",'
        b'"supersedes":null,"config":"c0ffee"}'
    )


def test_a_known_projection_is_written_as_ever() -> None:
    """The five flat fields, where nothing is done."""
    (line,) = lines_of([Action(name="banner")], one_row(0.4, 2.0), 0.5, fields=FIVE)

    assert line == (
        b'{"event_id":"e-0","time":1710325274000,"user_id":"7","score":0.4,"action":"no_action"}'
    )


@given(scored_rows())
def test_scores_are_written_one_a_row_and_model(scored: Table) -> None:
    """Every row has a line for each model, side by side, which reads back as a `Score`."""
    models = ("intent", "other")
    lines = encode_scores(scored, models)

    assert msgspec.json.Decoder(Score).decode_lines(lines) == [
        Score(
            time=format_time(row["time"]),
            subject_id=row["person"][2:],
            subject_type=KINDS[row["person"][0]],
            event_id=row["id"],
            model=model,
            version=row["versions"][at],
            score=row["scores"][at],
        )
        for row in rows_of(scored)
        for at, model in enumerate(models)
    ]


@pytest.mark.parametrize("fields", [[], ["actoin"], ["action", "action"]])
def test_wrong_fields_are_refused(fields: list[str]) -> None:
    """No field, an unknown one and one given twice are mistakes of the configuration."""
    with pytest.raises(
        ConfigError, match=r"^fields: must be some of decision_id, .* each once; got"
    ):
        check_fields(fields)


def test_every_field_of_a_decision_has_a_column() -> None:
    """The table of fields covers the declared record."""
    assert set(Decision.__struct_fields__) <= set(FIELDS)


def test_a_job_without_features_has_decisions() -> None:
    """Rows of no features are written with an empty object."""
    scored = one_row(0.4, 2.0).with_columns({"x": np.zeros((1, 0))})
    decided = decide([Action(name="a")], scored, 0.0)
    lines = DecisionLines(decided.compiled, job="shop", config="c", fields=["features_hash"])

    line = lines.encode(scored, decided.dropped, decided.choice)

    assert json.loads(line)["features_hash"] == hashlib.blake2b(digest_size=8).hexdigest()
