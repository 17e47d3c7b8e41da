"""Decide: a row waits for its version, is scored with that very one, and a resume goes on."""

from __future__ import annotations

import json
import math
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.columns import Table, as_text
from rtm_flows.config import load
from rtm_flows.lanes.decide import Decide, Decided
from rtm_flows.lanes.kept import from_bytes, to_bytes
from rtm_flows.lanes.messages import KnownRows, Versions
from rtm_flows.lanes.plan import Model, Plan
from rtm_flows.lanes.progress import END
from rtm_flows.lanes.served import Served
from rtm_flows.lanes.span import Span
from rtm_flows.models.spec import Learning
from rtm_flows.models.versioned import Taught

TICK, LAG, LANES = 10_000, 2, 2
FIRST = 176_722_560
"""The tick of the first event."""
JOB = {
    "name": "tiny",
    "lanes": LANES,
    "time": {"tick": "PT10S", "lag": LAG},
    "models": {"intent": {"mature": 10, "mature_positives": 1}},
    "features": [{"name": "price", "kind": "property", "field": "price"}],
    "actions": [{"name": "greet", "propensity": "score"}],
}
PLAN = Plan.of(load(JOB), partitions=1)


class Row(NamedTuple):
    """An event that know has told: how many ticks after the first, and its lane."""

    tick: int
    lane: int
    id: str = "e"


def known(rows: list[Row], tick: int) -> KnownRows:
    """Return rows of one lane as know tells them; `tick` ticks after the first are complete."""
    time = np.array([(FIRST + row.tick) * TICK for row in rows], dtype=np.int64)
    table = Table(
        {
            "time": time,
            "event_time": time,
            "person": as_text([f"u:{row.lane}" for row in rows]),
            "lane": np.array([row.lane for row in rows], dtype=np.int64),
            "id": as_text([row.id for row in rows]),
            "type": as_text(["search"] * len(rows)),
            "source": as_text(["tiny"] * len(rows)),
            "x": np.ones((len(rows), 1)),
            "profile_version": np.ones(len(rows), dtype=np.int64),
        }
    )
    return KnownRows(Span(table, 0, len(rows)) if rows else None, min(FIRST + tick, END))


def versions(closed: int, *ticks: int, mature: bool = True) -> Versions:
    """Return versions that score by their tick: its logit is a hundredth of it."""
    rows = [[100 + t if mature else 9, 1.0 * mature, t / 100, 0.0, 0.0] for t in ticks]
    numbers = np.array([FIRST + tick for tick in ticks], dtype=np.int64)
    parameters = np.array(rows, dtype=np.float64).reshape(-1, 5)
    return Versions(min(FIRST + closed, END), (Taught(numbers, parameters),))


def everywhere(decide: Decide, told: Versions) -> Decided | None:
    """Let all lanes hear of versions, and run."""
    for lane in range(LANES):
        decide.take(lane, told)
    return decide.run()


def ids(decided: Decided | None) -> list[str]:
    """Return the ids of the rows scored in a pass."""
    assert decided is not None
    return [] if decided.scored is None else decided.scored["id"].tolist()


def test_nothing_comes_of_nothing() -> None:
    """A pass without messages tells nothing."""
    assert Decide(PLAN).run() is None


def test_a_row_waits_for_the_tick_whose_version_it_wants() -> None:
    """A row of tick k is scored when tick k - lag is folded, not before, and holds its lane."""
    decide = Decide(PLAN)
    everywhere(decide, versions(5, 4))
    decide.take(0, known([Row(6, 0, "free"), Row(7, 0, "waits")], tick=9))
    first = decide.run()
    assert ids(first) == ["free"]
    assert first is not None
    assert first.marks.tolist() == [FIRST + 7]

    second = everywhere(decide, versions(6))
    assert ids(second) == ["waits"]
    assert second is not None
    assert second.lanes.tolist() == [0, 1]
    assert second.marks.tolist()[0] == FIRST + 9


def test_a_row_is_scored_with_the_latest_version_that_holds() -> None:
    """Of the versions at ticks 1 and 4, a row of tick 5 has the one, and of tick 6 the other."""
    decide = Decide(PLAN)
    everywhere(decide, versions(8, 1, 4))
    decide.take(0, known([Row(2, 0), Row(3, 0), Row(5, 0), Row(6, 0), Row(9, 0)], tick=9))
    decided = decide.run()
    assert decided is not None
    assert decided.scored is not None

    scored = decided.scored
    assert scored["version"].tolist() == [-1, FIRST + 1, FIRST + 1, FIRST + 4, FIRST + 4]
    assert scored["evidence"].tolist() == [0, 101, 101, 104, 104]
    assert scored["positives"].tolist() == [0, 1, 1, 1, 1]
    none, one, same, other, again = scored["snapshot_hash"].tolist()
    weights = np.array([101, 1.0, 0.01, 0.0, 0.0]).astype("<f8").tobytes()
    assert (none, one, same) == (None, *[blake2b(weights, digest_size=8).hexdigest()] * 2)
    assert other == again != one
    chances = [round(1 / (1 + math.exp(-t / 100)), 6) for t in (1, 1, 4, 4)]
    assert scored["score"].tolist() == [0.05, *chances]


def test_an_immature_version_serves_the_prior() -> None:
    """Nine examples are too few: the score is the prior of that version's counts."""
    decide = Decide(PLAN)
    everywhere(decide, versions(8, 1, mature=False))
    decide.take(0, known([Row(3, 0)], tick=9))
    decided = decide.run()
    assert decided is not None
    assert decided.scored is not None

    assert decided.scored["score"].tolist() == [round(1 / 29, 6)]
    assert decided.scored["version"].tolist() == [FIRST + 1]


def test_every_row_ends_in_one_decision_and_one_score() -> None:
    """Lines come with the lanes they are of, and what they wait for."""
    decide = Decide(PLAN)
    everywhere(decide, versions(8))
    decide.take(1, known([Row(2, 1, "a"), Row(3, 1, "b")], tick=4))
    decided = decide.run()
    assert decided is not None

    decisions, scores = decided.lines
    assert (decisions.output, scores.output) == ("decisions", "scores")
    for lines in decided.lines:
        assert (lines.feeds.tolist(), lines.marks.tolist()) == ([1], [FIRST + 4])
        assert lines.release.tolist() == [FIRST + 2, FIRST + 3]
    assert [json.loads(line)["event_id"] for line in scores.lines] == ["a", "b"]
    fates = {"funnel:entered:greet": 2, "funnel:won:greet": 2}
    assert decided.counts == {"triggers": 2, "decision:greet": 2, **fates}


def test_each_model_is_served_its_own_versions() -> None:
    """Of two models, the second has learned in other ticks; decisions tell of the first."""
    second = Model("other", Learning(mature=10, mature_positives=1))
    decide = Decide(PLAN._replace(models=(*PLAN.models, second)))
    told = (*versions(8, 1, 4).taught, *versions(8, 3).taught)
    for lane in range(LANES):
        decide.take(lane, Versions(FIRST + 8, told))
    decide.take(0, known([Row(2, 0), Row(5, 0), Row(6, 0)], tick=9))
    other = Decide(decide.plan)
    for lane in range(LANES):
        other.load(lane, *from_bytes(to_bytes(decide.whole(lane))))

    for one in (decide, other):
        decided = one.run()
        assert decided is not None
        assert decided.scored is not None
        scored = decided.scored
        wanted = [[-1, -1], [FIRST + 1, FIRST + 3], [FIRST + 4, FIRST + 3]]
        assert scored["versions"].tolist() == wanted
        chances = [round(1 / (1 + math.exp(-t / 100)), 6) for t in (1, 3, 4, 3)]
        assert scored["scores"].tolist() == [[0.05, 0.05], chances[:2], chances[2:]]
        assert scored["score"].tolist() == [row[0] for row in scored["scores"].tolist()]
        assert scored["version"].tolist() == [row[0] for row in wanted]
        assert scored["evidence"].tolist() == [0, 101, 104]


@st.composite
def deliveries(draw: st.DrawFn) -> list[tuple[str, Any]]:
    """Return what know and the fold tell, in order each, but in any order of the two."""
    ticks = draw(st.lists(st.integers(0, 12), max_size=4, unique=True).map(sorted))
    told: list[list[tuple[str, Any]]] = []
    for lane in range(LANES):
        rows = [Row(tick, lane) for tick in draw(st.lists(st.integers(0, 14), max_size=4))]
        rows = [row._replace(id=f"{lane}.{n}") for n, row in enumerate(sorted(rows))]
        cut = draw(st.integers(0, len(rows)))
        then = rows[cut].tick if cut < len(rows) else END
        told.append([("rows", (lane, rows[:cut], then)), ("rows", (lane, rows[cut:], END))])
    cut = draw(st.integers(0, len(ticks)))
    closed = ticks[cut] if cut < len(ticks) else 13
    told.append([("fold", (closed, ticks[:cut])), ("fold", (END, ticks[cut:]))])
    merged: list[tuple[str, Any]] = []
    while any(told):
        some = draw(st.sampled_from([queue for queue in told if queue]))
        merged.append(some.pop(0))
        merged.append((draw(st.sampled_from(["run", "run", "move", ""])), None))
    return merged


@given(deliveries())
def test_a_version_depends_on_the_row_alone(told: list[tuple[str, Any]]) -> None:
    """However rows and versions come, and if lanes move, each row has the version of its tick."""
    ticks = sorted(t for what, one in told if what == "fold" for t in one[1])
    rows = [row for what, one in told if what == "rows" for row in one[1]]
    decide, found = Decide(PLAN), dict[str, int]()
    for what, one in [*told, ("run", None)]:
        if what == "rows":
            decide.take(one[0], known(one[1], one[2]))
        elif what == "fold":
            for lane in range(LANES):
                decide.take(lane, versions(one[0], *one[1]))
        elif what == "move":
            other = Decide(PLAN)
            for lane in reversed(range(LANES)):
                other.load(lane, *from_bytes(to_bytes(decide.whole(lane))))
            decide = other
        elif what == "run":
            scored = scored_versions(decide.run())
            assert not scored.keys() & found.keys()
            found |= scored

    expected = {}
    for row in rows:
        holds = [FIRST + tick for tick in ticks if tick <= row.tick - LAG]
        expected[row.id] = holds[-1] if holds else -1
    assert found == expected


def scored_versions(decided: Decided | None) -> dict[str, int]:
    """Return the version of each row scored in a pass."""
    if decided is None or decided.scored is None:
        return {}
    table = decided.scored
    return dict(zip(table["id"].tolist(), table["version"].tolist(), strict=True))


def test_versions_are_forgotten_when_no_row_can_want_them() -> None:
    """What is served last stays, with what rows that are under way may still want."""
    decide = Decide(PLAN)
    for tick in range(50):
        decide.take(0, known([], tick=tick))
        decide.take(1, known([], tick=tick if tick < 30 else 30))
        everywhere(decide, versions(tick + 1, tick))

    kept = (decide._served[0].ticks - FIRST).tolist()
    assert kept == list(range(30 - LAG, 50))


@given(
    st.lists(st.lists(st.integers(0, 20), max_size=5, unique=True).map(sorted), max_size=5),
    st.integers(-2, 22),
)
def test_served_versions_are_a_table_by_tick(told: list[list[int]], oldest: int) -> None:
    """Entered in any order and twice, then forgotten up to a tick: later ticks see no change."""
    served, ticks = Served(width=5), set[int]()
    for some in told:
        served.add(versions(99, *some).taught[0])
        ticks |= set(some)
    before = {wanted: max((t for t in ticks if t <= wanted), default=None) for wanted in range(23)}

    served.forget(FIRST + oldest)
    for wanted in range(max(0, oldest), 23):
        (at,) = served.index(np.array([FIRST + wanted])).tolist()
        holds = before[wanted]
        assert (None if at < 0 else served.parameters[at, 0] - 100) == holds
        assert at < 0 or served.ticks[at] == FIRST + (holds or 0)
    assert len(served.ticks) <= 1 + sum(tick > oldest for tick in ticks)


@pytest.mark.parametrize("tick", [-5, 0, 5])
def test_since_of_no_versions_is_none(tick: int) -> None:
    """Where nothing was learned there is nothing to hand over."""
    ticks, parameters = Served(width=5).since(tick)

    assert (len(ticks), parameters.shape) == (0, (0, 5))
