"""Sealed bytes: a record with a format number and a checksum, and never code.

In: a record of plain values. Out: bytes that say what they are and find any damage. It refuses
to know what the record means.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TypeVar

import msgspec

from rtm_flows.errors import RecoveryError

FORMAT = 1
"""Number of the layout; raised when older bytes can no longer be read."""

S = TypeVar("S", bound=msgspec.Struct)
"""The record that is sealed."""

_DIGEST = 32


class _Sealed(msgspec.Struct):
    kind: str
    format: int
    body: msgspec.Raw


def seal(kind: str, record: msgspec.Struct) -> bytes:
    """Return a record as bytes: a SHA-256 of the rest, then MessagePack.

    Floats come back to the bit. The checksum finds damage, not malice.
    """
    body = msgspec.Raw(msgspec.msgpack.encode(record))
    content = msgspec.msgpack.encode(_Sealed(kind, FORMAT, body))
    return sha256(content).digest() + content


def unseal(kind: str, data: bytes, record: type[S]) -> S:
    """Read back what `seal` wrote.

    Raises
    ------
    RecoveryError
        If the bytes are damaged, of another kind, or of another format.

    Examples
    --------
    >>> class Point(msgspec.Struct):
    ...     x: float
    >>> unseal("point", seal("point", Point(0.1)), Point)
    Point(x=0.1)
    """
    content = data[_DIGEST:]
    if sha256(content).digest() != data[:_DIGEST]:
        msg = f"saved {kind} is damaged: its checksum does not match; restore an older snapshot"
        raise RecoveryError(msg)
    try:
        sealed = msgspec.msgpack.decode(content, type=_Sealed)
        found = (sealed.kind, sealed.format)
        if found == (kind, FORMAT):
            return msgspec.msgpack.decode(sealed.body, type=record)
    except msgspec.DecodeError as error:
        msg = f"saved {kind} cannot be read: {error}"
        raise RecoveryError(msg) from error
    msg = f"saved {kind} must be of kind {kind!r}, format {FORMAT}; got {found[0]!r}, {found[1]}"
    raise RecoveryError(msg)
