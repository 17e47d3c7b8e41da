"""The fold refitted: what was learned goes on by name, whatever else is learned beside it.

In: the state of a fold. Out: the state of the fold of another job. A model that learns of further
features is, to the last bit, the one that would be had they always stood where they stand for
somebody of whom nothing is known.
"""

from __future__ import annotations

from rtm_flows.lanes.fold import Fold
from rtm_flows.lanes.refit.jobs import Jobs


def fold_refitted(jobs: Jobs, state: bytes) -> bytes:
    """Return the state of a fold as the other job would have it.

    Raises
    ------
    RecoveryError
        If the champion of a model is no more among its models.
    """
    was, now = Fold(jobs.was), Fold(jobs.becomes)
    was.load(state)
    now.take_over(was, jobs.unknown)
    return now.save()
