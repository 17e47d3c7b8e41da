"""Tests of person keys and hashes."""

from __future__ import annotations

from zlib import crc32

from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.events.person import identity_hashes, key_hashes, person_keys

IDS = st.none() | st.text(st.characters(codec="utf-8"), min_size=1)


@given(st.lists(st.tuples(IDS, IDS)))
def test_user_id_comes_before_anonymous_id(pairs: list[tuple[str | None, str | None]]) -> None:
    """A person is a user if known, else anonymous, else nobody."""
    users, anonymous = [u for u, _ in pairs], [a for _, a in pairs]

    keys = person_keys(users, anonymous)

    for (user, anonym), key in zip(pairs, keys, strict=True):
        expected = None if anonym is None else f"a:{anonym}"
        assert key == (expected if user is None else f"u:{user}")
    assert person_keys(users, None) == [None if u is None else f"u:{u}" for u in users]
    assert person_keys(None, anonymous) == [None if a is None else f"a:{a}" for a in anonymous]


@given(st.lists(st.tuples(IDS.filter(bool), IDS)))
def test_hashes_are_crc32_of_the_keys(pairs: list[tuple[str, str | None]]) -> None:
    """A person's hash is of the key; its identity's is of the anonymous key, if there is one."""
    keys, anonymous = [f"u:{u}" for u, _ in pairs], [a for _, a in pairs]

    hashes = key_hashes(keys)

    assert hashes.tolist() == [crc32(key.encode()) for key in keys]
    assert identity_hashes(hashes, None) is hashes
    assert identity_hashes(hashes, anonymous).tolist() == [
        crc32((key if anonym is None else f"a:{anonym}").encode())
        for key, anonym in zip(keys, anonymous, strict=True)
    ]
