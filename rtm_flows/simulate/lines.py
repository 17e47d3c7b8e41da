"""Events as canonical JSON Lines.

In: event rows. Out: one line of JSON each, without line ends. Knows nothing of copies, damage or
order.
"""

from __future__ import annotations

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.simulate import behaviour as b
from rtm_flows.simulate.catalogue import TERMS, Catalogue, category_of
from rtm_flows.simulate.visits import CHANNELS, DEVICES
from rtm_flows.simulate.walk import ANONYMOUS_ONLY, USER_ONLY

_SEEN = (b.VIEW, b.WISH)
_CARTED = (b.ADD, b.REMOVE)
_CASES = (b.OPEN_CASE, b.CLOSE_CASE)
_OTHERS = (b.SEARCH, b.PURCHASE)
# An odd factor is a bijection modulo a power of two: no two people share an id.
_FACTOR, _COOKIES = 0x9E3779B979B99E37, 1 << 32
_PLACES = tuple(
    tuple(f',"channel":"{channel}","device":"{device}"' for device in DEVICES)
    for channel in CHANNELS
)


class Lines:
    """Writes rows as lines; holds the goods as the text they have in every line."""

    def __init__(self, goods: Catalogue) -> None:
        self._goods = [
            f',"item_id":"p{item}","item_category":"{category_of(item)}","price":{_money(cents)}'
            for item, cents in enumerate(goods.cents.tolist())
        ]

    def encode(self, rows: Table) -> list[str]:
        """Return the lines of these rows, in their order.

        The id of an event is the number of its visit and the place in it, so it never repeats.
        """
        tails = self._tails(rows)
        times = np.datetime_as_string(rows["time"].astype("datetime64[ms]"), unit="ms").tolist()
        names = ("type", "number", "step", "ids", "person", "channel", "device")
        columns = [rows[name].tolist() for name in names]
        return [
            f'{{"id":"{number:x}-{step}","time":"{time}Z","type":"{b.TYPES[kind]}"'
            f"{_who(ids, person)}{_PLACES[channel][device]}{tail}"
            f',"session_id":"s{number}"}}'
            for time, tail, kind, number, step, ids, person, channel, device in zip(
                times, tails, *columns, strict=True
            )
        ]

    def _tails(self, rows: Table) -> list[str]:
        """Return what the type of each event adds to its line."""
        tails = [""] * len(rows)
        names = ("type", "item", "quantity", "cents", "reference", "number", "step")
        told = np.flatnonzero(np.isin(rows["type"], (*_SEEN, *_CARTED, *_CASES, *_OTHERS)))
        columns = [rows[name][told].tolist() for name in names]
        for place, kind, item, quantity, cents, reference, number, step in zip(
            told.tolist(), *columns, strict=True
        ):
            if kind in _SEEN:
                tails[place] = self._goods[item]
            elif kind in _CARTED:
                tails[place] = f'{self._goods[item]},"quantity":{quantity}'
            elif kind == b.SEARCH:
                tails[place] = f',"search_term":"{TERMS[reference]}"'
            elif kind == b.PURCHASE:
                tails[place] = (
                    f',"quantity":{quantity},"value":{_money(cents)}'
                    f',"transaction_id":"t{number}-{step}"'
                )
            else:
                tails[place] = f',"case_id":"c{reference}"'
        return tails


def cookie(person: int) -> str:
    """Return a person's anonymous id; it does not show the person's number.

    Examples
    --------
    >>> cookie(1), cookie(2)
    ('79b99e37', 'f3733c6e')
    """
    return f"{person * _FACTOR % _COOKIES:08x}"


def owner(anonymous_id: str) -> int:
    """Return the person whose anonymous id it is.

    Raises
    ------
    ValueError
        If nobody has such an id.

    Examples
    --------
    >>> owner(cookie(77))
    77
    """
    return int(anonymous_id, 16) * pow(_FACTOR, -1, _COOKIES) % _COOKIES


def _who(ids: int, person: int) -> str:
    if ids == USER_ONLY:
        return f',"user_id":"u{person}"'
    if ids == ANONYMOUS_ONLY:
        return f',"anonymous_id":"{cookie(person)}"'
    return f',"user_id":"u{person}","anonymous_id":"{cookie(person)}"'


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"
