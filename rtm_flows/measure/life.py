"""Life: what a run knows of one person, added up from the lines about them.

In: lines of sessions, decisions and scores of one person, each in the order of its file. Out: the
person's sessions with what was decided in each, counts, scores by day, and the latest decisions. Of
decisions and scores only sums and the last few are kept, however many there are. It refuses to know
where the lines come from.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, deque

import msgspec

from rtm_flows.measure.recorded import Trigger
from rtm_flows.rounding import round6_one

_DAY = len("2026-03-02")


class Visit(msgspec.Struct, kw_only=True):
    """A line of `sessions.jsonl`, and what was decided between its start and its end.

    Attributes
    ----------
    decided
        How often each action was chosen; of `no_action`, with its reason in parentheses.
    """

    subject_id: str
    subject_type: str
    session: int | None
    start: str
    end: str
    reason: str
    events: int = 0
    views: int = 0
    cart_adds: int = 0
    purchases: int = 0
    value: float = 0.0
    decided: dict[str, int] = {}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `decisions.jsonl`, as far as a life is told by it."""

    decision_id: str
    decision_time: str
    subject_id: str
    subject_type: str
    name: str
    trigger: Trigger = Trigger()
    channel: str | None = None
    priority: float | None = None
    score: float | None = None
    reason: str | None = None
    config: str | None = None
    features: dict[str, float | None] | msgspec.UnsetType = msgspec.UNSET

    @property
    def what(self) -> str:
        """The action, and of `no_action` the reason too."""
        return self.name if self.reason is None else f"{self.name} ({self.reason})"


class Day(msgspec.Struct):
    """The scores of one model on one day (of UTC): how many, their mean and the last."""

    day: str
    n: int
    mean: float
    last: float


class Course(msgspec.Struct):
    """How a score went: of all events, and by days with events."""

    n: int
    least: float
    mean: float
    most: float
    last: float
    days: list[Day]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """What a run knows of one person.

    Attributes
    ----------
    sessions
        The last ones, oldest first; one without a number is not closed yet.
    session_count, purchases, value
        Of all sessions.
    decision_count, decided
        How many, and how often each action was chosen, most often first.
    first, last
        Times of the first and the last decision.
    scores
        By model.
    latest
        The last decisions, oldest first.
    features
        As the last decision was served them, at `last`.
    configs
        Digests of the configurations that decided.
    """

    subject_id: str
    subject_type: str
    sessions: list[Visit]
    session_count: int
    purchases: int
    value: float
    decision_count: int
    decided: dict[str, int]
    first: str | None
    last: str | None
    scores: dict[str, Course]
    latest: list[Step]
    features: dict[str, float | None]
    configs: list[str]


class Life:
    """Adds up the lines about one person; sessions first, so that decisions find theirs.

    Parameters
    ----------
    last
        How many sessions and decisions to keep one by one.

    Examples
    --------
    >>> life = Life("7", "user", last=5)
    >>> life.add_score("intent", "2026-03-02T10:00:00.000Z", 0.25)
    >>> life.add_score("intent", "2026-03-02T10:00:05.000Z", 0.75)
    >>> life.person().scores["intent"].days
    [Day(day='2026-03-02', n=2, mean=0.5, last=0.75)]
    """

    def __init__(self, subject_id: str, subject_type: str, last: int) -> None:
        self._whose, self._last = (subject_id, subject_type), last
        self._visits: list[Visit] = []
        self._starts: list[str] = []
        self._decided: Counter[str] = Counter()
        self._latest: deque[Step] = deque(maxlen=last)
        self._first: str | None = None
        self._final: Step | None = None
        self._configs: dict[str, None] = {}
        self._scores: dict[str, Course] = {}

    def add_session(self, visit: Visit) -> None:
        """Add a session."""
        self._visits.append(msgspec.structs.replace(visit, decided={}))
        self._starts.append(visit.start)

    def add_decision(self, step: Step) -> None:
        """Add a decision; it belongs to the session that was going on at its time."""
        self._decided[step.what] += 1
        self._latest.append(step)
        self._first = self._first or step.decision_time
        self._final = step
        if step.config is not None:
            self._configs[step.config] = None
        decided = self._visit_at(step.decision_time).decided
        decided[step.what] = decided.get(step.what, 0) + 1

    def add_score(self, model: str, time: str, score: float) -> None:
        """Add a score of a model."""
        course = self._scores.get(model)
        if course is None:
            course = self._scores[model] = Course(0, score, 0.0, score, score, [])
        course.n += 1
        course.least, course.most = min(course.least, score), max(course.most, score)
        course.mean, course.last = course.mean + score, score  # a sum until it is asked for
        if not course.days or course.days[-1].day != time[:_DAY]:
            course.days.append(Day(time[:_DAY], 0, 0.0, score))
        day = course.days[-1]
        day.n, day.mean, day.last = day.n + 1, day.mean + score, score

    def person(self) -> Person:
        """Return what is known."""
        return Person(
            subject_id=self._whose[0],
            subject_type=self._whose[1],
            sessions=self._visits[-self._last :],
            session_count=len(self._visits),
            purchases=sum(visit.purchases for visit in self._visits),
            value=round6_one(sum(visit.value for visit in self._visits)),
            decision_count=self._decided.total(),
            decided=dict(self._decided.most_common()),
            first=self._first,
            last=None if self._final is None else self._final.decision_time,
            scores={model: _averaged(course) for model, course in self._scores.items()},
            latest=[msgspec.structs.replace(s, features=msgspec.UNSET) for s in self._latest],
            features=self._features(),
            configs=list(self._configs),
        )

    def _features(self) -> dict[str, float | None]:
        if self._final is None or self._final.features is msgspec.UNSET:
            return {}
        return self._final.features

    def _visit_at(self, time: str) -> Visit:
        at = bisect_right(self._starts, time) - 1
        if at >= 0 and (time <= self._visits[at].end or self._visits[at].session is None):
            visit = self._visits[at]
        else:
            # Its line is written when it closes: it is still open, or its line is not there.
            visit = Visit(
                subject_id=self._whose[0], subject_type=self._whose[1], session=None, start=time,
                end=time, reason="open", decided={},
            )  # fmt: skip
            self._visits.insert(at + 1, visit)
            self._starts.insert(at + 1, time)
        if visit.session is None:
            visit.end, visit.events = time, visit.events + 1
        return visit


def _averaged(course: Course) -> Course:
    days = [Day(day.day, day.n, round6_one(day.mean / day.n), day.last) for day in course.days]
    mean = round6_one(course.mean / course.n)
    return Course(course.n, course.least, mean, course.most, course.last, days)
