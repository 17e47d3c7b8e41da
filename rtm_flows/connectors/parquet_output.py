"""Outputs as Parquet: finished lines made into typed columns, and back again.

In: a file of lines that is complete. Out: a Parquet file of the same rows, made from blocks of a
fixed size, so that it depends on the lines alone and takes little memory; and from such a file the
very same lines. It refuses to know when an output is complete.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
import pyarrow.parquet as pq

from rtm_flows.connectors.output_columns import left_out
from rtm_flows.connectors.parquet_rows import Rows
from rtm_flows.connectors.whole_files import written_whole
from rtm_flows.errors import InputError

BLOCK_BYTES: Final = 8 << 20
"""Bytes of lines, about, that become one row group: another number makes other bytes."""

_PAGE = 2048
_encode_lines = msgspec.json.Encoder().encode_lines


def write_parquet(lines: Path, path: Path, columns: pa.Schema) -> None:
    """Write the rows of a file of lines as Parquet; `path` is there whole or not at all."""
    with (
        lines.open("rb") as source,
        written_whole(path) as file,
        pq.ParquetWriter(file, columns, compression="zstd") as writer,
    ):
        for block in _blocks(source):
            table = _read(block, columns)
            writer.write_table(table, row_group_size=max(1, table.num_rows))


def lines_of(
    path: Path, *, rows: Rows | None = None, columns: Sequence[str] | None = None
) -> Iterator[bytes]:
    """Yield the lines of a Parquet output, some thousand at a time: the bytes that it was made of.

    Parameters
    ----------
    rows
        Which; all of them, if none are asked for.
    columns
        Only these, of those that there are, by the dots of Parquet; not together with `rows`.

    Raises
    ------
    InputError
        If the file is not there, or damaged.
    """
    try:
        with pq.ParquetFile(path) as file:
            names = left_out()
            for batch in _batches(file, rows, columns):
                absent = {field: names[field] for field in batch.schema.names if field in names}
                told = _as_text(batch).to_pylist()
                for line in told:
                    line.update({field: _without(line[field], absent[field]) for field in absent})
                yield _encode_lines(told)
    except (OSError, pa.ArrowException) as error:
        msg = f"{path}: cannot be read as Parquet: {error}"
        raise InputError(msg) from None


def _batches(
    file: pq.ParquetFile, rows: Rows | None, columns: Sequence[str] | None
) -> Iterator[pa.RecordBatch]:
    if rows is not None:
        for table in rows.tables(file):
            yield from table.to_batches(max_chunksize=_PAGE)
        return
    yield from file.iter_batches(batch_size=_PAGE, use_threads=False, columns=columns)


def _blocks(source: BinaryIO) -> Iterator[bytes]:
    while block := source.read(BLOCK_BYTES):
        yield block + source.readline()


def _read(block: bytes, columns: pa.Schema) -> pa.Table:
    return pj.read_json(
        io.BytesIO(block),
        # As one piece: a line that lies across two pieces must fit into one.
        read_options=pj.ReadOptions(use_threads=False, block_size=len(block)),
        parse_options=pj.ParseOptions(explicit_schema=columns, unexpected_field_behavior="error"),
    )


def _as_text(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return a batch with its times as the lines have them."""
    for at, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type):
            times = batch.column(at).cast(pa.timestamp("ms"))
            text = pc.strftime(times, format="%Y-%m-%dT%H:%M:%SZ")
            batch = batch.set_column(at, field.name, text)
    return batch


def _without(value: Any, names: frozenset[str]) -> Any:
    """Return a value without those of some keys that hold nothing."""
    if isinstance(value, dict):
        return {
            key: _without(inner, names)
            for key, inner in value.items()
            if inner is not None or key not in names
        }
    return [_without(inner, names) for inner in value] if isinstance(value, list) else value
