"""Counting: what the steps tell the writers, as metrics.

In: the messages of a pass on their way to the writers, and what know has found. Out: the same
messages, when the metrics of this process were told of them. The counts are those of the summary.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import msgspec
import numpy as np

from rtm_flows.lanes.messages import Counts, Known, Lines
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.wiring import BY_FOLD, Written
from rtm_flows.metrics import (
    DEAD_LETTERS,
    DECISIONS,
    EVICTED_PEOPLE,
    INPUT_RECORDS,
    MODEL_ALARMS,
    MODEL_EXAMPLES,
    MODEL_LOG_LOSS,
    MODEL_ROC_AUC,
    RECORDS,
    TRIGGERS,
    Metric,
)
from rtm_flows.models.spec import Intent
from rtm_flows.operating.meters import Labels, Meters
from rtm_flows.people.parts import OVER, PARTS

EVENT = "event"
"""What the label `trigger` is where an event called for a decision, whatever its type."""

_FATES = frozenset({"accepted", "duplicate", "late", "ignored", "dead_letter"})
_OF_EVENTS = "trigger:event:"
W = TypeVar("W", bound=Written)
_Counted = tuple[Metric, Labels]


class _Learned(msgspec.Struct):
    """What is looked at of a line of `learning`."""

    model: str
    kind: str
    log_loss: float | None = None
    roc_auc: float | None = None


_learned = msgspec.json.Decoder(_Learned)


class Counting:
    """Tells metrics of what passes by.

    Parameters
    ----------
    plan
        The job's constants.
    meters
        Told.
    """

    def __init__(self, plan: Plan, meters: Meters) -> None:
        self._meters = meters
        self._names = plan.model_names
        self._has_moments = bool(plan.moments)
        self._in_parts = [_is_in_parts(model.spec) for model in plan.models]
        self._counted: dict[str, _Counted | None] = {}
        for name in plan.model_names:
            # From the beginning, so that the first one is seen as a rise.
            meters.count(MODEL_EXAMPLES, 0, name)
            meters.count(MODEL_ALARMS, 0, name)

    def of(self, written: list[W]) -> list[W]:
        """Count messages, and return them."""
        for one in written:
            if isinstance(one, Counts):
                self._count(one.counts)
            elif isinstance(one, Lines) and one.output == BY_FOLD:
                for line in one.lines:
                    self._learn(_learned.decode(line))
        return written

    def examples(self, known: Known) -> Known:
        """Count the labelled examples that a pass of know has found, and return it."""
        if len(known.examples):
            models, sequences = known.examples["model"], known.examples["sequence"]
            for at in np.unique(models).tolist():
                own = sequences[models == at]
                # A row with a horizon comes in parts; it is an example when it is over.
                over = own % PARTS == OVER if self._in_parts[at] else np.ones(len(own), np.bool_)
                number = int(np.count_nonzero(over))
                self._meters.count(MODEL_EXAMPLES, number, self._names[at])
        return known

    def _count(self, counts: Mapping[str, int]) -> None:
        for name, number in counts.items():
            try:
                counted = self._counted[name]
            except KeyError:
                counted = self._counted[name] = counted_as(name, has_moments=self._has_moments)
                if counted is not None:
                    # From the beginning, so that the first one is seen as a rise.
                    self._meters.count(counted[0], 0, *counted[1])
            if number and counted is not None:
                metric, labels = counted
                self._meters.count(metric, number, *labels)

    def _learn(self, learned: _Learned) -> None:
        if learned.kind == "drift":
            self._meters.count(MODEL_ALARMS, 1, learned.model)
        if learned.log_loss is not None and learned.kind == "period":
            self._meters.set(MODEL_LOG_LOSS, learned.log_loss, learned.model)
        if learned.roc_auc is not None and learned.kind == "period":
            self._meters.set(MODEL_ROC_AUC, learned.roc_auc, learned.model)


def counted_as(name: str, *, has_moments: bool) -> _Counted | None:
    """Return as what a count of the accounting is served; None where it is not.

    Examples
    --------
    >>> metric, labels = counted_as("no_action:below_floor", has_moments=False)
    >>> metric.name, labels
    ('rtm_decisions_total', ('no_action', 'below_floor'))
    """
    if name in _FATES:
        return RECORDS, (name,)
    if name == "input":
        return INPUT_RECORDS, ()
    if name == "triggers":
        # A job with moments tells each trigger by its name too.
        return None if has_moments else (TRIGGERS, (EVENT,))
    if name.startswith(_OF_EVENTS):
        return TRIGGERS, (EVENT,)
    kind, _, what = name.partition(":")
    if kind == "decision":
        return None if what == "no_action" else (DECISIONS, (what, ""))
    if kind == "evicted":
        # Their timers went with them, but are nobody.
        return None if what == "timers" else (EVICTED_PEOPLE, (what,))
    by_kind = {
        "dead_letter": (DEAD_LETTERS, (what,)),
        "no_action": (DECISIONS, ("no_action", what)),
        "trigger": (TRIGGERS, (what,)),
    }
    return by_kind.get(kind)


def _is_in_parts(spec: object) -> bool:
    return isinstance(spec, Intent) and spec.horizon is not None
