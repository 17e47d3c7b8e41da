"""What a drift detector is told: how it looks, how easily it alarms, and what an alarm does.

In: the keys of a model's `drift` table. Out: a checked record. It refuses to know how a response
is carried out.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class DriftRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a model is held to fit its examples no longer, and what follows.

    Attributes
    ----------
    detector
        `windows` compares the latest losses with those before them, over four lengths at once;
        `page_hinkley` adds up what each loss is above the mean. docs/drift.md measures both.
    sensitivity
        How easily it alarms: `low`, `medium` or `high`; what each costs is measured there too.
    warm_up
        Examples that are only looked at before the first comparison, and after each alarm; at
        least 100.
    response
        `alert`: say so, and learn on. `reset`: the model begins anew, so the prior is served until
        it is mature. `switch`: its challengers begin anew beside it, and one takes its place once
        it has proved better; wants challengers and `promotion`.

    Raises
    ------
    ValueError
        If the warm-up is below 100.

    Examples
    --------
    >>> DriftRule(sensitivity="high").response
    'alert'
    """

    detector: Literal["windows", "page_hinkley"] = "windows"
    sensitivity: Literal["low", "medium", "high"] = "medium"
    warm_up: int = 1000
    response: Literal["alert", "reset", "switch"] = "alert"

    def __post_init__(self) -> None:
        """Refuse a warm-up in which nothing can be learned of the losses."""
        if self.warm_up < 100:
            msg = f"`warm_up` must be at least 100 examples; got {self.warm_up}"
            raise ValueError(msg)
