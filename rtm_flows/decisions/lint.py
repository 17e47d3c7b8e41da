"""The first mistake in a catalogue, with its place.

In: actions, and the names they may speak of. Out: the trees of their rules, or a `ConfigError` that
names the key. It refuses to know in which file the catalogue stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from rtm_flows.decisions.catalogue import NO_ACTION, Action, Because, Context
from rtm_flows.decisions.expressions.names import TIME, Names, names_of_events
from rtm_flows.decisions.expressions.reading import read_rules
from rtm_flows.decisions.expressions.source import Source
from rtm_flows.decisions.expressions.tree import Compared, Constant, Named, Truth, conjunction
from rtm_flows.decisions.offers import DATES, Offer, offers_of
from rtm_flows.errors import refuse
from rtm_flows.events.rfc3339 import read_rfc3339
from rtm_flows.times import parse_duration

MOST = 1_000_000.0
"""Largest factor of a priority."""
SPANS = ("wait", "expires_after")
"""Keys of an action that are durations."""


class OfferRules(NamedTuple):
    """The rules of an offer as trees."""

    funnel: tuple[Truth, ...]
    """What it must pass, as listed in the offer."""
    context: tuple[Truth, ...]
    """Of each entry of `context`, when it counts."""
    because: tuple[Truth | None, ...]
    """Of each entry of `because`, when it is true; None if always."""


def read_actions(
    actions: Sequence[Action],
    feature_names: Iterable[str],
    model_names: Iterable[str] = ("intent",),
    moment_names: Iterable[str] = (),
) -> list[OfferRules]:
    """Return the trees of the rules of each offer, or refuse what cannot mean what it says.

    Parameters
    ----------
    actions
        The catalogue, in declared order.
    feature_names
        Features that rules may look at.
    model_names
        Models whose scores rules may look at.
    moment_names
        Moments that rules may ask for as triggers.

    Raises
    ------
    ConfigError
        At the first mistake; the text starts with its key, like `actions[2].eligible[0]`.

    Examples
    --------
    >>> read_actions([Action(name="help", suitable="veiws > 3")], ["views"])
    Traceback (most recent call last):
        ...
    rtm_flows.errors.ConfigError: actions[0].suitable[0], column 1: unknown name 'veiws'; did \
you mean 'views'?
    """
    names = names_of_events(feature_names, model_names, moment_names)
    seen: dict[str, int] = {}
    for at, action in enumerate(actions):
        place = f"actions[{at}]"
        check_name(action.name, seen, place)
        seen[action.name] = at
        _check_factors(action, place)
        _check_treatments(action, place)
    offers = offers_of(actions)
    for offer in offers:
        _check_delivery(offer)
    return [_read(offer, names) for offer in offers]


def check_name(name: str, seen: Mapping[str, int], place: str) -> None:
    """Refuse a name that is empty, that of doing nothing, or taken by another of its list.

    Parameters
    ----------
    name
        What is to be called so.
    seen
        Places in the list of the names before it.
    place
        The key in the list, like `actions[2]`.

    Raises
    ------
    ConfigError
        If it cannot be the name.
    """
    if not name:
        refuse(f"{place}.name", "must not be empty")
    if name == NO_ACTION:
        refuse(f"{place}.name", f"{NO_ACTION!r} is the decision to do nothing; rename it")
    if name in seen:
        one = f"{place.rpartition('[')[0]}[{seen[name]}]"
        refuse(f"{place}.name", f"{name!r} is already the name of {one}")


def _check_factors(action: Action, place: str) -> None:
    if not isinstance(action.propensity, str) and not 0.0 <= action.propensity <= 1.0:
        text = f'must be "score", "1-score", "learned" or from 0 to 1; got {action.propensity}'
        refuse(f"{place}.propensity", text)
    if not 0.0 <= action.prior <= 1.0:
        refuse(f"{place}.prior", f"must be from 0 to 1; got {action.prior}")
    if not 0.0 < action.prior_weight <= MOST:
        text = f"must be above 0 and at most {MOST:.0f}; got {action.prior_weight}"
        refuse(f"{place}.prior_weight", text)
    for key in ("context_weight", "value", "levers", "cost"):
        _check_amount(getattr(action, key), f"{place}.{key}")
    for at, one in enumerate(action.context):
        if not -100.0 <= one.percent <= MOST:
            text = f"must be from -100 to {MOST:.0f}; got {one.percent}"
            refuse(f"{place}.context[{at}].percent", text)
    for key in SPANS:
        _check_span(getattr(action, key), f"{place}.{key}")


def _check_treatments(action: Action, place: str) -> None:
    if action.treatments and (action.treatment or action.channel != "onsite"):
        text = "leave `channel` and `treatment` out: each of the treatments has its own"
        refuse(f"{place}.treatments", text)
    seen: dict[str, int] = {}
    for at, treatment in enumerate(action.treatments):
        where = f"{place}.treatments[{at}]"
        check_name(treatment.name, seen, where)
        seen[treatment.name] = at
        if treatment.cost is not None:
            _check_amount(treatment.cost, f"{where}.cost")
        for key in SPANS:
            if getattr(treatment, key) is not None:
                _check_span(getattr(treatment, key), f"{where}.{key}")


def _check_amount(amount: float, key: str) -> None:
    if not 0.0 <= amount <= MOST:
        refuse(key, f"must be from 0 to {MOST:.0f}; got {amount}")


def _check_span(text: str, key: str) -> None:
    try:
        parse_duration(text)
    except ValueError as error:
        refuse(key, str(error), error)


def _check_delivery(offer: Offer) -> None:
    """Refuse an offer that expires before it may be delivered."""
    if offer.wait_ms < offer.lifetime_ms:
        return
    both = offer.wait, offer.expires_after
    of_action = both == (offer.action.wait, offer.action.expires_after)
    place = f"actions[{offer.place}]" + ("" if of_action else f".{offer.key}")
    if not offer.wait_ms:
        refuse(f"{place}.expires_after", f"must be longer than zero; got {offer.expires_after}")
    text = f"must be shorter than `expires_after` {offer.expires_after}; got {offer.wait}"
    refuse(f"{place}.wait", text)


def _read(offer: Offer, names: Names) -> OfferRules:
    place = f"actions[{offer.place}]"
    dated = _dates(offer.action, place)
    sources = [Source(f"{place}.{rule.key}", rule.text) for rule in offer.rules[len(dated) :]]
    funnel = (*dated, *read_rules(sources, names))
    context = [
        _all_of(one, f"{place}.context[{at}]", names) for at, one in enumerate(offer.action.context)
    ]
    because = [
        _all_of(one, f"{place}.because[{at}]", names) if one.when else None
        for at, one in enumerate(offer.action.because)
    ]
    return OfferRules(funnel, tuple(context), tuple(because))


def _all_of(one: Context | Because, place: str, names: Names) -> Truth:
    """Return the tree of all rules of an entry."""
    if not one.when:
        refuse(f"{place}.when", "wants at least one rule")
    sources = [Source(f"{place}.when[{at}]", text) for at, text in enumerate(one.when)]
    return conjunction(read_rules(sources, names))


def _dates(action: Action, place: str) -> list[Truth]:
    """Return what `start` and `end` ask of the time, in this order."""
    told: list[Truth] = []
    times: list[float] = []
    for key, symbol in DATES.items():
        text = getattr(action, key)
        if text:
            times.append(_moment(text, f"{place}.{key}"))
            told.append(Compared(symbol, Named(TIME), Constant(times[-1])))
    if len(times) == len(DATES) and times[1] <= times[0]:
        refuse(f"{place}.end", f"must be later than `start` {action.start}; got {action.end}")
    return told


def _moment(text: str, key: str) -> float:
    found = read_rfc3339([text])
    if not found.valid[0] or found.naive[0]:
        refuse(key, f'must be a time with its zone, like "2026-11-27T00:00:00Z"; got {text!r}')
    return float(found.ms[0])
