"""A closed loop in process: a job decides, a world answers, and the job hears of it.

In: a job, and a world that tells lines and is told decisions. Out: what a replay finds. It refuses
to know what the world is: a simulated shop, or one's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import numpy as np

from rtm_flows.config import Job
from rtm_flows.connectors.batches import Batch, DeadLetter, Origins
from rtm_flows.connectors.parsers import parser_of
from rtm_flows.errors import refuse
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.wiring import Written
from rtm_flows.measure.replay import Result, to_frames

World = Callable[[Sequence[bytes]], bytes | None]
"""Is told the lines of the decisions made since it was last asked, in no order; gives the next
lines of JSON, each with its end, or None when there are no more."""


def play(job: Job, world: World) -> Result:
    r"""Let a job decide for a world that answers, until the world has no more to tell.

    Each block of lines is processed to its end before the world is asked again. So what came of a
    decision can come with the next block: the job must take events in the order in which they
    arrive, and its `time.lateness` must cover how far back outcomes date.

    Parameters
    ----------
    job
        With `time.order = "log"`; its own files are not read.
    world
        Tells lines, and hears of decisions.

    Raises
    ------
    ConfigError
        If the job holds events back to put them in order.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> job = load({"name": "shop", "time": {"order": "log"}, "actions": [{"name": "greet"}]})
    >>> def world(decided):
    ...     said.append([msgspec.json.decode(line)["name"] for line in decided])
    ...     return blocks.pop(0) if blocks else None
    >>> said, blocks = [], [
    ...     b'{"id":"1","user_id":"ann","type":"page_view","time":"2026-03-02T10:00:00Z"}\n',
    ...     b'{"id":"2","user_id":"ann","type":"page_view","time":"2026-03-02T11:00:00Z"}\n',
    ... ]
    >>> len(play(job, world).decisions), said
    (2, [[], ['greet'], ['greet']])
    """
    if job.order != "log":
        refuse("time.order", 'must be "log" in a closed loop: events held back answer too late')
    unsorted = msgspec.structs.replace(job.input, sort=False, stripes=1)
    job = msgspec.structs.replace(job, input=unsorted)
    source = _Told(job, world)
    return to_frames(source, Plan.of(job, source.partitions), source.hear)


class _Told:
    """What a world tells, as an input of one partition that is read once."""

    partitions, total_bytes, sorted = 1, 0, False

    def __init__(self, job: Job, world: World) -> None:
        self._parser, self._world = parser_of(job), world
        self._decided: list[bytes] = []
        self._line = 1

    def hear(self, written: Written) -> None:
        """Note the decisions among what a pass has written."""
        if isinstance(written, Lines) and written.output == "decisions":
            self._decided += written.lines.data.splitlines(keepends=True)

    def open(self, partition: int, position: bytes | None = None) -> _Told:
        """Return the one reader there is."""
        return self

    def next(self) -> Batch | None:
        """Ask the world for more, telling it what was decided."""
        decided, self._decided = self._decided, []
        block = self._world(decided)
        if block is None:
            return None
        first, parsed = self._line, self._parser.parse_block(block)
        self._line += block.count(b"\n")
        numbers = np.arange(first, self._line)
        return Batch(
            table=parsed.table,
            dead=[
                DeadLetter("-", first + bad.row, bad.reason, bad.field, bad.detail)
                for bad in parsed.bad
            ],
            records=parsed.records,
            ignored=parsed.ignored,
            clamped=parsed.clamped,
            bytes_read=0,
            find_origins=lambda: Origins(["-"], np.zeros_like(numbers), numbers),
        )

    def position(self) -> bytes:
        """Return no position: nobody can go back."""
        return b""

    def close(self) -> None:
        """Do nothing: nothing is open."""
