"""Where writing begins: the ends of all output topics, before the first record of a job.

In: a job with its topics. Out: the ends of their partitions, which a run without any snapshot goes
on from; or a refusal, where the topics hold records of an earlier run and nobody said that these
may stand.
"""

from __future__ import annotations

from rtm_flows.config import Job
from rtm_flows.connectors.kafka.names import Begun, broker_of
from rtm_flows.connectors.kafka.read_back import log_reader
from rtm_flows.connectors.kafka.topics import written
from rtm_flows.errors import OutputError


def begin(job: Job, *, append: bool) -> Begun:
    """Return where the output topics of a job end.

    Parameters
    ----------
    append
        Whether they may hold records already.

    Raises
    ------
    OutputError
        If they do, and may not.
    BrokerError
        If the broker does not tell.
    """
    rule = broker_of(job)
    begun: Begun = {}
    with log_reader(rule, job.name) as reader:
        for topic in written(job).values():
            ends = [reader.ends(topic, number) for number in range(rule.written.partitions)]
            held = sum(end - first for first, end in ends)
            if held and not append:
                msg = (
                    f"{topic}: holds {held} records already; resume what wrote them with its "
                    "--recovery folder, give --append to write after them, or name other topics "
                    "(kafka.written.prefix)"
                )
                raise OutputError(msg)
            begun[topic] = tuple(end for _, end in ends)
    return begun
