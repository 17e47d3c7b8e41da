"""Health and readiness: what is said of a run to whoever may restart it or send to it.

In: what the processes of a run have told. Out: whether all is well, and if not, why, in one
sentence. It refuses to know brokers; whether one answers it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rtm_flows.metrics import LAG_RECORDS, LAST_ROUND, PARTITIONS_ASSIGNED
from rtm_flows.operating.meters import Seen
from rtm_flows.operating.sharing import together

Answers = Callable[[], bool]
"""Asks whether the broker answers, within a second."""


class Verdict(NamedTuple):
    """Whether all is well, and why not; without a reason it is."""

    reason: str | None

    @property
    def well(self) -> bool:
        """Whether there is no reason against it."""
        return self.reason is None


def alive(seen: Sequence[Seen], now: float, stuck: float) -> Verdict:
    """Tell whether the loop of a run turns.

    Parameters
    ----------
    now
        By the clock of what was told.
    stuck
        Seconds without a turn after which the loop counts as stuck.

    Examples
    --------
    >>> alive([Seen({}, {}, turned=100.0, moved=0.0)], now=130.0, stuck=20.0).reason
    'the run has read nothing and looked for nothing in 30 s'
    """
    turned = max((one.turned for one in seen), default=0.0)
    if turned and now - turned > stuck:
        return Verdict(f"the run has read nothing and looked for nothing in {now - turned:.0f} s")
    return Verdict(None)


def ready(
    seen: Sequence[Seen], now: float, stuck: float, answers: Answers | None = None
) -> Verdict:
    """Tell whether a run is at work: it reads, and its time moves or nothing waits.

    Parameters
    ----------
    now, stuck
        As of `alive`; the watermark counts as standing still after as long.
    answers
        Asked whether the broker answers, once all else is well; None where there is none.
    """
    if not together(PARTITIONS_ASSIGNED, seen).get((), 0):
        return Verdict("no partition is assigned yet")
    if not (turning := alive(seen, now, stuck)).well:
        return turning
    has_read = () in together(LAST_ROUND, seen)
    if answers is None:
        return Verdict(None if has_read else "nothing was read yet")
    lags = together(LAG_RECORDS, seen)
    if not lags:
        return Verdict("it is not known yet how much waits in the topics")
    waiting = int(sum(lags.values()))
    if waiting and not has_read:
        return Verdict(f"{waiting} records wait, and no round was read yet")
    still = now - max(one.moved for one in seen)
    if waiting and still > stuck:
        return Verdict(f"{waiting} records wait, and the watermark has not moved in {still:.0f} s")
    return Verdict(None if answers() else "the broker does not answer")
