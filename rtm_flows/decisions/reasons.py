"""Reasons: what the customer may be told of why something is done, where it is true.

In: winners, and which rules of reasons hold. Out: the reasons of each decision. It refuses to know
the language of whoever reads them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.catalogue import Texts
from rtm_flows.decisions.funnel import Compiled
from rtm_flows.decisions.record import Reason, Text

_NOTHING = msgspec.Raw(b"[]")


def told_in(texts: Texts) -> tuple[Text, ...]:
    """Return texts one by one, as declared.

    Examples
    --------
    >>> told_in({"en": "Hello"})
    (Text(locale='en', text='Hello'),)
    """
    return tuple(Text(locale, text) for locale, text in texts.items())


class Reasons:
    """The reasons of a catalogue.

    Parameters
    ----------
    compiled
        The catalogue.
    """

    def __init__(self, compiled: Compiled) -> None:
        self._given = tuple(
            tuple(
                (place, Reason(one.code, told_in(one.texts)))
                for one, place in zip(offer.action.because, places, strict=True)
            )
            for offer, places in zip(compiled.offers, compiled.because, strict=True)
        )
        self._known: dict[tuple[int, tuple[int, ...]], msgspec.Raw] = {}
        self._silent = not any(self._given)

    def of(self, winners: Sequence[int], holds: NDArray[np.bool_]) -> Iterator[msgspec.Raw]:
        """Yield the reasons of each row as JSON, in declared order; none where nothing is done.

        Parameters
        ----------
        winners
            Places of the winning offers, -1 where nothing is done.
        holds
            (rows, distinct rules of reasons): which hold.
        """
        for row, winner in enumerate(winners):
            if winner < 0 or self._silent:
                yield _NOTHING
            else:
                yield self._of_one(winner, holds[row])

    def _of_one(self, winner: int, holds: NDArray[np.bool_]) -> msgspec.Raw:
        given = self._given[winner]
        true = tuple(at for at, (place, _) in enumerate(given) if place is None or holds[place])
        if (winner, true) not in self._known:
            told = msgspec.json.encode([given[at][1] for at in true])
            self._known[winner, true] = msgspec.Raw(told)
        return self._known[winner, true]
