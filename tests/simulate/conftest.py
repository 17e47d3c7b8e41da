"""One default shop and one clean week, each read once."""

from __future__ import annotations

import pytest

from rtm_flows.simulate import Shop, Truth, simulate
from tests.simulate.reader import Reading, read


def lines_of(shop: Shop) -> tuple[bytes, Truth]:
    """Return the bytes of a shop and the truth about them."""
    written: list[bytes] = []
    truth = simulate(shop, written.append)
    return b"".join(written), truth


@pytest.fixture(scope="session")
def default_shop() -> tuple[Reading, Truth]:
    """Read a day of the default shop with more people."""
    data, truth = lines_of(Shop(people=2_000))
    return read(data), truth


@pytest.fixture(scope="session")
def clean_week() -> tuple[Reading, Truth]:
    """Read a week with neither copies, stragglers nor damage."""
    data, truth = lines_of(Shop(people=1_000, days=7, duplicates=0, late=0, broken=0, seed=3))
    return read(data), truth
