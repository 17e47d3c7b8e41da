"""Three nodes of the real Apache Kafka in KRaft mode, each broker and controller at once.

In: an empty folder. Out: a cluster whose topics have three replicas, two of which must have a
record before it counts as written. Any one of the nodes may be killed.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.kafka.broker import START_SECONDS, RealKafka, free_ports

COUNT = 3


class Nodes:
    """The cluster.

    Attributes
    ----------
    bootstrap
        The addresses of all nodes.
    """

    def __init__(self, folder: Path) -> None:
        controllers = dict(enumerate(free_ports(COUNT), start=1))
        self._nodes = {}
        for number in controllers:
            place = folder / str(number)
            place.mkdir()
            self._nodes[number] = RealKafka(place, number, controllers)
        self.bootstrap = ",".join(node.bootstrap for node in self._nodes.values())

    def start(self) -> None:
        """Start all nodes; return when all are known to each other."""
        for node in self._nodes.values():
            node.begin()
        for node in self._nodes.values():
            node.wait(COUNT)

    def create_topic(self, name: str, partitions: int) -> None:
        """Create a topic with three replicas; return when it can be used."""
        topic = NewTopic(name, partitions, COUNT, config={"min.insync.replicas": "2"})
        admin = self._admin()
        admin.create_topics([topic])[name].result(START_SECONDS)

    def leader(self, topic: str, partition: int) -> int:
        """Return the number of the node that leads a partition."""
        admin = self._admin()
        found: int = admin.list_topics(topic, 5.0).topics[topic].partitions[partition].leader
        return found

    def kill(self, number: int) -> None:
        """End a node as a crash would."""
        self._nodes[number].kill()

    def led_by_others(self, topic: str, partition: int, number: int) -> None:
        """Wait until another node leads a partition.

        Raises
        ------
        TimeoutError
            If none does in time.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                if self.leader(topic, partition) not in (-1, number):
                    return
            except KafkaException:
                continue
            time.sleep(0.1)
        msg = f"{topic}/{partition} has no leader but node {number}"
        raise TimeoutError(msg)

    def end(self) -> None:
        """End all nodes."""
        for node in self._nodes.values():
            node.kill()

    def _admin(self) -> AdminClient:
        return AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})


@contextmanager
def three_nodes(folder: Path) -> Iterator[Nodes]:
    """Run three nodes with their data and their logs in `folder`, an empty one.

    Raises
    ------
    BrokerUnavailableError
        Java, Maven or the jars are missing.
    RuntimeError
        A node did not come up; the text has the end of its log.
    """
    nodes = Nodes(folder)
    try:
        nodes.start()
        yield nodes
    finally:
        nodes.end()
