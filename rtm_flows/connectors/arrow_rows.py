"""Tables as Arrow record batches, and back.

In: a `Table`, or a record batch that was made from one. Out: the other. It refuses to know files
and order. Object columns are text.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from rtm_flows.columns import Column, Table

_SAMPLE = 512
_FEW = 64


def arrow_schema(table: Table) -> pa.Schema:
    """Return the schema under which all batches of tables like this one are kept."""
    return pa.schema([(name, _arrow_type(column)) for name, column in table.columns.items()])


def _arrow_type(column: Column) -> pa.DataType:
    if column.dtype == object:
        return pa.string()
    return pa.from_numpy_dtype(column.dtype)


def to_arrow(table: Table, schema: pa.Schema) -> pa.RecordBatch:
    """Return the rows as a record batch."""
    columns = [pa.array(table[field.name], type=field.type) for field in schema]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


class ArrowDecoder:
    """Makes tables of record batches that have the same columns.

    Text columns of few values are made by way of a dictionary: that is twice as fast, and equal
    values are the same object. The first batch tells which columns those are.
    """

    def __init__(self) -> None:
        self._few: set[str] | None = None

    def table(self, batch: pa.RecordBatch) -> Table:
        """Return the rows as a table; its columns of numbers cannot be written to."""
        columns = dict(zip(batch.schema.names, batch.columns, strict=True))
        if self._few is None:
            self._few = {name for name, column in columns.items() if _has_few(column)}
        return Table({name: self._decode(name, column) for name, column in columns.items()})

    def _decode(self, name: str, column: pa.Array) -> Column:
        if self._few is not None and name in self._few:
            return _by_dictionary(column.dictionary_encode(null_encoding="encode"))
        values: Column = column.to_numpy(zero_copy_only=False)
        return values


def _has_few(column: pa.Array) -> bool:
    return pa.types.is_string(column.type) and len(column[:_SAMPLE].unique()) <= _FEW


def _by_dictionary(encoded: Any) -> Column:
    values = np.array(encoded.dictionary.to_pylist(), dtype=object)
    decoded: Column = values[encoded.indices.to_numpy()]
    return decoded
