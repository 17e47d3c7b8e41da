"""Deeper: the commands that show more, and what the words of the page mean.

In: an overview. Out: sections of the page. It refuses to run anything.
"""

from __future__ import annotations

import shlex

from rtm_flows.measure.overview.overview import Overview
from rtm_flows.report.markup import Markup, element, join
from rtm_flows.report.run.marks import short_id
from rtm_flows.report.tables import section

_MOST = 12


def deeper(run: Overview) -> Markup:
    """Return commands to go on with, each with a real id of this run."""
    folder = shlex.quote(run.name)
    examples = [(one.told, one.examples[0]) for one in run.decided.choices if one.examples]
    width = max([len(short_id(own)) for _, own in examples], default=0)
    lines = [
        f"rtm explain {short_id(own):<{width}} --run {folder}    # one of: {told}"
        for told, own in examples[:_MOST]
    ]
    lines += [
        f"rtm person ID --run {folder}    # one person: sessions, decisions, scores",
        f"rtm diff {folder} OTHER_RUN    # what a changed rule changes",
    ]
    if run.summary.responses is not None:
        lines.append(f"rtm worth {folder} OTHER_RUN    # what other rules would have brought")
    configs = ", ".join(one.config for one in run.decided.configs)
    made = f" This run was decided by configuration {configs}." if configs else ""
    return section(
        "deeper",
        "Where to look next",
        element(
            "p",
            f"In the folder that holds {folder}; ids may be shortened to 4 digits or more.{made}",
        ),
        element("pre", "\n".join(lines), tabindex="0", role="region", aria_label="Commands"),
    )


def meanings() -> Markup:
    """Return what the words of the page mean."""
    told = [
        join(element("dt", word), element("dd", meaning)) for word, meaning in _MEANINGS.items()
    ]
    return section("words", "What the words mean", element("dl", *told))


_MEANINGS = {
    "Trigger": "What asks for a decision, mostly an event. Each ends in exactly one decision.",
    "Candidate": "An action that could be chosen at a trigger: every action of the catalogue.",
    "No action": "A decision too: that nothing is done, and why.",
    "Priority": "Propensity x context weight x value x levers: what the action is thought to be "
    "worth now.",
    "Floor": "The least priority for which somebody is disturbed.",
    "Score": "What a model says in [0, 1] before it knows: how likely something is.",
    "Example": "A row of features of which it became known what it was worth.",
    "Response": "A decision that was shown, and whether a success came within the horizon.",
    "Orphan": "An outcome about no decision that is known: nothing is learned of it.",
    "ROC AUC": "Of a random positive and a random negative example, how often the positive one has "
    "the higher score. 0.5 is guessing, 1 a perfect order. Interval by DeLong.",
    "Log loss": "Mean surprise: -log of the chance given to what came true. Lower is better.",
    "Running rate": "The share of positives so far, given to everybody: needs no model.",
    "Calibration error": "Mean distance of chance and share that came true (ECE, 15 equal bins).",
    "Late": "A record whose time had passed already, by more than the job waits.",
    "Dead letter": "A record that could not be understood; why and where is in dead_letters.jsonl.",
}
