"""Hypothesis strategies: small worlds in which everything that can go wrong happens often.

Out: streams of raw canonical JSON lines for a job, and their division into partitions and rounds.
Times cluster around what decides: the session's gap, cell edges, ticks, lateness and the
de-duplication window, exact equality included. Nothing here says what the answer is.

`worlds()` is the usual entrance; `partitioned(lines)` divides its lines.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.job_strategies import LIFE_TYPES, TYPES, jobs

START = 1_704_067_200_000  # 2024-01-01T00:00:00Z: an edge of every cell and tick used here
LONG = 3_600_000  # a span that no stream crosses
CHANGES: tuple[dict[str, Any], ...] = (
    {"type": "search"}, {"type": "order_completed"}, {"price": 3}, {"quantity": 4},
    {"value": 5.5}, {"device": "tablet"},
)  # fmt: skip
PEOPLE: tuple[dict[str, Any], ...] = (
    {"user_id": "1"},
    {"user_id": 1},
    {"user_id": "b", "anonymous_id": "1"},
    {"anonymous_id": "1"},
    {"user_id": "", "anonymous_id": "é"},
)
STYLES = ("plain", "compact", "reversed", "offset", "microseconds", "seconds")
BROKEN = (
    b"{",
    b'{"time": "2024-01-01T00:00:00Z"',
    b"not json",
    b"[]",
    b"5",
    b'"text"',
    b"null",
    b'{"user_id": "\xff"}',
    b'{"type": "search", "user_id": "1"}',
    b'{"time": null, "type": "search", "user_id": "1"}',
    b'{"time": "2024-01-01T00:00:00Z", "user_id": "1"}',
    b'{"time": "2024-01-01T00:00:00Z", "type": "search"}',
    b'{"time": "2024-01-01T00:00:00Z", "type": "search", "user_id": "", "anonymous_id": null}',
    b'{"time": "2024-13-01T00:00:00Z", "type": "search", "user_id": "1"}',
    b'{"time": "yesterday", "type": "search", "user_id": "1"}',
    b'{"time": "1989-12-31T23:59:59.999Z", "type": "search", "user_id": "1"}',
    b'{"time": "2100-01-01T00:00:00Z", "type": "search", "user_id": "1"}',
    b'{"time": "2024-01-01T00:00:00Z", "type": ["search"], "user_id": "1"}',
    b'{"time": "2024-01-01T00:00:00Z", "type": "search", "user_id": true}',
    b'{"time": "2024-01-01T00:00:00Z", "type": "search", "user_id": {"a": 1}}',
    b'{"time": "2024-01-01T00:00:00Z", "type": "search", "user_id": "1", "price": "nine"}',
    b'{"time": "2024-01-01T00:00:00Z", "type": "search", "user_id": "1", "price": 1e13}',
    b'{"time": "2024-01-01T00:00:00Z", "type": "search", "user_id": "1", "value": -1e13}',
    b'{"time": "2024-01-01T00:00:00Z", "type": "search", "user_id": "1", "quantity": -1}',
    b'{"time": "2024-01-01T00:00:00Z", "type": "search", "user_id": "1", "quantity": 1.5}',
    b'{"time": "2024-01-01T00:00:00Z", "type": "search", "user_id": "1", "quantity": 1000001}',
)


def edges(job: Mapping[str, Any]) -> list[int]:
    """Return the milliseconds that decide something in this job, each with its neighbours."""
    spans = [
        _ms(job["sessions"]["gap"]), _ms(job["time"]["lateness"]), _ms(job["time"]["tick"]),
        _ms(job["dedup"]["window"]), 5000, 10_000,
        *(_ms(one[key]) for one in job.get("pauses", ()) for key in ("within", "lasts")),
        *(_ms(model["horizon"]) for model in job["models"].values() if "horizon" in model),
    ]  # fmt: skip
    near = {span + off for span in spans if span < LONG for off in (-1, 0, 1)}
    return sorted(edge for edge in near if edge >= 0)


def _ms(span: str) -> int:
    return int(float(span.removeprefix("PT").removesuffix("S")) * 1000)


def steps(job: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return what may happen next: mostly an event, at times a copy of one, or a broken line."""
    # Each call makes a branch of its own: `one_of` counts the same object only once.
    events = [event_steps(job, event_fields()) for _ in range(8)]
    if job.get("pauses"):
        events += [event_steps(job, outcome_fields()) for _ in range(8)]
    broken = st.sampled_from(BROKEN).map(lambda broken_line: {"broken": broken_line})
    return st.one_of([*events, copy_steps(job), copy_steps(job), broken])


def event_steps(
    job: Mapping[str, Any], fields: st.SearchStrategy[dict[str, Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    """Return an event: how far time advances, how far the event lies behind it, and what it is."""
    near = edges(job)
    return st.fixed_dictionaries(
        {
            "advance": st.one_of(st.sampled_from([0, 0, 1, 700, 2500]), st.sampled_from(near)),
            "behind": st.one_of(st.just(0), st.sampled_from([0, *near])),
            "snap": st.sampled_from([0, 0, 0, _ms(job["time"]["tick"]), 5000]),
            "jitter": st.sampled_from([-1, 0, 1]),
            "person": st.sampled_from(PEOPLE),
            "id": st.sampled_from(["fresh", "fresh", "fresh", "fresh", None, "a", "b", 7]),
            "style": st.sampled_from(STYLES),
            "fields": fields,
        }
    )


def copy_steps(job: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a copy of an earlier line: which, how its time is shifted, what else differs."""
    near = edges(job)
    return st.fixed_dictionaries(
        {
            "copy": st.integers(1, 6),
            "shift": st.one_of(st.just(0), st.sampled_from([*near, *(-edge for edge in near)])),
            "change": st.one_of(st.just({}), st.sampled_from(CHANGES)),
        }
    )


def event_fields() -> st.SearchStrategy[dict[str, Any]]:
    """Return the fields of an event that are not its time, id or person."""
    return st.fixed_dictionaries(
        {"type": st.sampled_from([*TYPES, *TYPES, *LIFE_TYPES, "impression"])},
        optional={
            "item_id": st.sampled_from(["p1", "p2", "p3", 4]),
            "item_category": st.sampled_from(["shoes", "böcker", ""]),
            "case_id": st.sampled_from(["c1", "c2"]),
            "price": st.sampled_from([0, 1, 9.99, 12.5, 0.125]),
            "quantity": st.sampled_from([0, 1, 2]),
            "value": st.sampled_from([0, 19.98, 100, -5.0, None]),
            "source": st.sampled_from(["web", "app"]),
            "channel": st.sampled_from(["web", "app", "email"]),
            "device": st.sampled_from(["mobile"]),
            "transaction_id": st.sampled_from(["t1", "t2", 3, "3", ""]),
            "ahead": st.sampled_from([0, 1, 60_000, 60_001]),
        },
    )


def outcome_fields() -> st.SearchStrategy[dict[str, Any]]:
    """Return the fields of an event that tells what was shown, or what came of it."""
    shown = ["impression", "impression", "impression", "impression", "clicked", "rejected"]
    return st.fixed_dictionaries(
        {
            "type": st.sampled_from(shown),
            "action": st.sampled_from(["action_0", "action_0", "action_0", "action_1", "none"]),
        },
        optional={"treatment": st.sampled_from(["mail", "push", "banner", "action_0", "fax"])},
    )


@st.composite
def streams(draw: st.DrawFn, job: Mapping[str, Any], max_size: int = 40) -> list[bytes]:
    """Return the lines of a stream for a job, in arrival order."""
    least = draw(st.sampled_from([0, max_size // 4, max_size // 2, max_size]))
    now = START
    lines: list[bytes] = []
    events: list[tuple[int, dict[str, Any]]] = []
    happened = draw(st.lists(steps(job), min_size=least, max_size=max_size))
    for number, step in enumerate(happened):
        if "broken" in step:
            lines.append(step["broken"])
        elif "copy" not in step:
            now = _snapped(now + step["advance"], step["snap"], step["jitter"])
            events.append((now - step["behind"], _record(step, number)))
            lines.append(line(*events[-1], step["style"]))
        elif len(events) >= step["copy"]:
            time, record = events[-step["copy"]]
            lines.append(line(time + step["shift"], {**record, **step["change"]}))
    return lines


def _snapped(time: int, snap: int, jitter: int) -> int:
    """Return the next edge of a cell and its neighbours, so that time never goes back far."""
    return time if snap == 0 else -(-time // snap) * snap + jitter


def _record(step: Mapping[str, Any], number: int) -> dict[str, Any]:
    record = {**step["person"], **step["fields"]}
    if step["id"] is not None:
        record["id"] = f"e{number}" if step["id"] == "fresh" else step["id"]
    return record


def line(time: int, record: Mapping[str, Any], style: str = "plain") -> bytes:
    """Return a canonical line in one of several spellings, all of the same meaning.

    Examples
    --------
    >>> line(START, {"type": "search", "user_id": "1"})
    b'{"time": "2024-01-01T00:00:00.000Z", "type": "search", "user_id": "1"}'
    """
    plain = {"time": _time_text(time, style), **record}
    ahead = plain.pop("ahead", None)
    if ahead is not None:
        plain["received_at"] = _time_text(time - ahead, style)
    if style == "reversed":
        plain = dict(reversed(plain.items()))
    separators = (",", ":") if style in ("compact", "reversed") else None
    return json.dumps(plain, separators=separators, ensure_ascii=style != "compact").encode()


def _time_text(time: int, style: str) -> str:
    moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=time)
    if style == "offset":
        two_hours_ahead = dt.timezone(dt.timedelta(hours=2))
        return moment.astimezone(two_hours_ahead).isoformat(timespec="milliseconds")
    spec = "microseconds" if style == "microseconds" else "milliseconds"
    if style == "seconds" and time % 1000 == 0:
        spec = "seconds"
    return moment.isoformat(timespec=spec).replace("+00:00", "Z")


@dataclass(frozen=True)
class World:
    """A job and the lines it reads, in arrival order."""

    job: dict[str, Any]
    lines: list[bytes]


@st.composite
def worlds(
    draw: st.DrawFn, order: str | None = None, sort: bool | None = None, max_size: int = 40
) -> World:
    """Return a job and a stream made for it."""
    job = draw(jobs(order=order, sort=sort))
    return World(job, draw(streams(job, max_size)))


@st.composite
def dealt(draw: st.DrawFn, lines: Sequence[bytes], most: int = 3) -> list[list[bytes]]:
    """Return the lines dealt to 1 to `most` partitions, each in arrival order."""
    count = draw(st.integers(1, most))
    to = draw(st.lists(st.integers(0, count - 1), min_size=len(lines), max_size=len(lines)))
    return [[ln for ln, p in zip(lines, to, strict=True) if p == own] for own in range(count)]


@st.composite
def cut(draw: st.DrawFn, lines: Sequence[bytes], most: int = 5) -> list[list[bytes]]:
    """Return one partition's lines cut into 1 to `most` rounds, some of them empty."""
    cuts = sorted(draw(st.lists(st.integers(0, len(lines)), max_size=most - 1)))
    bounds = [0, *cuts, len(lines)]
    return [list(lines[a:b]) for a, b in itertools.pairwise(bounds)]


@st.composite
def partitioned(draw: st.DrawFn, lines: Sequence[bytes]) -> list[list[list[bytes]]]:
    """Return the lines dealt to partitions, each cut into rounds: what `tests.reference` reads."""
    return [draw(cut(partition)) for partition in draw(dealt(lines))]
