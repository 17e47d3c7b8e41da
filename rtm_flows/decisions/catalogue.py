"""The catalogue: actions, the forms in which they are delivered, and the rules that keep them out.

In: the keys under `[[actions]]`. Out: records of them. It refuses to judge them: `lint.py` does,
which knows the whole list and can name the place of a mistake.
"""

from __future__ import annotations

from typing import Literal

import msgspec

NO_ACTION = "no_action"
"""Name of the decision to do nothing."""

STAGES = {
    "eligible": "eligibility",
    "applicable": "applicability",
    "suitable": "suitability",
}
"""The stages that an action must pass, in order: the key of their rules, and their names."""

Issue = Literal["acquire", "grow", "retain", "service", "nurture", "listen"]
About = Literal["", "cart", "viewed", "event", "accessory"]
Rules = tuple[str, ...] | str
"""Rules, all of which must hold; one alone may stand without a list."""
Texts = dict[str, str]
"""A text by locale, like `{en = "Hello", az = "Salam"}`."""


class _Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the catalogue."""


class _Ruled(_Entry, frozen=True, kw_only=True):
    """What rules keep people out of; a rule that stands alone is put into a list."""

    eligible: Rules = ()
    applicable: Rules = ()
    suitable: Rules = ()

    def __post_init__(self) -> None:
        """Put a rule that stands alone into a list: the two mean the same."""
        for key in STAGES:
            msgspec.structs.force_setattr(self, key, listed(getattr(self, key)))


class Treatment(_Ruled, frozen=True, kw_only=True):
    """A form in which an action is delivered through a channel.

    Attributes
    ----------
    name
        Unique among the treatments of the action.
    channel, placement
        Where it is delivered, and at which place there.
    cost
        What one delivery costs, in the unit of `value`; that of the action unless given.
    wait
        ISO 8601 duration before which it must not be delivered; that of the action unless given.
    expires_after
        ISO 8601 duration after which it must not be delivered any more; that of the action unless
        given.
    texts
        What the customer reads, by locale; that of the action unless given.
    eligible, applicable, suitable
        Rules of this treatment, tried at each stage behind those of the action.
    """

    name: str
    channel: str = "onsite"
    placement: str | None = None
    cost: float | None = None
    wait: str | None = None
    expires_after: str | None = None
    texts: Texts = {}


class Context(_Entry, frozen=True, kw_only=True):
    """What makes an action weigh more, or less, just now.

    Attributes
    ----------
    when
        Rules, all of which must hold.
    percent
        What is added to the context weight where they do; less than 0 takes off.
    """

    when: Rules
    percent: float

    def __post_init__(self) -> None:
        """Put a rule that stands alone into a list: the two mean the same."""
        msgspec.structs.force_setattr(self, "when", listed(self.when))


class Because(_Entry, frozen=True, kw_only=True):
    """A reason that the customer may be told.

    Attributes
    ----------
    code
        What the channel knows the reason by.
    when
        Rules, all of which must hold, so that the reason is only given where it is true; none
        means always.
    texts
        How it is put to the customer, by locale.
    """

    code: str
    when: Rules = ()
    texts: Texts = {}

    def __post_init__(self) -> None:
        """Put a rule that stands alone into a list: the two mean the same."""
        msgspec.structs.force_setattr(self, "when", listed(self.when))


class Action(_Ruled, frozen=True, kw_only=True):
    """Something that can be done for a person.

    Attributes
    ----------
    name
        Unique in the catalogue.
    issue, group
        The business issue and the group within it; the group is the name unless given.
    about
        Which items it tells: of the `cart`, those `viewed` latest, that of the `event`, or an
        `accessory` of what is on its way to the person; nothing in particular unless given (which
        wants `[suppressions]`).
    channel, treatment
        Where and in which form it is delivered, if there is only one; the treatment is the name
        unless given.
    treatments
        The forms in which it can be delivered, instead of `channel` and `treatment`.
    start, end
        It may be decided on from `start` until just before `end`, RFC 3339; empty means always.
    propensity
        Chance that it is welcome: the score of intent, its complement, a number from 0 to 1, or
        learned from the responses to it (which wants `[responses]`).
    prior, prior_weight
        What a learned chance is at first, and how many responses that is worth.
    context_weight, value, levers
        The other factors of the priority, each 0 or more; 1 changes nothing.
    context
        What is added to the context weight, in percent: it is
        `context_weight * (1 + sum of percents / 100)`, and never below 0.
    cost
        What one delivery costs, in the unit of `value`. Where the priority is less, it is not done.
    wait
        ISO 8601 duration after the decision before which it must not be delivered.
    expires_after
        ISO 8601 duration after the decision from which on it must not be delivered any more;
        longer than `wait`.
    texts
        What the customer reads, by locale.
    because
        Reasons that the customer may be told, in this order.
    eligible, applicable, suitable
        Rules, all of which must hold, tried in this order; none means always. May it be done at
        all? Does it make sense now? Is it good for this person?

    Examples
    --------
    >>> Action(name="cart_discount", eligible="cart_value >= 50").eligible
    ('cart_value >= 50',)
    """

    name: str
    issue: Issue = "grow"
    about: About = ""
    group: str = ""
    channel: str = "onsite"
    treatment: str = ""
    treatments: tuple[Treatment, ...] = ()
    start: str = ""
    end: str = ""
    propensity: Literal["score", "1-score", "learned"] | float = "score"
    prior: float = 0.05
    prior_weight: float = 20.0
    context_weight: float = 1.0
    context: tuple[Context, ...] = ()
    value: float = 1.0
    levers: float = 1.0
    cost: float = 0.0
    wait: str = "PT0S"
    expires_after: str = "PT30M"
    texts: Texts = {}
    because: tuple[Because, ...] = ()


def listed(rules: Rules) -> tuple[str, ...]:
    """Return rules as a list, also where there is only one.

    Examples
    --------
    >>> listed("views > 3")
    ('views > 3',)
    """
    return (rules,) if isinstance(rules, str) else tuple(rules)
