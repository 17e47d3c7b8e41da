"""The first mistake in a list of pauses, with its place.

In: pauses, the names that limits have taken, and the catalogue's offers. Out: of each pause which
offers it is about, or a `ConfigError` that names the key. It refuses to know in which file they
stand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from rtm_flows.errors import refuse
from rtm_flows.policy.lint import LARGEST, MANY
from rtm_flows.policy.pauses import Pause
from rtm_flows.policy.scope import Deliverable, meant

Meant = list[tuple[bool, ...]]
"""Of each pause and offer, whether the one is about the other."""

_SPANS: Final = ("within", "lasts")


def read_pauses(
    pauses: Sequence[Pause], offers: Sequence[Deliverable], limits: Sequence[str] = ()
) -> Meant:
    """Return of each pause which offers it is about, or refuse what cannot mean what it says.

    A pause is refused too that another one makes pointless: it counts the same of the same
    offers, and lasts no longer.

    Parameters
    ----------
    pauses
        In declared order.
    offers
        The catalogue, in declared order.
    limits
        Names of limits, which are reasons of the same stage.

    Raises
    ------
    ConfigError
        At the first mistake; the text starts with its key, like `pauses[1].after`.

    Examples
    --------
    >>> from rtm_flows.decisions.catalogue import Action
    >>> mail, banner = Action(name="mail", channel="email"), Action(name="banner")
    >>> ignored = Pause(name="ignored", channels="email", after=3, within="P7D", lasts="P7D")
    >>> read_pauses([ignored], [mail, banner])
    [(True, False)]
    >>> read_pauses([ignored], [mail, banner], limits=["ignored"])
    Traceback (most recent call last):
        ...
    rtm_flows.errors.ConfigError: pauses[0].name: 'ignored' is already the name of limits[0]
    """
    if len(pauses) > MANY:
        refuse("pauses", f"at most {MANY} in a job; got {len(pauses)}")
    taken = {name: f"limits[{at}]" for at, name in enumerate(limits)}
    found: Meant = []
    for at, pause in enumerate(pauses):
        place = f"pauses[{at}]"
        if not pause.name:
            refuse(f"{place}.name", "must not be empty")
        if pause.name in taken:
            refuse(f"{place}.name", f"{pause.name!r} is already the name of {taken[pause.name]}")
        taken[pause.name] = place
        _check_numbers(pause, place)
        found.append(meant(pause, offers, place))
    _check_reach(pauses, found)
    return found


def _check_numbers(pause: Pause, place: str) -> None:
    if not 1 <= pause.after <= LARGEST:
        hint = "; to deliver nothing, take the actions out" if pause.after == 0 else ""
        refuse(f"{place}.after", f"must be from 1 to {LARGEST}; got {pause.after}{hint}")
    for key in _SPANS:
        try:
            span: int = getattr(pause, f"{key}_ms")
        except ValueError as error:
            refuse(f"{place}.{key}", str(error), error)
        if not span:
            refuse(f"{place}.{key}", f"must be longer than zero; got {getattr(pause, key)}")


def _check_reach(pauses: Sequence[Pause], found: Meant) -> None:
    """Refuse a pause that begins only when another does, and does not last longer."""
    begun: dict[tuple[object, ...], int] = {}
    for at, (pause, own) in enumerate(zip(pauses, found, strict=True)):
        other_at = begun.setdefault((pause.by, pause.after, pause.within_ms, own), at)
        if other_at == at:
            continue
        first, second = pauses[other_at], pause
        shorter, longer = (at, other_at) if second.lasts_ms <= first.lasts_ms else (other_at, at)
        text = f"holds nothing back that pauses[{longer}], {pauses[longer].name!r}, does not"
        refuse(f"pauses[{shorter}]", f"{text}; take one of them out")
