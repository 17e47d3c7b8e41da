"""Decoding: the value of a record behind a schema, as the JSON that parsers read.

In: values with the ids of their schemas, and who knows these. Out: JSON, or why there is none. A
value that cannot be read is told, whatever is wrong with it: it never stops anything. A registry
that cannot be asked does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from rtm_flows.connectors.schemas.avro import avro_reader
from rtm_flows.connectors.schemas.framing import content_of, schema_of
from rtm_flows.connectors.schemas.json_schema import json_reader
from rtm_flows.connectors.schemas.misfit import MisfitError
from rtm_flows.connectors.schemas.schema import Schema, Schemas

Encoding = Literal["avro", "json_schema"]
REASON = "undecodable"
"""The reason of the dead letter of a value that cannot be decoded."""

_Reader = Callable[[bytes], bytes]


class Undecoded(NamedTuple):
    """Why a value cannot be decoded: the column at fault if one is, and what was expected."""

    field: str | None
    detail: str


class Decoder:
    """Decodes the values of a topic.

    Parameters
    ----------
    encoding
        How they are written.
    schemas
        Knows what they are written by.
    """

    def __init__(self, encoding: Encoding, schemas: Schemas) -> None:
        self._kind, self._make = _READERS[encoding]
        self._schemas = schemas
        self._readers: dict[int, _Reader] = {}

    def decode(self, value: bytes) -> bytes | Undecoded:
        """Return a value as JSON, or why that cannot be.

        Raises
        ------
        BrokerError
            If the registry does not answer.
        """
        number = schema_of(value)
        if number is None:
            text = "no schema's id stands in front: a zero byte and four bytes of the id"
            return Undecoded(None, text)
        reader = self._readers.get(number) or self._opened(number)
        if isinstance(reader, Undecoded):
            return reader
        try:
            return reader(content_of(value))
        except MisfitError as error:
            return Undecoded(error.field, f"does not fit its schema {number}{error.expected}")

    def _opened(self, number: int) -> _Reader | Undecoded:
        """Return what reads by a schema that was not met before, or why nothing does."""
        schema = self._schemas.find(number)
        if schema is None:
            return Undecoded(None, f"the registry has no schema {number}")
        if schema.kind != self._kind:
            return Undecoded(None, f"schema {number} is {schema.kind}, not {self._kind}")
        try:
            self._readers[number] = self._make(schema)
        except MisfitError:
            return Undecoded(None, f"schema {number} itself cannot be read")
        return self._readers[number]


_READERS: dict[Encoding, tuple[str, Callable[[Schema], _Reader]]] = {
    "avro": ("AVRO", avro_reader),
    "json_schema": ("JSON", json_reader),
}
