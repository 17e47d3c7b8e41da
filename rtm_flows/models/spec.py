"""What a model is told in the configuration.

In: the keys under `[models.intent]`. Out: a checked record of them. It refuses to know where the
configuration was read from.
"""

from __future__ import annotations

import msgspec


class Learning(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a model learns and when it is believed: the same for every model.

    Attributes
    ----------
    learning_rate
        Step of the weights, above 0 and at most 1. The intercept's step is River's own 0.01.
    mature
        Examples a version must have learned before its score is served; until then the score is
        the prior.
    mature_positives
        Positive examples it must have learned.

    Raises
    ------
    ValueError
        If a number is out of its range.
    """

    learning_rate: float = 0.01
    mature: int = 200
    mature_positives: int = 20

    def __post_init__(self) -> None:
        """Refuse numbers out of their range."""
        if not 0.0 < self.learning_rate <= 1.0:
            msg = f"`learning_rate` must be above 0 and at most 1; got {self.learning_rate}"
            raise ValueError(msg)
        self._check_least("mature", 0)
        self._check_least("mature_positives", 0)

    def _check_least(self, name: str, least: int) -> None:
        value = getattr(self, name)
        if value < least:
            msg = f"`{name}` must be at least {least}; got {value}"
            raise ValueError(msg)


class Intent(Learning, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How purchase intent is learned.

    Attributes
    ----------
    rows_per_session
        Rows of each session that are kept to learn from, at least 1.

    Raises
    ------
    ValueError
        If a number is out of its range.

    Examples
    --------
    >>> Intent(mature=50).learning_rate
    0.01
    """

    rows_per_session: int = 2

    def __post_init__(self) -> None:
        """Refuse numbers out of their range."""
        super().__post_init__()
        self._check_least("rows_per_session", 1)
