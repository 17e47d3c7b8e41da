"""Recent: what went out in the last minute, as the topics of deliveries tell it.

In: topics, a partition, and the clock. Out: ids, channels and times. It refuses to know how many
may go out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from confluent_kafka import Message

from rtm_flows.config.kafka import Kafka
from rtm_flows.connectors.kafka.read_back import LogReader, log_reader
from rtm_flows.lanes.breaker import MINUTE, Delivered

_AT_LEAST = 1000
_TIMES_MORE = 4
_SPAN_MS = (MINUTE + 1) * 1000


class _Line(msgspec.Struct, gc=False):
    decision_id: str
    channel: str


_line = msgspec.json.Decoder(_Line)


class Recent:
    """The topics of deliveries of a job.

    Parameters
    ----------
    rule
        The broker.
    group
        Name for the broker's own records of who reads.
    begun
        Of each topic, where its partitions ended when the job began: what lies before is of others.
    least
        Records that are read of each at least. Twice what may go out in a minute has all that a
        crash may have left behind the last snapshot.
    """

    def __init__(
        self, rule: Kafka, group: str, begun: Mapping[str, Sequence[int]], least: int = _AT_LEAST
    ) -> None:
        self._rule = rule
        self._group = group
        self._begun = begun
        self._least = max(least, _AT_LEAST)

    def __call__(self, number: int, now: int) -> list[Delivered]:
        """Return what went out in a partition in the last minute and some before, in its order.

        Parameters
        ----------
        now
            The clock, in milliseconds since 1970; what is written later counts as now.

        Raises
        ------
        BrokerError
            If the broker does not tell.
        """
        found: list[Delivered] = []
        with log_reader(self._rule, self._group) as reader:
            for topic, begun in self._begun.items():
                found += self._latest(reader, topic, number, now - _SPAN_MS, begun[number])
        return sorted((one._replace(at=min(one.at, now)) for one in found), key=lambda one: one.at)

    def _latest(
        self, reader: LogReader, topic: str, number: int, since: int, begun: int
    ) -> list[Delivered]:
        """Read back from the end; further where that does not reach back to `since`.

        It is not looked up by time, since not every broker can.
        """
        first, end = reader.ends(topic, number)
        back = self._least
        while True:
            start = max(first, end - back)
            found = list(_told(reader.records(number, {topic: start}), begun))
            if start == first or not found or found[0].at <= since:
                return found
            back *= _TIMES_MORE


def _told(messages: Iterable[Message], begun: int) -> Iterator[Delivered]:
    for message in messages:
        value = message.value() or b""
        try:
            line = _line.decode(value)
        except msgspec.DecodeError:
            continue  # another program's: the writer of this topic will say so
        ours = (message.offset() or 0) >= begun
        yield Delivered(line.decision_id if ours else None, line.channel, message.timestamp()[1])
