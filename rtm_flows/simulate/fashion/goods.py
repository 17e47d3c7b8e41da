"""The goods of the fashion shop: what there is, what it costs, and what goes with what.

In: a seed. Out: items 0 to 1,299, a hundred a category; within a category the first sell best. It
knows nothing of people.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from rtm_flows.simulate.fashion.draws import (
    Hashes,
    Ints,
    draw,
    keys,
    normal_quantiles,
    pick,
    quantile,
    unit,
)

PER_CATEGORY = 100
MARGIN = 0.45
"""Share of the list price that is left when the item and its way to the customer are paid."""
SALE = 0.2
"""Taken off all prices while a sale runs."""


class Category(NamedTuple):
    """A kind of goods: its name, one piece of it, its typical price and its sizes."""

    name: str
    noun: str
    price: float
    sizes: tuple[str, ...]


_WORN = ("XS", "S", "M", "L", "XL")
_SHOES = ("36", "37", "38", "39", "40", "41", "42", "43", "44")
CATEGORIES = (
    Category("dresses", "dress", 59.0, _WORN),
    Category("tops", "top", 24.0, _WORN),
    Category("shirts", "shirt", 35.0, _WORN),
    Category("knitwear", "jumper", 49.0, _WORN),
    Category("trousers", "trousers", 45.0, _WORN),
    Category("jeans", "jeans", 55.0, _WORN),
    Category("skirts", "skirt", 39.0, _WORN),
    Category("coats", "coat", 120.0, _WORN),
    Category("shoes", "shoes", 75.0, _SHOES),
    Category("bags", "bag", 65.0, ()),
    Category("jewellery", "necklace", 29.0, ()),
    Category("scarves", "scarf", 22.0, ()),
    Category("belts", "belt", 25.0, ()),
)
ACCESSORIES = 9
"""Place of the first category whose items go with those of the others."""
ITEMS = len(CATEGORIES) * PER_CATEGORY

_BRANDS = (
    *("Norrvik", "Casa Luma", "Ardenne", "Sahil", "Linh Studio", "Mirvari", "Oakmere", "Tern"),
    *("Qamar", "Xəzər", "Hạ Vy", "Halden", "Rosaria", "Field & Loom", "Almasa", "Petra Moss"),
)
_STUFFS = (
    *("linen", "cotton", "wool", "silk", "denim", "leather", "velvet", "cashmere", "jersey"),
    *("satin", "corduroy", "recycled"),
)
_COLOURS = ("black", "white", "navy", "sand", "olive", "rust", "rose", "grey", "cobalt", "ivory")
TERMS = tuple(f"{colour} {c.noun}" for c in CATEGORIES for colour in _COLOURS)
"""What people search for, ten terms a category in the order of the categories."""


class Goods:
    """All items.

    Attributes
    ----------
    cents
        List price of each item in minor units.
    related
        For each item an accessory that goes with it.
    texts
        What a line says of each item: first at list prices, then at those of a sale.

    Examples
    --------
    >>> goods = Goods(1)
    >>> bool((goods.related // 100 >= ACCESSORIES).all()), len(goods.texts)
    (True, 2600)
    """

    def __init__(self, seed: int) -> None:
        key = keys(seed, np.arange(ITEMS) + (1 << 40))
        level = np.repeat([c.price for c in CATEGORIES], PER_CATEGORY)
        spread = np.exp(0.35 * quantile(normal_quantiles(), unit(draw(key, 0))))
        # Prices end on a whole unit less one: 34.99.
        self.cents: Ints = np.rint(level * spread).astype(np.int64) * 100 - 1
        self._prices = np.concatenate([self.cents, on_sale(self.cents)])
        accessories = ITEMS - ACCESSORIES * PER_CATEGORY
        near = (unit(draw(key, 1)) * accessories).astype(np.int64)
        self.related: Ints = ACCESSORIES * PER_CATEGORY + near
        self.texts = [*self._texts(key, 0.0), *self._texts(key, SALE)]

    def paid(self, items: Ints, sale: Ints) -> Ints:
        """Return the price of items, in minor units, where `sale` is 1 or 0."""
        prices: Ints = self._prices[items + sale * ITEMS]
        return prices

    def _texts(self, key: Hashes, off: float) -> list[str]:
        cents = on_sale(self.cents) if off else self.cents
        brand = pick(np.arange(len(_BRANDS)), draw(key, 2)).tolist()
        stuff = (unit(draw(key, 3)) * len(_STUFFS)).astype(np.int64).tolist()
        size = unit(draw(key, 4)).tolist()
        texts = []
        for item, price in enumerate(cents.tolist()):
            kind = CATEGORIES[item // PER_CATEGORY]
            sizes = kind.sizes
            variant = f',"item_variant":"{sizes[int(size[item] * len(sizes))]}"' if sizes else ""
            texts.append(
                f',"item_id":"f{item:04d}","item_name":"{_STUFFS[stuff[item]]} {kind.noun}"'
                f',"item_brand":"{_BRANDS[brand[item]]}","item_category":"{kind.name}"{variant}'
                f',"price":{money(price)},"currency":"GBP"'
            )
        return texts


def on_sale(cents: Ints) -> Ints:
    """Return prices while a sale runs."""
    return cents - (cents * round(SALE * 100)) // 100


def money(cents: int) -> str:
    """Return minor units as a decimal number.

    Examples
    --------
    >>> money(3499), money(5)
    ('34.99', '0.05')
    """
    return f"{cents // 100}.{cents % 100:02d}"


def choose(category: Ints, hashes: Hashes) -> Ints:
    """Return one item of each category, popular ones more often."""
    rank: Ints = (unit(hashes) ** 2 * PER_CATEGORY).astype(np.int64)
    return category * PER_CATEGORY + rank
