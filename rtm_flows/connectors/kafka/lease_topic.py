"""The topic of a lease: notes written one by one, and read in the order of the log.

In: notes. Out: notes with their offsets. It refuses to know what they mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

import msgspec
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.client import made, properties
from rtm_flows.connectors.kafka.read_back import LogReader
from rtm_flows.connectors.lease import Note, note_of
from rtm_flows.errors import BrokerError
from rtm_flows.operating.logs import log

_LAST = 64
"""Notes that are read at first: who holds the lease has said so not long ago."""
_PATIENCE = 10.0


class LeaseTopic:
    """The topic of one lease, which has one partition.

    Parameters
    ----------
    rule
        The broker.
    name
        The topic.

    Attributes
    ----------
    end
        The offset after the last note that was read.
    """

    def __init__(self, rule: Kafka, name: str) -> None:
        self.name = name
        self.end = -1
        self._reader = LogReader(rule, name)
        told = properties(rule, enable_idempotence=True, acks="all", linger_ms=0)
        patience = {"message.timeout.ms": int(_PATIENCE * 1000), "log_level": 0}
        self._producer = made(Producer, {**told, **patience})

    def __enter__(self) -> LeaseTopic:
        """Return it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Let go of the broker."""
        self._reader.close()
        self._producer.purge()
        self._producer.close()

    def read(self) -> Iterator[tuple[int, Note]]:
        """Yield the notes since the last reading; at first the last of all.

        Raises
        ------
        BrokerError
            If the broker does not give them.
        """
        low, high = self._reader.ends(self.name, 0)
        start = max(low, high - _LAST if self.end < 0 else self.end)
        for message in self._reader.records(0, {self.name: start}):
            offset = message.offset() or 0
            self.end = offset + 1
            note = note_of(message.value() or b"")
            if note is None:
                log().warning("no_record_of_a_lease", topic=self.name, offset=offset)
            else:
                yield offset, note
        self.end = max(self.end, start)

    def write(self, note: Note, seconds: float = _PATIENCE) -> None:
        """Write a note; return when it is there.

        Parameters
        ----------
        seconds
            How long the broker is waited for.

        Raises
        ------
        BrokerError
            If it is not, after seconds.
        """
        failed: list[KafkaError | None] = []

        def report(error: KafkaError | None, _: Message) -> None:
            failed.append(error)

        try:
            value = msgspec.json.encode(note)
            self._producer.produce(self.name, value, partition=0, on_delivery=report)
            self._producer.flush(seconds)
        except KafkaException as error:
            failed.append(error.args[0])
        why = "no answer" if not failed else failed[0] and failed[0].str()
        if why:
            msg = f"{self.name}: the lease could not be written: {why}; look at the broker"
            raise BrokerError(msg)
