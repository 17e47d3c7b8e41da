"""The floor: decode every event, encode a record for it, in batches, and do nothing else."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from benchmarks.protocol import paths, say

BLOCK_BYTES = 4096 * 300


class Event(msgspec.Struct, gc=False):
    """The fields of an event that the job needs."""

    event_id: str
    ts: int
    user_id: str
    type: str
    device: str
    channel: str
    price: float | None = None


class Record(msgspec.Struct, gc=False):
    """The record of one event."""

    event_id: str
    user_id: str
    ts: int
    p: float
    action: str


def run(source: str, out: str) -> int:
    """Copy the events through both codecs; return how many there were."""
    decode = msgspec.json.Decoder(Event).decode_lines
    encode = msgspec.json.Encoder().encode_lines
    total = 0
    with Path(source).open("rb") as events, Path(out).open("wb") as records:
        while blob := events.read(BLOCK_BYTES):
            batch = decode(blob + events.readline())
            records.write(encode([Record(e.event_id, e.user_id, e.ts, 0.5, "none") for e in batch]))
            total += len(batch)
    return total


if __name__ == "__main__":
    source, out = paths()
    start = time.perf_counter()
    total = run(source, out)
    say("floor: decode and encode only", total, time.perf_counter() - start)
