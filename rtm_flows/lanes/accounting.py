"""The accounting: where every record and every trigger of a run ended.

In: counts told by the steps. Out: the summary of a finished run. Adding integers does not depend
on order, so neither does the summary.
"""

from __future__ import annotations

import msgspec

from rtm_flows.decisions.fates import ENTERED, FATES
from rtm_flows.lanes.messages import Counts
from rtm_flows.lanes.responded import RESPONSES

_FATES = ("input", "accepted", "duplicate", "late", "ignored", "dead_letter")
_MORE = ("clamped", "conflicting", "triggers")
_PREFIXES = {
    "decision:": "decisions",
    "no_action:": "no_action",
    "dead_letter:": "dead_letters",
    "sessions_": "sessions",
}
_OF_SOME = {"trigger:": "triggers_by", "pending:": "pending", "evicted:": "evicted"}
"""Told only by jobs that have moments, or let people leave."""
_FUNNEL = "funnel:"
_RESPONSES = {"outcome:": "outcomes", "orphan:": "orphans"}


class _Saved(msgspec.Struct, array_like=True):
    counts: dict[str, int]
    ended: dict[str, list[int]]
    models: dict[str, object]


class Accounting:
    """The counts of a run.

    Parameters
    ----------
    feeds
        By step, the number of its feeds that tell counts.
    job
        The job's name.
    """

    def __init__(self, feeds: dict[str, int], job: str) -> None:
        self._feeds, self._job = feeds, job
        self._counts: dict[str, int] = {}
        self._ended: dict[str, set[int]] = {step: set() for step in feeds}
        self._models: dict[str, object] = {}

    @property
    def ended(self) -> bool:
        """Whether every feed of every step has told its last."""
        return all(len(self._ended[step]) == feeds for step, feeds in self._feeds.items())

    def add(self, told: Counts) -> None:
        """Take in counts."""
        for name, count in told.counts.items():
            self._counts[name] = self._counts.get(name, 0) + count
        if told.ended:
            self._ended[told.step].update(told.feeds.tolist())

    def add_model(self, name: str, metrics: dict[str, object]) -> None:
        """Take in the final metrics of a model."""
        self._models[name] = metrics

    def summary(self) -> dict[str, object]:
        """Return the summary as it is written."""
        plain = {name: self._counts.get(name, 0) for name in (*_FATES, *_MORE)}
        grouped: dict[str, dict[str, int]] = {group: {} for group in _PREFIXES.values()}
        for name, count in sorted(self._counts.items()):
            for prefix, group in (_PREFIXES | _OF_SOME).items():
                if name.startswith(prefix):
                    grouped.setdefault(group, {})[name.removeprefix(prefix)] = count
        models = {name: self._model(name) for name in sorted(self._models) if name != RESPONSES}
        told = {"job": self._job, **plain, **grouped, "funnel": self._funnel(), "models": models}
        return told if RESPONSES not in self._models else {**told, RESPONSES: self._responses()}

    def save(self) -> bytes:
        """Return the state."""
        ended = {step: sorted(feeds) for step, feeds in self._ended.items()}
        return msgspec.msgpack.encode(_Saved(self._counts, ended, self._models))

    def load(self, state: bytes) -> None:
        """Restore the state."""
        saved = msgspec.msgpack.decode(state, type=_Saved)
        self._counts, self._models = saved.counts, saved.models
        self._ended = {step: set(feeds) for step, feeds in saved.ended.items()}

    def _funnel(self) -> dict[str, dict[str, int]]:
        """Return of every action how many candidates entered, and where they ended."""
        told: dict[str, dict[str, int]] = {}
        for name, count in sorted(self._counts.items()):
            if name.startswith(_FUNNEL):
                fate, _, action = name.removeprefix(_FUNNEL).partition(":")
                told.setdefault(action, dict.fromkeys((ENTERED, *FATES), 0))[fate] = count
        return dict(sorted(told.items()))

    def _responses(self) -> dict[str, object]:
        """Return where each decision that was shown ended, and each outcome."""
        plain = {
            "settled": self._counts.get("response:settled", 0),
            "positives": self._counts.get("response:positives", 0),
            "censored": self._counts.get(f"censored:{RESPONSES}", 0),
            **self._unlearned(RESPONSES),
        }
        grouped = {
            group: {
                name.removeprefix(prefix): count
                for name, count in sorted(self._counts.items())
                if name.startswith(prefix)
            }
            for prefix, group in _RESPONSES.items()
        }
        figures = self._models[RESPONSES]
        return {**plain, **grouped, **(figures if isinstance(figures, dict) else {})}

    def _model(self, name: str) -> object:
        metrics = self._models[name]
        censored = self._counts.get(f"censored:{name}", 0)
        told = {"censored": censored, **self._unlearned(name)}
        return {**metrics, **told} if isinstance(metrics, dict) else metrics

    def _unlearned(self, name: str) -> dict[str, int]:
        """Return of how many the people left too soon; nothing of a job that keeps everybody."""
        count = self._counts.get(f"unlearned:{name}")
        return {} if count is None else {"evicted": count}
