"""The first mistake in a list of limits, with its place.

In: limits, and the catalogue's actions. Out: which limits each action falls under, or a
`ConfigError` that names the key. It refuses to know in which file they stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rtm_flows.errors import nearest, refuse
from rtm_flows.policy.rules import CALENDAR, Limit
from rtm_flows.policy.scope import Deliverable, meant
from rtm_flows.times import parse_duration

MANY: Final = 64
"""Most limits of a job: each is one bit of what is remembered of a contact."""
LARGEST: Final = 1_000
"""Largest `most`: a person's contacts are remembered one by one."""

_EITHER = "wants `most` and `per`, or `interval`; got "


def read_limits(limits: Sequence[Limit], actions: Sequence[Deliverable]) -> list[tuple[bool, ...]]:
    """Return of each limit which actions fall under it, or refuse what cannot mean what it says.

    A limit that another one keeps from ever being used up is refused too: for all of its actions
    the other, rolling one lets through no more in any stretch as long as this one's window; or
    both count in the same period of the calendar.

    Parameters
    ----------
    limits
        In declared order.
    actions
        The catalogue, in declared order.

    Raises
    ------
    ConfigError
        At the first mistake; the text starts with its key, like `limits[1].channels[0]`.

    Examples
    --------
    >>> from rtm_flows.decisions.catalogue import Action
    >>> mail, banner = Action(name="mail", channel="email"), Action(name="banner")
    >>> read_limits([Limit(name="gap", channels="email", interval="P1D")], [mail, banner])
    [(True, False)]
    >>> read_limits([Limit(name="gap", channels="emial", interval="P1D")], [mail, banner])
    Traceback (most recent call last):
        ...
    rtm_flows.errors.ConfigError: limits[0].channels[0]: no action has the channel 'emial'; did \
you mean 'email'?
    """
    if len(limits) > MANY:
        refuse("limits", f"at most {MANY} in a job; got {len(limits)}")
    seen: dict[str, int] = {}
    found = []
    for at, limit in enumerate(limits):
        place = f"limits[{at}]"
        if not limit.name:
            refuse(f"{place}.name", "must not be empty")
        if limit.name in seen:
            text = f"{limit.name!r} is already the name of limits[{seen[limit.name]}]"
            refuse(f"{place}.name", text)
        seen[limit.name] = at
        _check_window(limit, place)
        found.append(meant(limit, actions, place))
    _check_reach(limits, found)
    return found


def _check_window(limit: Limit, place: str) -> None:
    given = [key for key in ("most", "per", "interval") if getattr(limit, key) is not None]
    if given not in (["most", "per"], ["interval"]):
        refuse(place, _EITHER + (", ".join(f"`{key}`" for key in given) or "none of them"))
    if limit.most is not None and not 1 <= limit.most <= LARGEST:
        hint = "; to deliver nothing, take the actions out" if limit.most == 0 else ""
        refuse(f"{place}.most", f"must be from 1 to {LARGEST}; got {limit.most}{hint}")
    key = given[-1]
    text = getattr(limit, key)
    if key == "per" and text in CALENDAR:
        return
    try:
        span = parse_duration(text)
    except ValueError as error:
        periods = "" if key == "interval" else f"; or one of {', '.join(CALENDAR)}"
        if key == "per" and not text.startswith("P"):
            periods += nearest(text, CALENDAR)
        refuse(f"{place}.{key}", f"{error}{periods}", error)
    if not span:
        refuse(f"{place}.{key}", f"must be longer than zero; got {text}")


def _check_reach(limits: Sequence[Limit], found: Sequence[tuple[bool, ...]]) -> None:
    """Refuse a limit that another keeps from ever being used up."""
    for at, (limit, own) in enumerate(zip(limits, found, strict=True)):
        for other_at, (other, others) in enumerate(zip(limits, found, strict=True)):
            wider = all(theirs or not mine for mine, theirs in zip(own, others, strict=True))
            if at == other_at or not wider or not _implied(limit, other):
                continue
            if _implied(other, limit) and own == others and at < other_at:
                continue  # two that say the same: the second is the one too many
            text = f"holds nothing back that limits[{other_at}], {other.name!r}, does not"
            refuse(f"limits[{at}]", f"{text}; take one of them out")


def _implied(limit: Limit, other: Limit) -> bool:
    """Tell whether what the other lets through never exceeds a limit of the same actions."""
    window, theirs = limit.window, other.window
    if theirs.calendar is not None:
        return window.calendar == theirs.calendar and other.bound <= limit.bound
    return other.bound * -(-window.span // theirs.span) <= limit.bound
