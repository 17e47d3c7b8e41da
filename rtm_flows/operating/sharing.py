"""Sharing: what the processes of a run have told, brought together in the one that is asked.

In: the meters of a worker process. Out: a file that it writes anew every second, and what all such
files of a folder hold. A file appears whole or not at all.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from rtm_flows.metrics import Metric
from rtm_flows.operating.meters import Labels, Meters, Seen

EVERY = 1.0
"""Seconds between two writings: by so much what is served may be old."""

_NAME = "metrics-"
_decoder = msgspec.msgpack.Decoder(Seen)


@contextmanager
def shared(meters: Meters, folder: Path, index: int, every: float = EVERY) -> Iterator[None]:
    """Write what a process tells into a folder, beside whatever is done within, and at its end."""
    stopping = threading.Event()

    def write() -> None:
        while not stopping.wait(every):
            _write(meters, folder, index)

    _write(meters, folder, index)
    thread = threading.Thread(target=write, daemon=True, name="rtm-sharing")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()
        _write(meters, folder, index)


def collected(folder: Path) -> list[Seen]:
    """Return what the processes of a run have told."""
    return [_decoder.decode(path.read_bytes()) for path in sorted(folder.glob(f"{_NAME}*[0-9]"))]


def _write(meters: Meters, folder: Path, index: int) -> None:
    path = folder / f"{_NAME}{index}"
    partial = path.with_suffix(".partial")
    # A disk that is full makes metrics old. It does not end a run.
    with suppress(OSError):
        partial.write_bytes(msgspec.msgpack.encode(meters.seen()))
        partial.replace(path)


def together(metric: Metric, seen: Iterable[Seen]) -> dict[Labels, float]:
    """Return the values of a counter or gauge over processes, by labels.

    Examples
    --------
    >>> from rtm_flows.metrics import PEOPLE
    >>> processes = [Seen({"rtm_people": {(): count}}, {}, 0.0, 0.0) for count in (3, 4)]
    >>> together(PEOPLE, processes)
    {(): 7}
    """
    found: dict[Labels, float] = {}
    for one in seen:
        for labels, value in one.values.get(metric.name, {}).items():
            if metric.across == "max":
                found[labels] = max(found.get(labels, value), value)
            else:
                found[labels] = found.get(labels, 0) + value
    return found
