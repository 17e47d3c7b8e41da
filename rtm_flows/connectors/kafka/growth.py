"""Growth: partitions that topics get while a job runs, said once, since a restart is wanted.

In: what is read. Out: a line in the log. Looking is done beside the job, by a client of its own, so
that a broker that does not answer holds nothing up.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.client import properties
from rtm_flows.connectors.rounds import partition_name
from rtm_flows.operating.logs import log

_EVERY = 60.0
_ANSWER = 10.0


class Growth:
    """Looks for new partitions, once a minute.

    Parameters
    ----------
    rule
        The broker and its topics.
    known
        The partitions that are read.
    every
        Seconds between two looks.
    """

    def __init__(self, rule: Kafka, known: Collection[str], every: float = _EVERY) -> None:
        self._rule, self._every = rule, every
        self._known = set(known)
        self._stopping = threading.Event()
        threading.Thread(target=self._watch, daemon=True, name="rtm-growth").start()

    def close(self) -> None:
        """Look no more."""
        self._stopping.set()

    def _watch(self) -> None:
        client: AdminClient | None = None
        while not self._stopping.wait(self._every):
            client = client or AdminClient(properties(self._rule))
            new = set(self._found(client)) - self._known
            if new:
                self._known |= new
                log().warning("new_partitions_wait_for_a_restart", partitions=sorted(new))

    def _found(self, client: AdminClient) -> Iterable[str]:
        for topic in self._rule.topics:
            try:
                told = client.list_topics(topic.name, timeout=_ANSWER).topics[topic.name]
            except KafkaException:
                continue  # of a broker that is away others warn
            yield from (partition_name(topic.name, number) for number in told.partitions)
