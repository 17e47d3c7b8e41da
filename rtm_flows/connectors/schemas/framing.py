"""The frame of a record: a zero byte, four bytes of the id of its schema, and what it says.

In: the value of a record. Out: the id and the rest. It refuses to know schemas.
"""

from __future__ import annotations

_HEAD = 5
_MAGIC = 0


def schema_of(value: bytes) -> int | None:
    r"""Return the id of the schema that a value is written by, None where it has no frame.

    Examples
    --------
    >>> schema_of(b"\0\0\0\1\2{}"), schema_of(b'{"id": 7}'), schema_of(b"\0")
    (258, None, None)
    """
    if len(value) < _HEAD or value[0] != _MAGIC:
        return None
    return int.from_bytes(value[1:_HEAD], "big")


def content_of(value: bytes) -> bytes:
    """Return what stands behind the frame."""
    return value[_HEAD:]
