"""The shop's books: what followed each decision, as a shop finds it in its own till.

In: decisions, and the settings of the shop. Out: what was bought after each, and whether the
person was lost; of decisions that were held out too, after which nothing was done. It is drawn,
as life draws it, and tells no chance: the truth behind it only `answers.value_of` knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import msgspec
import numpy as np

from rtm_flows.simulate.fashion import response
from rtm_flows.simulate.fashion.answers import drawn_of, spent_by, uniform
from rtm_flows.simulate.fashion.course import Moments
from rtm_flows.simulate.fashion.decided import ACTIONS, NO_ACTION, Asked, actions_of, found
from rtm_flows.simulate.fashion.draws import Bools, Floats
from rtm_flows.simulate.fashion.settings import Fashion


class Books(NamedTuple):
    """What followed decisions; one row each, in their order. After no action nothing is told.

    Attributes
    ----------
    spent
        What was paid for in the visit, or by who was away within `response.RETURN_DAYS`, at full
        prices, in currency units; 0 where nobody bought.
    given
        What of this was given away.
    left
        The person was lost for good.
    """

    spent: Floats
    given: Floats
    left: Bools


def books(
    decisions: list[Asked],
    shop: Fashion,
    kinds: Mapping[str, str] = ACTIONS,
    *,
    moments: Moments | None = None,
) -> Books:
    """Return what followed decisions.

    The mean of what followed actions that were carried out, less that of actions of the same kind
    that were held out by chance, is what they add. Hold out whole people: of somebody who is
    treated now and then, what was done before makes a difference too.

    Parameters
    ----------
    decisions, shop, kinds, moments
        As for `answers.value_of`.

    Raises
    ------
    InputError
        If an action, a channel or a person is not known.
    """
    n = len(decisions)
    told = Books(np.zeros(n), np.zeros(n), np.zeros(n, dtype=np.bool_))
    for held_out in (False, True):
        some = [
            place
            for place, one in enumerate(decisions)
            if one.held_out == held_out and one.name != NO_ACTION
        ]
        if some:
            chosen = [msgspec.structs.replace(decisions[place], held_out=False) for place in some]
            part = _books(chosen, shop, kinds, moments, done=not held_out)
            for column, found_in_part in zip(told, part, strict=True):
                column[some] = found_in_part
    return told


def _books(
    decisions: list[Asked],
    shop: Fashion,
    kinds: Mapping[str, str],
    moments: Moments | None,
    *,
    done: bool,
) -> Books:
    actions = actions_of(decisions, kinds)
    drawn = drawn_of(decisions, actions, found(shop, actions, moments=moments), shop.seed)
    state = drawn.state
    buys, leaves = drawn.alone, np.zeros(len(drawn.alone))
    if done:
        buys = np.where(drawn.seen, drawn.bought, drawn.alone)
        leaves = response.chance(state, actions.kind, actions.channel).leaves
    spent = np.where(buys, spent_by(state, actions.kind), 0.0)
    cheaper = drawn.seen & (actions.kind == response.DISCOUNT) & done
    lost = state.gone | (uniform(drawn.key, 8) < 1.0 / state.stays + leaves)
    order = np.argsort(actions.row)
    return Books(spent[order], np.where(cheaper, response.OFF * spent, 0.0)[order], lost[order])
