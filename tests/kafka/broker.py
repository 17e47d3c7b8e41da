"""Start the real Apache Kafka for a test, on loopback, and end it with the test.

In: an empty folder for its data and its log. Out: a running broker with its bootstrap address.
Refuses to know what a test writes or reads, and where the jars come from.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Protocol, runtime_checkable

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.kafka.fetch import BrokerUnavailableError, fetch

START_SECONDS = 30.0
PORTS = range(20_000, 32_000)
CLUSTER_ID = "cnRtX2Zsb3dzX3Rlc3RzXw"
# Tiered compilation stopped at C1 and the serial collector: quick start, small memory.
JVM = ["-Xms256m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
# Whatever ends the test run closes its end of the pipe on standard input; the watcher in the
# background then kills the group. A death signal would do so when the starting thread ends.
LEASH = 'exec 3<&0; (cat <&3 >&2; kill -9 0) & exec "$@" </dev/null 3<&-'
PROPERTIES = "server.properties"
CONFIG = """\
process.roles=broker,controller
node.id={number}
controller.quorum.voters={voters}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{broker}
log.dirs=data
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
auto.create.topics.enable=false
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=1
offsets.topic.replication.factor={replicas}
transaction.state.log.num.partitions=1
transaction.state.log.replication.factor={replicas}
transaction.state.log.min.isr={replicas}
share.coordinator.state.topic.num.partitions=1
share.coordinator.state.topic.replication.factor={replicas}
share.coordinator.state.topic.min.isr={replicas}
log.cleaner.dedupe.buffer.size=8388608
"""


class Broker(Protocol):
    """What a test may ask of either broker."""

    @property
    def bootstrap(self) -> str:
        """The value of `bootstrap.servers`."""

    def create_topic(self, name: str, partitions: int) -> None:
        """Create a topic; return when it can be used."""


@runtime_checkable
class Leaves(Protocol):
    """A broker that can be away for a while."""

    def down(self) -> None:
        """Be away: answer nobody. What it holds stays."""

    def up(self) -> None:
        """Answer again."""


class RealKafka:
    """One node of Apache Kafka, broker and controller at once, on a folder of its own.

    `kill` and `stop` followed by `start` bring it back on the same ports with the same data.

    Parameters
    ----------
    folder
        An empty folder.
    number, controllers
        Its number, and the ports of the controllers of all nodes by number; without them it is
        alone.
    jvm
        How Java is started.
    """

    def __init__(
        self,
        folder: Path,
        number: int = 1,
        controllers: Mapping[int, int] | None = None,
        jvm: Sequence[str] = JVM,
    ) -> None:
        self._folder = folder
        self._command = [_java(), *jvm, "-cp", f"{fetch()}/*"]
        self._process: subprocess.Popen[bytes] | None = None
        self.log = folder / "broker.log"
        broker, alone = free_ports(2)
        known = {number: alone} if controllers is None else controllers
        self.bootstrap = f"127.0.0.1:{broker}"
        config = CONFIG.format(
            number=number,
            broker=broker,
            controller=known[number],
            voters=",".join(f"{one}@127.0.0.1:{port}" for one, port in known.items()),
            replicas=min(2, len(known)),
        )
        (folder / PROPERTIES).write_text(config, "utf-8")
        self._format_storage()

    @property
    def process(self) -> int:
        """The number of its process."""
        if self._process is None:
            msg = "a broker has a process only while it runs"
            raise RuntimeError(msg)
        return self._process.pid

    def create_topic(self, name: str, partitions: int) -> None:
        """Create a topic with one replica; return when it can be used."""
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        admin.create_topics([NewTopic(name, partitions, 1)])[name].result(START_SECONDS)

    def start(self) -> None:
        """Start the broker and return when it answers an admin client."""
        self.begin()
        self.wait()

    def begin(self) -> None:
        """Start the broker; return at once."""
        self._process = self._spawn()

    def wait(self, nodes: int = 1) -> None:
        """Return when it answers an admin client, and knows of so many nodes."""
        process = self._process
        if process is None:
            msg = "a broker must be started before it is waited for"
            raise RuntimeError(msg)
        quick = {"reconnect.backoff.ms": 50, "reconnect.backoff.max.ms": 100, "log_level": 0}
        admin = AdminClient({"bootstrap.servers": self.bootstrap, **quick})
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and process.poll() is None:
            try:
                # A node is listed once the controller has taken it in: then it is ready.
                if len(admin.list_topics(timeout=1.0).brokers) >= nodes:
                    return
            except KafkaException:
                continue
        got = process.poll()
        self.kill()
        msg = self._failure("must answer", "no answer" if got is None else f"exit {got}")
        raise RuntimeError(msg)

    def down(self) -> None:
        """Be away, as after a crash."""
        self.kill()

    def up(self) -> None:
        """Be there again."""
        self.start()

    def stop(self) -> None:
        """End the broker in order (SIGTERM)."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the broker as a crash would (SIGKILL)."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, how)
            self._process.communicate(timeout=START_SECONDS)
            self._process = None

    def _format_storage(self) -> None:
        tool = ["kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", PROPERTIES]
        command = [*self._command, *tool]
        with self.log.open("ab") as log:
            end = subprocess.call(
                command, cwd=self._folder, stdout=log, stderr=log, timeout=START_SECONDS
            )
        if end != 0:
            msg = self._failure("storage must be formatted", f"exit {end}")
            raise RuntimeError(msg)

    def _spawn(self) -> subprocess.Popen[bytes]:
        command = ["sh", "-c", LEASH, "leash", *self._command, "kafka.Kafka", PROPERTIES]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=self._folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _failure(self, required: str, got: str) -> str:
        tail = self.log.read_text("utf-8", "replace")[-2000:]
        return f"real Kafka in {self._folder}: {required}, got {got}; its log ends:\n{tail}"


@contextmanager
def real_kafka(folder: Path, jvm: Sequence[str] = JVM) -> Iterator[RealKafka]:
    """Run the real Kafka with its data and its log in `folder`, an empty one.

    Raises
    ------
    BrokerUnavailableError
        Java, Maven or the jars are missing.
    RuntimeError
        The broker did not come up; the text has the end of its log.
    """
    broker = RealKafka(folder, jvm=jvm)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()


def _java() -> str:
    java = shutil.which("java")
    if java is None:
        msg = "real Kafka: java, version 17 or later, must be on PATH, got none"
        raise BrokerUnavailableError(msg)
    return java


def free_ports(count: int) -> list[int]:
    """Return free ports below the range from which the system takes ports for clients.

    Inside that range a client that tries again and again while the broker is down can be given
    the broker's own port, connect to itself, and keep the broker from coming back.
    """
    with ExitStack() as held:
        ports: list[int] = []
        while len(ports) < count:
            port = random.choice(PORTS)
            probe = held.enter_context(socket.socket())
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                ports.append(port)
        return ports
