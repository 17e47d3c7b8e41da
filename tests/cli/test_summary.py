"""The summary as a table, the hint on late records, the console and the progress."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rtm_flows.cli import progress
from rtm_flows.cli.console import console
from rtm_flows.cli.progress import Bar
from rtm_flows.cli.summary import late_hint, show
from rtm_flows.config import load

Capture = pytest.CaptureFixture[str]
JOB = load({"name": "shop", "time": {"lateness": "PT5M"}})
BASELINES: dict[str, dict[str, float | None]] = {
    "prior": {"roc_auc": 0.5, "log_loss": 0.3}, "last_label": {"log_loss": 0.4},
    "recency": {"log_loss": 0.25},
}  # fmt: skip
SUMMARY: dict[str, Any] = {
    "input": 2_000, "accepted": 1_950, "duplicate": 7, "late": 20, "ignored": 3,
    "dead_letter": 20, "triggers": 1_950,
    "decisions": {"no_action": 1_450, "greet": 500},
    "no_action": {"below_floor": 50, "no_eligible_action": 1_400},
    "funnel": {"greet": {"entered": 1_950, "eligibility": 900, "applicability": 480,
                         "suitability": 20, "outranked": 0, "below_floor": 50, "won": 500}},
    "dead_letters": {"bad_time": 19, "too_deep": 1},
    "sessions": {"end_of_input": 2, "gap": 300},
    "models": {"intent": {"n": 1_234, "positives": 56, "roc_auc": 0.71234, "log_loss": 0.21,
                          "ece": 0.01, "baselines": BASELINES,
                          "slices": {"first": {"n": 9, "roc_auc": None},
                                     "long": {"n": 800, "roc_auc": 0.8, "log_loss": 0.31,
                                              "roc_auc_95": [0.71, 0.89]}}}},
}  # fmt: skip


def shown(capsys: Capture, folder: Path, **changed: Any) -> list[str]:
    """Return the lines that are shown for a summary."""
    (folder / "summary.json").write_text(json.dumps({**SUMMARY, **changed}))
    show(folder, JOB)
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


def test_what_came_of_actions_is_shown(capsys: Capture, tmp_path: Path) -> None:
    """With what is served of it now, beside the prior; and why outcomes are nobody's."""
    learned = {"n": 1_200, "positives": 30, "propensity": 0.025, "log_loss": 0.12, "ece": 0.01,
               "baselines": {"prior": {"log_loss": 0.13}}}  # fmt: skip
    nothing = {**learned, "n": 0, "positives": 0, "propensity": 0.05, "log_loss": None}
    told = {"actions": {"greet": {"letter": learned}, "call": {"call": nothing}},
            "orphans": {"settled": 3, "too_late": 1}}  # fmt: skip
    lines = [" ".join(line.split()) for line in shown(capsys, tmp_path, responses=told)]

    greet = "greet, letter 1,200 30 positive, propensity 0.0250 log loss 0.1200 (prior 0.1300)"
    assert {greet, "call 0 0 positive, propensity 0.0500", "orphans 4 settled 3, too_late 1"} <= {
        *lines
    }


def test_every_count_is_shown_with_what_it_is_made_of(capsys: Capture, tmp_path: Path) -> None:
    """Fates, reasons, sessions, decisions by frequency with their share."""
    lines = [line.split() for line in shown(capsys, tmp_path)]

    assert ["read", "2,000"] in lines
    assert ["dead_letter", "20", "bad_time", "19,", "too_deep", "1"] in lines
    assert ["sessions", "302", "end_of_input", "2,", "gap", "300"] in lines
    assert ["greet", "500", "25.6%"] in lines
    at = [line[:1] for line in lines]
    assert at.index(["no_action"]) < at.index(["greet"])
    assert ["greet", "1,950", "900", "480", "20", "0", "50", "500"] in lines
    nothing = "no_action 1,450 74.4% below_floor 50, no_eligible_action 1,400"
    assert nothing.split() in lines


def test_each_model_is_told_with_its_baselines(capsys: Capture, tmp_path: Path) -> None:
    """A number alone says nothing: the simplest predictors stand beside it."""
    lines = shown(capsys, tmp_path)

    assert (
        "intent: 1,234 examples, 56 bought; ROC AUC 0.712, log loss 0.2100 (prior 0.3000, last "
        "label 0.4000, recency 0.2500), ECE 0.0100"
    ) in lines
    assert "  first: 9 examples, too few to rank" in lines
    assert "  long: 800 examples; ROC AUC 0.800 [0.710, 0.890], log loss 0.3100" in lines
    two = {**SUMMARY["models"], "churn": {**SUMMARY["models"]["intent"], "ece": 0.02}}
    both = shown(capsys, tmp_path, models=two)
    assert (
        sum(line.startswith("churn: 1,234 examples, 56 left; ROC AUC 0.712") for line in both) == 1
    )
    assert sum(line.startswith("intent: ") for line in both) == 1
    unknown = {**BASELINES, "recency": {"log_loss": None}}
    alone = {"intent": {**SUMMARY["models"]["intent"], "baselines": unknown}}
    assert "last label 0.4000), ECE" in "".join(shown(capsys, tmp_path, models=alone))


def test_challengers_and_promotions_are_told(capsys: Capture, tmp_path: Path) -> None:
    """Who is compared with whom, by how much, and who gave way."""
    young = {"log_loss": None, "gain": None, "gain_95": None}
    old = {"log_loss": 0.2132, "gain": -0.00568, "gain_95": [-0.0105, -0.0008]}
    change = {"from": "sgd", "to": "newton", "n": 1_000, "gain": 0.048, "gain_95": [0.025, 0.071]}
    contest = {
        "champion": "newton", "challengers": {"sgd": old, "bold": young}, "promotions": [change]
    }  # fmt: skip
    lines = shown(capsys, tmp_path, models={"intent": {**SUMMARY["models"]["intent"], **contest}})

    at = lines.index(
        "  sgd gave way to newton after 1,000 examples compared: log loss 0.0480 less (+0.0250 to "
        "+0.0710)"
    )
    assert lines[at + 1 : at + 3] == [
        "  in the shadow sgd: log loss 0.2132, -0.0057 (-0.0105 to -0.0008) gained over newton",
        "  in the shadow bold: log loss not defined, nothing compared yet with newton",
    ]


@pytest.mark.parametrize(
    ("intent", "said"),
    [
        ({"n": 0}, "intent: no session has ended with a label yet"),
        ({"n": 3, "positives": 0, "roc_auc": None, "log_loss": 0.1, "ece": 0.1,
          "baselines": BASELINES, "slices": {}}, "ROC AUC not defined"),
    ],
)  # fmt: skip
def test_a_model_that_cannot_be_judged_says_so(
    capsys: Capture, tmp_path: Path, intent: dict[str, Any], said: str
) -> None:
    """No example yet, or of one class only."""
    assert said in "\n".join(shown(capsys, tmp_path, models={"intent": intent}))
    waits = shown(capsys, tmp_path, models={"intent": intent, "churn": {"n": 0}})
    assert "churn: no horizon has ended with a label yet" in waits


def test_a_run_of_nothing_can_be_shown(capsys: Capture, tmp_path: Path) -> None:
    """No record, no trigger, no division by zero."""
    nothing = {key: 0 for key, value in SUMMARY.items() if isinstance(value, int)}
    groups: dict[str, Any] = {
        key: {} for key in ("decisions", "no_action", "dead_letters", "funnel")
    }
    intent = {"models": {"intent": {"n": 0}}, "sessions": {}}

    assert "outputs:" in "\n".join(shown(capsys, tmp_path, **nothing, **groups, **intent))


@pytest.mark.parametrize(
    ("late", "records", "hinted"), [(0, 0, False), (0, 100, False), (1, 100, False), (2, 199, True)]
)
def test_more_than_one_late_record_in_a_hundred_is_much(
    late: int, records: int, hinted: bool
) -> None:
    """At exactly one in a hundred there is no hint; above, it names both remedies."""
    hint = late_hint({"late": late, "input": records}, JOB)

    assert (hint is not None) is hinted
    if hint is not None:
        assert hint.startswith("1.0% of the records were late")
        assert "input.sort = true, or raise time.lateness (now PT5M)" in hint


def test_text_is_printed_as_it_is(capsys: Capture) -> None:
    """No markup, no emoji, no line break but at the end."""
    text = "[red]u:[/red] :heart: " + "long " * 100
    console().print(text)

    assert capsys.readouterr().out == f"{text}\n"


def test_without_a_terminal_progress_is_a_line_now_and_then(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Told in hundredths, never more than all, and only every so often."""
    with Bar("running", 200, quiet=False) as bar:
        bar.seen(10)
    assert capsys.readouterr().err == ""

    monkeypatch.setattr(progress, "_LINE_EVERY", 0.0)
    with Bar("running", 200, quiet=False) as bar:
        bar.seen(10)
        bar.seen(91)
        bar.reached(500)
    assert capsys.readouterr().err == "running: 5%\nrunning: 50%\nrunning: 100%\n"


def test_quiet_progress_says_nothing(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when it fails, and when there is nothing to read."""
    monkeypatch.setattr(progress, "_LINE_EVERY", 0.0)
    with Bar("running", 0, quiet=True) as bar:
        bar.seen(10)
    with pytest.raises(ZeroDivisionError), Bar("running", 10, quiet=True):
        raise ZeroDivisionError

    assert capsys.readouterr() == ("", "")
