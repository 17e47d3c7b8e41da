"""Packed bytes, unpacked as they are read.

In: an open file, and how its content is packed. Out: the same as an open file of the content. It
refuses to know what the content is.
"""

from __future__ import annotations

import gzip
import io
import zlib
from typing import Any, BinaryIO, Literal, cast

import pyarrow as pa

Packing = Literal["gzip", "zstd"]

DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)
"""What reading raises where the packed bytes are cut off or damaged."""

TESTS: dict[Packing, str] = {"gzip": "gzip -t", "zstd": "zstd -t"}
"""The command that tests whether a packed file is whole."""

_SUFFIXES: dict[str, Packing] = {".gz": "gzip", ".zst": "zstd"}
_MAGIC: dict[bytes, Packing] = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
MAGIC_BYTES = max(map(len, _MAGIC))
"""How many bytes from the start of some content tell whether it is packed."""


def packing_of(path: str) -> Packing | None:
    """Return how a file of this name is packed; None if it is not.

    Examples
    --------
    >>> packing_of("events.jsonl.zst"), packing_of("events.jsonl")
    ('zstd', None)
    """
    return next((how for end, how in _SUFFIXES.items() if path.lower().endswith(end)), None)


def sniffed(head: bytes) -> Packing | None:
    r"""Return how content that begins so is packed; None if it is not.

    Examples
    --------
    >>> sniffed(b"\x1f\x8b\x08\x00")
    'gzip'
    """
    return next((how for magic, how in _MAGIC.items() if head.startswith(magic)), None)


def unpacked(raw: BinaryIO, how: Packing | None) -> BinaryIO:
    """Return the content of an open file; several packed parts one after the other are one.

    Reading it raises one of `DAMAGED` where the bytes are not what they should be.
    """
    if how is None:
        return raw
    if how == "gzip":
        return cast(BinaryIO, gzip.GzipFile(fileobj=raw))
    return io.BufferedReader(_Zstandard(raw))


class _Zstandard(io.RawIOBase):
    """Arrow's decompressor with the face of a Python file."""

    def __init__(self, raw: BinaryIO) -> None:
        self._stream: Any = pa.CompressedInputStream(pa.PythonFile(raw, mode="r"), "zstd")

    def readable(self) -> bool:
        return True

    def readinto(self, place: Any) -> int:
        try:
            data: bytes = self._stream.read(len(place))
        except OSError as error:
            if error.errno is not None:  # the system's, not Arrow's
                raise
            raise EOFError(str(error)) from error
        place[: len(data)] = data
        return len(data)
