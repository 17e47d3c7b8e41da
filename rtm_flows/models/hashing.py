"""Hashing: numbers that stand for texts and places, the same in every process.

In: texts, or 64-bit integers. Out: 64-bit codes that look random. It refuses to know what they
are codes of.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.uint64]

MISSING = 0
"""The code of a text that is not there."""


def scatter(codes: Codes) -> Codes:
    """Return well mixed codes: the finalizer of SplitMix64 (Steele, Lea, Flood, 2014).

    Examples
    --------
    >>> scatter(np.array([0, 1], dtype=np.uint64)).tolist()
    [0, 6238072747940578789]
    """
    mixed = (codes ^ (codes >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def text_codes(texts: Iterable[str | None]) -> Codes:
    """Return a code for each text: BLAKE2b of its UTF-8 bytes, `MISSING` for None.

    Examples
    --------
    >>> may, none, again = text_codes(["May", None, "May"]).tolist()
    >>> none == MISSING, may == again != MISSING
    (True, True)
    """
    known: dict[str | None, int] = {None: MISSING}
    codes = []
    for text in texts:
        code = known.get(text)
        if code is None and text is not None:
            # Half a surrogate pair is a text too; no text may have the code of none.
            digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
            code = known[text] = max(1, int.from_bytes(digest, "little"))
        codes.append(code)
    return np.array(codes, dtype=np.uint64)
