"""The reference itself, by what must hold of any world."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies import World, cut, dealt, partitioned, worlds

from . import Result, run
from .job import Job, read_job
from .records import DeadLetter, parse

few = settings(max_examples=25, deadline=None)


def said(result: Result) -> dict[str, Any]:
    """Return all that must not depend on how the input was cut."""
    order_of_reading = {"late", "dead"}
    return {name: got for name, got in vars(result).items() if name not in order_of_reading}


@few
@given(st.data(), worlds())
def test_everything_is_accounted_for(data: st.DataObject, world: World) -> None:
    """Records end in one place each, triggers in one decision each, events in one session each."""
    result = run(world.job, data.draw(partitioned(world.lines)))
    counts = result.counts
    fates = ["accepted", "duplicate", "late", "ignored", "dead_letter"]

    assert counts["input"] == len(world.lines) == sum(counts[fate] for fate in fates)
    assert counts["accepted"] == sum(s["events"] for s in result.sessions)
    assert counts["accepted"] * len(result.metrics) == len(result.scores)
    assert counts["triggers"] == len(result.decisions) == sum(counts["decisions"].values())
    assert counts["learned"] == {name: own["n"] for name, own in result.metrics.items()}
    assert len(result.decisions) == len({d["decision_id"] for d in result.decisions})


@few
@given(st.data(), worlds(order="event", sort=False))
def test_rounds_do_not_matter_in_event_order(data: st.DataObject, world: World) -> None:
    """The same partitions cut into other rounds give the same answer."""
    partitions = data.draw(dealt(world.lines))
    in_one = run(world.job, [[partition] for partition in partitions])
    in_many = run(world.job, [data.draw(cut(partition)) for partition in partitions])

    assert said(in_one) == said(in_many)


@few
@given(st.data(), worlds(sort=True))
def test_partitions_do_not_matter_when_sorted(data: st.DataObject, world: World) -> None:
    """Sorted input gives the same answer however it is shuffled and divided."""
    shuffled = data.draw(st.permutations(world.lines))

    assert said(run(world.job, [[world.lines]])) == said(
        run(world.job, data.draw(partitioned(shuffled)))
    )


@few
@given(st.data(), worlds(order="event"))
def test_a_continued_run_is_a_beginning_of_the_final_one(data: st.DataObject, world: World) -> None:
    """What is put out before the end is what the final run begins with."""
    rounds = data.draw(partitioned(world.lines))
    early, final = run(world.job, rounds, continued=True), run(world.job, rounds)

    assert early.decisions == final.decisions[: len(early.decisions)]
    assert early.scores == final.scores[: len(early.scores)]
    assert early.sessions == final.sessions[: len(early.sessions)]


@few
@given(st.data(), worlds(sort=True))
def test_nothing_is_known_of_the_future(data: st.DataObject, world: World) -> None:
    """Without the records after some time, all scores up to that time are the same."""
    times = [row["clock"] for row in run(world.job, [[world.lines]]).features]
    until = data.draw(st.sampled_from(times)) if times else 0
    past = [line for line in world.lines if _time_of(line, read_job(world.job)) <= until]
    whole, cut_off = run(world.job, [[world.lines]]), run(world.job, [[past]])

    assert cut_off.scores == whole.scores[: len(cut_off.scores)]
    assert len(cut_off.features) == sum(time <= until for time in times)


def _time_of(line: bytes, job: Job) -> int:
    """Return the time of a line's event; a broken line has none, and stays."""
    try:
        return parse(line, job).time
    except DeadLetter:
        return 0
