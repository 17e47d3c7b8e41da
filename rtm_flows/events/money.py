"""Money and quantities of events, as integers within limits.

In: raw columns. Out: `price` and `amount` in minor units, and `quantity`; faults for whatever is
no number or out of bounds. It knows nothing of currencies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from rtm_flows.events.faults import Faults
from rtm_flows.events.numeric import Value, floor_scaled, to_floats

MAX_MONEY: Final = 10**12
"""The largest price and amount, in minor units, of either sign."""

MAX_QUANTITY: Final = 10**6
"""The largest quantity."""

_MINOR: Final = 100
_WELL_ABOVE: Final = 2 * MAX_MONEY / _MINOR

Units = NDArray[np.int64]


def read_money(fields: Mapping[str, Sequence[Value]], faults: Faults) -> dict[str, Units]:
    """Return the columns `price`, `quantity` and `amount` of the records.

    `price` is 0 and `quantity` 1 where missing; `amount` is `value` where given, else
    `price * quantity`.

    Examples
    --------
    >>> fields = {"price": [9.995, "2", None], "quantity": [3, None, 4], "value": [None, "5", 1]}
    >>> {k: v.tolist() for k, v in read_money(fields, Faults(np.arange(3), {})).items()}
    {'price': [1000, 200, 0], 'quantity': [3, 1, 4], 'amount': [3000, 500, 100]}
    """
    count = len(faults.mask)
    price = np.zeros(count, dtype=np.int64)
    quantity = np.ones(count, dtype=np.int64)
    if "price" in fields:
        price = _read_minor("price", fields["price"], faults, price)
    if "quantity" in fields:
        quantity = _read_quantity(fields["quantity"], faults)
    amount = price * quantity
    if "value" in fields:
        amount = _read_minor("value", fields["value"], faults, amount)
    # A value is within bounds already, or a fault of its own.
    faults.add(np.abs(amount) > MAX_MONEY, "bad_number", "price", "price x quantity: beyond 10^12")
    return {"price": price, "quantity": quantity, "amount": amount}


def _read_minor(name: str, values: Sequence[Value], faults: Faults, missing: Units) -> Units:
    numbers = to_floats(values)
    absent = np.isnan(numbers)
    small = np.abs(numbers) < _WELL_ABOVE  # not so for NaN and infinity
    units = floor_scaled(np.where(small, numbers, 0.0), _MINOR, half=True)
    wrong = ~absent & ~(small & (np.abs(units) <= MAX_MONEY))
    faults.add(wrong, "bad_number", name, "expected a number, in minor units up to 10^12")
    return np.where(absent, missing, units)


def _read_quantity(values: Sequence[Value], faults: Faults) -> Units:
    numbers = to_floats(values)
    absent = np.isnan(numbers)
    usable = (numbers >= 0) & (numbers <= MAX_QUANTITY) & (numbers == np.floor(numbers))
    wrong = ~absent & ~usable
    faults.add(wrong, "bad_number", "quantity", "expected a whole number from 0 to 10^6")
    return np.where(usable, numbers, 1.0).astype(np.int64)
