"""The overview: everything that the page of a run is drawn from.

In: the sums of each file. Out: one record. It refuses to know where the run lies.
"""

from __future__ import annotations

import msgspec

from rtm_flows.measure.overview.decided import Decided
from rtm_flows.measure.overview.learning import Learned
from rtm_flows.measure.overview.refused import DeadLetters, Late
from rtm_flows.measure.overview.responded import Answers, Orphans
from rtm_flows.measure.overview.served import Served
from rtm_flows.measure.overview.summary import Model, Summary
from rtm_flows.measure.overview.visits import Visits


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    Attributes
    ----------
    name
        Of its folder.
    summary
        What it counted itself.
    decided
        Its decisions.
    served, learned, visits
        Its scores, what was learned, its sessions; None where the job does not write them.
    late, dead_letters
        The records that took no part; None where there is no such file.
    answers, orphans
        What came of what was shown, and outcomes about nothing known; None where the job does not
        join them.
    """

    name: str
    summary: Summary
    decided: Decided
    served: list[Served] | None
    learned: list[Learned] | None
    visits: Visits | None
    late: Late | None
    dead_letters: list[DeadLetters] | None
    answers: Answers | None = None
    orphans: Orphans | None = None

    @property
    def models(self) -> dict[str, Model]:
        """The models of the summary, in the order in which they scored and learned."""
        first = dict.fromkeys(one.model for one in (*(self.served or ()), *(self.learned or ())))
        own = self.summary.models
        return {name: own[name] for name in (*first, *own) if name in own}
