"""The part of a run's page about responses: what came of what was shown, and what was learned."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from rtm_flows.measure.figures import wilson
from rtm_flows.measure.overview.accounting import checks
from rtm_flows.measure.overview.notable import notable
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.responded import answers, orphans
from rtm_flows.report.run import run_page
from tests.measure.overview.overviews import lost, overview, read, shown, taught
from tests.report.reading import read as met
from tests.report.tables import cells


def page(**own: Any) -> str:
    """Return the page of a run with such responses in its summary."""
    return run_page(overview(responses=taught(**own)))


def answered(n: int, every: int, orphaned: int = 0, **own: Any) -> Overview:
    """Return a run with so many responses and orphans, and a summary that says so."""
    told = taught(settled=n, positives=-(-n // every), orphans={"too_late": orphaned}, **own)
    return msgspec.structs.replace(
        overview(responses=told),
        answers=answers(read(shown(n, every)), "responses.jsonl"),
        orphans=orphans(read(lost(orphaned)), "orphans.jsonl"),
    )


def said(run: Overview, topic: str = "responses") -> list[str]:
    """Return what stands out in a part."""
    return [one.text for one in notable(run) if one.topic == topic]


def test_each_action_has_its_share_with_an_interval() -> None:
    """By action and treatment, the most frequent first; of all in one sentence."""
    text = page()
    low, high = wilson(10, 20)

    assert "40 decisions were shown, and waited for to the end of their horizon (PT2H)" in text
    assert "10 of them (25.0%) were a success. 3 still waited" in text
    assert "Of 55 outcomes 2 are about nothing known." in text
    rows = cells(text, "Successes of what was shown, by action")[1:]
    assert rows[0] == ["greet", "20", "10", "50.0%", f"{100 * low:.1f}% to {100 * high:.1f}%"]
    assert rows[1][:4] == ["mail, letter", "20", "0", "0.0%"]


def test_what_was_learned_stands_beside_the_prior() -> None:
    """The posterior that is served now, the log loss, and that of what was believed at first."""
    rows = cells(page(), "What responses have taught")

    assert rows[1] == ["greet", "20", "10", "50.0%", "31.0%", "0.600", "0.900", "0.020"]
    assert rows[2][:5] == ["mail, letter", "20", "0", "0.0%", "4.0%"]


def test_orphans_are_told_by_reason_in_words() -> None:
    """With their share of all outcomes."""
    row = cells(page(), "Outcomes about nothing known, by reason")[1]

    assert row == [
        "too_late",
        "2",
        "3.6%",
        "is the first of its decision, and came too long after it",
    ]


def test_a_job_without_responses_has_no_such_part() -> None:
    """Nor a link to it."""
    run = msgspec.structs.replace(overview(responses=None), answers=None, orphans=None)
    text = run_page(run)
    met(text)

    assert 'id="responses"' not in text
    assert "#responses" not in text
    assert not said(run)


def test_nothing_shown_is_said() -> None:
    """Where no outcome came, and nothing has a figure."""
    never = {"n": 0, "positives": 0, "propensity": 0.05, "log_loss": None, "ece": None,
             "baselines": {"prior": {"log_loss": None}}}  # fmt: skip
    empty: dict[str, Any] = {"censored": 0, "outcomes": {}, "actions": {"greet": {"greet": never}}}
    run = answered(0, 1, **empty)
    text = run_page(run)
    met(text)

    assert "No decision was shown and waited for to its end." in text
    assert cells(text, "What responses have taught")[1][3] == "\u2013"
    assert said(run) == [
        "The job joins responses, but no outcome came: does the input have such events?"
    ]
    assert not re.search(r"\b(nan|inf|None)\b", re.sub(r"<style>.*?</style>", "", text, flags=re.S))


def test_many_orphans_and_useless_learning_stand_out() -> None:
    """From 5 in 100 outcomes on, with the reason; from 200 responses on, beside the prior."""
    figures = {"n": 300, "positives": 30, "log_loss": 0.4,
               "baselines": {"prior": {"log_loss": 0.35}}}  # fmt: skip
    worse = answered(40, 4, 4, actions={"greet": {"greet": figures}})

    assert said(worse) == [
        "4 outcomes (7.3%) are about nothing known, most often too_late: nothing is learned of "
        "them.",
        "Responses to greet are no better predicted by what was learned of it than by its prior "
        "(log loss 0.400 and 0.350).",
    ]
    few = {**figures, "n": 199}
    assert not said(answered(40, 4, 2, actions={"greet": {"greet": few}}))


def test_counts_agree_with_the_files() -> None:
    """Settled, successes, and orphans by reason; a line that is gone is seen."""
    run = answered(40, 4, 2)
    cut = msgspec.structs.replace(run, answers=answers(read(shown(39)), "responses.jsonl"))
    gone = msgspec.structs.replace(run, orphans=orphans(read(lost(1)), "orphans.jsonl"))

    assert all(one.holds for one in checks(run))
    assert [one.how for one in checks(cut) if not one.holds] == ["lines of responses.jsonl"]
    assert len([one for one in checks(gone) if not one.holds]) == 1


def test_the_name_of_the_job_stands_above_all() -> None:
    """Where the summary has it."""
    assert "Report of a run of the job shop" in run_page(overview(job="shop"))
    assert "Report of a run<" in run_page(overview())
