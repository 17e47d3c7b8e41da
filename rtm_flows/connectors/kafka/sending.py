"""Records put into a topic, each report checked: for histories and trials.

In: keys and values. Out: how many went into which partition. Nothing counts before the broker has
said that it has it. It refuses to know what the records mean.
"""

from __future__ import annotations

from collections import Counter
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from rtm_flows.connectors.kafka.client import Heard, Properties, made
from rtm_flows.errors import BrokerError

_REACH_SECONDS = 15.0
_WAIT_SECONDS = 0.1
_DEFAULTS: Properties = {
    "linger.ms": 5,
    "compression.type": "zstd",
    "partitioner": "murmur2_random",  # as clients in Java deal keys
    "message.timeout.ms": 60_000,
}


class Sending:
    """Writes to one topic.

    Parameters
    ----------
    told
        Properties of the client.
    topic
        The topic, which must be there.
    heard
        What the client says of its connections.

    Raises
    ------
    BrokerError
        If the broker cannot be reached, or has no such topic.
    """

    def __init__(self, told: Properties, topic: str, heard: Heard) -> None:
        self.topic = topic
        self.written = Counter[int]()
        self.too_large = 0
        self._address = str(told["bootstrap.servers"])
        self._failure: str | None = None
        sure: Properties = {"enable.idempotence": True, "acks": "all", "log_level": 0}
        self._heard = heard
        self._producer = made(Producer, {**_DEFAULTS, **told, **sure}, heard)
        self._check_topic()

    def _check_topic(self) -> None:
        try:
            ask = partial(self._producer.list_topics, self.topic)
            answer = self._heard.asked(ask, self._producer.poll, _REACH_SECONDS)
            found = answer.topics[self.topic]
        except KafkaException as error:
            msg = (
                f"the broker {self._address} cannot be reached: {_reason(error.args[0])}; start "
                "it (`rtm broker` is one), or put kafka.bootstrap or RTM_KAFKA_BOOTSTRAP right"
            )
            raise BrokerError(msg) from None
        if found.error is not None:
            msg = f"topic {self.topic} at {self._address}: {_reason(found.error)}"
            raise BrokerError(msg)

    def send(self, key: bytes | None, value: bytes) -> None:
        """Give one record to the client, which sends it as soon as it can.

        Raises
        ------
        BrokerError
            If the broker has refused one of those before it.
        """
        while True:
            try:
                self._producer.produce(self.topic, value, key, on_delivery=self._report)
                break
            except BufferError:  # more than the client holds: wait for reports
                self.wait(_WAIT_SECONDS)
            except KafkaException as error:
                if error.args[0].code() != KafkaError.MSG_SIZE_TOO_LARGE:
                    raise self._refused(_reason(error.args[0])) from None
                self.too_large += 1
                break
        self.wait(0.0)

    def wait(self, seconds: float) -> None:
        """Let reports come in for so long.

        Raises
        ------
        BrokerError
            If one says that a record was not written.
        """
        self._producer.poll(seconds)
        if self._failure is not None:
            raise self._refused(self._failure)

    def end(self) -> None:
        """Return when all records are written.

        Raises
        ------
        BrokerError
            If one is not.
        """
        while len(self._producer):
            self.wait(_WAIT_SECONDS)
        self.wait(0.0)

    def _report(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            self._failure = self._failure or _reason(error)
        else:
            self.written[message.partition() or 0] += 1

    def _refused(self, reason: str) -> BrokerError:
        msg = (
            f"topic {self.topic} at {self._address}: a record was not written: {reason}; "
            f"{self.written.total():,} were"
        )
        return BrokerError(msg)


def _reason(error: KafkaError) -> str:
    return error.str() or error.name()
