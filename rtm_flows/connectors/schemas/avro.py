"""Avro: binary values as JSON, by the schema that they were written by.

In: a schema, then values. Out: JSON. Times and dates become text as RFC 3339 has it, decimals
numbers of all their digits, bytes Base64; of a union the value stands alone. Numbers that JSON
lacks (not a number, infinite) become null.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import msgspec

from rtm_flows.connectors.schemas.misfit import MisfitError, extra
from rtm_flows.connectors.schemas.schema import Schema

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode


def avro_reader(schema: Schema) -> Callable[[bytes], bytes]:
    """Return what makes JSON of the values of a schema.

    Raises
    ------
    MisfitError
        If it is none of Avro; of what is returned, if a value does not fit it.
    ConfigError
        If fastavro is not installed.
    """
    with extra():
        import fastavro
    try:
        parsed = _parsed(schema)
    except Exception:  # whatever a parser finds wrong with it
        raise MisfitError from None

    def read(content: bytes) -> bytes:
        try:
            stream = io.BytesIO(content)
            found = _ENCODE(fastavro.schemaless_reader(stream, parsed, None))
        except Exception:  # any bytes may stand there
            raise MisfitError from None
        if stream.read(1):
            raise MisfitError(None, ": more stands behind its end")
        return found

    return read


def _parsed(schema: Schema) -> Any:
    """Return a schema with all that it refers to set in, as fastavro wants it."""
    from fastavro.repository.base import AbstractSchemaRepository, SchemaRepositoryError
    from fastavro.schema import load_schema

    known: dict[str, Any] = {"": msgspec.json.decode(schema.text)}
    for one in schema.references:
        tree = msgspec.json.decode(one.text)
        known[one.name] = known[_full_name(tree) or one.name] = tree

    class Known(AbstractSchemaRepository):
        """The schema and those that it refers to, by their names."""

        def load(self, name: str) -> Any:
            if name not in known:
                raise SchemaRepositoryError(name)
            return known[name]

    return load_schema("", repo=Known())


def _full_name(tree: Any) -> str | None:
    if not isinstance(tree, dict) or "name" not in tree:
        return None
    name, space = tree["name"], tree.get("namespace")
    return f"{space}.{name}" if space and "." not in name else name
