"""Answers: what comes of a run's decisions in the shop that its events came from.

In: decisions, and the settings of the shop. Out: outcome events, drawn by a hash of each decision,
and the true expected profit of each. The events of the shop stay as they were: what an action
changed is told by its outcome alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec
import numpy as np

from rtm_flows.simulate.fashion import draws as d
from rtm_flows.simulate.fashion import response
from rtm_flows.simulate.fashion.course import Moments
from rtm_flows.simulate.fashion.decided import (
    ACTIONS,
    Actions,
    Asked,
    actions_of,
    found,
    state_of,
)
from rtm_flows.simulate.fashion.draws import Bools, Floats, Hashes, Ints
from rtm_flows.simulate.fashion.messages import BOUNCED
from rtm_flows.simulate.fashion.places import NEVER
from rtm_flows.simulate.fashion.settings import Fashion
from rtm_flows.times import format_time


def value_of(
    decisions: list[Asked],
    shop: Fashion,
    kinds: Mapping[str, str] = ACTIONS,
    *,
    moments: Moments | None = None,
) -> Floats:
    """Return the true expected profit of each decision over doing nothing, in currency units.

    That of no action is 0. An action is worth what it adds when all decisions before it, about the
    same person, have been carried out; so the sum of a run is the worth of its policy.

    Parameters
    ----------
    decisions
        As `read_decisions` gives them, in any order.
    shop
        The settings with which the events were made.
    kinds
        For the name of each action, its kind (`response.KINDS`).
    moments
        All moments of the shop, where they are known already (`course.course_of`).

    Raises
    ------
    InputError
        If an action, a channel or a person is not known.
    """
    actions = actions_of(decisions, kinds)
    worth = np.zeros(len(decisions))
    if len(actions.row):
        state = state_of(actions, found(shop, actions, moments=moments))
        worth[actions.row] = response.value(state, actions.kind, actions.channel)
    return worth


def respond(
    decisions: list[Asked], shop: Fashion, kinds: Mapping[str, str] = ACTIONS
) -> list[bytes]:
    """Return the outcome events of decisions as canonical lines, in the order of time.

    A mail or push message is `delivered` or `failed`, then perhaps `opened`; on the site or by
    phone it is an `impression`. It is perhaps `clicked` (`accepted`, where help or an answer was
    offered), and `converted` where a purchase came: with the same chance as `response.chance` says,
    and wherever the shop's own events have one, unless the action drove it away. So who would have
    bought anyway converts too, as in life; what the action added only `value_of` knows.

    Parameters
    ----------
    decisions, shop, kinds
        As for `value_of`.
    """
    return [one.line for one in outcomes(decisions, shop, kinds)]


class Outcome(NamedTuple):
    """An outcome event: its time in milliseconds since 1970 UTC, its id, and its line."""

    time: int
    id: str
    line: bytes


def outcomes(
    decisions: list[Asked],
    shop: Fashion,
    kinds: Mapping[str, str] = ACTIONS,
    *,
    moments: Moments | None = None,
    told: Collection[str] = (),
    since: int = 0,
) -> list[Outcome]:
    """Return the outcome events of decisions, as `respond` does, in the order of time and id.

    Parameters
    ----------
    decisions, shop, kinds, moments
        As for `value_of`.
    told
        Ids of decisions that were answered before: they count as carried out, and are not
        answered again.
    since
        Nothing comes of a decision before this time: it was not known.
    """
    actions = actions_of(decisions, kinds)
    if not len(actions.row):
        return []
    drawn = drawn_of(decisions, actions, found(shop, actions, moments=moments), shop.seed)
    fresh = np.array([decisions[row].decision_id not in told for row in actions.row.tolist()])
    answers = _Answers(decisions, actions, fresh, since)
    _tell(answers, actions, drawn)
    return answers.lines()


def _tell(answers: _Answers, actions: Actions, drawn: Drawn) -> None:
    message, key = is_message(actions.channel), drawn.key
    arrives = np.where(message, 60_000, 1_000)
    looks = arrives + np.where(message, _pause(key, 3, 20 * 3_600_000), 1_500)
    acts = looks + _pause(key, 4, 90_000) + 2_000
    service = (actions.kind == response.HELP) | (actions.kind == response.ANSWER)
    answers.tell(message & drawn.reached, "delivered", arrives)
    answers.tell(message & ~drawn.reached, "failed", arrives)
    answers.tell(drawn.seen & message, "opened", looks)
    answers.tell(drawn.seen & ~message, "impression", looks)
    answers.tell(drawn.clicks & service, "accepted", acts)
    answers.tell(drawn.clicks & ~service, "clicked", acts)
    own = np.where(drawn.buys_at < NEVER, drawn.buys_at - actions.time, 0)
    soon = acts + 120_000 + _pause(key, 5, 600_000)
    later = np.maximum(np.where(drawn.state.in_visit, own, 0), soon)
    answers.tell(drawn.seen & drawn.bought, "converted", later, spent_by(drawn.state, actions.kind))


class Drawn(NamedTuple):
    """What came of actions, as it was drawn; one row each.

    Attributes
    ----------
    state, key
        What is true of the people, and the hashes for what is drawn.
    reached, seen, clicks
        The action came to the person, who saw it, and clicked.
    alone, bought
        Who buys if nothing is done, and who does having seen it.
    buys_at
        When the visit ends in a purchase by the shop's own events, or `NEVER`.
    """

    state: response.State
    key: Hashes
    reached: Bools
    seen: Bools
    clicks: Bools
    alone: Bools
    bought: Bools
    buys_at: Ints


def drawn_of(decisions: list[Asked], actions: Actions, moments: Moments, seed: int) -> Drawn:
    """Draw what comes of actions: a hash of each decision's id says.

    Parameters
    ----------
    moments
        Of each action, as `decided.found` has them.
    """
    state = state_of(actions, moments)
    chances = response.chance(state, actions.kind, actions.channel)
    key = _keys(decisions, actions.row, seed)
    message = is_message(actions.channel)
    reached = ~message | (uniform(key, 0) >= BOUNCED)
    seen = reached & (uniform(key, 1) < np.minimum(chances.seen / _reaches(message), 1.0))
    alone = _alone(state, moments["buys_at"], key)
    bought = _bought(state, alone, chances, key)
    # Whom an action brings to buy has looked at it.
    clicks = seen & ((bought & ~alone) | (uniform(key, 2) < chances.clicked))
    return Drawn(state, key, reached, seen, clicks, alone, bought, moments["buys_at"])


def is_message(channel: Ints) -> Bools:
    """Tell which channels are those of messages, that find a person wherever."""
    message: Bools = (channel == response.EMAIL) | (channel == response.PUSH)
    return message


def spent_by(state: response.State, kind: Ints) -> Floats:
    """Return what who buys spends, in currency units."""
    spent = np.where(state.pieces > 0, np.maximum(state.worth, 1.0), response.BASKET)
    return np.where(kind == response.ACCESSORY, response.EXTRA, spent)


def _alone(state: response.State, buys_at: Ints, key: Hashes) -> Bools:
    """Return who buys if nothing is done: in a visit, who does so in the shop's own events."""
    alone: Bools = np.where(state.in_visit, buys_at < NEVER, uniform(key, 6) < state.chance)
    return alone


def _bought(state: response.State, alone: Bools, chances: response.Chances, key: Hashes) -> Bools:
    """Return who buys having seen it: who does alone, and as many more, or less, as it makes."""
    p = state.chance
    more = np.where(p < 1.0, (chances.converts - p) / np.maximum(1.0 - p, 1e-12), 0.0)
    less = np.where(p > 0.0, 1.0 - chances.converts / np.maximum(p, 1e-12), 0.0)
    moved = uniform(key, 7)
    bought: Bools = np.where(alone, moved >= np.maximum(less, 0.0), moved < np.maximum(more, 0.0))
    return bought


def _reaches(message: Bools) -> Floats:
    return np.where(message, 1.0 - BOUNCED, 1.0)


def _keys(decisions: list[Asked], rows: Ints, seed: int) -> Hashes:
    names = (decisions[row].decision_id.encode() for row in rows.tolist())
    digests = [int.from_bytes(blake2b(name, digest_size=7).digest(), "big") for name in names]
    return d.keys(seed, np.array(digests, dtype=np.int64))


def uniform(key: Hashes, purpose: int) -> Floats:
    """Return numbers from 0 to 1, drawn for one purpose."""
    return d.unit(d.draw(key, purpose))


def _pause(key: Hashes, purpose: int, most: int) -> Ints:
    """Return times up to `most`, short ones more often."""
    pause: Ints = (uniform(key, purpose) ** 3 * most).astype(np.int64)
    return pause


class _Answers:
    """Gathers outcome events."""

    def __init__(self, decisions: list[Asked], actions: Actions, fresh: Bools, since: int) -> None:
        self._decisions, self._actions = decisions, actions
        self._fresh, self._since = fresh, since
        self._told: list[Outcome] = []

    def tell(self, which: Bools, kind: str, after: Ints, value: Floats | None = None) -> None:
        """Add an outcome of some actions, so many milliseconds after them."""
        rows, time = self._actions.row, self._actions.time
        for row in np.flatnonzero(which & self._fresh).tolist():
            one = self._decisions[rows[row]]
            when = max(int(time[row] + after[row]), self._since)
            event: dict[str, Any] = {
                "id": f"{one.decision_id}.{kind}",
                "time": format_time(when),
                "type": kind,
                **({"user_id": one.subject_id} if one.subject_type == "user" else {}),
                **({} if one.subject_type == "user" else {"anonymous_id": one.subject_id}),
                "channel": one.channel,
                "decision_id": one.decision_id,
                "action": one.name,
                **({"treatment": one.treatment} if one.treatment else {}),
            }
            if value is not None:
                event |= {"value": round(float(value[row]), 2), "currency": "GBP"}
            line = msgspec.json.encode(event) + b"\n"
            self._told.append(Outcome(when, str(event["id"]), line))

    def lines(self) -> list[Outcome]:
        """Return the events, in the order of time and id."""
        return sorted(self._told)
