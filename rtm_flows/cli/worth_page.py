"""The page of `rtm worth`: what was valued, the values, and how far to believe them."""

from __future__ import annotations

from rich.console import Console

from rtm_flows.cli.answered import Answered
from rtm_flows.cli.pages import facts, grid, heading, visible
from rtm_flows.cli.runs import Run
from rtm_flows.measure.strategy_values import Estimate
from rtm_flows.measure.worth.estimates import Worth
from rtm_flows.measure.worth.gathering import Asked
from rtm_flows.measure.worth.valuing import Valued

_ESTIMATORS = {
    "ips": "IPS, weighted rewards",
    "snips": "SNIPS, over mean weight",
    "dm": "DM, by a model of rewards",
    "dr": "DR, the model corrected",
}
_COLUMNS = ("", "worth", "95 %", "more than the log", "95 % ")


def show(
    out: Console,
    runs: tuple[Run, Run | None],
    asked: Asked,
    answered: Answered,
    told: Valued,
    warnings: list[str],
) -> None:
    """Print the page."""
    log, other = runs
    facts(
        out,
        [
            ("log", str(log.folder)),
            ("other", None if other is None else str(other.folder)),
            ("reward", _reward(asked, answered)),
            ("valued", _valued(told)),
            ("left out", _left_out(asked, told)),
            ("support", None if other is None else _support(told)),
            ("answers", f"{answered.settled:,} settled; {told.counts.successes:,} successes here"),
        ],
    )
    for warning in warnings:
        out.print(f"  warning: {visible(warning)}", style="bold")
    _show_values(out, "a decision", told, people=False, compared=other is not None)
    _show_values(out, "a person", told, people=True, compared=other is not None)
    if other is not None:
        heading(out, "how much of the log speaks of the other run")
        facts(out, _weight(told))
    _show_actions(out, told, compared=other is not None)


def _reward(asked: Asked, answered: Answered) -> str:
    what = "1" if asked.reward == "success" else "the value of its action"
    return (
        f"{what} for a decision shown within {answered.within} and welcome within "
        f"{answered.horizon}, else 0"
    )


def _valued(told: Valued) -> str:
    counts = told.counts
    return (
        f"{counts.decisions:,} decisions of {told.people:,} people; the log does something in "
        f"{counts.acted:,}"
    )


def _left_out(asked: Asked, told: Valued) -> str:
    counts = told.counts
    arm = "" if asked.arm is None else f"{counts.other_arm:,} not in arm {':'.join(asked.arm)}, "
    return f"{arm}{counts.left_open:,} from {asked.until} on, which may still be answered"


def _support(told: Valued) -> str:
    if not told.unsupported:
        return "the log could have made every choice of the other run"
    share = told.unsupported / (told.unsupported + told.counts.decisions)
    return f"left out: {told.unsupported:,} decisions ({share:.2%}) that the log cannot tell of"


def _show_values(out: Console, what: str, told: Valued, *, people: bool, compared: bool) -> None:
    heading(out, f"worth of {what}")
    found = told.estimates
    named = {"logged": "the log, as it was"} | (_ESTIMATORS if compared else {})
    rows = []
    for name, words in named.items():
        one: Worth = getattr(found, name)
        rows.append(_row(words, one.person if people else one.decision, compared=name != "logged"))
    columns = _COLUMNS if compared else _COLUMNS[:3]
    rows = [row[: len(columns)] for row in rows]
    grid(out, columns, rows, right=(columns[1], *columns[3:4]))


def _row(name: str, one: Estimate, *, compared: bool) -> tuple[str, ...]:
    plain = name, f"{one.value:.6f}", _interval(one.interval_95)
    if not compared:
        return *plain, "", ""
    return *plain, f"{one.difference:+.6f}", _interval(one.difference_95, sign="+")


def _interval(both: tuple[float, float], sign: str = "") -> str:
    return f"{both[0]:{sign}.6f} to {both[1]:{sign}.6f}"


def _weight(told: Valued) -> list[tuple[str, str]]:
    own, asked = told.weight, told.counts.asked
    return [
        ("asked", f"{asked:,} decisions by which the other run does something"),
        ("matched", f"{own.matched:.1%} of their choices in the log it could have made too"),
        ("effective", f"{own.effective_rows:,.0f} decisions, {own.effective_rewards:,.1f} rewards"),
        ("weights", f"mean {own.mean:.3f} (should be 1), largest {own.largest:,.2f}"),
    ]


def _show_actions(out: Console, told: Valued, *, compared: bool) -> None:
    heading(out, "by action")
    columns = ("", "log chose", "brought", "each") + (("other chooses",) if compared else ())
    rows = []
    for name, own in told.actions.items():
        each = f"{own.brought / own.chosen:.4f}" if own.chosen else ""
        row = (visible(name), f"{own.chosen:,}", f"{own.brought:,.2f}", each)
        rows.append((*row, f"{own.wanted:,.1f}") if compared else row)
    grid(out, columns, rows, right=columns[1:])
