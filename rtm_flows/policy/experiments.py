"""Experiments: people divided into arms that are treated otherwise on purpose.

In: the keys under `[[experiments]]`. Out: records of them, and what is wrong with them. It refuses
to know who is in which arm: `groups.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Literal

import msgspec

from rtm_flows.errors import refuse
from rtm_flows.policy.scope import Deliverable, Scope, meant

Policy = Literal["full", "rules", "propensity", "random", "hold_out"]

POLICIES: Final[tuple[Policy, ...]] = ("full", "rules", "propensity", "random", "hold_out")
"""How an arm is decided for; arms hold places in this list.

- `full`: as everybody is, by priority;
- `rules`: of the actions that passed, the one declared first;
- `propensity`: of these, the one with the largest propensity;
- `random`: one of these, each with the same chance;
- `hold_out`: nothing is delivered. What would have been is decided by the arms of the other
  experiments, and written down.
"""

PARTS: Final = 1_000_000
"""Parts into which everybody is divided; a share has at most six decimals."""


class Arm(Scope, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One arm of an experiment.

    Attributes
    ----------
    name
        Unique in the experiment.
    share
        Of all people, from 0 to 1.
    policy
        One of `POLICIES`. With `hold_out` a scope may say from which actions only.
    """

    name: str
    share: float
    policy: Policy = "full"

    @property
    def parts(self) -> int:
        """The share in whole `PARTS`."""
        return int(Decimal(str(self.share)) * PARTS)


class Experiment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A layer: everybody is in at most one of its arms, whatever arm of other layers they are in.

    Attributes
    ----------
    name
        Unique among the experiments.
    salt
        What the hash of a person is salted with: another salt, another division. By default the
        name.
    arms
        In order: the first takes the part of [0, 1) from 0 to its share, the next goes on from
        there. Whoever lies beyond the last is in no arm. So an arm keeps its people as long as the
        shares of those before it stay: let an arm grow that stands last.
    """

    name: str
    arms: tuple[Arm, ...]
    salt: str = ""

    @property
    def salted(self) -> str:
        """The salt, or else the name."""
        return self.salt or self.name


def check_experiments(
    experiments: Sequence[Experiment], actions: Sequence[Deliverable]
) -> list[list[tuple[bool, ...]]]:
    """Return of each experiment and arm from which actions it is held out, or refuse them.

    Raises
    ------
    ConfigError
        At the first mistake; the text starts with its key, like `experiments[0].arms[1].share`.

    Examples
    --------
    >>> half = Arm(name="held", share=0.5, policy="hold_out")
    >>> check_experiments([Experiment(name="all", arms=[half, half])], [])
    Traceback (most recent call last):
        ...
    rtm_flows.errors.ConfigError: experiments[0].arms[1].name: 'held' is already the name of \
experiments[0].arms[0]
    """
    names, salts = dict[str, str](), dict[str, str]()
    found = []
    for at, experiment in enumerate(experiments):
        place = f"experiments[{at}]"
        _once(experiment.name, names, place, "name")
        _once(experiment.salted, salts, place, "salt")
        if not experiment.arms:
            refuse(f"{place}.arms", "must have an arm")
        arms, taken = dict[str, str](), 0
        for arm_at, arm in enumerate(experiment.arms):
            _once(arm.name, arms, f"{place}.arms[{arm_at}]", "name")
            taken += _checked_parts(arm, taken, f"{place}.arms[{arm_at}]")
        found.append(
            [_held(arm, actions, f"{place}.arms[{n}]") for n, arm in enumerate(experiment.arms)]
        )
    return found


def _once(name: str, seen: dict[str, str], place: str, key: str) -> None:
    if not name:
        refuse(f"{place}.{key}", "must not be empty")
    if name in seen:
        refuse(f"{place}.{key}", f"{name!r} is already the {key} of {seen[name]}")
    seen[name] = place


def _checked_parts(arm: Arm, taken: int, place: str) -> int:
    """Return the parts of an arm, or refuse a share that cannot be had."""
    if not 0.0 <= arm.share <= 1.0:
        refuse(f"{place}.share", f"must be from 0 to 1; got {arm.share}")
    if Decimal(str(arm.share)) * PARTS != arm.parts:
        refuse(f"{place}.share", f"must have at most six decimals; got {arm.share}")
    if taken + arm.parts > PARTS:
        left = (PARTS - taken) / PARTS
        refuse(f"{place}.share", f"the arms before it leave {left:g}; got {arm.share}")
    return arm.parts


def _held(arm: Arm, actions: Sequence[Deliverable], place: str) -> tuple[bool, ...]:
    """Return of each action whether the arm is held out from it."""
    if arm.policy != "hold_out":
        if not arm.everything:
            refuse(
                place, f'only an arm with policy = "hold_out" may name actions; got {arm.policy!r}'
            )
        return (False,) * len(actions)
    return (True,) * len(actions) if arm.everything else meant(arm, actions, place)
