"""The catalogue: actions, and the rules under which they make sense.

In: the keys under `[[actions]]`. Out: records of them. It refuses to judge them: `lint.py` does,
which knows the whole list and can name the place of a mistake.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from rtm_flows.times import parse_duration

NO_ACTION = "no_action"
"""Name of the decision to do nothing."""

STAGES = {
    "eligible": "eligibility",
    "applicable": "applicability",
    "suitable": "suitability",
}
"""The stages that an action must pass, in order: the key of their rules, and their names."""

Issue = Literal["acquire", "grow", "retain", "service", "nurture", "listen"]
Rules = tuple[str, ...] | str
"""Rules, all of which must hold; one alone may stand without a list."""


class Rule(NamedTuple):
    """One rule of an action."""

    key: str
    """Under which it stands, like `eligible[0]`."""
    stage: str
    """At which an action falls that it does not hold for."""
    text: str
    """As written."""


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
        Chance that it is welcome: the score of intent, its complement, a number from 0 to 1, or
        learned from the responses to it (which wants `[responses]`).
    prior, prior_weight
        What a learned chance is at first, and how many responses that is worth.
    context_weight, value, levers
        The other factors of the priority, each 0 or more; 1 changes nothing.
    expires_after
        ISO 8601 duration after which it must not be delivered any more.
    eligible, applicable, suitable
        Rules, all of which must hold, tried in this order; none means always. May it be done at
        all? Does it make sense now? Is it good for this person?

    Examples
    --------
    >>> Action(name="cart_discount", eligible="cart_value >= 50").rules
    (Rule(key='eligible[0]', stage='eligibility', text='cart_value >= 50'),)
    """

    name: str
    issue: Issue = "grow"
    group: str = ""
    channel: str = "onsite"
    treatment: str = ""
    propensity: Literal["score", "1-score", "learned"] | float = "score"
    prior: float = 0.05
    prior_weight: float = 20.0
    context_weight: float = 1.0
    value: float = 1.0
    levers: float = 1.0
    expires_after: str = "PT30M"
    eligible: Rules = ()
    applicable: Rules = ()
    suitable: Rules = ()

    def __post_init__(self) -> None:
        """Put a rule that stands alone into a list: the two mean the same."""
        for key in STAGES:
            msgspec.structs.force_setattr(self, key, listed(getattr(self, key)))

    @property
    def rules(self) -> tuple[Rule, ...]:
        """Return all rules in the order in which they are tried."""
        return tuple(
            Rule(f"{key}[{at}]", stage, text)
            for key, stage in STAGES.items()
            for at, text in enumerate(listed(getattr(self, key)))
        )

    @property
    def expires_after_ms(self) -> int:
        """Return `expires_after` in milliseconds.

        Raises
        ------
        ValueError
            If it is not a duration.
        """
        return parse_duration(self.expires_after)


def listed(rules: Rules) -> tuple[str, ...]:
    """Return rules as a list, also where there is only one.

    Examples
    --------
    >>> listed("views > 3")
    ('views > 3',)
    """
    return (rules,) if isinstance(rules, str) else tuple(rules)
