"""Choosing: from scored rows to the lines of decisions and scores.

In: scored rows, in the order of each person. Out: lines for the outputs, and the counts of what
was decided. Every row whose type is a trigger ends in exactly one decision.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Column, Table, as_text
from rtm_flows.decisions.arbitration import FULL, NONE, REASONS, Choice, Draw, Learned, arbitrate
from rtm_flows.decisions.catalogue import NO_ACTION
from rtm_flows.decisions.exploration import draws
from rtm_flows.decisions.fates import fates
from rtm_flows.decisions.fired import TRIGGER, of_events, trigger_names
from rtm_flows.decisions.funnel import PASSED, Dropped, compile_actions
from rtm_flows.decisions.lines import DecisionLines, encode_scores
from rtm_flows.decisions.served_rows import ids_of
from rtm_flows.lanes.contacting import Asked, Contacting
from rtm_flows.lanes.kept import Bytes, Kept
from rtm_flows.lanes.line_block import LineBlock, Piece
from rtm_flows.lanes.messages import Lines
from rtm_flows.lanes.ordered import in_order
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import Ints
from rtm_flows.people.roll import SAVES
from rtm_flows.people.type_sets import TypeSets
from rtm_flows.policy.holds import Held
from rtm_flows.policy.limits import FREE
from rtm_flows.policy.suppressed import Suppressed
from rtm_flows.policy.suppressions import SUPPRESSIONS

_PIECE = 2048
"""Rows written together: so few that what is made of them stays in a processor's cache."""

_NOBODY: Ints = np.zeros(0, dtype=np.int64)

Encode = Callable[[Table, Ints], bytes]
"""Writes chosen rows of a table as lines, given these rows and their places."""


class Chosen(NamedTuple):
    """The lines of a pass, and what they hold."""

    lines: list[Lines]
    counts: dict[str, int]


class Chooser:
    """The catalogue of a job, ready to decide.

    Parameters
    ----------
    plan
        The job's constants.
    saves
        After so many saves of a lane everybody has been written again.
    """

    def __init__(self, plan: Plan, saves: int = SAVES) -> None:
        self._plan = plan
        self._compiled = compile_actions(
            plan.actions, plan.feature_names, plan.model_names, plan.moment_names
        )
        self._names_triggers = bool(plan.moments) or TRIGGER in self._compiled.program.texts
        self._names = [NO_ACTION, *(offer.name for offer in self._compiled.offers)]
        self._triggers = TypeSets([plan.triggers])
        self._outputs = ["decisions", "scores"] if plan.scores else ["decisions"]
        self._lines = DecisionLines(
            self._compiled,
            job=plan.name,
            config=plan.digest,
            fields=plan.decision_fields,
            all_reasons=plan.all_reasons,
            holds=plan.holds,
            limits=plan.limits,
            experiments=plan.experiments,
            exploration=plan.exploration,
            moments=plan.moment_names,
        )
        self._contacting = Contacting(plan, self._compiled.offers, saves)
        rule = plan.suppressions
        self._suppressed = None if rule is None else Suppressed(rule, self._compiled.offers)

    def lines(self, scored: Table | None, lanes: Ints, marks: Ints) -> Chosen:
        """Return the lines of scored rows, with how far their lanes have come.

        Parameters
        ----------
        scored
            The rows, in the order of each person.
        lanes, marks
            The lanes of this pass, and how far each has come.
        """
        counts = dict.fromkeys((f"trigger:{name}" for name in self._plan.moment_names), 0)
        told = [
            Lines(name, lanes, marks, _NOBODY, _NOBODY, None, LineBlock()) for name in self._outputs
        ]
        if scored is None:
            return Chosen(told, counts)
        fired, encode = self._decide(scored, counts)
        told[0] = self._with(told[0], fired, encode)
        if self._plan.scores:
            models = self._plan.model_names
            told[1] = self._with(
                told[1],
                of_events(scored),
                lambda rows, _: encode_scores(rows, models),
                each=len(models),
            )
        return Chosen(told, counts)

    @property
    def contacting(self) -> Contacting:
        """What it knows of people beside their scores."""
        return self._contacting

    def anew(self) -> Chooser:
        """Return a chooser of the same job that knows nobody; what is compiled is shared."""
        other = copy.copy(self)
        other._contacting = Contacting(self._plan, self._compiled.offers)
        return other

    @property
    def knows_people(self) -> bool:
        """Whether anything is known of people."""
        return self._contacting.active

    def drop(self, persons: Sequence[str]) -> None:
        """Forget people, of whom some may not be known; each is named once."""
        self._contacting.drop(persons)

    def save(self, lanes: Sequence[int], since: Sequence[int]) -> list[Kept]:
        """Return who of each lane has changed since the last save, and some others, as a part.

        Parameters
        ----------
        lanes
            The lanes.
        since
            Of each: no row to come has a clock less than this.
        """
        return self._contacting.save(lanes, since)

    def whole(self, lane: int, since: int, person: str | None = None) -> Kept:
        """Return all people of a lane, or one of them, as one part; `since` as of `save`."""
        return self._contacting.whole(lane, since, person)

    def load(self, lane: int, parts: Sequence[Bytes], since: int) -> None:
        """Restore the people of a lane from its parts; `since` as it was at the last save."""
        self._contacting.load(lane, parts, since)

    def _fired(self, scored: Table) -> Ints:
        """Return the rows that fire a trigger: moments, and events of the types that do."""
        if self._plan.triggers == ("*",):
            return np.arange(len(scored))
        fires = self._triggers.masks(scored["type"])[self._plan.triggers]
        if TRIGGER in scored:
            fires |= scored[TRIGGER] > 0
        return np.flatnonzero(fires)

    def _decide(self, scored: Table, counts: dict[str, int]) -> tuple[Table, Encode]:
        """Decide, count what was decided; return the rows that fired, and what writes of them."""
        index = self._fired(scored)
        fired = scored if len(index) == len(scored) else scored.take(index)
        scores = dict(zip(self._plan.model_names, fired["scores"].T, strict=True))
        triggers = trigger_names(fired, self._plan.moment_names) if self._names_triggers else None
        dropped = self._compiled.dropped(fired["x"], scores, fired["type"], fired["time"], triggers)
        if self._contacting.active:
            fired, choice = self._contact(scored, index, fired, dropped)
        else:
            fired, draw = self._draw(fired)
            choice = self._arbitrate(fired, dropped, draw, self._standing(fired))
        counts["triggers"] = len(fired)
        if self._plan.moments and triggers is not None:
            counts.update(Counter(f"trigger:{name}" for name in triggers.tolist()))
        counts.update(_count("decision:", self._names, choice.winner - NONE))
        counts.update(_count("no_action:", REASONS, choice.reason[choice.winner == NONE]))
        ended = fates(self._compiled, dropped.first, choice).items()
        counts.update({f"funnel:{fate}:{action}": count for (fate, action), count in ended})
        return fired, lambda rows, at: self._lines.encode(rows, dropped.take(at), choice.take(at))

    def _arbitrate(
        self, fired: Table, dropped: Dropped, draw: Draw | None, held: Held | None = None
    ) -> Choice:
        learned = None
        if self._plan.responses is not None:
            learned = Learned(fired["learned"], fired["responses"])
        floor, first = self._plan.floor, len(SUPPRESSIONS) if self._suppressed else 0
        score = fired["score"]
        return arbitrate(self._compiled, dropped, score, floor, draw, held, learned, first)

    def _standing(self, fired: Table) -> Held | None:
        """Return what holds offers back before any limit is looked at; None if nothing can."""
        return None if self._suppressed is None else self._suppressed.held(fired)

    def _contact(
        self, scored: Table, index: Ints, fired: Table, dropped: Dropped
    ) -> tuple[Table, Choice]:
        """Choose as people's arms say, within the limits of their contacts."""
        slots = self._contacting.slots_of(scored, scored["lane"])
        treated = self._contacting.treated(slots[index])
        fired, draw = self._draw(fired, treated.chooser)
        ids = fired["own_id"].tolist()

        def choose(at: Ints, held: Held) -> Choice:
            drawn = None if draw is None else draw.take(at)
            return self._arbitrate(fired.take(at), dropped.take(at), drawn, held)

        followed = ((dropped.first == PASSED) & self._contacting.followed).any(axis=1)
        asked = Asked(scored, slots, index, ids)
        standing = self._standing(fired)
        if standing is None:
            standing = np.full(dropped.first.shape, FREE, dtype=np.int16)
        permitted = self._contacting.permitted(asked, standing, followed, treated.held_out, choose)
        choice = self._arbitrate(fired, dropped, draw, permitted.held)
        told: dict[str, Column] = {
            "arms": treated.arms,
            "policy": treated.chooser,
            "held_out": treated.held_out,
            "limit_counts": permitted.counts,
            "supersedes": permitted.supersedes,
        }
        return fired.with_columns(told), choice

    def _draw(
        self, fired: Table, policy: NDArray[np.int8] | None = None
    ) -> tuple[Table, Draw | None]:
        """Name the rows' decisions and draw by their ids, where anything is left to chance."""
        rule = self._plan.exploration
        if rule.kind == "none" and policy is None:
            return fired, None
        if policy is None:
            policy = np.full(len(fired), FULL, dtype=np.int8)
        ids = ids_of(self._plan.name, fired, trigger_names(fired, self._plan.moment_names).tolist())
        named = fired.with_columns({"own_id": as_text(ids)})
        return named, Draw(rule, policy, draws(ids, rule.salt))

    def _with(self, told: Lines, rows: Table, encode: Encode, each: int = 1) -> Lines:
        """Return what is told with the lines of rows, in the order in which they are written.

        A row has as many lines, side by side, as `each` says.
        """
        order = in_order(rows["time"], rows["person"])
        pieces = [order[start : start + _PIECE] for start in range(0, len(order), _PIECE)]
        block = LineBlock([Piece(encode(rows.take(at), at), each * len(at)) for at in pieces])
        if each > 1:
            order = np.repeat(order, each)
        time = rows["time"][order]
        tie, release = rows["person"][order], time // self._plan.tick_ms
        return told._replace(release=release, order=time, tie=tie, lines=block)


def _count(prefix: str, names: Sequence[str], places: NDArray[np.integer[Any]]) -> dict[str, int]:
    """Return how often each name that occurs does so, given the places of names."""
    found: Counter[str] = Counter()
    for name, count in zip(names, np.bincount(places, minlength=len(names)).tolist(), strict=True):
        found[prefix + name] += count
    return {name: count for name, count in found.items() if count}
