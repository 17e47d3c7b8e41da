"""Scores, sessions, lost records and what was learned: the sums are those of plain counts."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import InputError
from rtm_flows.measure.overview.learning import LOSS, PRIOR, learned
from rtm_flows.measure.overview.refused import DELAYS, dead_letters, late
from rtm_flows.measure.overview.served import BINS, served
from rtm_flows.measure.overview.visits import LENGTHS, STEPS, visits
from rtm_flows.measure.scan import Line, lines
from rtm_flows.times import format_time
from tests.measure.recorded import START, as_lines, score

MILLIONTHS = st.integers(0, 10**6).map(lambda n: n / 1e6)
TIMES = st.integers(START, START + 10**10).map(format_time)


def read(made: list[dict[str, Any]]) -> Iterable[Line]:
    """Return records as lines."""
    return lines(io.BytesIO(as_lines(made)))


@given(
    st.lists(
        st.builds(
            lambda model, value, time, version: score(
                model=model, score=value, time=time, version=version
            ),
            st.sampled_from(["intent", "churn"]), MILLIONTHS, TIMES, st.integers(-1, 2),
        ),
        max_size=30,
    )
)  # fmt: skip
def test_scores(made: list[dict[str, Any]]) -> None:
    """Counts, means and bins by model; the means of cells weigh up to the mean of all."""
    found = {one.model: one for one in served(read(made), "scores.jsonl")}

    assert list(found) == list(dict.fromkeys(r["model"] for r in made))
    for model, one in found.items():
        own = [r for r in made if r["model"] == model]
        assert (one.n, one.early) == (len(own), sum(r["version"] < 0 for r in own))
        assert one.mean == pytest.approx(sum(r["score"] for r in own) / len(own), abs=1e-6)
        bins = Counter(min(round(r["score"] * 10**6) * BINS // 10**6, BINS - 1) for r in own)
        assert one.bins == [bins[at] for at in range(BINS)]
        parts = zip(one.means(), one.course.values("n"), strict=True)
        assert sum((mean or 0.0) * n for mean, n in parts) == pytest.approx(one.mean * one.n, abs=1)


def session(number: int, **own: Any) -> dict[str, Any]:
    """Return a session."""
    start = format_time(START + 10**7 * number)
    return {"subject_id": "7", "session": 1, "start": start, "reason": "gap", **own}


SESSIONS = st.lists(
    st.fixed_dictionaries(
        {
            "events": st.integers(1, 70),
            **{step: st.integers(0, 2) for step in STEPS},
            "value": st.integers(0, 10**6).map(lambda cents: cents / 100),
            "engaged": st.booleans(),
            "reason": st.sampled_from(["gap", "end_of_input"]),
        }
    ),
    max_size=20,
).map(lambda made: [session(number, **own) for number, own in enumerate(made)])


@given(SESSIONS)
def test_sessions(made: list[dict[str, Any]]) -> None:
    """How many, how far, how long, how much."""
    found = visits(read(made), "sessions.jsonl")

    assert found.n == len(made)
    assert found.events == sum(r["events"] for r in made)
    assert found.reasons == Counter(r["reason"] for r in made)
    assert found.reached == {step: sum(r[step] > 0 for r in made) for step in STEPS}
    assert found.purchases == sum(r["purchases"] for r in made)
    assert found.value == pytest.approx(sum(r["value"] for r in made))
    assert found.engaged == sum(r["engaged"] for r in made)
    low = 0
    for one, most in zip(found.lengths, (*LENGTHS, 10**9), strict=True):
        own = [r for r in made if low < r["events"] <= most]
        assert (one.n, one.bought) == (len(own), sum(r["purchases"] > 0 for r in own))
        low = most
    assert sum(found.course.values("sessions")) == len(made)
    assert sum(found.course.values("bought")) == found.reached["purchases"]


BEHIND = st.sampled_from(DELAYS).map(float) | st.floats(0, 10**6)


@given(st.lists(st.tuples(BEHIND, st.sampled_from(["search", "purchase"]))))
def test_late_records(made: list[tuple[float, str]]) -> None:
    """By how late they were, and by type."""
    told = [{"lateness_seconds": behind, "type": kind, "place": {}} for behind, kind in made]
    found = late(read(told), "late.jsonl")

    assert found.n == sum(found.delays) == len(made)
    assert found.worst == max([behind for behind, _ in made], default=0.0)
    assert found.types == Counter(kind for _, kind in made)
    ends = [0.0, *DELAYS, float("inf")]
    for at, n in enumerate(found.delays):
        low, high = ends[at], ends[at + 1]
        assert n == sum(low < behind <= high or behind == low == 0 for behind, _ in made)


@given(st.lists(st.tuples(st.sampled_from(["bad_time", "too_deep"]), st.sampled_from([None, "a"]))))
def test_dead_letters(made: list[tuple[str, str | None]]) -> None:
    """By reason and field, each with the place of the first, without the folders before it."""
    told = [
        {"reason": reason, "field": field, "place": {"file": "/home/x/in.csv", "line": number}}
        for number, (reason, field) in enumerate(made)
    ]
    found = dead_letters(read(told), "dead_letters.jsonl")

    assert {(one.reason, one.field): one.n for one in found} == Counter(made)
    for one in found:
        assert one.place == f"in.csv, line {made.index((one.reason, one.field))}"


PERIODS = st.lists(
    st.tuples(st.integers(0, 900), st.integers(1, 50), MILLIONTHS, MILLIONTHS), max_size=20
)


@given(PERIODS)
def test_losses_over_time_weigh_up_to_those_of_all(
    made: list[tuple[int, int, float, float]],
) -> None:
    """Periods are put together by how many examples they have."""
    told = [
        {"time": format_time(START + (hour + 1) * 3_600_000), "model": "intent", "kind": "period",
         "start": format_time(START + hour * 3_600_000), "n": n, "positives": n // 2,
         "log_loss": loss, "prior_log_loss": prior}
        for hour, n, loss, prior in made
    ]  # fmt: skip
    found = learned(read(told), "learning.jsonl")

    assert len(found) == bool(made)
    for one in found:
        ns = one.course.values("n")
        assert sum(ns) == sum(n for _, n, _, _ in made)
        for name, at in ((LOSS, 2), (PRIOR, 3)):
            total = sum((mean or 0.0) * n for mean, n in zip(one.losses(name), ns, strict=True))
            assert total == pytest.approx(sum(r[1] * r[at] for r in made), abs=1e-3)


def test_promotions_and_alarms_are_told_in_words() -> None:
    """Who gave way to whom, and what answered an alarm."""
    told: list[dict[str, Any]] = [
        {"time": format_time(START), "model": "intent", "kind": "promotion", "from": "sgd",
         "to": "newton", "gain": 0.0123, "t": 3.0},
        {"time": format_time(START), "model": "intent", "kind": "drift", "n": 400,
         "detector": "windows", "response": "reset"},
        {"time": format_time(START), "model": "intent", "kind": "something_new"},
    ]  # fmt: skip
    turns = learned(read(told), "learning.jsonl")[0].turns

    assert [(turn.kind, turn.told) for turn in turns] == [
        ("promotion", "sgd gave way to newton, log loss 0.0123 less"),
        ("drift", "the losses rose (windows); answered by: reset"),
        ("something_new", "something_new"),
    ]


Adding = Callable[[Iterable[Line], str], object]


@pytest.mark.parametrize(
    ("add", "line"),
    [
        (served, b'{"time":"x","model":"intent","score":0.5}'),
        (served, b'{"model":"intent","score":0.5}'),
        (visits, b'{"start":"x","reason":"gap"}'),
        (learned, b'{"time":"x","model":"m","kind":"period","log_loss":1,"prior_log_loss":1}'),
        (late, b'{"lateness_seconds":"much"}'),
        (dead_letters, b"null"),
    ],
)
def test_a_broken_line_is_named_with_its_place(add: Adding, line: bytes) -> None:
    """Whichever file it is in."""
    with pytest.raises(InputError, match=r"some\.jsonl, the line at byte 0: "):
        add([Line(0, line)], "some.jsonl")
