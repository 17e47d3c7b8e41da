"""The control log: the rounds of a job as a topic, so that anybody can repeat them.

In: rounds, some at a time. Out: messages, of which each must be reported written. It refuses to
know what was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from rtm_flows.config import Job
from rtm_flows.connectors.kafka.client import Heard, properties
from rtm_flows.connectors.kafka.names import ROUNDS, broker_of, topic_of
from rtm_flows.connectors.kafka.producer import PATIENCE
from rtm_flows.connectors.rounds import Round, Rounds, encode
from rtm_flows.errors import BrokerError

_PATIENCE = 60.0
"""Seconds that the broker may be away before the job stops, unless it says otherwise."""
_FOR_EVER = -1.0
_ANSWER = 10.0
_PARTITION = 0
_MOST = 2000
"""Rounds of one message: with a hundred partitions and more below what a topic takes."""
_BYTES = 500_000


class RoundsTopic:
    """Writes the rounds of a run.

    Parameters
    ----------
    job
        The job; its `[kafka]` tells the broker and what topics are called.
    run
        The run that has read them.
    """

    def __init__(self, job: Job, run: str) -> None:
        self._topic, self._run = topic_of(job, ROUNDS), run
        self._failed: KafkaError | None = None
        self._heard = Heard(broker_of(job))
        asked = {PATIENCE: int(_PATIENCE * 1000), **properties(broker_of(job))}
        # To the client 0 is for ever.
        self._patience = float(asked[PATIENCE]) / 1000.0 or _FOR_EVER
        self._producer = Producer(
            {
                **asked,
                "error_cb": self._heard,
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": 0,
                # What becomes of records is in their reports.
                "log_level": 0,
            }
        )

    def check(self) -> None:
        """Make sure that the topic is there.

        Raises
        ------
        BrokerError
            If it is not, or the broker does not answer.
        """
        try:
            ask = partial(self._producer.list_topics, self._topic)
            told = self._heard.asked(ask, self._producer.poll, _ANSWER).topics[self._topic]
        except KafkaException as error:
            msg = f"kafka: the broker does not answer: {error.args[0].str()}"
            raise BrokerError(msg) from None
        if told.error is not None:
            msg = (
                f"kafka: the topic {self._topic!r}, in which the job records what it has read in "
                f"which order, cannot be used: {told.error.str()}. Make it, with one partition"
            )
            raise BrokerError(msg)

    def tell(self, rounds: Sequence[Round]) -> None:
        """Write some rounds, which follow those before; `settle` makes sure of it.

        Raises
        ------
        BrokerError
            If a message could not be written.
        """
        for some in _messages(rounds):
            message = Rounds(run=self._run, first=some[0].number, rounds=tuple(some))
            self._producer.produce(
                self._topic, encode(message), partition=_PARTITION, on_delivery=self._report
            )
        self._producer.poll(0)
        self._check()

    def settle(self) -> None:
        """Wait until all is reported written.

        Raises
        ------
        BrokerError
            If something could not be in the time that the broker is waited for.
        """
        left = self._producer.flush(self._patience)
        self._check()
        if left:
            msg = (
                f"kafka: {self._topic}: {left} messages were not reported written in "
                f"{self._patience:.0f} s"
            )
            raise BrokerError(msg)

    def close(self) -> None:
        """Give what is under way a second to be written."""
        self._producer.flush(1.0)
        self._producer.purge()
        self._producer.close()

    def _report(self, error: KafkaError | None, _: Message) -> None:
        self._failed = self._failed or error

    def _check(self) -> None:
        if self._failed is not None:
            msg = (
                f"kafka: {self._topic}: rounds could not be written: {self._failed.str()}; the job "
                "stops, since nobody could repeat what it does next. Start it again to resume"
            )
            raise BrokerError(msg)


def _messages(rounds: Sequence[Round]) -> Iterator[list[Round]]:
    some: list[Round] = []
    size = 0
    for one in rounds:
        length = len(encode(one)) + 1
        if some and (len(some) == _MOST or size + length > _BYTES):
            yield some
            some, size = [], 0
        some.append(one)
        size += length
    if some:
        yield some
