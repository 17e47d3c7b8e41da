"""The topics of a job by name: what is read, and what is written where.

In: a job. Out: names. It connects to nothing.
"""

from __future__ import annotations

from rtm_flows.config import Job
from rtm_flows.config.kafka import Kafka
from rtm_flows.errors import ConfigError
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.wiring import outputs

ROUNDS = "rounds"
"""The control log: which records were read in which round."""
DELIVERIES = "deliveries"
"""Decisions that are to be delivered; with `kafka.written.channels` a topic a channel."""
UNDELIVERED = "undelivered"
"""Decisions that came too late to be delivered."""


def broker_of(job: Job) -> Kafka:
    """Return the broker of a job.

    Raises
    ------
    ConfigError
        If it has none.
    """
    if job.kafka is None:
        msg = "kafka: this job has no broker; add the table [kafka]"
        raise ConfigError(msg)
    return job.kafka


def topic_of(job: Job, output: str) -> str:
    """Return the topic of an output, or of the control log.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> topic_of(load({"name": "shop", "kafka": {}}), "decisions")
    'shop.decisions'
    """
    prefix = broker_of(job).written.prefix
    return f"{job.name}." * (prefix is None) + (prefix or "") + output


def written_topics(job: Job) -> dict[str, int]:
    """Return every topic that a job may write, with its number of partitions.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> topics = written_topics(load({"name": "shop", "kafka": {"written": {"partitions": 2}}}))
    >>> topics["shop.decisions"], topics["shop.rounds"]
    (2, 1)
    """
    rule = broker_of(job).written
    names = [*outputs(Plan.of(job, 1)), UNDELIVERED]
    names += [f"{DELIVERIES}.{one}" for one in channels_of(job)] if rule.channels else [DELIVERIES]
    return {topic_of(job, name): rule.partitions for name in names} | {topic_of(job, ROUNDS): 1}


def channels_of(job: Job) -> list[str]:
    """Return the channels through which anything of a job is delivered, sorted."""
    channels = set[str]()
    for action in job.actions:
        channels.update([one.channel for one in action.treatments] or [action.channel])
    return sorted(channels)
