"""A schema with all that it refers to, and who knows schemas by their ids.

In: nothing. Out: the shape of a schema, and the protocol of whoever has some. It refuses to know
where they come from and what they mean.
"""

from __future__ import annotations

from typing import Protocol

import msgspec


class Reference(msgspec.Struct, frozen=True):
    """Another schema that one refers to, by the name that it has there."""

    name: str
    text: str


class Schema(msgspec.Struct, frozen=True):
    """A schema that records are written by; under its id it never changes.

    Attributes
    ----------
    id
        What registry and records call it.
    kind
        "AVRO", "JSON" or "PROTOBUF".
    text
        The schema.
    references
        All that it refers to, also by way of others; what others refer to stands before them.
    """

    id: int
    kind: str
    text: str
    references: tuple[Reference, ...] = ()


class Schemas(Protocol):
    """Knows schemas: a registry, or the file that an export has of them."""

    def find(self, number: int) -> Schema | None:
        """Return the schema of an id, None where there is none."""
