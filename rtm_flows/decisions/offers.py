"""Offers: every action of the catalogue in every form in which it can be delivered.

In: actions. Out: what can win a decision, each with all that is said of it, settled. It refuses to
judge them: `lint.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from rtm_flows.decisions.catalogue import STAGES, Action, Texts, Treatment
from rtm_flows.times import parse_duration

DATES: dict[str, Literal[">=", "<"]] = {"start": ">=", "end": "<"}
"""The keys of an action that bound the time, and how the time must compare with them."""


class Rule(NamedTuple):
    """One rule of an offer."""

    key: str
    """Under which it stands in the action, like `eligible[0]` or `treatments[1].suitable[0]`."""
    stage: str
    """At which an offer falls that it does not hold for."""
    text: str
    """As written."""


class Offer(NamedTuple):
    """An action with one of its treatments."""

    action: Action
    place: int
    """Of the action in the catalogue."""
    key: str
    """Of the treatment in its action, like `treatments[1]`; empty where the action is its own."""
    treatment: str
    channel: str
    placement: str | None
    cost: float
    wait: str
    expires_after: str
    texts: Texts
    rules: tuple[Rule, ...]
    """In the order in which they are tried."""

    @property
    def name(self) -> str:
        """Return the name of the action."""
        return self.action.name

    @property
    def issue(self) -> str:
        """Return the issue of the action."""
        return self.action.issue

    @property
    def about(self) -> str:
        """Return what the action is about."""
        return self.action.about

    @property
    def group(self) -> str:
        """Return the group of the action."""
        return self.action.group or self.action.name

    @property
    def wait_ms(self) -> int:
        """Return `wait` in milliseconds.

        Raises
        ------
        ValueError
            If it is not a duration.
        """
        return parse_duration(self.wait)

    @property
    def lifetime_ms(self) -> int:
        """Return `expires_after` in milliseconds.

        Raises
        ------
        ValueError
            If it is not a duration.
        """
        return parse_duration(self.expires_after)


def offers_of(actions: Sequence[Action]) -> tuple[Offer, ...]:
    """Return the offers of a catalogue: action by action, treatment by treatment, as declared.

    Examples
    --------
    >>> mail, push = Treatment(name="mail", channel="email"), Treatment(name="push", channel="push")
    >>> offers = offers_of([Action(name="sale", treatments=(mail, push)), Action(name="help")])
    >>> [(offer.name, offer.treatment, offer.channel) for offer in offers]
    [('sale', 'mail', 'email'), ('sale', 'push', 'push'), ('help', 'help', 'onsite')]
    """
    return tuple(offer for at, action in enumerate(actions) for offer in _of_action(at, action))


def _of_action(place: int, action: Action) -> Iterator[Offer]:
    if not action.treatments:
        alone = Treatment(name=action.treatment or action.name, channel=action.channel)
        yield _offer(place, action, "", alone)
    for at, treatment in enumerate(action.treatments):
        yield _offer(place, action, f"treatments[{at}]", treatment)


def _offer(place: int, action: Action, key: str, treatment: Treatment) -> Offer:
    return Offer(
        action=action,
        place=place,
        key=key,
        treatment=treatment.name,
        channel=treatment.channel,
        placement=treatment.placement,
        cost=action.cost if treatment.cost is None else treatment.cost,
        wait=treatment.wait or action.wait,
        expires_after=treatment.expires_after or action.expires_after,
        texts=treatment.texts or action.texts,
        rules=tuple(_rules(action, key, treatment)),
    )


def _rules(action: Action, key: str, treatment: Treatment) -> Iterator[Rule]:
    """Yield the rules: dates, then stage by stage those of the action and of the treatment."""
    for where, symbol in DATES.items():
        if moment := getattr(action, where):
            yield Rule(where, STAGES["eligible"], f"time {symbol} {moment}")
    for where, stage in STAGES.items():
        for one, prefix in ((action, ""), (treatment, f"{key}." if key else "")):
            for at, text in enumerate(getattr(one, where)):
                yield Rule(f"{prefix}{where}[{at}]", stage, text)
