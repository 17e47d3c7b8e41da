"""Random Arrow tables of events, and the JSON Lines of the same content, written value by value.

Out: a table whose columns are typed in one of many ways, and its lines. Nothing is shared with
`rtm_flows.connectors.arrow_json`, which does the same with whole columns.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

BERLIN = "Europe/Berlin"
DIGITS = {"s": 0, "ms": 3, "us": 6, "ns": 9}
START = dt.datetime(2024, 3, 31, 0, 59, 58, tzinfo=dt.UTC)  # near a change of clocks in Berlin
MOMENTS = st.integers(0, 4000).map(lambda ms: START + dt.timedelta(milliseconds=ms))
NAMES = st.sampled_from(["a", "b", "é", 'q"\\', "tab\tnewline\n", ""])
PRICES = st.sampled_from([0.0, 1.0, 9.99, 0.1, -0.0, 1e13, 1e-7, 1e22, math.inf, math.nan])
DECIMALS = st.decimals(-(10**6), 10**6, places=2)


def typed(kind: pa.DataType, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Return columns of one type, eight values each, of which some may be null."""
    return st.lists(st.none() | values, min_size=8, max_size=8).map(lambda v: pa.array(v, kind))


def _zoned(unit: str) -> st.SearchStrategy[Any]:
    whole = MOMENTS if unit != "s" else MOMENTS.map(lambda m: m.replace(microsecond=0))
    naive = whole.map(lambda moment: moment.replace(tzinfo=None))
    return st.one_of(
        typed(pa.timestamp(unit, "UTC"), whole),
        typed(pa.timestamp(unit, BERLIN), whole),
        typed(pa.timestamp(unit), naive),
    )


TIMES = st.one_of(
    *map(_zoned, DIGITS),
    typed(pa.int64(), st.sampled_from([1711846798, 1711846798123, -1, 2**62])),
    typed(pa.float64(), st.sampled_from([1711846798.5, 1e300, math.nan])),
    typed(pa.string(), st.sampled_from(["2024-03-31T01:00:00Z", "never", ""])),
    typed(pa.date32(), st.just(dt.date(2024, 3, 31))),
    typed(pa.time64("us"), st.just(dt.time(1, 2, 3, 4))),
)
TEXTS = st.one_of(
    typed(pa.string(), NAMES),
    typed(pa.large_string(), NAMES),
    typed(pa.dictionary(pa.int8(), pa.string()), NAMES),
    typed(pa.binary(), NAMES.map(str.encode) | st.just(b'"\xff')),
    typed(pa.int32(), st.integers(-1, 3)),
    typed(pa.uint64(), st.sampled_from([0, 2**64 - 1])),
    typed(pa.float64(), PRICES),
    typed(pa.decimal128(20, 0), st.integers(0, 3).map(Decimal)),
    typed(pa.bool_(), st.booleans()),
    typed(pa.list_(pa.string()), st.lists(st.none() | NAMES, max_size=2)),
    st.just(pa.nulls(8)),
)
NUMBERS = st.one_of(
    typed(pa.float64(), PRICES),
    typed(pa.float32(), PRICES.map(lambda price: float(np.float32(price)))),
    typed(pa.int16(), st.integers(-3, 3)),
    typed(pa.decimal128(20, 2), DECIMALS),
    typed(pa.decimal256(50, 4), DECIMALS),
    typed(pa.string(), st.sampled_from(["1.50", "x", ""])),
)
PAGES = st.fixed_dictionaries({"url": st.none() | NAMES, "depth": st.none() | st.integers(0, 3)})
PAGE = pa.struct([("url", pa.string()), ("depth", pa.int8()), ("at", pa.timestamp("ms", "UTC"))])
NESTED = st.one_of(
    typed(PAGE, PAGES),
    typed(pa.map_(pa.string(), pa.string()), st.dictionaries(NAMES, st.none() | NAMES)),
    typed(pa.list_(PAGE), st.lists(st.none() | PAGES, max_size=2)),
)
TYPES = typed(pa.string(), st.sampled_from(["search", "purchase", "other"]))


@st.composite
def tables(draw: st.DrawFn, *, nested: st.SearchStrategy[Any] = NESTED) -> pa.Table:
    """Return a table of up to eight events, some columns of which may be missing."""
    columns = {"time": draw(TIMES), "type": draw(TYPES), "user_id": draw(TEXTS)}
    for name, values in (
        ("id", TEXTS), ("price", NUMBERS), ("value", NUMBERS), ("channel", TEXTS),
        ("received_at", TIMES), ("ctx.device", TEXTS), ("page", nested),
    ):  # fmt: skip
        if draw(st.booleans()):
            columns[name] = draw(values)
    return pa.table(columns).slice(0, draw(st.integers(0, 8)))


def as_lines(table: pa.Table) -> list[bytes]:
    """Return the rows as JSON, value by value."""
    lines = []
    for row in range(table.num_rows):
        record: dict[str, Any] = {}
        for name in table.column_names:
            *parents, last = name.split(".")
            place = record
            for parent in parents:
                place = place.setdefault(parent, {})
            column = table.column(name)
            place[last] = _value(column[row].as_py(), column.type)
        lines.append(msgspec.json.encode(record))
    return lines


def _value(value: Any, kind: pa.DataType) -> Any:
    if value is None:
        return None
    if pa.types.is_timestamp(kind):
        return _moment(value, kind)
    if pa.types.is_floating(kind):
        return _float(value, kind)
    if pa.types.is_decimal(kind):
        return msgspec.Raw(format(value, "f").encode())
    if pa.types.is_struct(kind):
        return {field.name: _value(value[field.name], field.type) for field in kind}
    if pa.types.is_map(kind):
        return dict(value)
    if pa.types.is_list(kind):
        return [_value(one, kind.value_type) for one in value]
    if isinstance(value, bytes):
        return _text(value)
    return value.isoformat() if isinstance(value, dt.date | dt.time) else value


def _moment(value: dt.datetime, kind: pa.TimestampType) -> str:
    zone = "" if value.tzinfo is None else "Z"
    moment = value if value.tzinfo is None else value.astimezone(dt.UTC)
    fraction = f"{moment.microsecond:06d}000"[: DIGITS[kind.unit]]
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'.' if fraction else ''}{fraction}{zone}"


def _float(value: float, kind: pa.DataType) -> msgspec.Raw | None:
    if math.isnan(value):
        return None
    if math.isinf(value):
        return msgspec.Raw(b"1e999" if value > 0 else b"-1e999")
    shortest = str(np.float32(value)) if pa.types.is_float32(kind) else repr(value)
    return msgspec.Raw(shortest.encode())


def _text(value: bytes) -> str | msgspec.Raw:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return msgspec.Raw(b'"\xff"')


def sliced(table: pa.Table, sizes: Sequence[int]) -> list[pa.RecordBatch]:
    """Return the rows in batches, each a view into one whole."""
    whole = table.combine_chunks().to_batches()
    rows = [batch.slice(at, size) for batch in whole for at in range(0, 8, 3) for size in sizes]
    return [batch for batch in rows if batch.num_rows]
