"""The summary of a run, read again: what is known of it by name, and what else it counts.

In: `summary.json`. Out: a record in which everything that is missing is zero or empty, so that
summaries of older and newer versions can be read. It refuses what is not a summary.
"""

from __future__ import annotations

from typing import Any

import msgspec

from rtm_flows.errors import InputError
from rtm_flows.models.ranking import Interval

ENTERED = "entered"
WON = "won"
NO_ACTION = "no_action"

Counts = dict[str, int]


class Bin(msgspec.Struct, frozen=True):
    """Examples of neighbouring chances: how many, what was said, and what came true."""

    n: int
    predicted: float
    observed: float


class Baseline(msgspec.Struct, frozen=True):
    """Figures of a naive model; None where it cannot be asked."""

    roc_auc: float | None = None
    log_loss: float | None = None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """How good predictions were; None where a figure has no meaning."""

    n: int = 0
    positives: int = 0
    roc_auc: float | None = None
    roc_auc_95: Interval | None = None
    average_precision: float | None = None
    log_loss: float | None = None
    log_loss_95: Interval | None = None
    brier: float | None = None
    ece: float | None = None


class Challenger(Figures, frozen=True, kw_only=True):
    """A model in the shadow, and what it gained over the champion."""

    paired: int = 0
    gain: float | None = None
    gain_95: Interval | None = None


class Model(Figures, frozen=True, kw_only=True):
    """The figures of a model, beside naive ones, by bin of chance and by slice."""

    calibration: list[Bin] = []
    baselines: dict[str, Baseline] = {}
    slices: dict[str, Figures] = {}
    challengers: dict[str, Challenger] = {}
    champion: str | None = None
    rejected: int = 0
    censored: int = 0
    evicted: int = 0


class Taught(Figures, frozen=True, kw_only=True):
    """What responses have taught of an action in a treatment, and how well it was predicted.

    Attributes
    ----------
    propensity
        What is served of it at last.
    baselines
        `prior`: what was believed at first, all the time.
    """

    propensity: float | None = None
    baselines: dict[str, Baseline] = {}


class Responses(msgspec.Struct, frozen=True, kw_only=True):
    """What became of outcomes, and of the decisions that were shown.

    Attributes
    ----------
    settled, positives, censored, evicted
        Decisions shown and waited for to the end, those of them with a success, those that still
        waited, and those whose person left before.
    within, horizon
        As configured; None where an older version made the run.
    outcomes, orphans
        Outcomes by list, orphans among them, and orphans by reason.
    actions
        What was learned of each, by treatment.
    """

    settled: int = 0
    positives: int = 0
    censored: int = 0
    evicted: int = 0
    within: str | None = None
    horizon: str | None = None
    outcomes: Counts = {}
    orphans: Counts = {}
    actions: dict[str, dict[str, Taught]] = {}


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has counted.

    Attributes
    ----------
    job
        The job's name; None where an older version made the run.
    triggers_by, pending
        Of triggers with a name of their own, how often each fired, and how many of its timers were
        still running at the end; empty where there are none.
    evicted
        How many people left by each rule, and how many timers they took along; empty where the job
        keeps everybody.
    responses
        None where the job does not join them.
    others
        Counts and figures that this version does not know, by their path in the summary.
    """

    job: str | None = None
    input: int = 0
    accepted: int = 0
    duplicate: int = 0
    late: int = 0
    ignored: int = 0
    dead_letter: int = 0
    clamped: int = 0
    conflicting: int = 0
    triggers: int = 0
    triggers_by: Counts = {}
    pending: Counts = {}
    decisions: Counts = {}
    no_action: Counts = {}
    dead_letters: Counts = {}
    sessions: Counts = {}
    evicted: Counts = {}
    funnel: dict[str, Counts] = {}
    models: dict[str, Model] = {}
    responses: Responses | None = None
    others: dict[str, float] = {}

    @property
    def acted(self) -> int:
        """How many decisions chose an action."""
        return sum(n for name, n in self.decisions.items() if name != NO_ACTION)


_MOST = 200


def summary_from(found: Any, path: str) -> Summary:
    """Return the summary that a file holds.

    Parameters
    ----------
    found
        What was decoded.
    path
        What errors call the file.

    Raises
    ------
    InputError
        If it is no summary of a run.

    Examples
    --------
    >>> summary_from({"input": 2, "late": 1, "mails": {"sent": 3}}, "summary.json").others
    {'mails: sent': 3.0}
    """
    if not isinstance(found, dict):
        msg = f"{path}: is no summary of a run: not an object; was it changed? Run the job again"
        raise InputError(msg)
    known = set(Summary.__struct_fields__) - {"others"}
    others = {name: value for name, value in found.items() if name not in known}
    try:
        whole = {name: value for name, value in found.items() if name in known}
        return msgspec.convert({**whole, "others": _flat(others)}, Summary)
    except msgspec.ValidationError as error:
        msg = (
            f"{path}: is not the summary of a run ({error}); was it changed, or made by another "
            "version? Run the job again"
        )
        raise InputError(msg) from None


def _flat(found: dict[str, Any], above: str = "") -> dict[str, float]:
    """Return the numbers of nested tables by their path; no more than a page can show."""
    flat: dict[str, float] = {}
    for name, value in found.items():
        path = f"{above}: {name}" if above else name
        if isinstance(value, dict):
            flat |= _flat(value, path)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            flat[path] = value
        if len(flat) >= _MOST:
            break
    return dict(list(flat.items())[:_MOST])
