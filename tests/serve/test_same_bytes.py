"""A decision within a request has the bytes of the flow: for any job, history, person and event.

The history is cut before every event. What the whole run wrote is what one person's profile gives,
whether it was taken from the people of a job, read back from bytes, or carried on by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.columns import concat
from rtm_flows.config import Job, load
from rtm_flows.connectors.memory_input import in_order
from rtm_flows.connectors.parsers import parser_of
from rtm_flows.errors import InputError
from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.plan import Plan
from rtm_flows.serve.decider import Decider
from rtm_flows.serve.profile import Profile
from rtm_flows.serve.profiles import Profiles
from tests.job_strategies import moments, type_lists
from tests.lanes.cluster import Outputs
from tests.lanes.streams import answered, arriving
from tests.strategies import World, worlds

quick = settings(max_examples=10)
ON_EVENTS = ("event:", "sequence", "count", "score_crossing")
"""How the names of triggers begin that fire on an event, where moments are named by their kind."""


class Event(NamedTuple):
    """A record that is an event, with what of it is known before it is folded in."""

    line: bytes
    time: int
    person: str


def whole(job: Job, lines: Sequence[bytes]) -> list[bytes]:
    """Return the decisions of a whole run, to the end of which one line is a batch."""
    plan = Plan.of(job, 1)
    engine, outputs = Engine(plan), Outputs(plan)
    for batch in arriving(job, [[[line] for line in lines]]):
        for written in engine.push(batch):
            outputs.write(written)
    return outputs.files["decisions"].splitlines()


def events_of(job: Job, lines: Sequence[bytes]) -> list[Event]:
    """Return the lines that are events: in event order in canonical place, else as they stand."""
    parser = parser_of(job)
    tables = [parser.parse_lines([line]).table for line in lines]
    if not tables:
        return []
    rows = concat([one.with_columns({"row": one["row"] + at}) for at, one in enumerate(tables)])
    if job.order == "event":
        rows = in_order(rows)
    columns = rows["row"].tolist(), rows["time"].tolist(), rows["person"].tolist()
    return [Event(lines[row], time, person) for row, time, person in zip(*columns, strict=True)]


def named_by_kind(drawn: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return moments under names that begin with their kinds."""
    return [{**one, "name": f"{one['kind']}_{at}"} for at, one in enumerate(drawn)]


def with_moments(data: st.DataObject, world: World) -> dict[str, Any]:
    """Return the job of a world with moments drawn for it."""
    gap = int(world.job["sessions"]["gap"][2:-1])
    drawn = named_by_kind(data.draw(moments(gap)))
    types = data.draw(st.one_of(st.just(["*"]), type_lists()))
    return {**world.job, "triggers": {"types": types, "moments": drawn}}


def on_event(line: bytes) -> bool:
    """Tell whether a decision was fired by an event or by a moment on it, not by a timer."""
    return str(msgspec.json.decode(line)["trigger"]["type"]).startswith(ON_EVENTS)


def check_every_event(job: Job, lines: Sequence[bytes]) -> None:
    """Decide on every event of a history by what was before it, and compare with the whole run."""
    events = events_of(job, lines)
    wanted = whole(job, [event.line for event in events])
    people, decider, found = Profiles(job), Decider(job), list[bytes]()
    for event in events:
        if people.time is not None:
            people.until(event.time)
        profile = people.of(event.person)
        if profile.time is not None and event.time < profile.time:
            with pytest.raises(InputError, match="must not be before"):
                decider.decide(profile, event.line)
        else:
            decided = decider.decide(profile, event.line)
            again = decider.decide(Profile.from_bytes(profile.to_bytes()), event.line)
            assert (again.lines, again.scores) == (decided.lines, decided.scores)
            found += decided.lines
        people.learn([event.line])

    # Timers that the passing of time has let fire were told before anybody asked.
    assert Counter(found) <= Counter(wanted)
    assert Counter(filter(on_event, found)) == Counter(filter(on_event, wanted))


@pytest.mark.parametrize("order", ["event", "log"])
@quick
@given(st.data())
def test_every_decision_on_an_event_has_the_bytes_of_the_run(
    order: str, data: st.DataObject
) -> None:
    """With learning, limits, experiments, exploration and moments of all kinds."""
    world = data.draw(worlds(order=order, sort=order == "event"))

    check_every_event(load(with_moments(data, world)), world.lines)


@pytest.mark.parametrize("seed", range(1, 6))
def test_responses_are_learned_as_in_the_run(seed: int) -> None:
    """Decisions that are shown and answered, with learned propensities."""
    plain, partitions = answered(seed)
    moments_of = plain["triggers"].get("moments", [])
    plain["triggers"] |= {"moments": named_by_kind(moments_of)}
    plain["actions"] = [one for one in plain["actions"] if one["name"] != "back"]
    plain["time"].pop("lag")

    lines = [line for part in partitions for batch in part for line in batch]

    check_every_event(load(plain), lines[:50])


@quick
@given(worlds(order="event", sort=True), st.data())
def test_a_person_goes_on_alone(world: World, data: st.DataObject) -> None:
    """From nothing, through bytes, event by event: all decisions, of timers too, in their order.

    Nobody else is known. Ticks are so long that no version is asked for.
    """
    plain = with_moments(data, world)
    job = load({**plain, "time": {**plain["time"], "tick": "P1D"}, "learning": {"period": "P1D"}})
    events = events_of(job, world.lines)
    person = data.draw(st.sampled_from([event.person for event in events] or ["u:1"]))
    lines = [event.line for event in events if event.person == person]
    decider, profile, found = Decider(job), Profiles(job).of(person), list[bytes]()
    for line in lines:
        decided = decider.decide(profile, line)
        found += decided.lines
        profile = Profile.from_bytes(decided.profile.to_bytes())
    wanted = whole(job, lines)

    # The end of input lets timers fire that were due before it; none of them is after.
    assert found == wanted[: len(found)]
    assert not any(on_event(line) for line in wanted[len(found) :])
