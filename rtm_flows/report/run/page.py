"""The page of a run, as one file that needs nothing else.

In: an overview. Out: HTML that is XML too, without scripts and without anything from elsewhere;
the same bytes for the same run. It refuses to look at a clock, and shows no person's id.
"""

from __future__ import annotations

from rtm_flows.measure.overview.overview import Overview
from rtm_flows.report.document import document, navigation
from rtm_flows.report.run.accounts import accounting
from rtm_flows.report.run.decisions import channels, decisions, triggers
from rtm_flows.report.run.deeper import deeper, meanings
from rtm_flows.report.run.funnel import funnel, rules
from rtm_flows.report.run.lead import first, header
from rtm_flows.report.run.responses import responses
from rtm_flows.report.run.scores import calibration, scores, slices
from rtm_flows.report.run.sessions import sessions

_CONTENTS = {
    "funnel": "Funnel",
    "rules": "Rules",
    "decisions": "Decisions",
    "channels": "Channels",
    "triggers": "Triggers",
    "responses": "Responses",
    "scores": "Scores",
    "calibration": "Calibration",
    "slices": "Slices",
    "sessions": "Sessions",
    "accounting": "Accounting",
    "deeper": "Look next",
    "words": "Words",
}


def run_page(run: Overview) -> str:
    """Return the report of a run as HTML."""
    parts = {
        "funnel": funnel(run),
        "rules": rules(run),
        "decisions": decisions(run),
        "channels": channels(run),
        "triggers": triggers(run),
        "responses": responses(run),
        "scores": scores(run),
        "calibration": calibration(run),
        "slices": slices(run),
        "sessions": sessions(run),
        "accounting": accounting(run),
        "deeper": deeper(run),
        "words": meanings(),
    }
    shown = {key: _CONTENTS[key] for key, part in parts.items() if part is not None}
    return document(
        f"{run.name}: report of a run",
        header(run),
        first(run),
        navigation(shown),
        *parts.values(),
        kind="run",
    )
