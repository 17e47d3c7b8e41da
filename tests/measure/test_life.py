"""A life added up line by line is what a plain count says."""

from __future__ import annotations

import io
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.measure.life import Life, Step, Visit
from rtm_flows.measure.nearest import nearest_ids
from rtm_flows.times import format_time
from tests.measure.recorded import START, as_lines, decision_id

HOUR = 3_600_000


def visit(number: int, purchases: int = 0) -> Visit:
    """Return the number-th session: half an hour in every hour."""
    start = START + number * HOUR
    return Visit(
        subject_id="7", subject_type="user", session=number + 1, start=format_time(start),
        end=format_time(start + HOUR // 2), reason="gap", purchases=purchases,
    )  # fmt: skip


def step(minute: int, name: str) -> Step:
    """Return a decision at a minute."""
    return Step(
        decision_id=decision_id(minute, name), decision_time=format_time(START + minute * 60_000),
        subject_id="7", subject_type="user", name=name, features={"minute": float(minute)},
        reason="below_floor" if name == "no_action" else None,
    )  # fmt: skip


STEPS = st.lists(
    st.tuples(st.integers(0, 239), st.sampled_from(["no_action", "greet", "mail"])), max_size=30
).map(sorted)


@given(STEPS, st.integers(1, 5), st.sets(st.integers(0, 3)))
def test_each_decision_is_counted_once_in_its_session(
    steps: list[tuple[int, str]], last: int, closed: set[int]
) -> None:
    """Also those outside any closed session, which stand in open ones."""
    life = Life("7", "user", last=100)
    short = Life("7", "user", last=last)
    for number in sorted(closed):
        life.add_session(visit(number))
    for minute, name in steps:
        life.add_decision(step(minute, name))
        short.add_decision(step(minute, name))
    one = life.person()

    named = [("no_action (below_floor)" if n == "no_action" else n) for _, n in steps]
    assert one.decided == Counter(named)
    assert one.decision_count == len(steps)
    assert sum((Counter(v.decided) for v in one.sessions), Counter[str]()) == Counter(named)
    for found in one.sessions:
        if found.session is not None:
            inside = [m for m, _ in steps if found.session - 1 == m // 60 and m % 60 <= 30]
            assert sum(found.decided.values()) == len(inside)
        else:
            assert sum(found.decided.values()) == found.events > 0
    assert [v.start for v in one.sessions] == sorted(v.start for v in one.sessions)
    assert [s.decision_id for s in short.person().latest] == [
        step(*each).decision_id for each in steps[-last:]
    ]
    assert one.features == ({"minute": float(steps[-1][0])} if steps else {})


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 1_000_000)), min_size=1).map(sorted))
def test_scores_are_added_up_by_day(scores: list[tuple[int, int]]) -> None:
    """Count, least, mean, most and last; of all, and of each day that has one."""
    life = Life("7", "user", last=1)
    for day, millionths in scores:
        life.add_score("intent", format_time(START + day * 24 * HOUR), millionths / 1e6)
    course = life.person().scores["intent"]
    values = [value / 1e6 for _, value in scores]

    assert (course.n, course.least, course.most) == (len(values), min(values), max(values))
    assert course.last == values[-1]
    assert abs(course.mean - sum(values) / len(values)) < 1e-6
    for one in course.days:
        of_day = [v / 1e6 for d, v in scores if format_time(START + d * 24 * HOUR)[:10] == one.day]
        assert (one.n, one.last) == (len(of_day), of_day[-1])
        assert abs(one.mean - sum(of_day) / one.n) < 1e-6
    assert sum(one.n for one in course.days) == len(scores)


def test_sums_of_sessions_are_those_of_all() -> None:
    """Though only the last are kept one by one."""
    life = Life("7", "user", last=2)
    for number in range(5):
        life.add_session(visit(number, purchases=number))
    one = life.person()

    assert (one.session_count, one.purchases, len(one.sessions)) == (5, 10, 2)
    assert (one.first, one.last, one.features, one.latest) == (None, None, {}, [])


def test_nearest_ids_are_read_from_whole_lines() -> None:
    """Odd ids, ids in other letters, broken ones; nothing where nothing is like it."""
    data = as_lines([{"subject_id": text} for text in ("Übung", 'a"b', "7", "7")])
    data += b'{"subject_id":"\xff\xfe7"}\n{"subject_id":"7'

    assert nearest_ids(io.BytesIO(data), "übunG") == ["Übung"]
    assert nearest_ids(io.BytesIO(data), 'a"bb') == ['a"b']
    assert nearest_ids(io.BytesIO(data), "nobody like this") == []
    assert nearest_ids(io.BytesIO(b""), "7") == []
