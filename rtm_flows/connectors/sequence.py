"""The sequence: records of many partitions become one feed, round by round.

In: the rounds of a job's topics, each with its records by partition. Out: a batch a round, in the
order in which its rows are processed, late ones told apart, with the mark of the feed. What comes
out is a function of rounds and records alone; it refuses to know where these come from, and has no
clock. Section 2 of docs/semantics.md.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table, concat, pack, unpack
from rtm_flows.config import Job
from rtm_flows.connectors.batches import Batch, Origins
from rtm_flows.connectors.rounds import Round, topic_and_number
from rtm_flows.connectors.schemas.schema import Schemas
from rtm_flows.connectors.topic_records import (
    NUMBER,
    OFFSET,
    PLACE,
    TOPIC,
    Part,
    Read,
    Record,
    TopicParsers,
)
from rtm_flows.errors import InputError
from rtm_flows.lanes.intake import Judged, behind_top
from rtm_flows.lanes.progress import START, Ints
from rtm_flows.times import parse_duration

__all__ = ["Record", "Sequencer"]

Records = Mapping[str, Sequence[Record]]
"""The records of a round, by partition as rounds name it, in the order of their offsets."""


class _Feed(msgspec.Struct, array_like=True):
    """What is known of a partition: the offset to go on from, the largest time, and silence."""

    end: int
    top: int = START
    idle: bool = False


class _State(msgspec.Struct, array_like=True):
    number: int
    mark: int
    feeds: dict[str, _Feed]
    waiting: bytes | None
    ended: bool
    past: int = START
    """The largest time of the files before the topics."""


class Sequencer:
    """Makes the batches of a job's rounds.

    Parameters
    ----------
    job
        The job; its `[kafka]` names the topics.
    schemas
        Knows what records are written by that are not plain JSON.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> sequencer = Sequencer(load({"name": "shop", "kafka": {"topics": [{"name": "events"}]}}))
    >>> search = b'{"id": "e1", "time": 1700000000000, "type": "search", "user_id": "7"}'
    >>> first = Round(number=0, joined={"events/0": 5}, ends={"events/0": 6})
    >>> batch = sequencer.take(first, {"events/0": [Record(5, search)]})
    >>> batch.records, batch.judged.mark, sequencer.ends, sequencer.number
    (1, 1699999940000, {'events/0': 6}, 1)
    """

    def __init__(self, job: Job, schemas: Schemas | None = None) -> None:
        self._parsers = TopicParsers(job, schemas)
        names = self._parsers.names
        self._is_order = np.array([self._parsers.is_control(name) for name in names])
        self._lateness = parse_duration(job.time.lateness)
        self._feeds: dict[str, _Feed] = {}
        self._control: dict[str, bool] = {}
        self._waiting: Table | None = None
        self._past = START
        self.number = 0
        self.mark = START
        self.ended = False

    @property
    def ends(self) -> dict[str, int]:
        """By partition, the offset of the next record to be read."""
        return {name: feed.end for name, feed in self._feeds.items()}

    @property
    def tops(self) -> dict[str, int]:
        """By partition that holds people's life, the largest time so far; `START` for none."""
        return {n: feed.top for n, feed in self._feeds.items() if not self._control[n]}

    @property
    def idle(self) -> frozenset[str]:
        """The partitions that hold time back no longer."""
        return frozenset(name for name, feed in self._feeds.items() if feed.idle)

    def take(self, round_: Round, records: Records) -> Batch:
        """Return the batch of the next round.

        Parameters
        ----------
        round_
            The round; its number is `number`.
        records
            All that the partitions in its `ends` hold up to there.

        Raises
        ------
        InputError
            If it is not the next round, or the records are not those that it tells of.
        """
        self._check(round_)
        for name, offset in round_.joined.items():
            self._join(name, offset)
        read = self._parsers.parse(self._parts(round_, records))
        people, orders = _parted(read.table, self._is_order[read.table[TOPIC]])
        behind = self._behind(people)
        top = max([self._past, *self.tops.values()])
        due, dropped = self._due(orders, top, last=round_.last)
        for name in round_.idle:
            self._known(name, round_).idle = True
        before, self.mark = self.mark, self._mark()
        rows, late = _parted(people, behind >= 0)
        late = late.with_columns({"behind": behind[behind >= 0]})
        rows = _in_order(rows, due)
        judged = Judged(_told(late, len(rows)), self.number, before, self.mark, top)
        batch = self._batch(rows, late, read, judged, dropped)
        self.number += 1
        self.ended = round_.last
        return batch

    def take_past(self, round_: Round, batch: Batch) -> Batch:
        """Return the batch of the next round of the files that come before the topics.

        Parameters
        ----------
        round_
            The round; its number is `number`.
        batch
            Its rows, in canonical order and behind those of the rounds before.

        Raises
        ------
        InputError
            If it is not the next round, or topics are read already.
        """
        self._check(round_)
        if self._feeds:
            msg = f"round {round_.number} is one of files, and topics were read before it"
            raise InputError(msg)
        before, times = self.mark, batch.table["time"]
        if len(times):
            self._past = int(times[-1])
            self.mark = max(before, self._past - self._lateness)
        table = batch.table.without(("file", "line"))
        late = table.slice(0, 0).with_columns({"behind": times[:0]})
        judged = Judged(late, self.number, before, self.mark, self._past)
        self.number += 1
        return dataclasses.replace(batch, table=table, judged=judged)

    def save(self) -> bytes:
        """Return the state: how far all partitions have come, and the orders that wait."""
        waiting = None if self._waiting is None else pack(self._waiting)
        return msgspec.msgpack.encode(
            _State(self.number, self.mark, self._feeds, waiting, self.ended, self._past)
        )

    def load(self, state: bytes) -> None:
        """Restore the state."""
        saved = msgspec.msgpack.decode(state, type=_State)
        self.number, self.mark, self.ended = saved.number, saved.mark, saved.ended
        self._feeds, self._past = saved.feeds, saved.past
        self._control = {
            name: self._parsers.is_control(topic_and_number(name)[0]) for name in self._feeds
        }
        self._waiting = None if saved.waiting is None else unpack(saved.waiting)

    def _check(self, round_: Round) -> None:
        if self.ended or round_.number != self.number:
            wanted = "nothing" if self.ended else f"round {self.number}"
            msg = f"round {round_.number} came where {wanted} must follow"
            raise InputError(msg)

    def _join(self, name: str, offset: int) -> None:
        if name in self._feeds:
            msg = f"round {self.number}: {name} joins, but is read already"
            raise InputError(msg)
        self._control[name] = self._parsers.is_control(topic_and_number(name)[0])
        self._feeds[name] = _Feed(offset)

    def _known(self, name: str, round_: Round) -> _Feed:
        if name not in self._feeds:
            msg = f"round {round_.number}: {name} is told of, but has not joined"
            raise InputError(msg)
        return self._feeds[name]

    def _parts(self, round_: Round, records: Records) -> list[Part]:
        """Return the records of a round, and let its partitions go on to their ends."""
        parts: list[Part] = []
        for name, end in round_.ends.items():
            feed, own = self._known(name, round_), records.get(name, ())
            if not own or own[0].offset < feed.end or own[-1].offset != end - 1:
                got = f"{own[0].offset} to {own[-1].offset}" if own else "none"
                msg = (
                    f"round {round_.number}: {name} must give the records {feed.end} to {end - 1}; "
                    f"got {got}. They are no longer what was read first"
                )
                raise InputError(msg)
            feed.end, feed.idle = end, False
            parts.append(Part(*topic_and_number(name), own))
        return parts

    def _batch(self, rows: Table, late: Table, read: Read, judged: Judged, dropped: int) -> Batch:
        """Return the batch of a round: its rows in order, the late ones after them."""
        ignored = read.ignored + dropped
        clamped = np.count_nonzero(rows["clamped"]) + np.count_nonzero(late["clamped"])
        return Batch(
            table=rows.without(PLACE).with_columns({"row": np.arange(len(rows))}),
            dead=read.dead,
            records=len(rows) + len(late) + len(read.dead) + ignored,
            ignored=ignored,
            clamped=int(clamped),
            bytes_read=read.bytes_read,
            find_origins=lambda: self._origins(rows, late),
            judged=judged,
        )

    def _origins(self, rows: Table, late: Table) -> Origins:
        """Return where rows stand, the late ones after the others."""
        places = concat([rows.only(PLACE), late.only(PLACE)])
        return Origins(self._parsers.names, places[TOPIC], places[OFFSET], places[NUMBER])

    def _behind(self, rows: Table) -> Ints:
        """Return how far late rows are behind, as in `Judged.late`, and -1 for those in time."""
        behind = np.full(len(rows), -1, dtype=np.int64)
        time, topic, number = rows["time"], rows[TOPIC], rows[NUMBER]
        changes = (topic[1:] != topic[:-1]) | (number[1:] != number[:-1])
        bounds = [0, *(np.flatnonzero(changes) + 1).tolist(), len(rows)] if len(rows) else []
        for start, stop in pairwise(bounds):
            feed = self._feeds[f"{self._parsers.names[topic[start]]}/{number[start]}"]
            own = behind_top(time[start:stop], max(feed.top, self.mark + self._lateness))
            late = own > self._lateness
            if late.any():
                behind[start:stop] = np.where(late, own, -1)
            feed.top = max(feed.top, int(time[start:stop].max()))
        return behind

    def _due(self, orders: Table, top: int, *, last: bool) -> tuple[Table, int]:
        """Return the orders that take effect now, and how many never will."""
        if self._waiting is not None:
            orders = concat([self._waiting, orders])
        due, waiting = _parted(orders, orders["time"] > top)
        self._waiting = waiting if len(waiting) and not last else None
        due = due.with_columns({"time": np.maximum(due["time"], self.mark)})
        return due, len(waiting) if last else 0

    def _mark(self) -> int:
        """Return the mark of the feed: the least of what its partitions promise.

        Where all are idle nobody holds time back, and it is the largest.
        """
        tops = self.tops
        holding = [top for name, top in tops.items() if not self._feeds[name].idle]
        top = min(holding) if holding else max(tops.values(), default=START)
        return self.mark if top == START else max(self.mark, top - self._lateness)


def _parted(table: Table, chosen: NDArray[np.bool_]) -> tuple[Table, Table]:
    """Return the rows that are not chosen, and those that are."""
    if not chosen.any():
        return table, table.slice(0, 0)
    return table.take(~chosen), table.take(chosen)


def _told(late: Table, first: int) -> Table:
    """Return late rows as they are told, numbered from `first` on."""
    numbers = np.arange(first, first + len(late))
    return late.without(PLACE).with_columns({"row": numbers})


def _in_order(rows: Table, due: Table) -> Table:
    """Return rows that are in (topic, partition, offset) in the order of a round, with orders."""
    if not len(due):
        return rows.take(np.argsort(rows["time"], kind="stable"))
    rows = concat([rows, due])
    return rows.take(np.lexsort([rows[name] for name in (OFFSET, NUMBER, TOPIC, "time")]))
