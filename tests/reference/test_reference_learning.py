"""The reference itself, by cases worked out by hand: features and learning."""

from __future__ import annotations

import math
import zlib
from typing import Any

import pytest

from . import run
from .cases import BASE, event, job, replay, values
from .draw import drawn, mix64, row_hash
from .features import as_model_sees
from .fold import Example, Fold
from .job import read_job
from .metrics import Metrics

EAGER = {"kind": "sgd", "mature": 1, "mature_positives": 0}


def feature(kind: str, **more: object) -> dict[str, Any]:
    """Return a feature named n."""
    return {"name": "n", "kind": kind, **more}


def test_session_features_start_anew() -> None:
    """Counts, sums and seconds are of the session; the gap is 0 at its first event."""
    declared = [
        feature("session_count", types=["!", "search"]),
        {**feature("session_sum", field="price", add=["view_item"], subtract=["search"])},
        feature("session_seconds"),
        feature("gap_seconds"),
    ]
    named = [{**one, "name": f"f{i}"} for i, one in enumerate(declared)]
    lines = [event(0, price=2.5), event(1.5, "search", price=1), event(30, price=4)]

    result = replay(job(named), *lines)

    assert [list(row["values"].values()) for row in result.features] == [
        [1, 2.5, 0, 0],
        [1, 1.5, 1.5, 1.5],
        [1, 4, 0, 0],
    ]


def test_a_window_counts_whole_cells() -> None:
    """20 s in cells of 5 s: at 20 (cell 4) cells 1 to 4 count, so 4.999 is out and 5 is in."""
    window = feature("window_count", types=["*"], width="PT20S", step="PT5S")
    lines = [event(0), event(4.999), event(5), event(20), event(24.999), event(25)]

    assert values(replay(job([window]), *lines)) == [1, 2, 3, 2, 3, 3]


def test_a_window_counts_by_the_clock() -> None:
    """In log order an event of 1 s that comes when the clock is 20 counts as of 20."""
    window = feature("window_count", types=["*"], width="PT5S", step="PT5S")
    time = {"order": "log", "lateness": "PT1M"}
    log = job([window], input={"sort": False}, time=time)

    result = run(log, [[[event(20, id="a")], [event(1, id="b")]]])

    assert values(result) == [1, 2]


def test_a_decayed_count_halves() -> None:
    """Half-life 10 s: 1 at once, 1.5 after a second one at 10, 0.75 read by a search at 20."""
    decayed = feature("decayed_count", types=["view_item"], half_life="PT10S")
    lines = [event(0, "search", id="1"), event(0, id="2"), event(10)]
    lines += [event(20, "search", id="3"), event(20, id="4")]

    assert values(replay(job([decayed]), *lines)) == [0, 1, 1.5, 0.75, 1.75]


def test_a_decayed_count_is_read_in_millionths() -> None:
    """Two thirds of a half-life leave 2^(-2/3) = 0.6299605: it is 0.629961."""
    decayed = feature("decayed_count", types=["view_item"], half_life="PT3S")

    assert values(replay(job([decayed]), event(0), event(2, "search"))) == [1, 0.629961]


def test_since_counts_from_the_latest_earlier_event() -> None:
    """Never is 8 s: 8 before any, then 3 s since the first, and at most 8; a year by default."""
    since = feature("since_seconds", types=["view_item"], never="PT8S")
    lines = [event(0), event(3), event(5, "search"), event(20)]

    assert values(replay(job([since]), *lines)) == [8, 3, 2, 8]
    by_default = feature("since_seconds", types=["view_item"])
    assert values(replay(job([by_default]), event(0))) == [365 * 86_400]


def test_the_cart_never_falls_below_empty() -> None:
    """Two in, three out is empty, not minus one; it outlives the session; a purchase empties."""
    types = [("add_to_cart", 2), ("remove_from_cart", 3), ("add_to_cart", 1)]
    lines = [event(i, t, quantity=q, price=4) for i, (t, q) in enumerate(types)]
    lines += [event(60, "search"), event(61, "purchase", quantity=1, price=4)]
    declared = [feature("cart_quantity"), {**feature("cart_value"), "name": "v"}]

    result = replay(job(declared), *lines)

    assert values(result) == [2, 0, 1, 1, 0]
    assert values(result, "v") == [8, 0, 4, 4, 0]


def test_properties_and_indicators_are_of_the_event() -> None:
    """A price of 2.50 is 2.5; a channel that is not listed or missing is 0."""
    declared = [
        feature("property", field="price"),
        {**feature("indicator", field="channel", values=["web"]), "name": "web"},
        {**feature("indicator", field="type", values=["search"]), "name": "search"},
    ]
    lines = [event(0, price=2.5, channel="web", quantity=2), event(1, "search", value=-3)]

    rows = [list(row["values"].values()) for row in replay(job(declared), *lines).features]

    assert rows == [[2.5, 1, 0], [0, 0, 1]]


def test_only_the_model_sees_the_scale() -> None:
    """Of 2 and -3, outputs say 2 and -3, the model is given ln(3) and ln(1) = 0."""
    log = {**feature("property", field="amount"), "scale": "log1p"}
    lines = [event(0, value=2), event(1, value=-3)]

    assert values(replay(job([log]), *lines)) == [2, -3]
    assert as_model_sees({"n": 2.0}, [log]) == {"n": pytest.approx(math.log(3))}
    assert as_model_sees({"n": -3.0}, [log]) == {"n": 0.0}


def test_the_hash_is_splitmix64_of_crc32_and_number() -> None:
    """Both are the published test values of the two functions."""
    assert mix64(0) == 0xE220A8397B1DCDAF
    assert zlib.crc32(b"123456789") == 0xCBF43926
    assert row_hash("123456789", 1) == mix64(0xCBF43926_00000001)


def test_the_first_rows_of_a_session_are_drawn_and_then_ever_fewer() -> None:
    """By the remainder of the hash by the place: 2 of 3 at the third, if two are wanted."""
    assert all(drawn("u:ann", n, place, 2) for n in range(9) for place in (1, 2))
    third = [drawn("u:ann", n, 3, 2) for n in range(300)]

    assert third == [row_hash("u:ann", n) % 3 < 2 for n in range(300)]
    assert 170 < sum(third) < 230


def test_rows_from_the_purchase_on_are_not_kept() -> None:
    """A session that begins with a purchase gives no example; an open one is censored."""
    eager = job(models={"intent": EAGER})
    bought = replay(eager, event(0, "purchase"), event(1), event(60, user="bob"))
    open_ = replay(eager, event(0), event(1))

    for one in (bought, open_):
        assert (one.counts["learned"]["intent"], one.counts["censored"]["intent"]) == (0, 1)


def test_the_prior_moves_with_the_evidence() -> None:
    """After two examples, one positive, the prior is 2 / 22; before any it is 1 / 20."""
    never = job(models={"intent": {**EAGER, "mature": 9}})
    ann, bob = [event(0), event(1, "purchase")], [event(0, user="bob")]

    result = replay(never, *ann, *bob, event(60, user="eve"))

    assert [score["score"] for score in result.scores] == [0.05, 0.05, 0.05, 0.090909]
    assert result.counts["learned"]["intent"] == 2


def test_a_version_is_used_from_the_lagged_tick_on() -> None:
    """An example of tick 1 is seen from tick 3 on with a lag of 2: at 30 s, not at 29.999."""
    eager = job(models={"intent": EAGER})
    lines = [event(0), event(29.999, user="b"), event(30, user="c"), event(99, user="d")]

    scores = replay(eager, *lines).scores

    first_tick = BASE // 10_000
    assert [score["version"] for score in scores] == [-1, -1, first_tick + 1, first_tick + 4]


def test_the_lag_of_log_order_covers_the_lateness() -> None:
    """15 s late in ticks of 10 s: 2 and 2 more, so an example of tick 1 is seen from tick 5 on."""
    log = {"order": "log", "lateness": "PT15S", "tick": "PT10S"}
    late = job(time=log, models={"intent": EAGER})
    lines = [event(0), event(49.999, user="b"), event(50, user="c")]

    scores = replay(late, *lines).scores

    assert [score["version"] > 0 for score in scores] == [False, False, True]


@pytest.mark.parametrize("scale", ["none", "log1p"])
def test_learning_is_one_step_of_scaled_descent(scale: str) -> None:
    """Two examples by hand, with prices 1 (bought) and 3 (not) and a rate of 0.1.

    The first is scaled to 0: only the intercept moves, 0.01 x 0.5 up to 0.005. The second is
    predicted sigmoid(0.005) = 0.50125; it is scaled to (3 - 2) / 1 = 1, so the weight becomes
    -0.1 x 0.50125 = -0.050125 and the intercept 0.005 - 0.0050125 = -0.0000125. A price of 3 then
    scores sigmoid(-0.0501375) = 0.487468. In between, the version with one example gives 0.50125.
    With log1p the same, as two values are always scaled to -1 and 1.
    """
    price = feature("property", field="price", scale=scale)
    eager = job([price], models={"intent": {**EAGER, "learning_rate": 0.1}})
    lines = [event(0, price=1), event(0.001, "purchase"), event(15, price=3, user="bob")]
    lines += [event(30, price=3, user="eve"), event(45, price=3, user="flo")]

    result = replay(eager, *lines)

    assert [score["score"] for score in result.scores[3:]] == [0.50125, 0.487468]
    # eve's session closes at 40: predicted with the same model, learned too late for flo
    assert result.metrics["intent"]["n"] == 3
    loss = -(math.log(0.05) + math.log(1 - 0.50125) + math.log(1 - 0.487468)) / 3
    assert result.metrics["intent"]["log_loss"] == pytest.approx(loss, abs=1e-6)


def test_examples_are_learned_by_time_person_and_sequence() -> None:
    """At 5 s: z. At 10 s: both of a, by sequence, then b. The labels come out as 0, 1, 0, 1."""
    fold = Fold(read_job(job()))
    given = [
        (10, "u:b", 0, True),
        (10, "u:a", 1, False),
        (10, "u:a", 0, True),
        (5, "u:z", 0, False),
    ]

    fold.learn(Example(t, person, sequence, {"n": 1.0}, y) for t, person, sequence, y in given)

    assert [label for _, label in fold.metrics.model] == [False, True, False, True]


def test_a_model_needs_positives_to_mature() -> None:
    """One positive is asked for: after a negative the prior is 1 / 21, after both the model.

    The count of a first event is always 1, which is scaled to 0: only the intercept moves, by
    -0.01 x 0.5 and then by 0.01 x 0.50125, to 0.0000125; sigmoid of that is 0.500003.
    """
    eager = job(models={"intent": {**EAGER, "mature_positives": 1}})
    lines = [event(0, user="a"), event(15, user="b"), event(16, "purchase", user="b")]
    lines += [event(39, user="c"), event(40, user="d")]

    scores = [score["score"] for score in replay(eager, *lines).scores]

    assert scores == [0.05, 0.05, 0.05, 0.047619, 0.500003]


def test_a_row_that_is_not_finite_is_not_learned() -> None:
    """It is counted, and the next example finds the model as it was."""
    fold = Fold(read_job(job()))

    fold.learn(
        [Example(5, "u:a", 0, {"n": math.nan}, True), Example(9, "u:a", 0, {"n": 1.0}, True)]
    )

    assert (fold.rejected, fold.evidence, fold.metrics.beside["prior"]) == (1, 1, [(50_000, True)])


def test_metrics_of_four_predictions() -> None:
    """By hand: three of four pairs are in order, and the last label is always wrong."""
    metrics = Metrics()
    for p, label, ago in [
        (0.8, True, 7.9), (0.6, False, 8.0), (0.7, True, 4.0), (0.75, False, None)
    ]:  # fmt: skip
        metrics.update(p, metrics.baselines(ago), label, ago=ago)

    figures = metrics.figures()

    assert figures["roc_auc"] == 0.75
    assert figures["baselines"]["last_label"]["roc_auc"] == 0.0
    assert figures["baselines"]["last_label"]["log_loss"] == pytest.approx(-math.log(0.1))
    # 1/20, 2/21, 2/22, 3/23: what is said before a False is always more
    assert figures["baselines"]["prior"]["roc_auc"] == 0.0
    # 7.9 and 4.0 seconds are in one span: (1 + 20 / 11) / 21 after the first
    assert [chance for chance, _ in metrics.beside["recency"]] == [50_000, 95_238, 134_199]
    # bins of 1/15: 0.8 in 12 (one, true), 0.75 in 11 (false), 0.7 in 10 (true), 0.6 in 9 (false)
    assert figures["ece"] == pytest.approx((0.2 + 0.6 + 0.3 + 0.75) / 4)
    assert figures["positives"] == 2


def test_metrics_without_both_classes_are_null() -> None:
    """An area needs both classes, a mean needs at least one."""
    metrics = Metrics()
    assert metrics.figures()["log_loss"] is None

    metrics.update(0.5, metrics.baselines(None), True)
    assert metrics.figures()["roc_auc"] is None
