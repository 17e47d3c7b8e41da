"""What a catalogue lacks: texts in a language, or the weight ever to win.

In: actions that the lint found no mistake in. Out: nothing, or a `ConfigError` that names the key.
It refuses to know what the texts say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rtm_flows.decisions.catalogue import Action
from rtm_flows.decisions.offers import Offer, offers_of
from rtm_flows.errors import refuse


def check_reach(actions: Sequence[Action], floor: float) -> None:
    """Refuse an action whose priority can never reach what it must: the floor, or its cost.

    Raises
    ------
    ConfigError
        At the first one.

    Examples
    --------
    >>> check_reach([Action(name="mail", propensity=0.1, value=5.0)], floor=1.0)
    Traceback (most recent call last):
        ...
    rtm_flows.errors.ConfigError: actions[0]: 'mail' can never win: its priority is at most 0.5, \
and `floor` is 1.0
    """
    for offer in offers_of(actions):
        place = f"actions[{offer.place}]" + (f".{offer.key}" if offer.key else "")
        most = most_priority(offer.action)
        for name, least in (("`floor`", floor), ("its cost", offer.cost)):
            if most < least:
                text = f"{offer.treatment!r} can never win: its priority is at most {most:g}"
                refuse(place, f"{text}, and {name} is {least}")


def most_priority(action: Action) -> float:
    """Return the largest priority that an action can have."""
    chance = 1.0 if isinstance(action.propensity, str) else action.propensity
    percent = sum(one.percent for one in action.context if one.percent > 0)
    context = action.context_weight * (1 + percent / 100)
    return chance * context * action.value * action.levers


def check_texts(actions: Sequence[Action], locales: Sequence[str]) -> None:
    """Refuse texts that are missing in one of the locales that customers read, or are in no other.

    An offer needs texts only where it, or any other of the catalogue, has some.

    Raises
    ------
    ConfigError
        At the first text that is missing, or stands under a locale that is none of these.

    Examples
    --------
    >>> check_texts([Action(name="sale", texts={"en": "Sale!"})], ["en", "az"])
    Traceback (most recent call last):
        ...
    rtm_flows.errors.ConfigError: actions[0].texts: the text for 'az' is missing
    """
    if not locales:
        return
    for place, texts in _all_texts(actions):
        for locale in locales:
            if not texts.get(locale, "").strip():
                refuse(place, f"the text for {locale!r} is missing")
        for locale in texts:
            if locale not in locales:
                refuse(f"{place}.{locale}", f"not one of the job's locales {', '.join(locales)}")


def _all_texts(actions: Sequence[Action]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yield all texts with their place."""
    offers = offers_of(actions)
    wanted = any(offer.texts for offer in offers)
    for offer in offers:
        if wanted:
            yield _place_of(offer), offer.texts
    for at, action in enumerate(actions):
        for number, one in enumerate(action.because):
            yield f"actions[{at}].because[{number}].texts", one.texts


def _place_of(offer: Offer) -> str:
    """Return where the texts of an offer stand, or should."""
    place = f"actions[{offer.place}]"
    own = offer.key and offer.texts is not offer.action.texts
    return f"{place}.{offer.key}.texts" if own else f"{place}.texts"
