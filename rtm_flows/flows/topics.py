"""Topics: the way out of a job that writes to its broker; nothing else loads the broker's client.

In: a job, and where its output topics ended when it began to write. Out: sinks, not yet connected.
"""

from __future__ import annotations

from collections.abc import Callable

from rtm_flows.config import Job
from rtm_flows.connectors.kafka.headers import source_of
from rtm_flows.connectors.kafka.names import Begun, broker_of
from rtm_flows.connectors.kafka.recent import Recent
from rtm_flows.connectors.kafka.topics import delivers, written
from rtm_flows.connectors.kafka.written import ONCE, Outputs
from rtm_flows.flows.publish import ToTopics
from rtm_flows.lanes.deliveries import is_delivery
from rtm_flows.operators.deliver import Delivering, Guard
from rtm_flows.operators.housekeeping import Housekeeping
from rtm_flows.operators.publish import Publish


def to_topics(
    job: Job,
    begun: Begun,
    house: Housekeeping,
    is_stopped: Callable[[], bool],
    told_until: int | None,
) -> ToTopics:
    """Return the way out into the topics of a job; what was told before a time is history."""
    topics, rule = written(job), broker_of(job)
    named = job.outputs.decisions.fields
    once = ONCE if named is None or "decision_id" in named else frozenset()
    outputs = Outputs(source_of(job.name), topics, begun, once)
    sink = Publish(rule, job.name, outputs, house)
    if not delivers(job):
        return ToTopics(sink, None)
    goes_on = is_stopped if house.store is not None else lambda: False
    delivering = Delivering(
        rule.written.channels,
        house,
        goes_on,
        guard=_guard(job, begun),
        told_until=told_until,
    )
    return ToTopics(sink, delivering)


def _guard(job: Job, begun: Begun) -> Guard | None:
    """Return how many deliveries of a job may go out."""
    rule = broker_of(job)
    breaker = rule.written.breaker
    if not breaker.active:
        return None
    delivered = {
        topic: begun[topic] for output, topic in written(job).items() if is_delivery(output)
    }
    least = 2 * (sum(breaker.most.values()) + (breaker.others or 0))
    recent = Recent(rule, job.name, delivered, least)
    return Guard(breaker, rule.written.partitions, recent)
