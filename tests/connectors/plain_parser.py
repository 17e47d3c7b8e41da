"""A parser as plain as can be, with the contract of `rtm_flows.events.parser.Parser`.

Records are objects (or CSV records) with the fields `t`, `id`, `s` and `x`; every other object is
ignored, and what is no object is a dead letter. `texts` brings rows back into a form that can be
compared.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np

from rtm_flows.columns import Table, as_text
from rtm_flows.connectors.batches import Batch, Input, PartitionReader
from rtm_flows.events.outcome import BadRecord, Parsed

Row = tuple[int, str, str, str | None, int]


class PlainParser:
    """Parses without any speed."""

    columns = ("t", "id", "s", "x", "p")

    def columns_in(self, names: Collection[str]) -> list[str]:
        """Ask for nothing."""
        return [name for name in self.columns if name in names]

    def parse_block(self, block: bytes) -> Parsed:
        """Parse lines of JSON."""
        assert not block or block.endswith(b"\n")
        lines = enumerate(block.split(b"\n")[:-1])
        return self._parse([(n, _load(line)) for n, line in lines if line.strip()])

    def parse_records(self, header: Sequence[str], records: Sequence[Sequence[str]]) -> Parsed:
        """Parse CSV records; one with too many or too few fields is bad."""
        found: list[tuple[int, Any]] = []
        for number, record in enumerate(records):
            fields = dict(zip(header, record, strict=False))
            found.append((number, fields if len(record) == len(header) else None))
        return self._parse(found)

    def _parse(self, found: list[tuple[int, Any]]) -> Parsed:
        good = [(n, each) for n, each in found if isinstance(each, dict) and "t" in each]
        bad = [
            BadRecord(n, "not_an_object", None, "an object is wanted")
            for n, each in found
            if not isinstance(each, dict)
        ]
        ignored = len(found) - len(good) - len(bad)
        clamped = sum(int(each["t"]) % 2 for _, each in good)
        return Parsed(_table(good), bad, ignored, clamped, len(found))


def _load(line: bytes) -> Any:
    try:
        return json.loads(line)
    except ValueError:
        return None


def _table(rows: Sequence[tuple[int, dict[str, Any]]]) -> Table:
    each = [fields for _, fields in rows]
    size = len(rows)
    return Table(
        {
            "time": np.array([int(fields["t"]) for fields in each], dtype=np.int64),
            "source": as_text([fields.get("s", "web") for fields in each]),
            "id": as_text([str(fields["id"]) for fields in each]),
            "type": as_text(["view_item"] * size),
            "channel": as_text([fields.get("x") or None for fields in each]),
            "hash": np.arange(size, dtype=np.uint32),
            "derived": np.zeros(size, dtype=np.bool_),
            "price": np.array([int(fields.get("p", 0)) for fields in each], dtype=np.int64),
            "row": np.array([n for n, _ in rows], dtype=np.int64),
        }
    )


def line(row: Row) -> bytes:
    """Write a row as a line of JSON, without its end."""
    time, source, event_id, text, price = row
    record = {"t": time, "s": source, "id": event_id, "p": price}
    return json.dumps(record if text is None else {**record, "x": text}).encode()


def rows_of(batches: Iterable[Batch]) -> list[Row]:
    """Return the rows of some batches, in order."""
    names = ("time", "source", "id", "channel", "price")
    return [row for b in batches for row in zip(*(b.table[n].tolist() for n in names), strict=True)]


def drain(reader: PartitionReader) -> list[Batch]:
    """Read to the end, and close."""
    batches = []
    try:
        while (batch := reader.next()) is not None:
            batches.append(batch)
    finally:
        reader.close()
    return batches


def read_all(source: Input) -> list[Batch]:
    """Read all partitions, one after the other."""
    return [batch for number in range(source.partitions) for batch in drain(source.open(number))]


def places(batches: Iterable[Batch]) -> list[tuple[str, int]]:
    """Return where all rows stand, in order."""
    return [b.place(row)[:2] for b in batches for row in b.table["row"].tolist()]
