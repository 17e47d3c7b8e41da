"""Packed content for tests, by the suffix of its file."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pyarrow as pa

PACKED: dict[str, Callable[[bytes], bytes]] = {
    ".gz": lambda content: gzip.compress(content, mtime=0),
    ".zst": lambda content: bytes(pa.Codec("zstd").compress(content)),
}
"""Suffix -> what packs content as files of that name are packed."""
