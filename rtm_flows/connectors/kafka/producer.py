"""The producer: records go out in order, and no report of the broker is left unread.

In: records for partitions. Out: how far each partition is written, as the broker reports it. What
is not reported does not count as written. Whatever the broker refuses, or does not take in time,
stops the job: a later record of a partition is never written where an earlier one was not.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.client import Properties, properties
from rtm_flows.errors import BrokerError

PATIENCE = "message.timeout.ms"
"""Property that says how long a broker that is away is waited for."""

BATCH = 500_000
"""Bytes of a batch; the limit of a topic is on its batches (docs/decisions/0003-kafka-spike.md)."""

_TUNED: Properties = {
    PATIENCE: 60_000,
    # Whatever waits is sent at once; what comes in meanwhile makes the next batch.
    "linger.ms": 0,
    "batch.size": BATCH,
    "queue.buffering.max.kbytes": 65_536,
    "enable.gapless.guarantee": True,
    # Errors are told once, by us.
    "log_level": 0,
}
_STEP = 0.05
_RESUME = "nothing of it is lost: started again, the job goes on from its last snapshot"

Headers = list[tuple[str, str | bytes | None]]


Sent = tuple[bytes | None, bytes, Headers]
"""A record as the broker gets it: key, value and headers."""


class Log:
    """One partition of a topic, of which this process is the only writer.

    Attributes
    ----------
    topic, number
        Which one.
    end
        The offset at which the next record that the broker reports must lie.
    reported
        Of each record that was reported and not counted yet, the seconds from its sending to the
        broker's answer.
    """

    def __init__(self, topic: str, number: int, end: int) -> None:
        self.topic = topic
        self.number = number
        self.end = end
        self.reported: list[float] = []


class RecordProducer:
    """An idempotent producer whose every report is looked at.

    Parameters
    ----------
    rule
        The broker.

    Raises
    ------
    BrokerError
        If the client refuses its properties; of the methods, as soon as a record is known not to
        be written.
    """

    def __init__(self, rule: Kafka) -> None:
        asked = {**_TUNED, **properties(rule, enable_idempotence=True, acks="all")}
        # The client itself never gives a record up: it could write the next one all the same.
        settings = {**asked, PATIENCE: 0, "error_cb": self._heard}
        try:
            # To the client 0 is for ever.
            self._patience = float(asked[PATIENCE]) / 1000.0 or math.inf
            self._producer = Producer(settings)
        except (KafkaException, ValueError, TypeError) as error:
            msg = f"kafka.client: the producer refuses its properties: {_reason(error)}"
            raise BrokerError(msg) from None
        self._failure: str | None = None
        self._said = ""
        self._unreported = 0
        self._progress = time.monotonic()
        self._reports: dict[Log, Callable[[KafkaError | None, Message], None]] = {}

    def send(self, log: Log, records: Iterable[Sent]) -> None:
        """Send records; wait where too much is on its way."""
        if not self._unreported:
            self._progress = time.monotonic()
        report = self._reports.get(log) or self._reports.setdefault(log, partial(self._report, log))
        produce, topic, number = self._producer.produce, log.topic, log.number
        for key, value, headers in records:
            while True:
                try:
                    produce(topic, value, key, number, headers=headers, on_delivery=report)
                    break
                except BufferError:
                    self._look(_STEP)
                except (KafkaException, ValueError) as error:
                    # Where the client has given up, it says why only when asked for reports.
                    self._look(0.0)
                    raise _unwritten(log, _reason(error)) from None
            self._unreported += 1

    def look(self) -> None:
        """Look at the reports that are there, without waiting."""
        self._look(0.0)

    def flush(self) -> None:
        """Return when every record is reported as written."""
        self._look(0.0)
        while self._unreported:
            self._wait(self._producer.flush, _STEP)
            self._look(0.0)

    def _look(self, seconds: float) -> None:
        """Take reports in; stop where one tells of a failure, or none comes any more."""
        self._wait(self._producer.poll, seconds)
        if self._failure is not None:
            raise BrokerError(self._failure)
        silent = time.monotonic() - self._progress
        if self._unreported and silent > self._patience:
            said = f"; last heard: {self._said}" if self._said else ""
            msg = (
                f"the broker has taken in no record for {silent:.0f} s, and {self._unreported} "
                f"wait{said}. Look at the broker; {_RESUME} (`{PATIENCE}` under kafka.client says "
                "how long it is waited for)"
            )
            raise BrokerError(msg)

    def _wait(self, report: Callable[[float], int], seconds: float) -> None:
        """Let reports come for some time; a client that cannot go on says so by raising."""
        before = self._unreported
        try:
            report(seconds)
        except KafkaException as error:
            self._fail(f"the producer cannot go on: {_reason(error)}; {_RESUME}")
        if self._unreported != before:
            self._progress = time.monotonic()

    def _report(self, log: Log, error: KafkaError | None, message: Message) -> None:
        """Take a report in. It is called by the client, so it raises nothing."""
        self._unreported -= 1
        if error is not None:
            self._fail(str(_unwritten(log, error.str())))
            return
        at = message.offset()
        # Written by an earlier try, of which no report came: the broker may not tell where.
        if at is not None and at >= 0 and at != log.end:
            self._fail(
                f"{log.topic}, partition {log.number}: a record was written at offset {at} where "
                f"{log.end} was next: another program writes into this topic, or it was made anew. "
                "Stop the other one; where it was a second run of this job, records may be there "
                "twice"
            )
        log.end += 1
        log.reported.append(message.latency() or 0.0)

    def _heard(self, error: KafkaError) -> None:
        self._said = error.str()
        if error.fatal():
            self._fail(f"the producer cannot go on: {error.str()}; {_RESUME}")

    def _fail(self, text: str) -> None:
        self._failure = self._failure or text


def _unwritten(log: Log, reason: str) -> BrokerError:
    msg = f"{log.topic}, partition {log.number}: a record was not written: {reason}; {_RESUME}"
    return BrokerError(msg)


def _reason(error: Exception) -> str:
    first = error.args[0] if error.args else error
    return first.str() if isinstance(first, KafkaError) else str(first)
