"""What a job has written into topics, as the files that a run would have written.

In: a broker that a job writes to. Out: a folder with a file an output, in the order of a run's
files, and what it holds. It refuses to know what the lines say.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from rtm_flows.config import Job
from rtm_flows.connectors.kafka.headers import TIME
from rtm_flows.connectors.kafka.names import broker_of
from rtm_flows.connectors.kafka.reading import Found, onlooker
from rtm_flows.connectors.kafka.topics import written
from rtm_flows.connectors.output_files import file_name
from rtm_flows.connectors.sorted_lines import Line, SortedLines
from rtm_flows.connectors.whole_files import written_whole

EXPORTED = "exported.json"
"""What tells a folder of exported outputs from that of a run."""


class ExportedOutputs(msgspec.Struct, frozen=True, kw_only=True):
    """What was written.

    Attributes
    ----------
    job
        The job's name.
    since, until
        The times between which records were taken, the latter not among them; None for any.
    records
        How many records of each output.
    lost
        Outputs of which the broker no longer has the first records.
    """

    job: str
    since: str | None
    until: str | None
    records: dict[str, int]
    lost: tuple[str, ...]


class Between(msgspec.Struct, frozen=True):
    """Times between which records are taken, as their headers write them; None for any.

    What has no time, like dead letters, is always taken.
    """

    since: str | None = None
    until: str | None = None

    def has(self, time: str) -> bool:
        """Tell whether a time is among them; empty text is no time.

        Examples
        --------
        >>> between = Between("2026-01-02T00:00:00.000Z")
        >>> between.has("2026-01-01T23:59:59.999Z"), between.has("")
        (False, True)
        """
        if not time:
            return True
        return (self.since or "") <= time and (self.until is None or time < self.until)


def export_outputs(
    job: Job,
    folder: Path,
    between: Between,
    progress: Callable[[int, int], object] = lambda _done, _total: None,
) -> ExportedOutputs:
    """Write what the output topics of a job hold now.

    Parameters
    ----------
    folder
        Where to; it must be there, and empty.
    progress
        Told how many records are read, and how many there are.

    Raises
    ------
    BrokerError
        If the broker cannot be reached, or lacks a topic.
    """
    records: dict[str, int] = {}
    with onlooker(broker_of(job)) as reader:
        topics = written(job)
        extents = {name: reader.extents(topic) for name, topic in topics.items()}
        sizes = {
            name: sum(one.high - one.low for one in own.values()) for name, own in extents.items()
        }
        done, total = 0, sum(sizes.values())
        for name, topic in topics.items():
            lines = SortedLines()
            for found in reader.read(topic, extents[name]):
                for one in found:
                    _add(lines, one, between)
                done += len(found)
                progress(done, total)
            records[name] = _write(lines, folder / file_name(name))
    lost = [name for name, own in extents.items() if any(one.low for one in own.values())]
    told = ExportedOutputs(
        job=job.name,
        since=between.since,
        until=between.until,
        records=records,
        lost=tuple(sorted(lost)),
    )
    (folder / EXPORTED).write_bytes(msgspec.json.encode(told) + b"\n")
    return told


def _add(lines: SortedLines, one: Found, between: Between) -> None:
    time = one.header(TIME) or ""
    if between.has(time):
        # As in a file: by time, then person, then as they were told; what has no time as it lies.
        key = (one.key or b"").decode("utf-8", "replace") if time else ""
        lines.add(Line(time, key, one.partition, one.offset, one.value or b""))


def _write(lines: SortedLines, path: Path) -> int:
    count = 0
    with written_whole(path) as file:
        for value in lines.values():
            file.write(value + b"\n")
            count += 1
    return count
