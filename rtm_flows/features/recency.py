"""Which feature tells how long ago a person was last seen doing what a model is about.

In: declared features. Out: the index of one of them, or None. It computes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.features import definitions as d
from rtm_flows.features.history_kinds import AwaySeconds


def _since_purchase(feature: d.Feature) -> bool:
    return isinstance(feature, d.SinceSeconds) and feature.types == ("purchase",)


def _since_any(feature: d.Feature) -> bool:
    return isinstance(feature, d.SinceSeconds) and feature.types == ("*",)


def _away(feature: d.Feature) -> bool:
    return isinstance(feature, AwaySeconds)


def recency_of(model: str, features: Sequence[d.Feature]) -> int | None:
    """Return the index of the feature by which the baseline `recency` of a model goes.

    Of each kind that is sought in turn, the first declared; None where there is none. Section 5 of
    docs/semantics.md.

    Parameters
    ----------
    model
        Its name. Only intent is about purchases.
    features
        As declared.

    Examples
    --------
    >>> bought = d.SinceSeconds(name="bought", types=("purchase",))
    >>> recency_of("intent", [bought, AwaySeconds(name="away")])
    0
    >>> recency_of("churn", [bought, AwaySeconds(name="away")])
    1
    >>> recency_of("churn", [bought]) is None
    True
    """
    bought = (_since_purchase,) if model == "intent" else ()
    for is_sought in (*bought, _away, _since_any):
        for index, feature in enumerate(features):
            if is_sought(feature):
                return index
    return None
