"""Checking a feature written in Python: whether it keeps to its contract.

In: the class, its options, and events if random ones would not do. Out: nothing, or an error that
tells the promise that was broken, at which event, and what is likely to be mended. What it can't
find: a promise broken only by events that it did not try.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from rtm_flows.columns import Table
from rtm_flows.config import Job, load
from rtm_flows.errors import FeatureError, InputError
from rtm_flows.events.parser import Parser
from rtm_flows.features.own.contract import OwnFeature
from rtm_flows.features.own.kind import Python
from rtm_flows.features.own.loading import check_code, load_feature
from rtm_flows.lanes.order import canonical
from rtm_flows.lanes.plan import Plan
from rtm_flows.testing.lives import Lived, live, look
from rtm_flows.testing.random_events import random_events
from rtm_flows.testing.ranges import outside
from rtm_flows.times import DAY, format_time

TYPES = (
    *("view_item", "search", "add_to_cart", "remove_from_cart", "begin_checkout", "purchase"),
    *("page_view", "email_opened"),
)
"""Event types of random streams, beside those that the feature declares."""

_NOTHING = (
    'when it is asked at a time at which nothing happens (a row of the type "", in no mask, as the '
    "timers of moments see it)"
)
_STATE = "nothing may count but the event and what `fields` and `maps` hold of its person"
_OTHERS = "read and write the state at `rows.slot` and `rows.people` only, and sum over no column"


class _Way(NamedTuple):
    """Another way for the same events to come, which must not matter."""

    said: str
    events: Table
    places: Sequence[int]
    cuts: Sequence[int]
    restored: bool
    remedy: str


def check_feature(
    code: str | type[OwnFeature],
    options: Mapping[str, Any] | None = None,
    *,
    events: Iterable[Mapping[str, Any]] | None = None,
    texts: Mapping[str, Sequence[str]] | None = None,
    seeds: Iterable[int] = range(10),
) -> None:
    """Prove on streams of events that a feature keeps to its contract.

    The same events come in one pass, twice over, one by one, cut anywhere, saved and restored
    between passes, and each person's alone: the values at every event and the state at the end must
    be the same to the bit. A day after the last event it must have values too, though nothing
    happens then. Values must lie in their ranges, and change at all.

    Parameters
    ----------
    code
        `module:Class` as in the configuration, or the class; it must be importable.
    options
        As in the configuration.
    events
        Records of the canonical format to try instead of random ones.
    texts
        Texts that random events have, by field; by default a few, and those in the options.
    seeds
        One random stream, and one way to cut it, for each.

    Raises
    ------
    FeatureError
        If it breaks its contract; the text says how, and where.
    ValueError
        If `code` is no `module:Class`.
    ConfigError
        If the options are not plain.
    InputError
        If a given event is none.
    """
    name = code if isinstance(code, str) else f"{code.__module__}:{code.__qualname__}"
    check_code(name)
    plain = dict(options or {})
    own = load_feature(name, plain)
    job = _job(name, plain, own)
    plan = Plan.of(job, 1)
    tried: list[np.ndarray[Any, np.dtype[np.float64]]] = []
    given = None if events is None else [dict(event) for event in events]
    for seed in seeds:
        stream = random_events(seed, _types(own), _texts(own, plain, texts))
        table = _table(stream if given is None else given, job)
        tried.append(_check_stream(plan, table, seed))
    _check_values(name, own, np.concatenate(tried))


def _job(code: str, options: dict[str, Any], own: OwnFeature) -> Job:
    # Named by number: a value may have the name of a column that stands beside features.
    features = [
        {"name": f"v{at}", "kind": "python", "code": code, "value": value, "options": options}
        for at, value in enumerate(own.values)
    ]
    # Copies are events here, so that every event given has an answer.
    dedup = {"window": "PT0S"}
    return load({"name": "check", "lanes": 3, "features": features, "actions": [], "dedup": dedup})


def _types(own: OwnFeature) -> list[str]:
    declared = [name for types in own.types for name in types if name not in ("*", "!")]
    return list(dict.fromkeys([*declared, *TYPES]))


def _texts(
    own: OwnFeature, options: Mapping[str, Any], given: Mapping[str, Sequence[str]] | None
) -> dict[str, Sequence[str]]:
    some = [*_strings(list(options.values())), "a", "b"]
    return {name: (given or {}).get(name, some) for name in own.text}


def _strings(values: Iterable[Any]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list | dict):
            yield from _strings(value.values() if isinstance(value, dict) else value)


def _table(records: Sequence[Mapping[str, Any]], job: Job) -> Table:
    """Return the events of records, in canonical order."""
    parser = Parser(job.mapping, source=job.source, text=job.text)
    parsed = parser.parse_lines([msgspec.json.encode(record) for record in records])
    if parsed.bad or not len(parsed.table):
        first = parsed.bad[0] if parsed.bad else "no event"
        msg = f"check_feature wants events of the canonical format; got {first}"
        raise InputError(msg)
    everyone = np.zeros(len(parsed.table), dtype=np.int64)
    places = np.arange(len(parsed.table), dtype=np.int64)
    return parsed.table.take(canonical(everyone, parsed.table, job.text, places))


def _check_stream(plan: Plan, events: Table, seed: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Let the events come in every way; return the values."""
    straight = live(plan, events)
    for way in _ways(events, seed):
        other = live(plan, way.events, way.cuts, restored=way.restored)
        _compare(plan, straight, other, way, events, seed)
    try:
        look(plan, events, DAY)
    except FeatureError as error:
        msg = f"a day after the last event (seed {seed}), {_NOTHING}: {error}"
        raise FeatureError(msg) from error
    return straight.values


def _ways(events: Table, seed: int) -> Iterator[_Way]:
    rng, everything = random.Random(seed), range(len(events))
    again = (
        "keep nothing outside of the state: no module's or class's variable, no clock, no chance"
    )
    yield _Way("come a second time", events, everything, (), restored=False, remedy=again)
    each = range(1, len(events))
    yield _Way("come one by one", events, everything, each, restored=False, remedy=_STATE)
    cuts = sorted(rng.sample(each, min(6, len(each))))
    said = f"come in passes cut at {cuts}"
    yield _Way(said, events, everything, cuts, restored=False, remedy=_STATE)
    said += " and are saved and restored between them"
    yield _Way(said, events, everything, cuts, restored=True, remedy=_STATE)
    persons = events["person"]
    for person in dict.fromkeys(persons.tolist()):
        places = np.flatnonzero(persons == person)
        said = "come without those of other people"
        yield _Way(said, events.take(places), places.tolist(), (), restored=False, remedy=_OTHERS)


def _compare(
    plan: Plan, straight: Lived, other: Lived, way: _Way, events: Table, seed: int
) -> None:
    before, after = straight.values[list(way.places)], other.values
    rows, columns = np.nonzero(before != after)
    if len(rows):
        row, column = int(rows[0]), int(columns[0])
        place = way.places[row]
        what, who, when = (events[name][place] for name in ("type", "person", "time"))
        msg = (
            f"{_code(plan)}: {_value(plan, column)!r} at event {place} ({what} of {who}, "
            f"{format_time(int(when))}; seed {seed}) is {before[row, column]} in one pass of all, "
            f"and {after[row, column]} when the events {way.said}: {way.remedy}"
        )
        raise FeatureError(msg)
    for person, state in other.states.items():
        if state != straight.states[person]:
            msg = (
                f"{_code(plan)}: the state of {person} at the end (seed {seed}) is another when "
                f"the events {way.said}: {way.remedy}"
            )
            raise FeatureError(msg)


def _code(plan: Plan) -> str:
    return _defined(plan, 0).code


def _value(plan: Plan, column: int) -> str:
    return _defined(plan, column).value or ""


def _defined(plan: Plan, column: int) -> Python:
    feature: Any = plan.features[column]
    defined: Python = feature
    return defined


def _check_values(
    code: str, own: OwnFeature, values: np.ndarray[Any, np.dtype[np.float64]]
) -> None:
    for (name, said), column in zip(own.values.items(), values.T, strict=True):
        wrong = column[outside(said.range, column)]
        if len(wrong):
            msg = f"{code}: {name!r} is said to be in {said.range}, and was {wrong[0]}"
            raise FeatureError(msg)
        if (column == column[0]).all():
            msg = (
                f"{code}: {name!r} was {column[0]} at all {len(column)} events, which proves "
                "nothing: give `texts` or `events` that it follows"
            )
            raise FeatureError(msg)
