"""The fields of a decision that the contact policy writes: arms, and how far limits are used.

In: columns of scored rows, where the job has such a policy. Out: the fields as JSON. It refuses to
know what limits and arms do.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat

import msgspec

from rtm_flows.columns import Table
from rtm_flows.decisions.record import LimitCount, PersonArm
from rtm_flows.policy.experiments import POLICIES, Experiment
from rtm_flows.policy.limits import Limits

_NOTHING = msgspec.Raw(b"[]")


class Arms:
    """The arms of experiments, written once for all people in the same ones.

    Parameters
    ----------
    experiments
        The layers, in declared order.
    """

    def __init__(self, experiments: Sequence[Experiment]) -> None:
        # The last name is what the place of no arm, -1, points to.
        self._names = [(e.name, [*(arm.name for arm in e.arms), None]) for e in experiments]
        self._known: dict[tuple[int, ...], msgspec.Raw] = {}

    def of(self, scored: Table) -> Iterable[msgspec.Raw]:
        """Return of each row the arms of its person, by experiment."""
        if not self._names:
            return repeat(_NOTHING, len(scored))
        return [self._written(tuple(arms)) for arms in scored["arms"].tolist()]

    def policies(self, scored: Table) -> Iterable[str]:
        """Return of each row the policy by which it was chosen."""
        if not self._names:
            return repeat(POLICIES[0], len(scored))
        return map(POLICIES.__getitem__, scored["policy"].tolist())

    def _written(self, arms: tuple[int, ...]) -> msgspec.Raw:
        if arms not in self._known:
            pairs = zip(self._names, arms, strict=True)
            told = [PersonArm(name, names[arm]) for (name, names), arm in pairs]
            self._known[arms] = msgspec.Raw(msgspec.json.encode(told))
        return self._known[arms]


class LimitCounts:
    """How far limits are used.

    Parameters
    ----------
    limits
        Made ready for the catalogue.
    """

    def __init__(self, limits: Limits) -> None:
        self.names = tuple(limit.name for limit in limits.limits)
        self._of_offer = [
            [(at, name) for at, name in enumerate(self.names) if applies[at]]
            for applies in limits.applies.tolist()
        ]

    def of(self, winners: Sequence[int], scored: Table) -> Iterator[msgspec.Raw | list[LimitCount]]:
        """Yield of each row how many contacts count for the winner's limits, with this one."""
        if not self.names:
            yield from repeat(_NOTHING, len(scored))
            return
        for winner, counts in zip(winners, scored["limit_counts"].tolist(), strict=True):
            if winner < 0:
                yield _NOTHING
            else:
                yield [LimitCount(name, counts[at] + 1) for at, name in self._of_offer[winner]]
