"""Records of a partition of a topic as a file, and back: nothing of them is lost.

In: records with their offsets, ascending. Out: a Parquet file of them, read again from any offset
on. It refuses to know brokers, rounds, and what a record means.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from rtm_flows.connectors.topic_records import Record
from rtm_flows.connectors.whole_files import written_whole
from rtm_flows.errors import InputError

_GROUP_RECORDS = 1 << 13
_GROUP_BYTES = 1 << 23
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


def write_partition(path: Path, records: Iterable[StoredRecord], began: int = 0) -> int:
    """Write the records of a partition, whole or not at all; return how many there were.

    Parameters
    ----------
    path
        The file.
    records
        The records, by ascending offset. Offsets may be left out: those of transactions are.
    began
        The offset before which the broker no longer has any.
    """
    written = size = 0
    with (
        written_whole(path) as file,
        pq.ParquetWriter(file, _SCHEMA, compression="zstd", use_dictionary=False) as writer,
    ):
        for group in _groups(records):
            columns = zip(*group, strict=True)
            arrays = [
                pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=_SCHEMA))
            written += len(group)
            size += sum(len(one.value or b"") for one in group)
        writer.add_key_value_metadata({_BYTES: str(size), _BEGAN: str(began)})
    return written


def _groups(records: Iterable[StoredRecord]) -> Iterator[list[StoredRecord]]:
    group: list[StoredRecord] = []
    size = 0
    for one in records:
        group.append(one)
        size += len(one.value or b"")
        if len(group) == _GROUP_RECORDS or size >= _GROUP_BYTES:
            yield group
            group, size = [], 0
    if group:
        yield group


class PartitionFile:
    """A file of records, from its end.

    Parameters
    ----------
    path
        Where `write_partition` has written.

    Attributes
    ----------
    bytes
        How many bytes its values have.
    began
        The offset before which the broker had nothing any more.

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

    @contextmanager
    def _damage_named(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, pa.ArrowException) as error:
            first = str(error).partition("\n")[0]
            msg = f"{self.path}: cannot be read: {first}; export the topics anew, or copy it again"
            raise InputError(msg) from None
