"""The checks themselves: each must see what it is there for.

One part of the core is taken out, and the comparison with the reference, on a few fixed streams,
must find a difference. With the core whole it finds none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.decisions import arbitration, catalogue, fields, offers
from rtm_flows.decisions.expressions import program
from rtm_flows.lanes import entry, fold, know
from rtm_flows.lanes.intake import Intake
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import Ints
from rtm_flows.models import recency, score
from rtm_flows.people import away, cart, cases, draw, orders
from rtm_flows.people.dedup import Admitted, Seen
from rtm_flows.people.maps import Maps
from rtm_flows.rounding import round6
from tests.lanes.answers import Answer, differences, of_core, of_reference
from tests.lanes.plays import played
from tests.lanes.streams import Stream, stream
from tests.lanes.test_agreement_of_lives import crowd, in_sevens, job_of_lives
from tests.reference.cases import event, job

pytestmark = pytest.mark.no_cover
EDGES = job(input={"sort": False}, time={"lateness": "PT10S", "tick": "PT10S"})
JUST_LATE = Stream(EDGES, [[[event(100), event(90), event(89.999)]]])
STREAMS = [*(stream(seed) for seed in range(12)), JUST_LATE]
CROWD = Stream(job_of_lives("event"), [in_sevens(crowd(33))])
MATURE = 0
"""A stream in which the model is served."""
Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def wanted() -> list[Answer]:
    """Return the reference's answers, which no patch of the core can change."""
    return [of_reference(one.plain, one.partitions) for one in STREAMS]


def red(wanted: Sequence[Answer], streams: Sequence[Stream] = STREAMS) -> set[str]:
    """Return the parts of the answers in which core and reference differ."""
    return set().union(*_red_of_each(wanted, streams))


def unseen(
    parts: set[str], wanted: Sequence[Answer], streams: Sequence[Stream] = STREAMS
) -> set[str]:
    """Return which of some parts of the answers differ in no stream; stop once all have."""
    left = set(parts)
    for told in _red_of_each(wanted, streams):
        left -= told
        if not left:
            break
    return left


def _red_of_each(wanted: Sequence[Answer], streams: Sequence[Stream]) -> Iterator[set[str]]:
    for one, answer in zip(streams, wanted, strict=True):
        found = differences(of_core(one.plain, one.partitions), answer, one.plain)
        yield {text.split(":")[0].split(".")[0].split("[")[0] for text in found}


def test_the_whole_core_is_green(wanted: list[Answer]) -> None:
    """Nothing differs as long as nothing is taken out."""
    assert red(wanted) == set()


def test_without_canonical_order(wanted: list[Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Events in order of time and then arrival are seen."""

    def by_arrival(slot: Ints, events: Table, text: Sequence[str], rows: Ints) -> Ints:
        return np.lexsort((events["time"].take(rows), slot))

    monkeypatch.setattr(know, "canonical", by_arrival)

    assert unseen({"features", "scores"}, wanted) == set()


def test_without_any_order(wanted: list[Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Events in order of arrival alone are seen."""
    monkeypatch.setattr(know, "by_log", lambda slot, events, rows: np.argsort(slot, kind="stable"))

    assert unseen({"features", "sessions"}, wanted) == set()


def test_without_the_order_of_the_fold(
    wanted: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Examples learned as they arrive are seen; the examples are the same."""
    monkeypatch.setattr(fold, "canonical", lambda examples: list(range(len(examples))))

    every = {"scores", "metrics", "decisions", "counts", "learning"}
    assert {"scores", "metrics"} <= red(wanted) <= every


def test_without_the_spans_of_recency(
    wanted: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rate that is the same however long ago somebody was here is seen; all else is the same."""
    monkeypatch.setattr(recency, "spans", lambda ago: np.zeros(len(ago), dtype=np.int64))

    assert red(wanted) == {"metrics"}


def test_without_deduplication(wanted: list[Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Copies that are admitted are seen."""
    admit = Seen.admit

    def admit_all(self: Seen, events: Table, slot: Ints, lanes: Ints) -> Admitted:
        self.window_ms = 0
        return admit(self, events, slot, lanes)

    monkeypatch.setattr(Seen, "admit", admit_all)

    assert unseen({"counts", "features"}, wanted) == set()


@pytest.mark.parametrize("off_by_ms", [-1, 1, 1 << 40])
def test_without_lateness(
    off_by_ms: int, wanted: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A millisecond more or less is seen, and so is no lateness at all."""

    class Off(Intake):
        def take(self, events: Table) -> Any:
            lateness = self.lateness_ms
            self.lateness_ms += off_by_ms
            taken = super().take(events)
            self.lateness_ms = lateness
            return taken

    monkeypatch.setattr(entry, "Intake", Off)

    assert unseen({"counts", "late"}, wanted) == set()


def test_without_the_choice_of_rows(wanted: list[Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows drawn by another hash are seen, as examples."""
    monkeypatch.setattr(draw, "mix64", lambda values: values)

    assert unseen({"examples", "scores"}, wanted) == set()


@pytest.mark.parametrize("part", ["close", "due", "follow"])
def test_without_the_rows_that_wait(
    part: str, wanted: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row that is not left by a session, or does not end in time, or meets nothing is seen."""
    nobody = np.zeros(0, dtype=np.int64)
    close, follow = away.close, away.follow
    broken: dict[str, Callable[..., Any]] = {
        "close": lambda people, _, spans: close(people, nobody, spans),
        "due": lambda *_: nobody,
        "follow": lambda rows, found, counts, *rest: follow(rows, found, counts & False, *rest),
    }
    monkeypatch.setattr(away, part, broken[part])

    assert unseen({"examples", "metrics"}, wanted) == set()


def test_without_the_lag(wanted: list[Answer], monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions that serve a tick too early are seen; what is learned stays the same."""
    of = Plan.of
    monkeypatch.setattr(Plan, "of", lambda job, parts: of(job, parts)._replace(lag=job.lag - 1))

    assert {"scores"} <= red(wanted) <= {"scores", "decisions", "counts"}


@pytest.fixture(scope="module")
def wanted_of_crowd() -> list[Answer]:
    """Return the reference's answer about a person who has more of everything than is kept."""
    return [of_reference(*CROWD)]


def forget_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let maps be as they were after every pass."""
    monkeypatch.setattr(Maps, "_put", lambda self, slots, entries: None)


def refuse_refunds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a refund suit no order."""
    monkeypatch.setitem(orders._MOVES, "refund", {})


@pytest.mark.parametrize("take_out", [forget_at_once, refuse_refunds])
def test_without_what_people_have_running(
    take_out: Callable[[pytest.MonkeyPatch], None],
    wanted_of_crowd: list[Answer],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Maps that keep nothing are seen, and a move that orders lack; whole, nothing differs."""
    assert red(wanted_of_crowd, [CROWD]) == set()
    take_out(monkeypatch)

    assert unseen({"features"}, wanted_of_crowd, [CROWD]) == set()


@pytest.mark.parametrize("part", [cart, cases, orders])
@pytest.mark.parametrize("off", [-1, 1])
def test_without_the_limit_of_what_is_remembered(
    part: ModuleType, off: int, wanted_of_crowd: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One item, case or order more or fewer is seen."""
    monkeypatch.setattr(part, "MOST", part.MOST + off)

    assert unseen({"features"}, wanted_of_crowd, [CROWD]) == set()


@pytest.mark.parametrize(
    ("module", "order"),
    [
        (know, lambda slot, events, text, rows: np.argsort(slot, kind="stable")),
        (fold, lambda examples: list(range(len(examples)))),
    ],
    ids=["people", "fold"],
)
def test_the_simulator_sees_a_missing_order(
    module: ModuleType, order: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without an order that is theirs, people and fold depend on how messages travel.

    With it nothing differs in these seeds: `test_simulator` runs them too.
    """
    monkeypatch.setattr(module, "canonical", order)

    assert any(played("events", seed, [0.0]).unlike for seed in range(12))


STAGED: list[dict[str, Any]] = [
    {
        "name": "a",
        "eligible": "n > 2",
        "applicable": "n > 1",
        "suitable": ["gap / n > 1", "n != 2"],
    },
    {"name": "b", "eligible": "1 / (n - n) != 1"},
    {"name": "c"},
]
"""Actions of which one falls at every stage, one always, and one never."""


def swap_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Try suitability first."""
    stages = dict(reversed(catalogue.STAGES.items()))
    monkeypatch.setattr(offers, "STAGES", stages)


def let_unknown_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what is no number be different from every number."""
    monkeypatch.setitem(program._COMPARE, "!=", np.not_equal)
    monkeypatch.setattr(program, "settled", round6)


def lose_the_low(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count who was below the floor as a winner."""
    won = {arbitration.FLOOR_FATE: arbitration.WON}
    gates = [(why_not, won.get(fate, fate)) for why_not, fate in arbitration._GATES]
    monkeypatch.setattr(arbitration, "_GATES", gates)


@pytest.mark.parametrize("take_out", [swap_stages, let_unknown_pass, lose_the_low])
def test_without_the_order_of_the_funnel(
    take_out: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stages in another order are seen, comparisons with no number, and candidates miscounted."""
    plain, partitions = STREAMS[MATURE]
    log = {"decisions": {"all_reasons": True}}
    staged = Stream({**plain, "actions": STAGED, "outputs": log}, partitions)
    wanted = [of_reference(*staged)]

    assert red(wanted, [staged]) == set()
    take_out(monkeypatch)

    assert {"counts"} <= red(wanted, [staged]) <= {"counts", "decisions"}


def core_answers(streams: Sequence[Stream] = STREAMS) -> list[Answer]:
    """Return the core's answers, to the last bit."""
    return [of_core(one.plain, one.partitions) for one in streams]


@pytest.fixture(scope="module")
def untouched() -> list[Answer]:
    """Return the answers of the core as it stands."""
    return core_answers()


def push(monkeypatch: pytest.MonkeyPatch, towards: float) -> None:
    """Move every probability of the model by its last bit."""
    chances = score._chances

    def moved(logits: Floats) -> Floats:
        found: Floats = np.nextafter(chances(logits), towards)
        return found

    monkeypatch.setattr(score, "_chances", moved)


def stop_rounding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let scores, factors and features through as they are."""
    for module in (score, arbitration, program, fields):
        monkeypatch.setattr(module, "round6", lambda values: values)


@pytest.mark.parametrize("towards", [0.0, 1.0])
def test_rounding_hides_a_last_bit(
    towards: float, untouched: list[Answer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Moved by one bit, the scores give the same bytes, and without rounding they do not."""
    with monkeypatch.context() as patch:
        push(patch, towards)
        assert core_answers() == untouched
    stop_rounding(monkeypatch)
    before = core_answers([STREAMS[MATURE]])
    push(monkeypatch, towards)

    assert core_answers([STREAMS[MATURE]]) != before


def test_a_threshold_meets_the_rounded_score(monkeypatch: pytest.MonkeyPatch) -> None:
    """A score that was rounded up to the threshold reaches it; without rounding it does not."""
    plain, partitions = STREAMS[MATURE]
    with monkeypatch.context() as patch:
        stop_rounding(patch)
        raw = of_core(plain, partitions)["scores"]
    rounded = of_core(plain, partitions)["scores"]
    pairs = [pair for pair in zip(rounded, raw, strict=True) if pair[0]["model"] == "intent"]
    ups = [r["score"] for r, x in pairs if x["score"] < r["score"]]
    action = {"name": "act", "suitable": f"intent >= {ups[-1]}"}
    sharp = Stream({**plain, "actions": [action]}, partitions)
    wanted = [of_reference(*sharp)]

    assert red(wanted, [sharp]) == set()
    stop_rounding(monkeypatch)
    assert "decisions" in red(wanted, [sharp])
