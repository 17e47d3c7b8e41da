"""A duel: it looks when it said it would, holds its level, and no cut shows."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rtm_flows.errors import RecoveryError
from rtm_flows.models import duel as module
from rtm_flows.models.duel import UNIT, Duel, State, Verdict, leaning_t, quantile

Gains = NDArray[np.float64]
GAINS = st.lists(st.integers(-20, 30), max_size=80)
LEVEL, SERIES, LONGEST = 0.05, 600, 4_000


def played(gains: Sequence[int], after: int = 4, level: float | None = 0.3) -> Duel:
    """Return a duel of some gains."""
    duel = Duel(after, level)
    duel.add(gains)
    return duel


@given(GAINS, st.integers(2, 9), st.data())
def test_no_cut_shows(gains: list[int], after: int, data: st.DataObject) -> None:
    """Compared at once, or cut anywhere, saved and read back there, the state is the same."""
    cut = data.draw(st.integers(0, len(gains)))
    first, second = played(gains[:cut], after), Duel(after, 0.3)
    second.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(first.state), type=State))
    second.add(gains[cut:])

    whole = played(gains, after)
    assert second.state == whole.state
    assert second.figures() == whole.figures()


@pytest.mark.parametrize(("after", "first"), [(2, 2), (3, 4), (39, 76), (40, 40), (1000, 1000)])
def test_looks_are_where_they_were_said_to_be(after: int, first: int) -> None:
    """The first is at `after`, or where its batches are full next; each further at twice that."""
    for look in range(3):
        n = first * 2**look
        duel = Duel(after, 0.5)
        # Nothing to see before the last look: every batch is the same.
        duel.add([5_000] * (n // 2 if look else 0))
        steps = [5_000 + at for at in range(n - duel.n)]
        duel.add(steps[:-1])
        before = duel.passed
        duel.add(steps[-1:])
        found = duel.passed
        assert before is None
        assert found is not None
        assert (found.n, found.level) == (n, 0.5 / 2 ** (look + 1))


def test_the_verdict_is_that_of_the_formulas() -> None:
    """Gain, interval and statistic are what statistics makes of the sums."""
    gains = np.random.default_rng(5).integers(-50_000, 90_000, 1_000)
    duel = played(gains.tolist(), after=1_000, level=0.1)
    sums = gains.reshape(40, 25).sum(axis=1).tolist()
    mean, deviation = statistics.fmean(sums), statistics.stdev(sums)
    reach = 2.0227 * deviation / math.sqrt(40)

    assert duel.passed is not None
    assert duel.passed.gain == pytest.approx(gains.mean() / UNIT, abs=1e-6)
    interval = [(mean - reach) / 25 / UNIT, (mean + reach) / 25 / UNIT]
    assert duel.passed.gain_95 == pytest.approx(interval, abs=2e-6)
    assert duel.passed.t <= mean / deviation * math.sqrt(40) + 1e-6


@given(st.lists(st.integers(-1_000, 1_000), min_size=2, max_size=40))
def test_leaning_only_ever_takes_away(sums: list[int]) -> None:
    """The statistic is at most Student's, and turned sums are never both better."""
    spread = statistics.stdev(sums)
    student = statistics.fmean(sums) / spread * math.sqrt(len(sums)) if spread else 0.0

    assert leaning_t(sums) <= student + 1e-9
    assert leaning_t(sums) + leaning_t([-one for one in sums]) <= 1e-9


def test_equals_never_pass() -> None:
    """Without any spread nothing is shown, however much there is of it."""
    assert played([0] * 5_000, after=2, level=0.5).passed is None
    assert played([7] * 5_000, after=2, level=0.5).passed is None


def test_without_a_level_there_are_figures_and_no_verdict() -> None:
    """Who cannot be promoted is compared all the same."""
    duel = played([10, 30] * 500, after=40, level=None)

    assert duel.passed is None
    assert duel.figures()["paired"] == 1_000
    assert duel.figures()["gain"] == 0.00002
    assert Duel(40, None).figures() == {"paired": 0, "gain": None, "gain_95": None}
    assert played([10], after=40).figures() == {"paired": 1, "gain": 0.00001, "gain_95": None}


def noisy(random: np.random.Generator) -> Gains:
    """Return the gains of one model over another that is as good; rows come in pairs."""
    logit = np.repeat(random.normal(-3.2, 1.0, LONGEST // 2), 2)
    label = np.repeat(random.random(LONGEST // 2) < 1.0 / (1.0 + np.exp(-logit[::2])), 2)
    lost = []
    for _ in range(2):
        p = 1.0 / (1.0 + np.exp(-logit - random.normal(0.0, 0.7, LONGEST)))
        lost.append(-np.log(np.where(label, p, 1.0 - p)))
    return lost[0] - lost[1]


def too_sure(random: np.random.Generator) -> Gains:
    """Return the gains of 0.005 over 0.05 where both lose as much: a little often, much seldom."""
    often, seldom = math.log(0.995 / 0.95), math.log(0.005 / 0.05)
    rate = often / (often - seldom)
    label = np.repeat(random.random(LONGEST // 2) < rate, 2)
    return np.where(label, seldom, often)


def passes(make: Callable[[np.random.Generator], Gains], lift: float = 0.0) -> int:
    """Return in how many series of gains the challenger passes."""
    random, count = np.random.default_rng(7), 0
    for _ in range(SERIES):
        gains = np.rint(UNIT * (make(random) + lift)).astype(np.int64)
        count += played(gains.tolist(), after=1_000, level=LEVEL).passed is not None
    return count


@pytest.mark.parametrize("make", [noisy, too_sure])
def test_who_is_not_better_seldom_passes(make: Callable[[np.random.Generator], Gains]) -> None:
    """All looks together call an equal better no more often than the level, and some luck."""
    luck = 2.0 * math.sqrt(SERIES * LEVEL * (1.0 - LEVEL))

    assert passes(make) <= SERIES * LEVEL + luck


def test_students_t_alone_would_not_hold_the_level(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is too sure passes it far too often: this is why the statistic leans."""
    monkeypatch.setattr(
        module,
        "leaning_t",
        lambda sums: statistics.fmean(sums) / statistics.stdev(sums) * math.sqrt(len(sums)),
    )

    assert passes(too_sure) > 1.5 * SERIES * LEVEL


def test_who_is_clearly_better_passes_soon() -> None:
    """A gain of 0.02, where the loss is about 0.2, is found within 4,000 examples."""
    assert passes(noisy, lift=0.02) >= 0.98 * SERIES


def test_the_quantile_is_students() -> None:
    """As printed in any table."""
    assert quantile(10, 0.05) == pytest.approx(1.8331, abs=1e-4)
    assert quantile(2, 0.25) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "change",
    [
        {"size": 3}, {"looks": -1}, {"looks": 99}, {"count": 1}, {"count": -1},
        {"sums": [1, 2, 3, 4]},
    ],
)  # fmt: skip
def test_impossible_numbers_are_refused(change: dict[str, object]) -> None:
    """A state that no counting gives is not taken over."""
    with pytest.raises(RecoveryError, match="no counting gives"):
        Duel(4, 0.1).restore(msgspec.structs.replace(Duel(4, 0.1).state, **change))


def test_a_verdict_survives_being_saved() -> None:
    """With all its numbers."""
    duel = played([5_000, 6_000, 7_000, 9_000])

    assert isinstance(duel.passed, Verdict)
    again = Duel(4, 0.3)
    again.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(duel.state), type=State))
    assert again.passed == duel.passed
