"""Decisions as the shop meets them: who was decided for, when, and what was to be done.

In: lines of a decision log, of which no more is read than a shop must know. Out: columns. What is
true of the people at that moment is looked up in their course.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

import msgspec
import numpy as np

from rtm_flows.errors import InputError
from rtm_flows.simulate.fashion import response
from rtm_flows.simulate.fashion.course import AWAY, MOMENT, Moments, at, course_of, fatigue_of
from rtm_flows.simulate.fashion.draws import Bools, Floats, Ints
from rtm_flows.simulate.fashion.people import FATIGUE_HALF_LIFE
from rtm_flows.simulate.fashion.places import NEVER
from rtm_flows.simulate.fashion.settings import Fashion
from rtm_flows.simulate.fashion.visits import GAP_MS
from rtm_flows.simulate.lines import owner
from rtm_flows.simulate.shop import DAY_MS

NO_ACTION: Final = "no_action"
ACTIONS: Final[Mapping[str, str]] = {
    "help_with_checkout": "help",
    "discount_now": "discount",
    "discount_by_mail": "discount",
    "free_shipping_over": "discount",
    "show_similar_items": "similar",
    "accessory_for_order": "accessory",
    "cart_reminder": "reminder",
    "win_back_mail": "win_back",
    "answer_case": "answer",
    "thank_you": "thanks",
    **{kind: kind for kind in response.KINDS},
}
"""Names of actions, and the kind of each; a kind is also the name of an action."""
_ONSITE = ("onsite", "web", "app")
_LASTS_MS = 3 * DAY_MS


class Asked(msgspec.Struct, frozen=True, gc=False):
    """What a shop must know of a decision; a line may hold more."""

    decision_id: str
    decision_time: str
    subject_id: str
    subject_type: str
    name: str
    channel: str | None = None
    treatment: str | None = None
    held_out: bool = False


class Actions(NamedTuple):
    """The decisions that are actions; one row each, in the order of person and time.

    Attributes
    ----------
    row
        Its place among all decisions.
    person, time, kind, channel
        Number of the person, milliseconds since 1970 UTC, places in `KINDS` and `CHANNELS`.
    """

    row: Ints
    person: Ints
    time: Ints
    kind: Ints
    channel: Ints


def read_decisions(lines: Iterable[bytes]) -> list[Asked]:
    """Read lines of a decision log.

    Raises
    ------
    InputError
        If a line is no decision.
    """
    decoder, read = msgspec.json.Decoder(Asked), []
    for number, line in enumerate(lines, 1):
        try:
            read.append(decoder.decode(line))
        except msgspec.DecodeError as error:
            msg = f"line {number} of the decisions is no decision: {error}"
            raise InputError(msg) from None
    return read


def person_of(asked: Asked) -> int:
    """Return the number of the person that a decision is about.

    Raises
    ------
    InputError
        If nobody of a fashion shop has such an id.

    Examples
    --------
    >>> from rtm_flows.simulate.lines import cookie
    >>> person_of(Asked("d", "2026-03-02T00:00:00Z", cookie(77), "anonymous", "help"))
    77
    """
    name = asked.subject_id
    try:
        if asked.subject_type == "user":
            return int(name.removeprefix("u"))
        return owner(name)
    except ValueError:
        msg = f"decision {asked.decision_id}: {name!r} is nobody of a fashion shop"
        raise InputError(msg) from None


def actions_of(decisions: list[Asked], kinds: Mapping[str, str] = ACTIONS) -> Actions:
    """Return the decisions that are actions, and are delivered: none that is held out.

    Parameters
    ----------
    kinds
        For the name of each action, its kind.

    Raises
    ------
    InputError
        If an action, a channel or a person is not known.
    """
    done = [
        (i, one) for i, one in enumerate(decisions) if one.name != NO_ACTION and not one.held_out
    ]
    columns = (
        np.array([i for i, _ in done], dtype=np.int64),
        np.array([person_of(one) for _, one in done], dtype=np.int64),
        np.array([_ms(one) for _, one in done], dtype=np.int64),
        np.array([_kind(one, kinds) for _, one in done], dtype=np.int64),
        np.array([_channel(one) for _, one in done], dtype=np.int64),
    )
    order = np.lexsort((columns[0], columns[2], columns[1]))
    return Actions(*(column[order] for column in columns))


def _ms(asked: Asked) -> int:
    return round(datetime.fromisoformat(asked.decision_time).timestamp() * 1000)


def _kind(asked: Asked, kinds: Mapping[str, str]) -> int:
    kind = kinds.get(asked.name)
    if kind not in response.KINDS:
        msg = (
            f"the fashion shop does not know what the action {asked.name!r} does; known are "
            f"{', '.join(sorted(kinds))}"
        )
        raise InputError(msg)
    return response.KINDS.index(kind)


def _channel(asked: Asked) -> int:
    channel = "onsite" if asked.channel in _ONSITE else asked.channel
    if channel not in response.CHANNELS:
        msg = (
            f"the fashion shop has no channel {channel!r} (action {asked.name!r}); it has "
            f"{', '.join(response.CHANNELS)}"
        )
        raise InputError(msg)
    return response.CHANNELS.index(channel)


def found(
    shop: Fashion,
    actions: Actions,
    *,
    moments: Moments | None = None,
    places_at_once: int = 20_000,
) -> Moments:
    """Return what is true of the person of each action, as of the latest moment before it.

    Parameters
    ----------
    moments
        All moments of the shop, where they are known already (`course.course_of`).
    places_at_once
        How many lives to compute at a time; nothing but memory depends on it.

    Raises
    ------
    InputError
        If somebody was not there by then: the decisions are of another shop.
    """
    if moments is not None:
        return _latest(moments, actions.person, actions.time)
    where = actions.person % shop.people
    places, latest = np.unique(where), np.zeros(len(where), dtype=MOMENT)
    for first in range(0, len(places), places_at_once):
        some = places[first : first + places_at_once]
        mine = np.flatnonzero((where >= some[0]) & (where <= some[-1]))
        of_some = course_of(shop, some)
        latest[mine] = _latest(of_some, actions.person[mine], actions.time[mine])
    return latest


def _latest(moments: Moments, person: Ints, time: Ints) -> Moments:
    rows = at(moments, person, time)
    if rows.min(initial=0) < 0:
        msg = (
            f"person {person[rows.argmin()]} of the decisions is not in this shop by then; give "
            "the settings (people, days, seed, start) of its events"
        )
        raise InputError(msg)
    latest: Moments = moments[rows]
    return latest


def state_of(actions: Actions, moments: Moments) -> response.State:
    """Return what is true when actions are done, those before them included."""
    time = actions.time
    here = (moments["step"] != AWAY) & (time - moments["time"] <= GAP_MS)
    away = response.chance_away(moments["rate"], moments["eager"])
    before = _before(actions, here, moments)
    number = moments["step"].astype(np.int64)
    return response.State(
        in_visit=here,
        gone=moments["gone"],
        step=np.where(here, number, AWAY),
        tried=moments["tried"] & here,
        pieces=moments["cart"].astype(np.int64),
        worth=moments["cents"] / 100,
        chance=np.where(here, moments["chance"], np.where(moments["gone"], 0.0, away)),
        intent=np.where(here, moments["intent"].astype(np.int64), -1),
        hesitance=moments["hesitance"],
        thrift=moments["thrift"],
        eager=moments["eager"],
        mail=moments["mail"],
        push=moments["push"],
        mail_ok=moments["mail_ok"],
        push_ok=moments["push_ok"],
        fatigue=fatigue_of(moments, time) + before.told,
        case=(moments["case_from"] <= time) & (time < moments["case_until"]),
        window=(moments["ordered_at"] <= time) & (time < moments["delivered_at"]),
        away_days=(time - moments["came"]) / DAY_MS,
        stays=np.minimum(1.0 / np.maximum(moments["leaning"], 0.02), 50.0),
        repeats=before.repeats,
        shown=before.shown,
    )


class _Before(NamedTuple):
    """What the actions before each have left: see `response.State`."""

    repeats: Ints
    told: Floats
    shown: Ints


def _before(actions: Actions, here: Bools, moments: Moments) -> _Before:
    """Return what was done before each action: the same, on the site, and by messages."""
    repeats, shown = (np.zeros(len(actions.time), dtype=np.int64) for _ in range(2))
    told = np.zeros(len(actions.time))
    last: dict[tuple[int, int, int], tuple[int, int]] = {}
    seen: dict[tuple[int, int], int] = {}
    tired: dict[int, tuple[float, int]] = {}
    visits = np.where(here, moments["visits"], -1).tolist()
    columns = (actions.person.tolist(), actions.time.tolist(), actions.kind.tolist())
    message = (actions.channel == response.EMAIL) | (actions.channel == response.PUSH)
    onsite = (actions.channel == response.ONSITE).tolist()
    for row, (person, time, kind, visit, sent) in enumerate(
        zip(*columns, visits, message.tolist(), strict=True)
    ):
        count, when = last.get((person, kind, visit), (0, -NEVER))
        repeats[row] = count = count if visit >= 0 or time - when < _LASTS_MS else 0
        last[person, kind, visit] = count + 1, time
        shown[row] = before = seen.get((person, visit), 0) if visit >= 0 else 0
        seen[person, visit] = before + onsite[row]
        level, since = tired.get(person, (0.0, time))
        level *= 2.0 ** (-(time - since) / FATIGUE_HALF_LIFE)
        told[row] = level
        tired[person] = level + sent, time
    return _Before(np.minimum(repeats, 30), told, np.minimum(shown, 60))
