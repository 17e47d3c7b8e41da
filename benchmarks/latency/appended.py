"""When records were appended: read back from the topics themselves.

In: a topic whose records hold the number of an event. Out: milliseconds by number. The broker's own
times (`LogAppendTime`) where it gives them, so that measuring takes no part in what is measured.
"""

from __future__ import annotations

import re
import time

import numpy as np
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from numpy.typing import NDArray

Times = NDArray[np.int64]

NEVER = -1
"""The time of an event of which nothing was found."""


def appended(
    bootstrap: str, topic: str, partitions: int, pattern: str, count: int, patience: float = 5.0
) -> Times:
    """Return when the record of each event was appended, in ms since 1970.

    Parameters
    ----------
    pattern
        What finds the number of the event in a record, as its first group.
    count
        How many events there were.
    patience
        Seconds without a new record after which no more is waited for.
    """
    number = re.compile(pattern.encode())
    found: Times = np.full(count, NEVER, dtype=np.int64)
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "appended", "enable.auto.commit": False}
    )
    consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in range(partitions)])
    left, last = count, time.monotonic()
    while left and time.monotonic() - last < patience:
        for message in consumer.consume(1000, 0.2):
            match = number.search(message.value() or b"")
            if message.error() is not None or match is None or int(match[1]) >= count:
                continue
            last = time.monotonic()
            left -= int(found[int(match[1])] == NEVER)
            found[int(match[1])] = message.timestamp()[1]
    consumer.close()
    return found


def waits(before: Times, after: Times, skipped: int) -> Times:
    """Return the milliseconds from one append to the other, of events after the first ones.

    Raises
    ------
    ValueError
        If an event has no record: then what was measured is not what was asked.

    Examples
    --------
    >>> waits(np.array([10, 20, 30]), np.array([15, 29, 31]), 1).tolist()
    [9, 1]
    """
    lost = int(((before == NEVER) | (after == NEVER)).sum())
    if lost:
        msg = f"{lost} of {len(before)} events have no record: the job is too slow, or failed"
        raise ValueError(msg)
    return (after - before)[skipped:]
