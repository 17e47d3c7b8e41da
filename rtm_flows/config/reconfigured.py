"""A job reconfigured: what one job reads, with what another does.

In: two jobs. Out: one. It refuses to know where they come from.
"""

from __future__ import annotations

import msgspec

from rtm_flows.config.job import Job


def reconfigured(job: Job, other: Job) -> Job:
    """Return a job that reads what one reads, and does with it what another does.

    The name is that of the first too: ids of decisions are made from it, so that decisions of the
    same event can be compared. The topics too are those of the first, if it has any: they tell how
    records are read, and that they are taken as they come.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> shop = load({"name": "shop", "input": {"paths": ["events.jsonl"]}})
    >>> bold = reconfigured(shop, load({"name": "bold", "floor": 0.5}))
    >>> bold.name, bold.input.paths, bold.floor
    ('shop', ('events.jsonl',), 0.5)
    """
    kafka = job.kafka or other.kafka
    return msgspec.structs.replace(other, name=job.name, input=job.input, kafka=kafka)
