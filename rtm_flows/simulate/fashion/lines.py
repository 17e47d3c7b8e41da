"""Events as canonical JSON Lines.

In: rows. Out: bytes, one line of JSON each. It knows nothing of order, of people, or of chance.

Notes
-----
Lines are put together from a few pieces that many of them share: what is said of the visit is made
once a visit, what is said of an item once, and times come from tables of days, seconds and
milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.simulate.broken import damage
from rtm_flows.simulate.fashion import types as t
from rtm_flows.simulate.fashion.campaigns import campaign_name
from rtm_flows.simulate.fashion.chain import (
    ADD,
    BUY,
    CART,
    CHECKOUT,
    PAYMENT,
    REMOVE,
    SEARCH,
    SHIPPING,
    VIEW,
    WISH,
)
from rtm_flows.simulate.fashion.draws import Ints
from rtm_flows.simulate.fashion.goods import TERMS, Goods, money
from rtm_flows.simulate.fashion.orders import WINDOW_MS
from rtm_flows.simulate.fashion.places import LOCALES
from rtm_flows.simulate.fashion.posts import post
from rtm_flows.simulate.fashion.rows import A_VISIT, ANONYMOUS_ONLY, MESSAGES, USER_ONLY, Rows
from rtm_flows.simulate.fashion.touch import STORE, TEXTS
from rtm_flows.simulate.lines import cookie
from rtm_flows.simulate.shop import DAY_MS
from rtm_flows.times import format_time

Texts = NDArray[np.object_]

_AT_ONCE = 20_000
_NONE: Mapping[int, str] = MappingProxyType({})
_TOPICS = ("quality", "delivery")
_PURPOSES = ("marketing_email", "marketing_push")
_FORMS = ("plain", "personal")
_WHERE = [f',"locale":"{locale.tag}","timezone":"{locale.zone}"' for locale in LOCALES]
_CARTS = (CART, CHECKOUT, SHIPPING, PAYMENT)
_ORDERS = (t.COMPLETED, t.DELIVERED, t.CANCELLED)


def _texts(texts: Sequence[str]) -> Texts:
    return np.array(texts, dtype=object)


_HEADS = _texts([f'Z","type":"{name}"' for name in t.TYPES])
_STEPS = _texts([f'{step:x}","time":"' for step in range(A_VISIT)])
_SECONDS = _texts(
    [f"{at // 3600:02d}:{at // 60 % 60:02d}:{at % 60:02d}." for at in range(DAY_MS // 1000)]
)
_MILLISECONDS = _texts([f"{ms:03d}" for ms in range(1000)])

Tail = Callable[[int, int, int, int, int], str]


class _Touch(NamedTuple):
    """What the events of a visit share; one text for each of them, and which row has which."""

    ids: Texts
    who: Texts
    of: Ints


class Lines:
    """Writes rows as lines.

    Parameters
    ----------
    goods
        What there is.
    """

    def __init__(self, goods: Goods) -> None:
        self._goods = goods.texts
        terms = [f',"search_term":"{term}"' for term in TERMS]
        self._pieces = _texts(["", *goods.texts, *terms])
        # Where in the pieces those of a type begin; others begin where nothing is.
        self._begins = np.full(len(t.TYPES), -1, dtype=np.int64)
        self._begins[[VIEW, WISH, ADD, REMOVE]] = 1
        self._begins[SEARCH] = 1 + len(goods.texts)
        self._tails: dict[int, Tail] = {
            t.SHIPPED: _window,
            t.DELAYED: _window,
            t.REFUND: _order,
            t.CALL: _case,
            t.CASE_OPENED: _case,
            t.CASE_CLOSED: _case,
            t.CONSENT: _consent,
            **dict.fromkeys(_ORDERS, _order),
            **dict.fromkeys(_CARTS, _cart),
            **dict.fromkeys(range(t.MAIL_DELIVERED, t.PUSH_CLICKED + 1), _campaign),
        }
        self._special = np.zeros(len(t.TYPES), dtype=np.bool_)
        self._special[[*self._tails, BUY, t.MENTION]] = True

    def encode(self, rows: Rows, faults: Mapping[int, str] = _NONE) -> Iterator[bytes]:
        """Yield the lines of rows, in their order, some thousands at a time, each with its end.

        Parameters
        ----------
        faults
            For places of rows, why a reader shall refuse the line.
        """
        for first in range(0, len(rows), _AT_ONCE):
            lines = self._encode(rows[first : first + _AT_ONCE])
            for at in range(first, first + len(lines)) if faults else ():
                if at in faults:
                    lines[at - first] = damage(lines[at - first][:-1], faults[at]) + b"\n"
            yield b"".join(lines)

    def _encode(self, rows: Rows) -> list[bytes]:
        touch, time = _touches(rows), rows["time"]
        days, seconds = np.divmod(time // 1000, DAY_MS // 1000)
        pieces = (
            touch.ids[touch.of],
            _STEPS[rows["seq"] % A_VISIT],
            _days(days),
            _SECONDS[seconds],
            _MILLISECONDS[time % 1000],
            _HEADS[rows["type"]],
            touch.who[touch.of],
        )
        return [
            f"{who}{step}{day}{second}{ms}{head}{touched}{tail}}}\n".encode()
            for who, step, day, second, ms, head, touched, tail in zip(
                *(piece.tolist() for piece in pieces), self._ends(rows), strict=True
            )
        ]

    def _ends(self, rows: Rows) -> list[str]:
        """Return what the type of each event adds to its line."""
        kind = rows["type"]
        begins = self._begins[kind]
        piece = np.where(begins < 0, 0, begins + rows["item"])
        ends: list[str] = self._pieces[piece].tolist()
        for at in np.flatnonzero(self._special[kind]).tolist():
            ends[at] = self._end(rows[at])
        return ends

    def _end(self, row: np.void) -> str:
        _, person, seq, kind, _, place, locale, item, a, b = row.item()
        if kind == BUY:
            goods = self._goods[item] if place == STORE else ',"currency":"GBP"'
            return f'{goods},"quantity":{b},"value":{money(a)}{_number(person, seq)}'
        if kind == t.MENTION:
            text = post(locale, a // 4, a % 4, item, b)
            author = cookie(person)[::-1]
            return f',"post_id":"m{person:x}.{seq:x}","author_id":"@{author}",{text}'
        return self._tails[kind](person, seq, item, a, b)


def _days(days: Ints) -> Texts:
    first = int(days[0])
    texts = np.datetime_as_string(np.arange(first, int(days[-1]) + 1).astype("M8[D]"))
    return _texts([f"{day}T" for day in texts.tolist()])[days - first]


def _touches(rows: Rows) -> _Touch:
    """Return who and where, made once for the events that share it."""
    seq = rows["seq"]
    visit = np.where(seq < MESSAGES, seq // A_VISIT, (1 << 19) + (seq - MESSAGES) // A_VISIT)
    session = rows["type"] <= t.CONSENT
    shared = rows["ids"] + rows["place"].astype(np.int64) * 4 + (session * 64)
    key = (rows["person"] << 27) + (visit << 7) + shared
    _, first, of = np.unique(key, return_index=True, return_inverse=True)
    ids, who = [], []
    for row, number in zip(rows[first].tolist(), visit[first].tolist(), strict=True):
        _, person, seq_, kind, named, place, locale, _, _, _ = row
        ids.append(f'{{"id":"{person:x}.{number:x}.')
        in_visit = kind <= t.CONSENT and seq_ < MESSAGES
        visit_id = f',"session_id":"s{person:x}.{number:x}"' if in_visit else ""
        who.append(f"{_named(person, named)}{TEXTS[place]}{_WHERE[locale]}{visit_id}")
    return _Touch(_texts(ids), _texts(who), of)


def _named(person: int, ids: int) -> str:
    if ids == USER_ONLY:
        return f',"user_id":"u{person}"'
    if ids == ANONYMOUS_ONLY:
        return f',"anonymous_id":"{cookie(person)}"'
    return f',"user_id":"u{person}","anonymous_id":"{cookie(person)}"'


def _number(person: int, seq: int) -> str:
    number = f"{person:x}.{seq // A_VISIT:x}"
    return f',"transaction_id":"t{number}","order_id":"o{number}"'


def _order(person: int, seq: int, item: int, a: int, b: int) -> str:
    return f'{_number(person, seq)},"value":{money(a)},"currency":"GBP"'


def _cart(person: int, seq: int, item: int, a: int, b: int) -> str:
    return f',"quantity":{b},"value":{money(a)},"currency":"GBP"'


def _window(person: int, seq: int, item: int, a: int, b: int) -> str:
    since, until = format_time(a), format_time(a + WINDOW_MS)
    return f'{_number(person, seq)},"delivery_from":"{since}","delivery_to":"{until}"'


def _case(person: int, seq: int, item: int, a: int, b: int) -> str:
    number = f"{person:x}.{seq // A_VISIT:x}"
    return f',"case_id":"c{number}","case_topic":"{_TOPICS[a]}"'


def _consent(person: int, seq: int, item: int, a: int, b: int) -> str:
    if seq >= MESSAGES:  # after a mail, leave is only ever taken back
        return ',"purpose":"marketing_email","consent_status":"REVOKED"'
    status = "GRANTED" if a else "DENIED"
    return f',"purpose":"{_PURPOSES[b]}","consent_status":"{status}"'


def _campaign(person: int, seq: int, item: int, a: int, b: int) -> str:
    name = campaign_name(a)
    return f',"campaign":"{name}","action":"{name}","treatment":"{_FORMS[b]}"'
