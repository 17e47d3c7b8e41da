"""How a part lies in a file: plain if it is small, otherwise compressed with LZ4.

Columns of state are mostly small numbers: LZ4 leaves less than a third of them, and what it takes
is saved again where the rest is sealed, written and read (decision 0020 has the figures).
"""

from __future__ import annotations

import pyarrow as pa

SMALL = 512
"""Bytes below which compressing brings nothing."""

_PLAIN, _LZ4 = b"\0", b"\1"
_SIZE = 8


def encoded(data: bytes) -> bytes:
    """Return what is written of a part.

    Examples
    --------
    >>> decoded(encoded(b"people" * 1000)) == b"people" * 1000
    True
    >>> len(encoded(b"people" * 1000)) < 100
    True
    """
    if len(data) < SMALL:
        return _PLAIN + data
    return b"".join(
        (
            _LZ4,
            len(data).to_bytes(_SIZE, "little"),
            pa.compress(data, codec="lz4", asbytes=True),
        )
    )


def decoded(data: bytes) -> bytes:
    """Return the part: only of bytes whose seal was looked at."""
    if data[:1] == _PLAIN:
        return data[1:]
    size = int.from_bytes(data[1 : 1 + _SIZE], "little")
    whole: bytes = pa.decompress(
        memoryview(data)[1 + _SIZE :], decompressed_size=size, codec="lz4", asbytes=True
    )
    return whole
