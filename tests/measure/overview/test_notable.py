"""What stands out: each sentence where it is true, and only there."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rtm_flows.errors import InputError
from rtm_flows.measure.overview.accounting import checks
from rtm_flows.measure.overview.learning import Turn
from rtm_flows.measure.overview.notable import notable
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.summary import summary_from
from rtm_flows.times import format_time
from tests.measure.overview.overviews import HOUR, decisions, model, overview, summary
from tests.measure.recorded import START, decision, nothing


def said(run: Overview, level: str) -> list[str]:
    """Return the sentences of a level."""
    return [one.text for one in notable(run) if one.level == level]


def test_of_a_sound_run_only_good_is_said() -> None:
    """All counts agree, and the model beats its baseline."""
    found = notable(overview())

    assert [one.level for one in found] == ["good", "good"]
    assert found[0].text.startswith("Every record and every decision is accounted for: all ")
    assert found[1].text == (
        "intent beats every baseline: log loss 0.4000, 0.5000 by the running rate, ROC AUC 0.800."
    )


RECORDS: list[tuple[dict[str, Any], str]] = [
    ({"late": 2, "duplicate": 1}, "The counts do not add up: late 2, but 1 by lines of late.jsonl"),
    ({"input": 0}, "The counts do not add up: records read 0"),
    ({"triggers": 95}, "The counts do not add up: triggers 95, but 96 by decisions of all kinds"),
    ({"late": 2, "duplicate": 1}, "2.0% of the records came late and took no part"),
    ({"dead_letter": 2, "duplicate": 1}, "2.0% of the records are dead letters: bad_time 1"),
    ({"conflicting": 1}, "1 duplicate told something else than the record of the same id"),
    (
        {"evicted": {"inactive": 9, "most_per_lane": 1, "timers": 0}},
        "A full lane made 1 person leave: ",
    ),
]


@pytest.mark.parametrize(("own", "text"), RECORDS)
def test_records(own: dict[str, Any], text: str) -> None:
    """Lost records, and counts that differ."""
    run = overview(**own)

    assert any(one.startswith(text) for one in said(run, "warning") + said(run, "caution"))


def funnel(**own: dict[str, int]) -> dict[str, Any]:
    """Return a funnel of the two actions, with other counts."""
    found: dict[str, Any] = summary(decisions())["funnel"]
    return {**found, **own}


FUNNELS: list[tuple[dict[str, dict[str, int]], str]] = [
    (
        {"greet": {"entered": 96, "eligibility": 64, "outranked": 32, "won": 0}},
        'greet never wins: of 96 candidates, 66.7% fell at eligibility, 100.0% of these at '
        '`type == "purchase"`.',
    ),
    (
        {"greet": {"entered": 96, "eligibility": 16, "outranked": 80}},
        "greet never wins: of 96 candidates, 83.3% were outranked.",
    ),
    (
        {"greet": {"entered": 96, "eligibility": 16, "below_floor": 80, "won": 0}},
        "greet never wins: of 96 candidates, 83.3% ended below the floor.",
    ),
    (
        {"mail": {"entered": 80, "eligibility": 79, "won": 1}},
        '`type == "purchase"` drops 100.00% of the candidates of mail at eligibility: is that '
        'meant?',
    ),
    (
        {"mail": {"entered": 960, "eligibility": 160, "below_floor": 700, "won": 100}},
        "mail passes its rules and is then worth too little in 87.5% of cases",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("own", "text"), FUNNELS)
def test_funnels(own: dict[str, dict[str, int]], text: str) -> None:
    """Actions that never win with what stops them, and rules that let nothing pass."""
    run = overview(funnel=funnel(**own))

    assert any(one.startswith(text) for one in said(run, "warning") + said(run, "caution")), (
        notable(run)
    )


def test_one_action_takes_all() -> None:
    """From four in five wins on."""
    few = overview(decisions={"greet": 79, "mail": 17})
    many = overview(decisions={"greet": 78, "mail": 18})

    assert any(one.startswith("greet takes 82.3% of all actions") for one in said(few, "caution"))
    assert any("takes 81.2%" in one for one in said(many, "caution"))
    even = overview(decisions={"greet": 76, "mail": 20})
    assert not any("of all actions" in one for one in said(even, "caution"))


def test_always_and_never() -> None:
    """A run that does nothing at all, and one that always does something."""
    never = overview(decisions={"no_action": 96})
    always = overview([decision(n, candidates=[]) for n in range(96)])

    assert any(one.startswith("Nothing was ever done") for one in said(never, "warning"))
    assert any("at every single trigger" in one for one in said(always, "caution"))


def test_triggers_that_never_fire() -> None:
    """Those with a name of their own, of which the summary knows all; counts must agree."""
    made = [dict(record, trigger={"type": "cart_left"}) for record in decisions()]
    told: dict[str, Any] = {
        "triggers_by": {"cart_left": 96, "no_return": 0},
        "pending": {"no_return": 3},
    }
    found = overview(made, **told)
    wrong = overview(made, triggers_by={"cart_left": 95})

    assert said(found, "caution") == [
        "no_return never fired; 3 timers ran when the input ended: can it ever?"
    ]
    assert any("triggers of a name" in one for one in said(wrong, "warning"))


def test_days_without_decisions() -> None:
    """Between days with some: the input may have stopped."""
    times = [*range(30), 200, 201]
    made = [decision(n, decision_time=format_time(START + n * HOUR), candidates=[]) for n in times]

    assert any(
        one == "6 days without any decision, first 2024-01-03: did the input stop?"
        for one in said(overview(made), "caution")
    )


def test_what_changed_over_time() -> None:
    """More or less is done than at first, and an action that does not win any more."""
    made = [
        decision(n, decision_time=format_time(START + n * HOUR), candidates=[])
        if (n % 2 and n < 48) or (n >= 48 and n % 8 == 0)
        else nothing(n, decision_time=format_time(START + n * HOUR), candidates=[])
        for n in range(96)
    ]
    less = "Something was done in 50.0% of the decisions of the first fifth of the time, in 11.1%"
    # 96 hours are cells of three hours: of 32 cells six are a fifth.
    assert not any(
        one.startswith("Something was done in") for one in said(overview(made), "caution")
    )
    many = [record for record in made for _ in range(9)]
    assert any(one.startswith(less) for one in said(overview(many), "caution"))
    early = [
        record if n < 48 or record["name"] == "no_action" else dict(record, name="mail")
        for n, record in enumerate(made)
    ]
    assert any(
        one.startswith("greet won 24 times, but not since 2024-01-02: has it ended")
        for one in said(overview(early), "caution")
    )
    assert not any("not since" in one for one in said(overview(decisions()), "caution"))


MODELS: list[tuple[dict[str, Any], str]] = [
    ({"n": 150}, "intent has 150 examples with 200 positive: too few to read its figures."),
    ({"positives": 3}, "intent has 1,000 examples with 3 positive"),
    ({"baselines": {"prior": {"log_loss": 0.3}}}, "intent is worse than the running rate: log loss "
     "0.4000 beside 0.3000."),
    ({"baselines": {"last_label": {"log_loss": 0.41}}}, "intent is not shown to be better than "
     "repeating the last label."),
    ({"roc_auc_95": [0.49, 0.6]}, "intent is not shown to order people better than guessing."),
    ({"ece": 0.05}, "The chances of intent are off by 5.0 points on average"),
    ({"slices": {"new": {"roc_auc_95": [0.4, 0.6]}}}, "intent is not shown to order people better "
     "than guessing in new."),
    ({"champion": "sgd", "challengers": {"newton": {"gain": 0.02, "gain_95": [0.01, 0.03]}}},
     "newton, in the shadow, predicts better than sgd: log loss 0.0200 less (0.0100 to 0.0300)."),
]  # fmt: skip


@pytest.mark.parametrize(("own", "text"), MODELS)
def test_models(own: dict[str, Any], text: str) -> None:
    """Whether they are worth listening to."""
    run = overview(models={"intent": model(**own)})

    assert any(one.startswith(text) for one in said(run, "warning") + said(run, "caution"))


def test_a_model_is_judged_by_its_interval() -> None:
    """A naive way within it is no better and no worse; one above it is beaten."""
    own = {"last_label": {"log_loss": 0.41}, "prior": {"log_loss": 0.43}}
    found = [one.text for one in notable(overview(models={"intent": model(baselines=own)}))]

    assert not any("worse" in one or "beats" in one for one in found)
    assert "intent is not shown to be better than repeating the last label." in found


def test_early_scores_and_turns() -> None:
    """Scores before anything was learned, alarms and promotions."""
    run = overview()
    assert run.served is not None
    assert run.learned is not None
    served = msgspec.structs.replace(run.served[0], early=run.served[0].n)
    told = [Turn("2026-03-02T10:00:00.000Z", "drift", "rose"),
            Turn("2026-03-03T10:00:00.000Z", "promotion", "sgd gave way to newton")]  # fmt: skip
    learned = msgspec.structs.replace(run.learned[0], turns=told, counts={"drift": 2})
    found = said(msgspec.structs.replace(run, served=[served], learned=[learned]), "caution")

    assert found == [
        "100.0% of the scores of intent were served before it had learned anything: everybody got "
        "the same.",
        "intent fitted less well 2 times, first by 2026-03-02.",
        "intent changed on 2026-03-03: sgd gave way to newton.",
    ]


def test_every_check_holds_and_none_is_idle() -> None:
    """Each number of the summary that is changed breaks a check."""
    assert all(check.holds for check in checks(overview()))
    for name in ("input", "accepted", "duplicate", "late", "ignored", "dead_letter", "triggers"):
        own: dict[str, Any] = {name: summary(decisions())[name] + 1}
        assert not all(check.holds for check in checks(overview(**own))), name
    for name in ("decisions", "no_action", "dead_letters", "sessions"):
        found: dict[str, int] = summary(decisions())[name]
        own = {name: {**found, next(iter(found)): 0}}
        assert not all(check.holds for check in checks(overview(**own))), name
    for fate in ("entered", "eligibility"):
        greet = funnel()["greet"]
        broken = overview(funnel=funnel(greet={**greet, fate: greet[fate] + 1}))
        assert not all(check.holds for check in checks(broken)), fate


def test_summaries_of_other_versions_can_be_read() -> None:
    """What is missing is zero, what is unknown is kept by its path, what is none is refused."""
    assert summary_from({}, "s").input == 0
    told = {"mailings": {"mail": {"n": 3, "log_loss": 0.5, "name": "x", "on": True}}, "waiting": 4}
    assert summary_from(told, "s").others == {
        "mailings: mail: n": 3, "mailings: mail: log_loss": 0.5, "waiting": 4,
    }  # fmt: skip
    with pytest.raises(InputError, match=r"s: is not the summary of a run .*Run the job again"):
        summary_from({"input": "many"}, "s")
