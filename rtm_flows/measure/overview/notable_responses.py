"""What stands out in the responses: outcomes that are lost, and learning that is worth nothing.

In: an overview. Out: sentences. It refuses to look at decisions and scores.
"""

from __future__ import annotations

from collections.abc import Iterator

from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.sentences import Notable, percent, some

MUCH_LOST = 0.05
"""More orphans than this share of the outcomes are worth a word."""

FEW = 200
"""Of an action with fewer responses nothing is said."""


def in_responses(run: Overview) -> Iterator[Notable]:
    """Tell of outcomes about nothing known, and of actions that the prior predicts as well."""
    own = run.summary.responses
    if own is None:
        return
    outcomes, lost = sum(own.outcomes.values()), sum(own.orphans.values())
    if not outcomes:
        text = "The job joins responses, but no outcome came: does the input have such events?"
        yield Notable("caution", "responses", text)
    elif lost > MUCH_LOST * outcomes:
        reason = max(own.orphans, key=lambda key: (own.orphans[key], key))
        yield Notable(
            "caution",
            "responses",
            f"{some(lost, 'outcome')} ({percent(lost, outcomes)}) are about nothing known, most "
            f"often {reason}: nothing is learned of them.",
        )
    for action, treatments in own.actions.items():
        for one in treatments.values():
            prior = one.baselines.get("prior")
            losses = (one.log_loss, None if prior is None else prior.log_loss)
            if one.n < FEW or None in losses or not _worse(*losses):
                continue
            text = f"Responses to {action} are no better predicted by what was learned of it than "
            text += f"by its prior (log loss {losses[0]:.3f} and {losses[1]:.3f})."
            yield Notable("caution", "responses", text)


def _worse(own: float | None, prior: float | None) -> bool:
    return own is not None and prior is not None and own > prior
