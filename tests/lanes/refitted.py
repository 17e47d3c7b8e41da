"""A simulated cluster whose job changes on the way: its state is refitted, and it goes on."""

from __future__ import annotations

import random

from rtm_flows.config import Job
from rtm_flows.lanes.kept import Kept, Loaded
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.refit.jobs import Jobs
from rtm_flows.lanes.refit.of_decide import decide_refitted
from rtm_flows.lanes.refit.of_fold import fold_refitted
from rtm_flows.lanes.refit.of_identity import identity_refitted
from rtm_flows.lanes.refit.of_know import know_refitted, reached
from tests.lanes.cluster import STEPS, Cluster
from tests.lanes.opened import Opened
from tests.lanes.streams import Stream

REFIT = {"identity": identity_refitted, "know": know_refitted, "decide": decide_refitted}


class Refitted(Cluster):
    """Some workers on one stream, under one plan after the other.

    Parameters
    ----------
    stream
        What is read; its plan is the first.
    rng
        Draws all that may differ.
    """

    def __init__(self, stream: Stream, rng: random.Random) -> None:
        super().__init__(stream, rng.choice([1, 2]), rng)
        self.reached: int | None = None
        """The latest time that any lane had reached when the job was last changed."""

    @property
    def left(self) -> int:
        """How many batches are still to be read."""
        return sum(map(len, self.opened.partitions)) - sum(self.read)

    def until(self, left: int) -> None:
        """Go on until so many batches are left."""
        while self.left > left:
            self._move()

    def go_on_as(self, plan: Plan, *others: Plan) -> None:
        """End an epoch, and go on from its snapshot under another plan, and at once the next."""
        self._drain()
        self.saved = self._save()
        for one in (plan, *others):
            self._refit(one)
        self._resume(self.rng.choice([1, 2, 3]))

    def read_as(self, job: Job) -> None:
        """Parse what is read from now on as another job does."""
        self.opened = Opened(job, self.opened.partitions)

    def _refit(self, plan: Plan) -> None:
        jobs = Jobs(self.plan, plan)
        lanes: dict[tuple[str, int], tuple[bytes, tuple[bytes, ...]]] = {}
        for step in STEPS:
            states = {
                lane: Loaded(*kept)
                for (name, lane), kept in self.saved["lanes"].items()
                if name == step
            }
            if step == "know":
                self.reached = reached(states)
            if jobs.deals_anew:
                found = REFIT[step](jobs, states)
            else:
                found = {k: v for one in states for k, v in self._one(jobs, step, states, one)}
            for lane, kept in found.items():
                parts = (kept.people,) if kept.depth else ()
                lanes[step, lane] = kept.head, parts
        self.saved |= {"lanes": lanes, "fold": fold_refitted(jobs, self.saved["fold"])}
        self.plan = plan
        self.parts = {}

    def _one(
        self, jobs: Jobs, step: str, states: dict[int, Loaded], lane: int
    ) -> list[tuple[int, Kept]]:
        return list(REFIT[step](jobs, {lane: states[lane]}).items())
