"""Counters: what of a catalogue is counted together for a pause, and rests together.

In: pauses, and the catalogue's offers. Out: the counters by number, which of them an event that
names an action is for, and which offers each holds back. It refuses to know who was shown what.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from rtm_flows.people.rows import Bools, Ints
from rtm_flows.policy.pause_lint import read_pauses
from rtm_flows.policy.pauses import By, Pause
from rtm_flows.policy.scope import Deliverable

Name = tuple[str | None, str | None]
"""An action and its treatment as an event names them: either may be missing."""


class Form(Deliverable, Protocol):
    """What is asked of an offer: the names of an action, and its treatment."""

    @property
    def treatment(self) -> str:
        """Unique in the action."""


_KEYS: Final[dict[By, Callable[[Form], Hashable]]] = {
    "action": lambda offer: offer.name,
    "treatment": lambda offer: (offer.name, offer.treatment),
    "group": lambda offer: offer.group or offer.name,
    "channel": lambda offer: offer.channel,
    "all": lambda offer: None,
}
_WHOLE: Final = ("action", "group", "all")
"""By what all treatments of an action count together."""


@dataclass(frozen=True, eq=False)
class Counters:
    """The counters of a job's pauses, pause by pause; make them with `compile_pauses`."""

    pauses: tuple[Pause, ...]
    """In declared order."""
    of: Ints
    """Of each counter the place of its pause; it rises."""
    keys: tuple[Hashable, ...]
    """Of each counter what tells it from all others, whatever else the catalogue holds."""
    holds: Bools
    """(counters, offers): the offer rests with the counter."""
    names: dict[Name, int]
    """What an event can name, and its row in `counts`."""
    counts: Bools
    """(names and one more, counters): what is named so counts there; of the last row nothing."""

    def named(self, names: Sequence[Name]) -> tuple[Ints, Ints]:
        """Return the counters that events are for.

        Parameters
        ----------
        names
            Of each event.

        Returns
        -------
        tuple of Ints
            Places of events, rising, and their counters, which rise for each event. What is not
            counted is left out.

        Examples
        --------
        >>> from rtm_flows.decisions.catalogue import Action
        >>> from rtm_flows.decisions.offers import offers_of
        >>> some = Pause(name="some", channels="email", after=3, within="P7D", lasts="P7D")
        >>> offers = offers_of([Action(name="sale", channel="email"), Action(name="banner")])
        >>> counters = compile_pauses([some], offers)
        >>> counters.named([("banner", None), ("sale", "sale"), ("sale", None), (None, None)])
        (array([1, 2]), array([0, 0]))
        """
        rows = [self.names.get(name, -1) for name in names]
        events, counters = np.nonzero(self.counts[rows])
        return events, counters


def compile_pauses(pauses: Sequence[Pause], offers: Sequence[Form]) -> Counters:
    """Check pauses against a catalogue, and number what they count.

    A pause has a counter for each key that offers in its scope have: the action, the treatment of
    an action, the group, the channel, or one for all. An event that names no treatment is about
    the action's only one. Of an action with several it counts by action, by group and for all if
    any of them is in the scope; by treatment and by channel it does not count.

    Raises
    ------
    ConfigError
        At the first mistake; see `read_pauses`.
    """
    found = read_pauses(pauses, offers)
    of: list[int] = []
    names_of: list[Hashable] = []
    holds: list[list[bool]] = []
    for at, (pause, meant) in enumerate(zip(pauses, found, strict=True)):
        keys = [_KEYS[pause.by](offer) for offer in offers]
        inside = [key for key, one in zip(keys, meant, strict=True) if one]
        for own in dict.fromkeys(inside):
            of.append(at)
            names_of.append((pause.name, pause.by, own))
            holds.append([one and key == own for key, one in zip(keys, meant, strict=True)])
    held = np.array(holds, dtype=np.bool_).reshape(len(of), len(offers))
    whole = np.array([pauses[at].by in _WHOLE for at in of], dtype=np.bool_)
    names, counts = _counts(offers, held, whole)
    numbers = np.array(of, dtype=np.int64)
    return Counters(tuple(pauses), numbers, tuple(names_of), held, names, counts)


def _counts(offers: Sequence[Form], holds: Bools, whole: Bools) -> tuple[dict[Name, int], Bools]:
    """Return the rows of names, and which counters count what each of them names."""
    names: dict[Name, int] = {(one.name, one.treatment): at for at, one in enumerate(offers)}
    rows = [holds[:, at] for at in range(len(offers))]
    for action in dict.fromkeys(offer.name for offer in offers):
        forms = [at for at, offer in enumerate(offers) if offer.name == action]
        any_form: Bools = np.logical_or.reduce(holds[:, forms], axis=1)
        names[action, None] = len(rows)
        rows.append(any_form & (whole | (len(forms) == 1)))
    rows.append(np.zeros(len(holds), dtype=np.bool_))
    return names, np.array(rows, dtype=np.bool_).reshape(len(rows), len(holds))
