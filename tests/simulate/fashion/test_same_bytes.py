"""The same settings give the same bytes, however the work is cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from rtm_flows.errors import ConfigError
from rtm_flows.simulate import Fashion
from rtm_flows.simulate.fashion.world import World
from tests.simulate.fashion.conftest import bytes_of


@settings(max_examples=5, deadline=None)
@given(
    people=st.integers(1, 60),
    days=st.floats(0.1, 9.0),
    seed=st.integers(0, 2**40),
    visits=st.integers(20, 200),
)
def test_slices_change_no_byte(people: int, days: float, seed: int, visits: int) -> None:
    """Many slices or one: what is written is the same, and it is never the same by accident."""
    shop = Fashion(people=people, days=days, seed=seed)
    broken = structs.replace(shop, duplicates=0.1, late=0.1, broken=0.1, disorder_ms=900)
    whole = bytes_of(shop)

    assert bytes_of(shop, visits_a_slice=visits) == whole
    assert bytes_of(broken, visits_a_slice=visits) == bytes_of(broken)
    if len(whole) > 10_000:
        assert bytes_of(Fashion(people=people, days=days, seed=seed + 1)) != whole


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 2**20), first=st.integers(0, 90))
def test_some_people_live_alone_as_among_all(seed: int, first: int) -> None:
    """Whoever is simulated apart does to the millisecond what they do in the whole shop."""
    shop = Fashion(people=100, days=8, seed=seed)
    some = np.arange(first, first + 10)
    whole = np.concatenate([rows for rows, _ in World(shop).run()])
    apart = np.concatenate([rows for rows, _ in World(shop, places=some).run()])
    mine = np.isin(whole["person"] % shop.people, some)

    assert apart.tobytes() == whole[mine].tobytes()


@pytest.mark.parametrize(
    ("key", "value"), [("people", 0), ("days", -1.0), ("seed", -1), ("start", "soon")]
)
def test_a_shop_that_cannot_be_is_refused(key: str, value: object) -> None:
    """In one sentence that names the setting."""
    with pytest.raises(ConfigError, match=f"shop: {key} must be"):
        Fashion(**{key: value})  # type: ignore[arg-type]
