"""Files of a partition's records: what goes in comes out."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.connectors import partition_files
from rtm_flows.connectors.partition_files import PartitionFile, StoredRecord, partition_writer
from rtm_flows.connectors.topic_records import Record
from rtm_flows.errors import InputError

VALUES = st.none() | st.binary(max_size=40)


@given(
    steps=st.lists(st.tuples(st.integers(1, 5), VALUES, VALUES), max_size=40),
    group=st.integers(1, 7),
    start=st.integers(0, 120),
)
def test_records_come_out_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory,
    steps: list[tuple[int, bytes | None, bytes | None]],
    group: int,
    start: int,
) -> None:
    """From any offset on, whatever the groups, with keys and times for whoever opens the file."""
    records, offset = [], -1
    for step, key, value in steps:
        offset += step
        records.append(StoredRecord(offset, None if step == 2 else 1000 * offset, key, value))
    path = tmp_path_factory.mktemp("partition") / "0.parquet"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(partition_files, "_GROUP_RECORDS", group)
        with partition_writer(path, 3) as file_written:
            for one in records:
                file_written.add(one)
        assert file_written.written == len(records)

    file = PartitionFile(path)
    wanted = [Record(one.offset, one.value) for one in records if one.offset >= start]
    assert list(file.records(start)) == wanted
    assert file.count_from(start) == len(wanted)
    assert list(file.stored(start)) == [one for one in records if one.offset < start]
    times_of = [one.timestamp for one in records if one.timestamp is not None]
    assert file.newest == max(times_of, default=None)
    assert (file.began, file.end) == (3, offset + 1)
    assert file.bytes == sum(len(one.value or b"") for one in records)
    table = pq.read_table(path)
    assert table.column("key").to_pylist() == [one.key for one in records]
    times = table.column("timestamp").cast(pa.int64()).to_pylist()
    assert times == [one.timestamp for one in records]


def test_another_table_is_refused(tmp_path: Path) -> None:
    """In words, with the remedy."""
    path = tmp_path / "0.parquet"
    pq.write_table(pa.table({"offset": [1]}), path)

    with pytest.raises(InputError, match=r"0.parquet: holds no records as `rtm export`"):
        PartitionFile(path)
