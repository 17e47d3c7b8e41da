"""Notable: what an analyst should look at first in a run, in a sentence each.

In: an overview. Out: sentences, the worst first, by few and fixed rules (docs/report.md), so that
two runs can be compared. It refuses to know how a sentence is shown.
"""

from __future__ import annotations

from rtm_flows.measure.findings import Level
from rtm_flows.measure.overview.notable_course import in_course
from rtm_flows.measure.overview.notable_decisions import in_decisions
from rtm_flows.measure.overview.notable_records import in_records
from rtm_flows.measure.overview.notable_responses import in_responses
from rtm_flows.measure.overview.notable_scores import in_scores
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.sentences import Notable


def notable(run: Overview) -> list[Notable]:
    """Return what stands out, the worst first, else in the order of the path of a record."""
    order: list[Level] = ["warning", "caution", "good"]
    parts = (in_records, in_decisions, in_course, in_responses, in_scores)
    found = [one for part in parts for one in part(run)]
    return sorted(found, key=lambda one: order.index(one.level))
