"""Lacking: decisions of a strategy that the log cannot tell of.

In: decisions by which the strategy would do what the log could not have done there. Out: how many,
by offer, in words that say what to do. It refuses to know rewards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rtm_flows.measure.worth.choices import Offer

_SHOWN = 5


class Lacking:
    """Counts what the log cannot tell of.

    Attributes
    ----------
    decisions
        How many.
    chance
        The chances of what the log could not have done, added up over decisions.
    """

    def __init__(self) -> None:
        self.decisions = 0
        self.chance = 0.0
        self._offers: dict[Offer, list[float]] = {}

    def add(self, offers: Iterable[Offer], strategy: Mapping[Offer, float]) -> None:
        """Add a decision, and which of the strategy's offers lack support there."""
        self.decisions += 1
        for offer in offers:
            own = self._offers.setdefault(offer, [0.0, 0.0])
            own[0] += 1.0
            own[1] += strategy[offer]
            self.chance += strategy[offer]

    def words(self, decisions: int, *, certain: bool) -> str:
        """Return why the log cannot tell, and what to do.

        Parameters
        ----------
        decisions
            How many there are in all.
        certain
            Whether the log left nothing to chance.
        """
        worst = sorted(self._offers.items(), key=lambda pair: (-pair[1][1], pair[0]))
        told = [
            f"{_name(offer)} in {own[0]:,.0f} decisions ({own[1] / decisions:.2%})"
            for offer, own in worst[:_SHOWN]
        ]
        more = f" and {len(worst) - _SHOWN} more" if len(worst) > _SHOWN else ""
        why = (
            "every choice of the log was certain (action_prob 1): let it explore ([exploration], or"
            ' an arm of [[experiments]] with policy = "random"), and run again'
            if certain
            else "let the log explore where these are open too, or take the decisions out that"
            " it cannot tell of (--supported)"
        )
        return (
            f"no support: the other run would do what the log could never do there:"
            f" {', '.join(told)}{more}. Nothing tells what would have come of it; {why}"
        )


def _name(offer: Offer) -> str:
    name, treatment = offer
    return repr(name) if treatment in ("", name) else f"{name!r} as {treatment!r}"
