"""Random events of a few people: everything close together, far apart, and at the same time.

In: a seed, event types, and texts by field. Out: records of the canonical format. The same seed
gives the same records.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from rtm_flows.times import format_time

Record = dict[str, object]
"""A record of the canonical format, by name of field."""

_BEGIN = 1_767_225_600_000
_PEOPLE = 5
_EVENTS = 80
_SECOND = 1_000
_STEPS = (0, 0, 1, 700, 20 * _SECOND, 600 * _SECOND, 1_860 * _SECOND, 30_000 * _SECOND)
_LONG = 40 * 86_400 * _SECOND
_MONEY = (0.0, 0.01, 9.99, 12.5, 100.0, 1_249.0)


def random_events(
    seed: int, types: Sequence[str], texts: Mapping[str, Sequence[str]]
) -> list[Record]:
    """Return events in the order of their times.

    Examples
    --------
    >>> events = random_events(1, ["search"], {"device": ["tv"]})
    >>> events == random_events(1, ["search"], {"device": ["tv"]}), len(events)
    (True, 80)
    """
    rng, time = random.Random(seed), _BEGIN
    records: list[Record] = []
    for number in range(_EVENTS):
        time += _LONG if rng.random() < 1 / _EVENTS else rng.choice(_STEPS)
        record: Record = {
            "id": f"e{number}",
            "time": format_time(time),
            "user_id": f"p{rng.randrange(_PEOPLE)}",
            "type": rng.choice(types),
            "price": rng.choice(_MONEY),
            "quantity": rng.randrange(1, 4),
            "value": rng.choice(_MONEY),
        }
        told = {name: rng.choice((None, *values)) for name, values in texts.items()}
        record |= {name: value for name, value in told.items() if value is not None}
        records.append(record)
    return records
