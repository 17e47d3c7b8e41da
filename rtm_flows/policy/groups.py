"""Groups: who is in which arm, by a salted hash of the person.

In: checked experiments, and keys of people. Out: their arms, and what follows from these for a
decision. An arm is a function of the person's key and the experiment alone: nothing is kept but
what was worked out once. Where two people turn out to be one, the key of the one that stays tells
the arm. It refuses to know what is decided.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.people.rows import Bools, Ints
from rtm_flows.policy.experiments import PARTS, POLICIES, Experiment, check_experiments
from rtm_flows.policy.scope import Deliverable

Arms = NDArray[np.int16]

NO_ARM: Final = -1
"""Stands for the people beyond the last arm."""
_UNKNOWN: Final = -2
_FULL, _HOLD_OUT = POLICIES.index("full"), POLICIES.index("hold_out")


class Treated(NamedTuple):
    """How people are to be decided for."""

    arms: Arms
    """(rows, experiments): the place of the arm in its experiment, or `NO_ARM`."""
    chooser: NDArray[np.int8]
    """Of each row its place in `POLICIES`: the policy of the first experiment whose arm is neither
    `full` nor `hold_out`, else `full`."""
    held_out: Bools
    """(rows, actions): an arm is held out from the action. It takes part in the choice all the
    same; if it wins, it is written down as what would have been, and not delivered."""


class Groups:
    """The arms of all people of a worker.

    Parameters
    ----------
    experiments
        The layers, in declared order.
    actions
        The catalogue, in declared order.

    Raises
    ------
    ConfigError
        At the first mistake; see `check_experiments`.

    Examples
    --------
    >>> from rtm_flows.policy.experiments import Arm
    >>> held = Arm(name="held", share=0.7, policy="hold_out")
    >>> groups = Groups([Experiment(name="universal", arms=(held,))], [])
    >>> groups.of(np.array([1, 0, 1]), ["u:ann", "u:bob"]).arms.tolist()
    [[0], [-1], [0]]
    """

    def __init__(self, experiments: Sequence[Experiment], actions: Sequence[Deliverable]) -> None:
        held = check_experiments(experiments, actions)
        self._salts = [experiment.salted for experiment in experiments]
        self._ends = [np.cumsum([arm.parts for arm in one.arms]) for one in experiments]
        # A last entry each, which is what NO_ARM points to.
        self._policies = [
            np.array([*(POLICIES.index(arm.policy) for arm in one.arms), _FULL], dtype=np.int8)
            for one in experiments
        ]
        none = (False,) * len(actions)
        self._held = [np.array([*of_arms, none], dtype=np.bool_) for of_arms in held]
        self._actions = len(actions)
        self._known: Arms = np.full((1024, len(self._salts)), _UNKNOWN, dtype=np.int16)

    def of(self, slots: Ints, keys: Sequence[str]) -> Treated:
        """Return how people are to be decided for.

        Parameters
        ----------
        slots
            The persons of the rows.
        keys
            The persons' keys by slot.
        """
        arms = self._arms(slots, keys)
        chooser = np.full(len(slots), _FULL, dtype=np.int8)
        held_out = np.zeros((len(slots), self._actions), dtype=np.bool_)
        for at in range(len(self._salts) - 1, -1, -1):
            policy = self._policies[at][arms[:, at]]
            chooses = (policy != _FULL) & (policy != _HOLD_OUT)
            chooser[chooses] = policy[chooses]
            held_out |= self._held[at][arms[:, at]]
        return Treated(arms, chooser, held_out)

    def forget(self, slots: Ints) -> None:
        """Forget the arms of some slots: they will be other people's."""
        self._known[slots[slots < len(self._known)]] = _UNKNOWN

    def _arms(self, slots: Ints, keys: Sequence[str]) -> Arms:
        """Return the arms of people, worked out for those not met before."""
        if not self._salts:
            return np.zeros((len(slots), 0), dtype=np.int16)
        most = int(slots.max(initial=-1))
        if most >= len(self._known):
            more = max(most + 1, 2 * len(self._known)) - len(self._known)
            rows = np.full((more, len(self._salts)), _UNKNOWN, dtype=np.int16)
            self._known = np.concatenate([self._known, rows])
        new = np.unique(slots[self._known[slots, 0] == _UNKNOWN])
        if len(new):
            persons = [keys[slot] for slot in new.tolist()]
            for at, (salt, ends) in enumerate(zip(self._salts, self._ends, strict=True)):
                arm = np.searchsorted(ends, parts(salt, persons), side="right")
                self._known[new, at] = np.where(arm < len(ends), arm, NO_ARM)
        return self._known[slots]


def parts(salt: str, persons: Iterable[str]) -> Ints:
    """Return the part of each person, from 0 to below `PARTS`.

    The hash is BLAKE2b (8 bytes) over salt, the byte 0x1F and the person's key. Its first four
    bytes, as a big-endian number below 2^32, times `PARTS`, over 2^32, rounded down, are the part.

    Parameters
    ----------
    salt
        Of the experiment.
    persons
        Keys of people, with their prefixes.

    Examples
    --------
    >>> parts("universal", ["u:ann", "u:bob"]).tolist()
    [717232, 691465]
    """
    start = f"{salt}\x1f"
    digests = b"".join(
        hashlib.blake2b(f"{start}{person}".encode(), digest_size=8).digest() for person in persons
    )
    first = np.frombuffer(digests, dtype=">u4")[::2].astype(np.int64)
    return first * PARTS >> 32
