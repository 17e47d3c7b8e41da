"""Alike: whether what is kept of one job is, as it lies there, what the other would have kept.

In: both jobs. Out: yes or no; where it is no, state is refitted. All that refitting looks at is
looked at here: a difference that it would not act on may be called one, never the other way.
"""

from __future__ import annotations

from collections.abc import Hashable

from rtm_flows.columns import Table
from rtm_flows.decisions.candidates import candidates_of
from rtm_flows.lanes.choose import Chooser
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.profiles import Profiles
from rtm_flows.lanes.refit.jobs import Jobs


def alike(jobs: Jobs) -> bool:
    """Tell whether state fits both jobs as it is, if they differ in rules alone.

    Parameters
    ----------
    jobs
        Of which `config.changes.rules_alone` says so.
    """
    if jobs.deals_anew:
        return False
    of_people = [_of_people(one) for one in jobs.profiles]
    of_plan = [_of_plan(one) for one in (jobs.was, jobs.becomes)]
    return of_people[0] == of_people[1] and of_plan[0] == of_plan[1]


def _of_people(profiles: Profiles) -> tuple[object, ...]:
    """Return what is kept of people, by name and kind."""
    windows = profiles.features.windows.asked
    rows = _kinds(profiles.no_rows)
    return profiles.people.fields, tuple(profiles.runs), windows, rows


def _of_plan(plan: Plan) -> tuple[object, ...]:
    """Return all names by which something is kept, in the order in which they are numbered."""
    contacting = Chooser(plan).contacting
    numbered: dict[str, tuple[Hashable, ...]] = contacting.numbered
    return (
        candidates_of(plan.actions).names,
        contacting.active,
        tuple(contacting.runs),
        numbered,
        plan.moments,
        plan.shopping,
        plan.model_names,
        _kinds(plan.no_events()),
    )


def _kinds(table: Table) -> list[tuple[str, str, tuple[int, ...]]]:
    """Return names of columns with their types and shapes."""
    return [(name, column.dtype.str, column.shape[1:]) for name, column in table.columns.items()]
