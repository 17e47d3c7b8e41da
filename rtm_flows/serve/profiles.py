"""Profiles: a history played through the core, and what it leaves of every person.

In: a job and its history. Out: profiles, with which `rtm_flows.decide` decides. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import polars as pl

from rtm_flows.config import Job
from rtm_flows.connectors.histories import Events, entered, opened
from rtm_flows.connectors.memory_input import in_order
from rtm_flows.connectors.parsers import parser_of
from rtm_flows.connectors.record_batches import Record, RecordBatches
from rtm_flows.lanes.accounting import Accounting
from rtm_flows.lanes.engine import Engine
from rtm_flows.lanes.entry import Entered, Entry
from rtm_flows.lanes.messages import Counts
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import START
from rtm_flows.lanes.wiring import Written, counting
from rtm_flows.serve.profile import Profile

History = Events | Iterable[Record]
"""What `rtm_flows.replay` takes, or records: JSON objects as bytes, or mappings."""


class Profiles:
    """The people of a job, as a history has left them.

    Parameters
    ----------
    job
        What is to be known of people.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> shop = Profiles(load({"name": "shop"}))
    >>> shop.learn([{"id": "1", "time": "2026-03-02T10:00:00Z", "user_id": "ann",
    ...              "type": "search"}])
    >>> shop["ann"].person, shop["ann"].time == shop.time
    ('u:ann', True)
    >>> "ann" in shop, "bob" in shop, shop.persons
    (True, False, ('u:ann',))
    """

    def __init__(self, job: Job) -> None:
        self._job = job
        # Decisions are made, for what they leave of people, but nobody reads them.
        self._plan = Plan.of(job, 1)._replace(
            decision_fields=("decision_id",), all_reasons=False, contributions=0,
            scores=False, sessions=False, learning=False,
        )  # fmt: skip
        self._batches = RecordBatches("records", parser_of(job), job.input.max_record_bytes)
        self._engine = Engine(self._plan)
        self._accounting = Accounting(counting(self._plan), job.name)
        self._top = self._reach = START

    @property
    def time(self) -> int | None:
        """How far time has come, in ms; None before the first event.

        No event before this can be learned from or decided on. In event order it is the time of
        the latest event, in log order as much earlier as the lateness.
        """
        return None if self._reach == START else self._reach

    @property
    def persons(self) -> tuple[str, ...]:
        """The keys of all people known: user ids behind `u:`, anonymous ids behind `a:`."""
        return tuple(self._engine.persons)

    @property
    def summary(self) -> dict[str, object]:
        """Where all records ended so far, as `summary.json` of a run tells it."""
        return self._accounting.summary()

    def __len__(self) -> int:
        """Return the number of people known."""
        return len(self._engine.persons)

    def __contains__(self, user_id: object) -> bool:
        """Tell whether a user is known."""
        return self._engine.knows(f"u:{user_id}")

    def __getitem__(self, user_id: str) -> Profile:
        """Return the profile of a user; an empty one if the user was never seen."""
        return self.of(f"u:{user_id}")

    def anonymous(self, anonymous_id: str) -> Profile:
        """Return the profile of somebody of whom only an anonymous id is known."""
        return self.of(f"a:{anonymous_id}")

    def of(self, person: str) -> Profile:
        """Return the profile of a person by key, one of `persons` or not."""
        state = self._engine.save(person)
        return Profile(person, self._plan.digest, self._reach, state)

    def learn(self, history: History = None) -> None:
        """Go on with more of the history, later than all before.

        Parameters
        ----------
        history
            A file, several files, a frame, or records in the job's input format; None reads the
            job's own files. Records of a time before `time` are late, and change nothing. In log
            order a list of records is one round.

        Raises
        ------
        ConfigError
            If the job names no input, or a column that it needs is missing.
        InputError
            If a file cannot be read.
        """
        events, records = _told_apart(history)
        if records is not None:
            self._engine.begin(1)
            self._take(self._records(records))
        else:
            with opened(self._job, events) as source:
                self._engine.begin(source.partitions)
                plan = self._plan._replace(partitions=source.partitions)
                for batch in entered(source, plan, mark=self._reach, final=False):
                    self._take(batch)
        if self._top > START:
            self._settle(self._top)

    def until(self, time: int | datetime) -> None:
        """Let time pass, without events: what is due by then is learned.

        Parameters
        ----------
        time
            The time that it is, in ms or with its zone. In log order it comes as far as `time`
            less the lateness.
        """
        passed = round(time.timestamp() * 1000) if isinstance(time, datetime) else time
        self._settle(passed)

    def _settle(self, time: int) -> None:
        self._reach = max(self._reach, self._plan.reach(time))
        self._count(self._engine.settle(self._reach))

    def _records(self, records: Sequence[Record]) -> Entered:
        batch = self._batches.take(records)
        if self._job.input.sort:
            batch.table = in_order(batch.table)
        entry = Entry(self._plan, 0, in_order=self._job.input.sort, mark=self._reach)
        return entry.take(batch)

    def _take(self, batch: Entered) -> None:
        for _, message in batch.rows[:1]:  # all lanes hear of the same progress
            self._top = max(self._top, int(message.progress.tops.max()))
        self._count(batch.written)
        self._count(self._engine.push(batch._replace(written=[])))

    def _count(self, written: Sequence[Written]) -> None:
        for one in written:
            if isinstance(one, Counts):
                self._accounting.add(one)


def profiles(job: Job, history: History = None) -> Profiles:
    """Play a history through a job, and keep what is known of people at its end.

    Nothing that is open is closed, as the end of a run would: time stands at the latest event.

    Parameters
    ----------
    job
        What is to be known of people; `rtm_flows.load` reads one.
    history
        As `rtm_flows.replay` takes it: a file, several files, or a frame; or a list of records, as
        mappings or JSON, in the job's input format. None reads the job's own files.

    Raises
    ------
    ConfigError
        If the job names no input, or a column that it needs is missing.
    InputError
        If a file cannot be read.

    Examples
    --------
    >>> from rtm_flows.config import load
    >>> seen = {"id": "1", "time": "2026-03-02T10:00:00Z", "user_id": "ann", "type": "search"}
    >>> profiles(load({"name": "shop"}), [seen]).time
    1772445600000
    """
    found = Profiles(job)
    found.learn(history)
    return found


def _told_apart(history: History) -> tuple[Events, list[Record] | None]:
    """Return a history as what can be opened, or as records."""
    if history is None or isinstance(history, str | Path | pl.DataFrame):
        return history, None
    given = list(history)
    paths = [one for one in given if isinstance(one, str | Path)]
    records = [one for one in given if not isinstance(one, str | Path)]
    if paths and records:
        msg = f"a history must be files or records; got {len(paths)} and {len(records)} of them"
        raise TypeError(msg)
    return (paths, None) if paths else (None, records)
