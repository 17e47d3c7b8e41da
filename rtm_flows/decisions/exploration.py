"""Exploration: with what chance each offer that is open is chosen, exactly.

In: priorities, which offers are open, a rule, and for one of its kinds what is believed of the
propensities. Out: chances in millionths that add up to a
million, and the offers drawn by them. It refuses to know what makes an offer open.

The chances are settled first, as whole millionths, and the draw is made by these: so the chance
that is written is exactly the chance with which it was chosen, whatever they approximate.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.decisions.thompson import Beliefs, chances_of_largest
from rtm_flows.rounding import round6

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

MILLION = 1_000_000


class Exploration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How the offers that are not thought best get their chance.

    Attributes
    ----------
    kind
        "none": the best offer always wins. "epsilon": it wins but for the random share. "softmax":
        an offer's chance is in proportion to exp(priority / `temperature`). "thompson": learned
        propensities are drawn from their posteriors, and an offer's chance is that of having the
        largest priority then.
    share
        Part of all decisions in which each open offer has the same chance; it is taken off the
        other kinds' chances too, so that no open offer is ever without one.
    least
        No open offer has a smaller chance, however many there are; at most 1 over the number of
        offers.
    temperature
        Of softmax, in units of priority: the larger, the more even.
    salt
        Other words give other draws.
    """

    kind: Literal["none", "epsilon", "softmax", "thompson"] = "none"
    share: float = 0.02
    least: float = 0.0
    temperature: float = 0.1
    salt: str = ""


def chances(
    rule: Exploration, priority: Floats, open_to: Bools, beliefs: Beliefs | None = None
) -> Ints:
    """Return the chance of each offer in millionths, (rows, offers); each row adds up to a million.

    Parameters
    ----------
    rule
        What is wanted; its kind is not "none".
    priority
        (rows, offers), rounded.
    open_to
        (rows, offers): among which offers is chosen; at least one in each row.
    beliefs
        What is believed of the propensities; without it none was learned. Only "thompson" asks.

    Examples
    --------
    >>> priority, open_to = np.array([[0.3, 0.2, 0.9]]), np.array([[True, True, False]])
    >>> chances(Exploration(kind="epsilon", share=0.1), priority, open_to).tolist()
    [[950000, 50000, 0]]
    """
    number = np.count_nonzero(open_to, axis=1)[:, None]
    likely = _likely(rule, priority, open_to, beliefs)
    mixed = rule.share * evenly(open_to) + (1.0 - rule.share) * likely
    return in_millionths(rule.least * open_to + (1.0 - rule.least * number) * mixed)


def _likely(rule: Exploration, priority: Floats, open_to: Bools, beliefs: Beliefs | None) -> Floats:
    """Return the chances before any are shared out evenly."""
    if rule.kind == "thompson":
        nothing = Beliefs(np.zeros_like(priority), np.zeros_like(priority))
        return chances_of_largest(priority, beliefs or nothing, open_to)
    ranked = np.where(open_to, priority, -np.inf)
    if rule.kind == "softmax":
        best = ranked.max(axis=1, keepdims=True)
        weight = np.exp((ranked - best) / rule.temperature)
        return np.asarray(weight / _row_sums(weight))
    likely = np.zeros_like(priority)
    likely[np.arange(len(priority)), ranked.argmax(axis=1)] = 1.0
    return likely


def evenly(open_to: Bools) -> Floats:
    """Return the same chance for each open offer of a row."""
    number: Ints = np.maximum(1, np.count_nonzero(open_to, axis=1))
    return np.asarray(open_to / number[:, None])


def in_millionths(likely: Floats) -> Ints:
    """Return chances as whole millionths that add up to a million, nearest to what they were.

    Each is cut down; what is left goes, one by one, to those of which most was cut off, of equals
    to the first. An offer without a chance gets none.

    Examples
    --------
    >>> in_millionths(np.array([[1 / 3, 1 / 3, 1 / 3, 0.0]])).tolist()
    [[333334, 333333, 333333, 0]]
    """
    # Rounded, so that the last bit of a product never moves a millionth.
    wanted = round6(likely * MILLION)
    whole = np.floor(wanted).astype(np.int64)
    cut_off = np.where(likely > 0, wanted - whole, -1.0)
    rank = (-cut_off).argsort(axis=1, kind="stable").argsort(axis=1, kind="stable")
    whole += rank < MILLION - whole.sum(axis=1, keepdims=True)
    return whole


def draws(ids: Iterable[str], salt: str) -> Ints:
    """Return for each decision a number from 0 to 999,999 that only its id and the salt decide.

    It is the first 8 bytes of a BLAKE2b hash modulo a million, so no number is likelier than
    another by more than one part in 10 to the 13.

    Examples
    --------
    >>> draws(["f869c9a58283a7776adec4d18fd77e30"], "").tolist()
    [688509]
    """
    start = f"exploration\x1f{salt}\x1f".encode()
    found = (blake2b(start + one.encode(), digest_size=8).digest() for one in ids)
    return np.array([int.from_bytes(one, "big") % MILLION for one in found], dtype=np.int64)


def drawn(millionths: Ints, draw: Ints) -> NDArray[np.int16]:
    """Return the offer that each row's draw falls on.

    Examples
    --------
    >>> drawn(np.array([[950000, 50000, 0]] * 2), np.array([949_999, 950_000])).tolist()
    [0, 1]
    """
    below = np.cumsum(millionths, axis=1) > draw[:, None]
    return np.asarray(below.argmax(axis=1), dtype=np.int16)


def _row_sums(weight: Floats) -> Floats:
    """Return the sum of each row, added column by column, so that no row depends on others."""
    total = np.zeros((len(weight), 1))
    for column in weight.T:
        total[:, 0] += column
    return total
