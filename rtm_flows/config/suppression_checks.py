"""The first mistake in a job's suppressions and in what its actions are about, with its key.

In: a job. Out: nothing, or an error that names the key and what was wanted.
"""

from __future__ import annotations

from typing import get_args

from rtm_flows.config.job import Job
from rtm_flows.decisions.catalogue import Issue
from rtm_flows.errors import nearest, refuse
from rtm_flows.policy.suppressions import SPANS, Suppressions
from rtm_flows.times import parse_duration


def check_suppressions(job: Job) -> None:
    """Refuse suppressions that cannot mean what they say, and actions about what nobody follows.

    Raises
    ------
    ConfigError
        At the first mistake; the text starts with its key.
    """
    if job.suppressions is not None:
        _check_rule(job.suppressions)
    for item, others in job.accessories.items():
        if not item or not all(others):
            refuse("accessories", f"wants ids of items, none of them empty; got {item!r}")
    for at, action in enumerate(job.actions):
        if action.about and job.suppressions is None:
            text = f'"{action.about}" wants the table [suppressions]: add it, or leave `about` out'
            refuse(f"actions[{at}].about", text)
        if action.about == "accessory" and not job.accessories:
            text = '"accessory" wants the table [accessories], which says what goes with an item'
            refuse(f"actions[{at}].about", text)


def _check_rule(rule: Suppressions) -> None:
    for key in SPANS:
        text = getattr(rule, key)
        try:
            span = parse_duration(text) if text else None
        except ValueError as error:
            refuse(f"suppressions.{key}", str(error))
        if span == 0:
            refuse(f"suppressions.{key}", f'must be longer than zero, or "" for off; got {text}')
    if rule.ignored < 0:
        refuse("suppressions.ignored", f"wants at least 1, or 0 for off; got {rule.ignored}")
    issues = get_args(Issue)
    for at, issue in enumerate(rule.marketing):
        if issue not in issues:
            text = f"{issue!r} is no issue{nearest(issue, issues)}"
            refuse(f"suppressions.marketing[{at}]", text)
