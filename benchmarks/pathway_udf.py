"""Pathway with the job in a UDF: the state sits in a closure, so it is not keyed nor recovered."""

from __future__ import annotations

import time

import pathway as pw

from benchmarks.job import Profile, make_model, step
from benchmarks.protocol import count_lines, paths, say

model, people = make_model(), dict[str, Profile]()


class Event(pw.Schema):
    """The fields of an event that the job needs."""

    event_id: str
    ts: int
    user_id: str
    type: str
    device: str
    channel: str
    price: float | None = pw.column_definition(default_value=None)


@pw.udf(deterministic=True)
def answer_event(
    event_id: str,
    ts: int,
    user_id: str,
    type: str,  # noqa: A002 - the column's name
    device: str,
    channel: str,
    price: float | None,
) -> pw.Json:
    """Run the job for one row."""
    event = {
        "event_id": event_id,
        "ts": ts,
        "user_id": user_id,
        "type": type,
        "device": device,
        "channel": channel,
        "price": price,
    }
    profile = people.get(user_id)
    if profile is None:
        profile = people[user_id] = Profile()
    return step(event, profile, model)


if __name__ == "__main__":
    source, out = paths()
    start = time.perf_counter()
    t = pw.io.jsonlines.read(source, schema=Event, mode="static")
    row = answer_event(t.event_id, t.ts, t.user_id, t.type, t.device, t.channel, t.price)
    pw.io.jsonlines.write(t.select(o=row), out)
    pw.run(monitoring_level=pw.MonitoringLevel.NONE)
    seconds = time.perf_counter() - start
    say("Pathway, UDF", count_lines(out), seconds)
