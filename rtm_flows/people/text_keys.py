"""Text keys: texts as integers, the same in every process.

In: a column of text. Out: 64-bit keys of a person's maps. Two texts of one
person have the same key by one chance in 2^64 for every pair.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np

from rtm_flows.columns import Column
from rtm_flows.people.rows import Ints

MISSING = 0
"""The key of no text."""
_MANY = 1 << 16


class TextKeys:
    """Makes keys, and remembers those of texts that come often.

    Examples
    --------
    >>> keys = TextKeys()
    >>> first, second, third = keys.of(np.array(["shoes", None, "shoes"], dtype=object)).tolist()
    >>> first == third, second
    (True, 0)
    """

    def __init__(self) -> None:
        self._known: dict[str | None, int] = {None: MISSING}

    def of(self, texts: Column) -> Ints:
        """Return the key of every text."""
        known, wanted = self._known, texts.tolist()
        try:
            return np.fromiter(map(known.__getitem__, wanted), np.int64, len(wanted))
        except KeyError:
            fresh = {text: _key(text) for text in set(wanted) if text is not None}
            if len(known) + len(fresh) > _MANY:
                known = self._known = {None: MISSING}
            known.update(fresh)
            return np.fromiter(map(known.__getitem__, wanted), np.int64, len(wanted))


def _key(text: str) -> int:
    digest = blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True) or 1
