"""Features event by event: state is plain numbers, the same wherever a pass ends."""

from __future__ import annotations

import numpy as np
import pytest

from rtm_flows.errors import FeatureError
from tests.features.own.test_part import SHOP
from tests.features.test_compute import Worker, read
from tests.people.passes import START, Told, answers, everywhere


def test_state_is_made_plain_after_every_event() -> None:
    """A time that is an int becomes the float that is kept, cut or not."""
    declared = {"name": "n", "kind": "python", "code": f"{SHOP}:ViewsByEvent", "value": "since"}
    events = [Told(1, START + 3 * at) for at in range(9)]

    whole, cut = (
        answers(events, cuts, worker.people, worker.take)
        for cuts, worker in (
            ([], Worker(read([declared]))),
            (everywhere(events), Worker(read([declared]))),
        )
    )
    assert np.array(whole).ravel().tolist() == [1e6, *[0.003] * 8]
    assert np.array_equal(whole, cut)


def test_other_state_is_refused() -> None:
    """What would be cut to its type only where a pass ends is none for a feature by event."""
    worker = Worker(read([{"name": "n", "kind": "python", "code": f"{SHOP}:Wide"}]))

    with pytest.raises(FeatureError, match="field x of a feature by event must be one bool"):
        answers([Told(1, START)], [], worker.people, worker.take)
