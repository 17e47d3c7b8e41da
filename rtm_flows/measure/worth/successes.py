"""Successes: which decisions of a run were welcome, by the responses that it joined.

In: lines of responses. Out: of each decision that was a success, what was shown. Those that were
none need no place: a decision that is not here brought nothing. It refuses to know decisions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from rtm_flows.measure.recorded import Reading
from rtm_flows.measure.scan import Line
from rtm_flows.measure.worth.choices import Offer


class Successes(NamedTuple):
    """What responses tell.

    Attributes
    ----------
    settled
        Decisions that were shown, and whose horizon is over.
    offers
        Of those with a success, by id, what was shown.
    """

    settled: int
    offers: dict[str, Offer]


class _Response(msgspec.Struct, frozen=True, gc=False):
    decision_id: str
    action: str
    treatment: str
    label: bool


def successes(lines: Iterable[Line], path: str) -> Successes:
    r"""Return the successes of a file of responses.

    Parameters
    ----------
    path
        What errors call the file.

    Raises
    ------
    InputError
        If a line is broken or lacks fields.

    Examples
    --------
    >>> line = b'{"decision_id":"0f","action":"mail","treatment":"short","label":true}'
    >>> successes([Line(0, line)], "responses.jsonl")
    Successes(settled=1, offers={'0f': ('mail', 'short')})
    """
    reading = Reading(_Response, path)
    settled, offers = 0, {}
    for line in lines:
        found = reading.of(line.data, line.offset)
        settled += 1
        if found.label:
            offers[found.decision_id] = found.action, found.treatment
    return Successes(settled, offers)
