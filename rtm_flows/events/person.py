"""Person keys: whom an event is about, and the stable hashes that route it.

In: user ids and anonymous ids. Out: person keys and their CRC-32. It knows nothing of profiles,
lanes or which ids belong together.
"""

from __future__ import annotations

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Texts = Sequence[str | None]


def person_keys(user_ids: Texts | None, anonymous_ids: Texts | None) -> list[str | None]:
    """Return the key of each person: by user id, else by anonymous id, else None.

    Examples
    --------
    >>> person_keys(["7", None, None], ["x", "x", None])
    ['u:7', 'a:x', None]
    """
    if user_ids is not None:
        try:
            return ["u:" + user_id for user_id in user_ids]  # type: ignore[operator]
        except TypeError:  # None, for a person without user id
            pass
    count = len(user_ids or anonymous_ids or ())
    pairs = zip(user_ids or [None] * count, anonymous_ids or [None] * count, strict=True)
    return [_person_key(user_id, anonymous_id) for user_id, anonymous_id in pairs]


def _person_key(user_id: str | None, anonymous_id: str | None) -> str | None:
    if user_id is not None:
        return "u:" + user_id
    return None if anonymous_id is None else "a:" + anonymous_id


def key_hashes(keys: Sequence[str]) -> NDArray[np.uint32]:
    """Return the CRC-32 of each key's UTF-8: the same on every machine and in every run.

    Examples
    --------
    >>> key_hashes(["u:7", "a:x"]).tolist()
    [812583135, 3441647474]
    """
    return np.fromiter(map(crc32, map(str.encode, keys)), dtype=np.uint32, count=len(keys))


def identity_hashes(hashes: NDArray[np.uint32], anonymous_ids: Texts | None) -> NDArray[np.uint32]:
    """Return the hash by which a record meets its history as an anonymous person.

    That is the hash of `"a:"` and the anonymous id where there is one, else the person's own.

    Examples
    --------
    >>> identity_hashes(key_hashes(["u:7", "u:8"]), ["x", None]).tolist() == key_hashes(
    ...     ["a:x", "u:8"]
    ... ).tolist()
    True
    """
    if anonymous_ids is None:
        return hashes
    known = np.array([anonymous_id is not None for anonymous_id in anonymous_ids], dtype=np.bool_)
    own = hashes.copy()
    own[known] = key_hashes(["a:" + a for a in anonymous_ids if a is not None])
    return own
