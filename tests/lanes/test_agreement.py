"""The core against the reference: the same jobs and lines, and every answer the same.

One property a promise, so that a failure says what broke; `test_everything_agrees` is the net
under them. Its long version is part of `make proofs`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.job_strategies import features, leaving, type_lists
from tests.lanes.answers import differences, of_core, of_reference
from tests.lanes.odd_records import odd_jobs, odd_lines
from tests.lanes.streams import Partitions, stream
from tests.reference.cases import COUNT, event
from tests.strategies import World, cut, partitioned, worlds

pytestmark = pytest.mark.no_cover
quick = settings(max_examples=30)
PRICE = {"name": "price", "kind": "property", "field": "price"}
KINDS = {
    "windows": ("window_count", "window_sum", "window_cells"),
    "decays": ("decayed_count",),
    "sessions": ("session_count", "session_sum", "session_seconds", "gap_seconds"),
    "carts": ("cart_quantity", "cart_value", "cart_items"),
    "lifetimes": ("lifetime_count", "lifetime_sum", "days_active", "decayed_sum"),
    "ratios": ("share", "rate"),
    "habits": ("habit",),
    "affinities": ("affinity",),
    "order states": ("orders_in_state", "order_state_seconds", "order_faults"),
    "cases": ("open_cases",),
    "recency": ("since_seconds", "away_seconds"),
    "events": ("property", "indicator"),
    "orders": ("order_count", "occasion_count", "order_value"),
    "recency of orders": ("first_order_seconds", "last_order_seconds"),
    "customers": ("p_alive", "expected_purchases", "expected_spend"),
}
CONTESTED = range(40)
"""Seeds of streams of which some promote a challenger."""
ANY_WORLD = worlds()


def disagreements(job: dict[str, Any], partitions: Partitions, *parts: str) -> list[str]:
    """Tell where core and reference differ, in all parts of the answer or in some."""
    return differences(of_core(job, partitions), of_reference(job, partitions), job, parts)


def plain(world: World, declared: Sequence[Mapping[str, Any]] = (COUNT,)) -> dict[str, Any]:
    """Return the world's job with these features and nothing to decide."""
    lists: dict[str, Any] = {key: [] for key in ("actions", "pauses", "limits", "experiments")}
    nothing = {**lists, "learning": {}, "exploration": {}}
    return {**world.job, "features": list(declared), **nothing}


@quick
@given(odd_jobs(), st.lists(odd_lines(), min_size=1, max_size=9), st.data())
def test_every_record_ends_in_the_same_place(
    job: dict[str, Any], lines: list[bytes], data: st.DataObject
) -> None:
    """Whatever a line holds, it is an event with the same numbers, or wrong for one reason."""
    assert disagreements(job, [data.draw(cut(lines))]) == []


@quick
@given(worlds(sort=False), st.data())
def test_the_same_records_are_late(world: World, data: st.DataObject) -> None:
    """Lateness is judged record by record, against the mark of the partition."""
    rounds = data.draw(partitioned(world.lines))

    assert disagreements(plain(world), rounds, "late", "counts") == []


@quick
@given(ANY_WORLD, st.sampled_from(["PT1S", "PT5S", "PT1H"]), st.data())
def test_the_same_records_are_duplicates(world: World, window: str, data: st.DataObject) -> None:
    """The window is closed, of the person and source, and conflicts are those with the original."""
    job = {**plain(world), "dedup": {"window": window}}
    rounds = data.draw(partitioned(world.lines))

    assert disagreements(job, rounds, "counts", "features") == []


@quick
@given(ANY_WORLD, st.data())
def test_derived_ids_agree(world: World, data: st.DataObject) -> None:
    """The digest is of the same fields, and events of one digest are numbered alike."""
    lines = [without_id(line) for line in (*world.lines, *world.lines[::3])]
    rounds = data.draw(partitioned(lines))

    assert disagreements(plain(world), rounds, "scores", "late", "decisions") == []


def without_id(line: bytes) -> bytes:
    """Return the line of the same record without id; a broken one stays."""
    try:
        record = json.loads(line)
    except ValueError:
        return line
    if isinstance(record, dict):
        record.pop("id", None)
    return json.dumps(record).encode()


@quick
@given(worlds(order="event", sort=False), st.data())
def test_event_order_agrees(world: World, data: st.DataObject) -> None:
    """Events are released by the mark, and processed in canonical place."""
    rounds = data.draw(partitioned(world.lines))

    assert disagreements(plain(world), rounds, "features", "scores") == []


@quick
@given(worlds(order="log", sort=False), st.data())
def test_log_order_agrees(world: World, data: st.DataObject) -> None:
    """Events are processed by round, time, partition and offset; the clock never falls."""
    rounds = data.draw(partitioned(world.lines))

    assert disagreements(plain(world), rounds, "features", "scores") == []


@quick
@given(worlds(sort=True), st.data())
def test_sorted_input_agrees(world: World, data: st.DataObject) -> None:
    """Files are sorted by canonical place, nothing is late, dead letters stand as in the files."""
    rounds = data.draw(partitioned(world.lines))

    assert disagreements(plain(world), rounds) == []


def test_sorted_copies_go_by_number() -> None:
    """Of two copies, that at a price of 9 is the first, in log order too: 9 is less than 10."""
    job = {"name": "shop", "time": {"order": "log"}, "features": [PRICE], "actions": []}
    lines = [event(0, id="x", price=price) for price in (10, 9)]

    assert disagreements(job, [[lines]], "features") == []


@quick
@given(ANY_WORLD, st.data())
def test_sessions_agree(world: World, data: st.DataObject) -> None:
    """They open, go on at the exact gap, and close at the same time with the same sums."""
    rounds = data.draw(partitioned(world.lines))

    assert disagreements(plain(world), rounds, "sessions") == []


@pytest.mark.parametrize("kinds", KINDS)
@settings(max_examples=15)
@given(ANY_WORLD, st.data())
def test_features_agree(kinds: str, world: World, data: st.DataObject) -> None:
    """All kinds, exactly; what fades to the millionth in which it is read."""
    drawn = data.draw(st.lists(features(*KINDS[kinds]), min_size=3, max_size=3))
    job = plain(world, [{"name": f"f{number}", **one} for number, one in enumerate(drawn)])

    assert disagreements(job, data.draw(partitioned(world.lines)), "features") == []


WINDOWS = [
    {"kind": kind, "width": width, "step": step, **about}
    for width, step in (
        ("PT30M", "PT1M"), ("PT1H", "PT5M"), ("P1D", "PT1H"), ("P7D", "PT6H"), ("P30D", "P1D"),
    )
    for kind, about in (
        ("window_count", {"types": ["*"]}),
        ("window_count", {"types": ["purchase"]}),
        ("window_sum", {"field": "amount", "add": ["purchase"], "subtract": ["search"]}),
        ("window_cells", {"types": ["search"]}),
    )
]  # fmt: skip
STEPS = [60, 300, 1800, 3600, 21_600, 86_400, 6 * 86_400, 7 * 86_400, 29 * 86_400, 30 * 86_400]


@st.composite
def months(draw: st.DrawFn) -> list[bytes]:
    """Return events of two people over months; what lies between is often a step or a window."""
    steps = st.sampled_from([0, 1, *(step + off for step in STEPS for off in (-0.001, 0, 0.001))])
    happened = draw(st.lists(st.tuples(steps, st.booleans(), st.booleans()), max_size=25))
    second, lines = 0.0, []
    for number, (step, buys, behind) in enumerate(happened):
        second += step
        kind = "purchase" if buys else "search"
        told = second - 45 if behind else second
        lines.append(event(told, kind, user=str(number % 2), id=str(number), value=1.5 * number))
    return lines


@quick
@given(st.sampled_from(["event", "log"]), months(), st.data())
def test_windows_from_minutes_to_a_month_agree(
    order: str, lines: list[bytes], data: st.DataObject
) -> None:
    """The five usual windows in one job, counts, sums and cells of each, in both orders."""
    named = [{"name": f"f{number}", **one} for number, one in enumerate(WINDOWS)]
    job = {"name": "shop", "time": {"order": order}, "features": named, "actions": []}

    assert disagreements(job, data.draw(partitioned(lines)), "features") == []


@quick
@given(ANY_WORLD, st.data())
def test_examples_agree(world: World, data: st.DataObject) -> None:
    """The same rows are kept, with the same labels and the same times to learn them."""
    rounds = data.draw(partitioned(world.lines))

    assert disagreements(world.job, rounds, "examples", "counts") == []


@pytest.mark.parametrize("order", ["event", "log"])
@quick
@given(st.data())
def test_churn_agrees(order: str, data: st.DataObject) -> None:
    """The same rows wait, become examples with the same labels in time, are learned and served."""
    world = data.draw(worlds(order=order))
    gap = int(world.job["sessions"]["gap"][2:-1])
    models = {**world.job["models"], "churn": data.draw(leaving(gap))}
    rounds = data.draw(partitioned(world.lines))
    parts = ("examples", "counts", "metrics", "scores")

    assert disagreements({**plain(world), "models": models}, rounds, *parts) == []


@quick
@given(ANY_WORLD, st.data())
def test_the_end_of_input_agrees(world: World, data: st.DataObject) -> None:
    """Time goes to the largest time: what is due by then closes and is learned, the rest is not."""
    lines = world.lines[: data.draw(st.integers(1, 8))]
    rounds = data.draw(partitioned(lines))

    assert disagreements(plain(world), rounds, "sessions", "examples", "counts") == []


@quick
@given(ANY_WORLD, st.data())
def test_the_fold_agrees(world: World, data: st.DataObject) -> None:
    """Versions, evidence, scores and metrics are those of River, learned in order."""
    rounds = data.draw(partitioned(world.lines))

    assert disagreements(world.job, rounds, "metrics", "scores") == []


def test_promotions_agree() -> None:
    """Champion, challengers, what was found at which look, and whose versions are then served."""
    told, promoted = [], 0
    for seed in CONTESTED:
        job, partitions = stream(seed)
        found = of_core(job, partitions)
        promoted += len(found["metrics"]["intent"].get("promotions", ()))
        told += differences(found, of_reference(job, partitions), job, ("metrics", "scores"))

    assert told == []
    assert promoted >= 5


@quick
@given(ANY_WORLD, type_lists(), st.data())
def test_decisions_agree(world: World, triggers: list[str], data: st.DataObject) -> None:
    """The same triggers fire, and every decision is the same in every field."""
    job = {**world.job, "triggers": {"types": triggers}}
    rounds = data.draw(partitioned(world.lines))

    assert disagreements(job, rounds, "decisions") == []


@quick
@given(ANY_WORLD, st.sampled_from(["PT0S", "PT1S"]), st.data())
def test_no_two_decisions_have_one_id(world: World, window: str, data: st.DataObject) -> None:
    """Copies that are accepted, for want of a window or outside it, have ids of their own."""
    job = {**world.job, "dedup": {"window": window}}
    rounds = data.draw(partitioned([*world.lines, *world.lines[::2]]))
    ids = [decision["decision_id"] for decision in of_core(job, rounds)["decisions"]]

    assert len(ids) == len(set(ids))


@quick
@given(ANY_WORLD)
def test_every_candidate_is_accounted_for(world: World) -> None:
    """Of each action, as many candidates entered as there were triggers, and each has one fate."""
    counts = of_core(world.job, [[world.lines]])["counts"]

    entered = {name: fates.pop("entered") for name, fates in counts["funnel"].items()}
    assert entered == {name: sum(fates.values()) for name, fates in counts["funnel"].items()}
    wanted = {
        one["name"]: counts["triggers"] * len(one.get("treatments", [one]))
        for one in world.job["actions"]
    }
    assert entered == (wanted if counts["triggers"] else {})


@quick
@given(ANY_WORLD, st.data())
def test_everything_agrees(world: World, data: st.DataObject) -> None:
    """All outputs, features, examples, counts and metrics, of any job on any stream."""
    assert disagreements(world.job, data.draw(partitioned(world.lines))) == []


@pytest.mark.slow
@settings(max_examples=1_000)
@given(ANY_WORLD, st.data())
def test_everything_agrees_in_a_thousand_worlds(world: World, data: st.DataObject) -> None:
    """The same, for many worlds."""
    assert disagreements(world.job, data.draw(partitioned(world.lines))) == []


@pytest.mark.slow
@given(odd_jobs(), st.lists(odd_lines(), min_size=1, max_size=30))
def test_thousands_of_odd_blocks_end_in_the_same_place(
    job: dict[str, Any], lines: list[bytes]
) -> None:
    """The same, for as many blocks of odd lines as the profile says."""
    assert disagreements(job, [[lines]]) == []
