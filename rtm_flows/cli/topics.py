"""`rtm topics`: the topics that a job reads and writes, as they should be and as they are."""

from __future__ import annotations

import argparse

from rich.console import Console
from rich.table import Table as Grid

from rtm_flows.cli.console import console
from rtm_flows.config import Job, load
from rtm_flows.connectors.kafka.names import broker_of
from rtm_flows.connectors.kafka.registry import registry_of
from rtm_flows.connectors.kafka.topics import There, Topics, Wanted, faults, wanted
from rtm_flows.times import format_duration


def topics(parsed: argparse.Namespace) -> int:
    """List the topics; with `--create`, make those that the job writes and that are missing."""
    job = load(parsed.job)
    rule, needed = broker_of(job), wanted(job)
    broker = Topics(rule)
    there = broker.there(one.topic for one in needed)
    if parsed.create:
        missing = [one for one in needed if one.partitions and one.topic not in there]
        broker.create(missing, rule.written.replicas)
        there |= broker.there(one.topic for one in missing)
    found = broker.settings(there)
    console().print(_grid(needed, found))
    _show_faults(console(), job, found)
    return 0


def ask_broker(out: Console, job: Job) -> int:
    """Print what is amiss with the topics of a job, and whether its registry answers.

    Returns
    -------
    int
        How much is amiss with the topics.
    """
    broker = Topics(broker_of(job))
    topics = [one.topic for one in wanted(job)]
    amiss = _show_faults(out, job, broker.settings(broker.there(topics)))
    if not amiss:
        out.print(f"the broker answers, and its {len(topics)} topics are as they should be")
    registry = registry_of(job)
    if registry is not None:
        registry.check()
        out.print("the schema registry answers")
    return amiss


def _show_faults(out: Console, job: Job, found: dict[str, There]) -> int:
    """Print what is amiss with the topics of a job; return how much."""
    amiss = faults(job, found)
    for text in amiss:
        out.print(text)
    return len(amiss)


def _grid(needed: list[Wanted], found: dict[str, There]) -> Grid:
    grid = Grid("topic", "role", "partitions", "kept", "is there", box=None, pad_edge=False)
    for one in needed:
        there = found.get(one.topic)
        count = one.partitions if there is None else there.partitions
        kept = one.retention_ms if there is None else there.retention_ms
        grid.add_row(
            one.topic,
            one.role if one.partitions is None else f"written: {one.role}",
            "" if count is None else str(count),
            _kept(kept),
            "no" if there is None else "yes",
        )
    return grid


def _kept(retention_ms: int | None) -> str:
    """Return how long records are kept; of what the broker does not tell, nothing."""
    if retention_ms is None:
        return ""
    return "for ever" if retention_ms < 0 else format_duration(retention_ms)
