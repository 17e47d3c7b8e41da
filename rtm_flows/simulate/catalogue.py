"""The goods of the simulated shop.

In: a random generator. Out: items with category and price. Knows nothing of people.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CATEGORIES = (
    "shoes",
    "dresses",
    "electronics",
    "home",
    "beauty",
    "sports",
    "toys",
    "garden",
    "books",
    "grocery",
)
_WORDS = ("red", "blue", "black", "white", "large", "small", "cheap", "new", "best", "light")
TERMS = tuple(f"{word} {category}" for category in CATEGORIES for word in _WORDS)
"""What people search for, ten terms a category in the order of the categories."""

_PER_CATEGORY = 200
_SKEW = 2.0

Items = NDArray[np.int64]


class Catalogue:
    """Items 0 to 1,999; item `i` is of category `i // 200`, and within it the first sell best.

    Attributes
    ----------
    cents
        Price of each item in minor units.

    Examples
    --------
    >>> goods = Catalogue(np.random.default_rng(1))
    >>> goods.pick(np.random.default_rng(1), np.array([0, 3])) // 200
    array([0, 3])
    """

    def __init__(self, rng: np.random.Generator) -> None:
        count = len(CATEGORIES) * _PER_CATEGORY
        level = rng.normal(3.2, 0.4, len(CATEGORIES)).repeat(_PER_CATEGORY)
        price = np.exp(level + rng.normal(0.0, 0.7, count))
        self.cents: Items = np.rint(price * 100).astype(np.int64)

    def pick(self, rng: np.random.Generator, category: Items) -> Items:
        """Return one item of each category asked for, popular items more often."""
        rank = (rng.random(len(category)) ** _SKEW * _PER_CATEGORY).astype(np.int64)
        return category * _PER_CATEGORY + rank


def search(rng: np.random.Generator, category: Items) -> Items:
    """Return the place in `TERMS` of one search in each category."""
    return category * len(_WORDS) + rng.integers(0, len(_WORDS), len(category))


def category_of(item: int) -> str:
    """Return the name of an item's category.

    Examples
    --------
    >>> category_of(450)
    'electronics'
    """
    return CATEGORIES[item // _PER_CATEGORY]
