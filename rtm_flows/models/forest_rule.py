"""How large a forest may grow: what bounds its time, its memory and its saved state.

In: the keys of a forest's table. Out: a checked record. It refuses to know what is learned.
"""

from __future__ import annotations

import msgspec


class ForestRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bounds of a forest.

    Attributes
    ----------
    trees
        Trees of a generation, from 1 to 100: time and memory grow with them.
    depth
        Splits from the root to a leaf at most, from 1 to 20.
    grace
        Examples, by weight, that a leaf must learn between attempts to split it, at least 1.
    most
        Examples that a generation learns before it is felled, an even number of at least 200;
        also what is saved, 4 bytes a feature and example.
    seed
        Of the resampling and of the choice of features, 0 or more.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> ForestRule(most=2000).half
    1000
    """

    trees: int = 10
    depth: int = 6
    grace: int = 100
    most: int = 5000
    seed: int = 1

    def __post_init__(self) -> None:
        """Refuse numbers out of their range."""
        ranges = {
            "trees": (1, 100),
            "depth": (1, 20),
            "grace": (1, 10**6),
            "most": (200, 10**6),
            "seed": (0, 2**31),
        }
        for name, (least, largest) in ranges.items():
            value = getattr(self, name)
            if not least <= value <= largest:
                msg = f"`{name}` must be from {least} to {largest}; got {value}"
                raise ValueError(msg)
        if self.most % 2:
            msg = f"`most` must be even: the next generation begins half way; got {self.most}"
            raise ValueError(msg)

    @property
    def half(self) -> int:
        """Examples after which a generation is full-grown, and the next begins."""
        return self.most // 2
