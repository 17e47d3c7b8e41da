"""Records of a partition of a topic as a file, and back: nothing of them is lost.

In: records with their offsets, ascending. Out: a Parquet file of them, read again from any offset
on. It refuses to know brokers, rounds, and what a record means.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from rtm_flows.connectors.topic_records import Record
from rtm_flows.connectors.whole_files import written_whole
from rtm_flows.errors import InputError

_GROUP_RECORDS = 1 << 13
_GROUP_BYTES = 1 << 20
"""So that many partitions can be written at a time."""
_SCHEMA = pa.schema(
    [
        pa.field("offset", pa.int64(), nullable=False),
        pa.field("timestamp", pa.timestamp("ms", tz="UTC")),
        pa.field("key", pa.binary()),
        pa.field("value", pa.binary()),
    ]
)
_BYTES = "rtm.value_bytes"
_BEGAN = "rtm.log_began"


class StoredRecord(NamedTuple):
    """A record as it lies in a partition, and the broker's time of it in ms, where it has one."""

    offset: int
    timestamp: int | None
    key: bytes | None
    value: bytes | None


class PartitionWriter:
    """Writes the records of a partition, group by group; `partition_writer` opens one.

    Attributes
    ----------
    written
        How many records were added.
    """

    def __init__(self, writer: Any) -> None:
        self.written = 0
        self._writer = writer
        self._group: list[StoredRecord] = []
        self._size = self._total = 0

    def add(self, record: StoredRecord) -> None:
        """Write one record; its offset is above those before."""
        self.written += 1
        self._group.append(record)
        self._size += len(record.value or b"")
        if len(self._group) == _GROUP_RECORDS or self._size >= _GROUP_BYTES:
            self._write()

    def _write(self) -> None:
        if self._group:
            columns = zip(zip(*self._group, strict=True), _SCHEMA, strict=True)
            arrays = [pa.array(column, field.type) for column, field in columns]
            self._writer.write_table(pa.Table.from_arrays(arrays, schema=_SCHEMA))
        self._total += self._size
        self._group, self._size = [], 0

    def finish(self, began: int) -> None:
        """Write what is left, and what the file tells of itself."""
        self._write()
        self._writer.add_key_value_metadata({_BYTES: str(self._total), _BEGAN: str(began)})


@contextmanager
def partition_writer(path: Path, began: int = 0) -> Iterator[PartitionWriter]:
    """Write the records of a partition into a file, which is there whole or not at all.

    Parameters
    ----------
    path
        The file.
    began
        The offset before which the broker no longer has any.
    """
    how = {"compression": "zstd", "use_dictionary": False}
    with written_whole(path) as file, pq.ParquetWriter(file, _SCHEMA, **how) as writer:
        records = PartitionWriter(writer)
        yield records
        records.finish(began)


class PartitionFile:
    """A file of records, from its end.

    Parameters
    ----------
    path
        Where `partition_writer` has written.

    Attributes
    ----------
    bytes
        How many bytes its values have.
    began
        The offset before which the broker had nothing any more.
    newest
        The largest time stamp in ms; None where there is none.

    Raises
    ------
    InputError
        If it is no such file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._damage_named(), pq.ParquetFile(str(path)) as file:
            if not file.schema_arrow.equals(_SCHEMA):
                msg = f"{path}: holds no records as `rtm export` writes them; export them anew"
                raise InputError(msg)
            footer = file.metadata
            groups = [footer.row_group(number) for number in range(footer.num_row_groups)]
            self._lasts: list[int] = [one.column(0).statistics.max for one in groups]
            times = [one.column(1).statistics for one in groups]
            latest = [one.max for one in times if one is not None and one.has_min_max]
            self.newest = max((_milliseconds(time) for time in latest), default=None)
            self.bytes = int(footer.metadata[_BYTES.encode()])
            self.began = int(footer.metadata[_BEGAN.encode()])

    @property
    def end(self) -> int:
        """The offset after the last record; 0 where there is none."""
        return self._lasts[-1] + 1 if self._lasts else 0

    def count_from(self, offset: int) -> int:
        """Return how many records there are from this offset on."""
        return sum(1 for _ in self.records(offset))

    def records(self, offset: int) -> Iterator[Record]:
        """Yield the records from this offset on, in a memory that does not grow with the file.

        Raises
        ------
        InputError
            If the file is damaged.
        """
        first = bisect_left(self._lasts, offset)
        if first == len(self._lasts):
            return
        with self._damage_named(), pq.ParquetFile(str(self.path)) as file:
            for number in range(first, len(self._lasts)):
                read: Any = file.read_row_group(number, columns=["offset", "value"])
                offsets = read.column("offset").to_pylist()
                values = read.column("value").to_pylist()
                for at, value in zip(offsets, values, strict=True):
                    if at >= offset:
                        yield Record(at, value)

    def stored(self, until: int) -> Iterator[StoredRecord]:
        """Yield all that was written of the records before this offset.

        Raises
        ------
        InputError
            If the file is damaged.
        """
        with self._damage_named(), pq.ParquetFile(str(self.path)) as file:
            for number in range(len(self._lasts)):
                group: Any = file.read_row_group(number)
                times = group.column("timestamp").cast(pa.int64())
                columns = (
                    group.column("offset"),
                    times,
                    group.column("key"),
                    group.column("value"),
                )
                for row in zip(*(column.to_pylist() for column in columns), strict=True):
                    if row[0] >= until:
                        return
                    yield StoredRecord(*row)

    @contextmanager
    def _damage_named(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, pa.ArrowException) as error:
            first = str(error).partition("\n")[0]
            msg = f"{self.path}: cannot be read: {first}; export the topics anew, or copy it again"
            raise InputError(msg) from None


def _milliseconds(time: datetime) -> int:
    """Return milliseconds since 1970; statistics of columns have their zone or lack it."""
    return round(time.replace(tzinfo=UTC).timestamp() * 1000)
