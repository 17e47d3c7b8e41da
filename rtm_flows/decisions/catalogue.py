"""The catalogue: actions, and the conditions under which they make sense.

In: the keys under `[[actions]]`. Out: records of them. It refuses to judge them: `lint.py` does,
which knows the whole list and can name the place of a mistake.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from rtm_flows.times import parse_duration

NO_ACTION = "no_action"
"""Name of the decision to do nothing."""

COMPARISONS = ("at_least", "above", "below", "at_most")
"""Keys of a condition that compare with a number, in the order in which texts name them."""

Issue = Literal["acquire", "grow", "retain", "service", "nurture", "listen"]


class Condition(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One test of a person's row: a feature, a score or the event's type.

    Attributes
    ----------
    feature, score, type
        What is tested; exactly one is given: the name of a feature, the name of a model, or the
        event types allowed.
    at_least, above, below, at_most
        What a feature or score is compared with: >=, >, <, <=. Several are joined by "and".

    Examples
    --------
    >>> Condition(feature="cart_value", at_least=1).text
    'cart_value at_least 1'
    """

    feature: str | None = None
    score: str | None = None
    type: tuple[str, ...] | None = None
    at_least: float | None = None
    above: float | None = None
    below: float | None = None
    at_most: float | None = None

    @property
    def bounds(self) -> list[tuple[str, float]]:
        """Return the comparisons given, in the order of `COMPARISONS`."""
        pairs = [(key, getattr(self, key)) for key in COMPARISONS]
        return [(key, value) for key, value in pairs if value is not None]

    @property
    def text(self) -> str:
        """Return the condition in words, as decisions give it for a reason."""
        if self.type is not None:
            return f"type in {', '.join(self.type)}"
        subject = self.feature if self.feature is not None else f"score {self.score}"
        return f"{subject} " + " and ".join(f"{key} {_plain(v)}" for key, v in self.bounds)


class Action(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that can be done for a person.

    Attributes
    ----------
    name
        Unique in the catalogue.
    issue, group
        The business issue and the group within it; the group is the name unless given.
    channel, treatment
        Where and in which form it is delivered; the treatment is the name unless given.
    propensity
        Chance that it is welcome: the score of intent, its complement, or a number from 0 to 1.
    context_weight, value, levers
        The other factors of the priority, each 0 or more; 1 changes nothing.
    expires_after
        ISO 8601 duration after which it must not be delivered any more.
    when
        Conditions, all of which must hold; none means always.

    Examples
    --------
    >>> Action(name="cart_discount", expires_after="PT10M").expires_after_ms
    600000
    """

    name: str
    issue: Issue = "grow"
    group: str = ""
    channel: str = "onsite"
    treatment: str = ""
    propensity: Literal["score", "1-score"] | float = "score"
    context_weight: float = 1.0
    value: float = 1.0
    levers: float = 1.0
    expires_after: str = "PT30M"
    when: tuple[Condition, ...] = ()

    @property
    def expires_after_ms(self) -> int:
        """Return `expires_after` in milliseconds.

        Raises
        ------
        ValueError
            If it is not a duration.
        """
        return parse_duration(self.expires_after)


def _plain(value: float) -> str:
    return repr(float(value)).removesuffix(".0")
