"""The topics of a job by name: what is read, what is written where, and where that began.

In: a job. Out: names. It connects to nothing, and loads no client.
"""

from __future__ import annotations

from rtm_flows.config import Job
from rtm_flows.config.kafka import Kafka
from rtm_flows.errors import ConfigError

ROUNDS = "rounds"
"""The control log: which records were read in which round."""

LEASE = "lease"
"""Who may write: the log of a job's lease, where it wants one."""

Begun = dict[str, tuple[int, ...]]
"""By output topic, the end of each partition before the first record of a job."""


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
