"""Canonical events: the table that every record ends in, whatever it was before.

In: raw field columns of JSON or CSV. Out: a `Table` of valid events, dead letters, and counts.
It knows nothing of formats, of other batches, or of late and duplicate events.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import compress
from typing import Any

import numpy as np

from rtm_flows.columns import Column, Table, as_text
from rtm_flows.events.event_times import EventTimes
from rtm_flows.events.faults import Faults, Mask
from rtm_flows.events.fields import Field, Raw
from rtm_flows.events.mapping import Mapping
from rtm_flows.events.money import read_money
from rtm_flows.events.outcome import BadRecord, Parsed
from rtm_flows.events.person import identity_hashes, key_hashes, person_keys
from rtm_flows.events.texts import Shared
from rtm_flows.events.type_map import TypeMap
from rtm_flows.events.type_rules import IGNORED

Texts = Sequence[str | None]


class Canonical:
    """Makes events of raw columns.

    Parameters
    ----------
    mapping, fields
        The mapping, and its fields as a list.
    source
        The source of records that name none.
    text
        The text fields wanted as columns.
    ahead_ms
        By how much a time may be later than `received_at`.
    """

    def __init__(
        self,
        mapping: Mapping,
        fields: Sequence[Field],
        *,
        source: str,
        text: Sequence[str],
        ahead_ms: int,
    ) -> None:
        self._places = {field.name: field.place for field in fields}
        # A record without a person is told of under its first id that is mapped, and so are times.
        self._places.setdefault("time", self._places.get("original_timestamp", "time"))
        self._places.setdefault("user_id", self._places.get("anonymous_id", "user_id"))
        self._constants = mapping.constants
        self._source = source
        self._text = {name: Shared() for name in ("source", *text)}
        self._times = EventTimes(mapping, ahead_ms)
        self._types = TypeMap(mapping)

    def parse(self, raw: Raw, bad: Sequence[BadRecord]) -> Parsed:
        """Return the events of raw columns, beside the records found bad before and now."""
        count = len(raw.rows)
        constants = {name: [value] * count for name, value in self._constants.items()}
        fields: dict[str, Any] = {**raw.fields, **constants}
        faults = Faults(raw.rows, self._places)
        times, clamped = self._times(fields, faults)
        types = self._types(raw.fields, faults)
        columns = {
            "time": times,
            "clamped": clamped,
            "type": as_text(types),
            "person": as_text(_read_persons(fields, faults)),
            **read_money(fields, faults),
            **self._other_columns(fields, raw),
        }
        ignored = ~faults.mask & _is_ignored(types)
        table = _events(columns, fields.get("anonymous_id"), ~faults.mask & ~ignored)
        return Parsed(
            table=table,
            bad=sorted([*bad, *faults.found]),
            ignored=int(np.count_nonzero(ignored)),
            clamped=int(np.count_nonzero(table["clamped"])),
            records=count + len(bad),
        )

    def _other_columns(self, fields: dict[str, Any], raw: Raw) -> dict[str, Column]:
        count = len(raw.rows)
        return {
            **_id_columns(fields.get("id"), raw.derived, count),
            "row": raw.rows,
            **{name: self._text_column(name, fields.get(name), count) for name in self._text},
        }

    def _text_column(self, name: str, texts: Texts | None, count: int) -> Column:
        default = self._source if name == "source" else None
        if texts is None:
            column: Column = np.empty(count, dtype=object)
            column.fill(default)
            return column
        given = texts if default is None else [text or default for text in texts]
        return as_text(self._text[name](given))


def _is_ignored(types: list[str | None]) -> Mask:
    if IGNORED not in types:
        return np.zeros(len(types), dtype=np.bool_)
    return np.array([event_type == IGNORED for event_type in types], dtype=np.bool_)


def _read_persons(fields: dict[str, Any], faults: Faults) -> list[str | None]:
    persons = person_keys(fields.get("user_id"), fields.get("anonymous_id"))
    if None in persons:
        nobody = np.array([person is None for person in persons], dtype=np.bool_)
        faults.add(nobody, "missing_field", "user_id", "expected a user or anonymous id")
    return persons


def _events(columns: dict[str, Column], anonymous_ids: Texts | None, kept: Mask) -> Table:
    """Return the rows to keep, with the hashes of their persons, whom all of them have."""
    table = Table(columns)
    if not kept.all():
        table = table.take(kept)
        anonymous_ids = anonymous_ids and list(compress(anonymous_ids, kept))
    hashes = key_hashes(table["person"].tolist())
    return table.with_columns({"hash": hashes, "identity": identity_hashes(hashes, anonymous_ids)})


def _id_columns(ids: Texts | None, derived: Texts | None, count: int) -> dict[str, Column]:
    if ids is None or derived is None:
        given = as_text(ids or derived or [])
        return {"id": given, "derived": np.full(count, ids is None)}
    pairs = zip(ids, derived, strict=True)
    return {
        "id": as_text([own or digest for own, digest in pairs]),
        "derived": np.array([own is None for own in ids], dtype=np.bool_),
    }
