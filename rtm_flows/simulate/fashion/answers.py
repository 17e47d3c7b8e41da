"""Answers: what comes of a run's decisions in the shop that its events came from.

In: decisions, and the settings of the shop. Out: outcome events, drawn by a hash of each decision,
and the true expected profit of each. The events of the shop stay as they were: what an action
changed is told by its outcome alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec
import numpy as np

from rtm_flows.simulate.fashion import draws as d
from rtm_flows.simulate.fashion import response
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


def value_of(decisions: list[Asked], shop: Fashion, kinds: Mapping[str, str] = ACTIONS) -> Floats:
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

    Raises
    ------
    InputError
        If an action, a channel or a person is not known.
    """
    actions = actions_of(decisions, kinds)
    worth = np.zeros(len(decisions))
    if len(actions.row):
        state = state_of(actions, found(shop, actions))
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
    actions = actions_of(decisions, kinds)
    if not len(actions.row):
        return []
    moments = found(shop, actions)
    state = state_of(actions, moments)
    chances = response.chance(state, actions.kind, actions.channel)
    key = _keys(decisions, actions.row, shop.seed)
    answers = _Answers(decisions, actions, key)
    message = (actions.channel == response.EMAIL) | (actions.channel == response.PUSH)
    reached = ~message | (_uniform(key, 0) >= BOUNCED)
    seen = reached & (_uniform(key, 1) < np.minimum(chances.seen / _reaches(message), 1.0))
    alone = _alone(state, moments["buys_at"], key)
    bought = _bought(state, alone, chances, key)
    # Whom an action brings to buy has looked at it.
    clicks = seen & ((bought & ~alone) | (_uniform(key, 2) < chances.clicked))
    arrives = np.where(message, 60_000, 1_000)
    looks = arrives + np.where(message, _pause(key, 3, 20 * 3_600_000), 1_500)
    acts = looks + _pause(key, 4, 90_000) + 2_000
    service = (actions.kind == response.HELP) | (actions.kind == response.ANSWER)
    answers.tell(message & reached, "delivered", arrives)
    answers.tell(message & ~reached, "failed", arrives)
    answers.tell(seen & message, "opened", looks)
    answers.tell(seen & ~message, "impression", looks)
    answers.tell(clicks & service, "accepted", acts)
    answers.tell(clicks & ~service, "clicked", acts)
    own = np.where(moments["buys_at"] < NEVER, moments["buys_at"] - actions.time, 0)
    later = np.maximum(np.where(state.in_visit, own, 0), acts + 120_000 + _pause(key, 5, 600_000))
    spent = np.where(actions.kind == response.ACCESSORY, response.EXTRA, _spent(state))
    answers.tell(seen & bought, "converted", later, spent)
    return answers.lines()


def _alone(state: response.State, buys_at: Ints, key: Hashes) -> Bools:
    """Return who buys if nothing is done: in a visit, who does so in the shop's own events."""
    alone: Bools = np.where(state.in_visit, buys_at < NEVER, _uniform(key, 6) < state.chance)
    return alone


def _bought(state: response.State, alone: Bools, chances: response.Chances, key: Hashes) -> Bools:
    """Return who buys having seen it: who does alone, and as many more, or less, as it makes."""
    p = state.chance
    more = np.where(p < 1.0, (chances.converts - p) / np.maximum(1.0 - p, 1e-12), 0.0)
    less = np.where(p > 0.0, 1.0 - chances.converts / np.maximum(p, 1e-12), 0.0)
    moved = _uniform(key, 7)
    bought: Bools = np.where(alone, moved >= np.maximum(less, 0.0), moved < np.maximum(more, 0.0))
    return bought


def _reaches(message: Bools) -> Floats:
    return np.where(message, 1.0 - BOUNCED, 1.0)


def _spent(state: response.State) -> Floats:
    return np.where(state.pieces > 0, np.maximum(state.worth, 1.0), response.BASKET)


def _keys(decisions: list[Asked], rows: Ints, seed: int) -> Hashes:
    names = (decisions[row].decision_id.encode() for row in rows.tolist())
    digests = [int.from_bytes(blake2b(name, digest_size=7).digest(), "big") for name in names]
    return d.keys(seed, np.array(digests, dtype=np.int64))


def _uniform(key: Hashes, purpose: int) -> Floats:
    return d.unit(d.draw(key, purpose))


def _pause(key: Hashes, purpose: int, most: int) -> Ints:
    """Return times up to `most`, short ones more often."""
    pause: Ints = (_uniform(key, purpose) ** 3 * most).astype(np.int64)
    return pause


class _Answers:
    """Gathers outcome events."""

    def __init__(self, decisions: list[Asked], actions: Actions, key: Hashes) -> None:
        self._decisions, self._actions = decisions, actions
        self._told: list[tuple[int, str, dict[str, Any]]] = []

    def tell(self, which: Bools, kind: str, after: Ints, value: Floats | None = None) -> None:
        """Add an outcome of some actions, so many milliseconds after them."""
        rows, time = self._actions.row, self._actions.time
        for row in np.flatnonzero(which).tolist():
            one = self._decisions[rows[row]]
            when = int(time[row] + after[row])
            event = {
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
            self._told.append((when, event["id"], event))

    def lines(self) -> list[bytes]:
        """Return the events as lines, with line ends, in the order of time and id."""
        return [
            msgspec.json.encode(event) + b"\n" for _, _, event in sorted(self._told, key=_place)
        ]


def _place(told: tuple[int, str, dict[str, Any]]) -> tuple[int, str]:
    return told[:2]
