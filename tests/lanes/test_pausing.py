"""Pausing: what was shown in vain rests, for as long as it was said, and comes back by itself."""

from __future__ import annotations

from typing import Any

import pytest

from rtm_flows.columns import as_text
from rtm_flows.config import load
from rtm_flows.errors import ConfigError
from rtm_flows.events.field_names import FIELD_NAMES
from rtm_flows.lanes.decide import Decide
from rtm_flows.lanes.kept import to_bytes
from rtm_flows.lanes.messages import KnownRows
from rtm_flows.lanes.plan import Plan
from rtm_flows.lanes.progress import END
from rtm_flows.lanes.span import Span
from tests.lanes.answers import of_core
from tests.lanes.test_decide import FIRST, Row, everywhere, known, versions
from tests.lanes.test_decide import JOB as TINY
from tests.reference.cases import event

PAUSE: dict[str, Any] = {"name": "dull", "after": 2, "within": "PT10S", "lasts": "PT20S"}
JOB: dict[str, Any] = {
    "name": "shop",
    "lanes": 4,
    "time": {"lateness": "PT0S", "tick": "PT1H"},
    "triggers": {"types": ["search", "impression", "clicked"]},
    "features": [{"name": "n", "kind": "session_count", "types": ["*"]}],
    "actions": [
        {"name": "sale", "propensity": 1.0, "treatments": [{"name": "mail", "channel": "email"}]},
        {"name": "tip", "propensity": 0.5},
    ],
    "pauses": [{**PAUSE, "actions": "sale"}],
}


def search(second: float) -> bytes:
    """Return an event that calls for a decision."""
    return event(second, "search", user="ann", id=f"search-{second}")


def shown(second: float, kind: str = "impression", user: str = "ann", **names: Any) -> bytes:
    """Return an event that tells that the sale was shown, or what came of it."""
    told = {"action": "sale", "id": f"{kind}-{second}-{user}", **names}
    return event(second, kind, user=user, **told)


def done(job: dict[str, Any], *lines: bytes) -> list[str]:
    """Return what is done for Ann at each search."""
    told = of_core(job, [[list(lines)]])["decisions"]
    return [one["name"] for one in told if one["trigger"]["type"] == "event:search"]


@pytest.mark.parametrize(("second", "then"), [(10, "sale"), (9.999, "tip")])
def test_showings_count_within_the_time(second: float, then: str) -> None:
    """Two of them in less than ten seconds; one that is ten seconds ago counts no more."""
    assert done(JOB, shown(0), search(1), shown(second), search(second)) == ["sale", then]


@pytest.mark.parametrize(("second", "then"), [(22.999, "tip"), (23, "sale")])
def test_a_pause_ends_by_itself(second: float, then: str) -> None:
    """After twenty seconds from the second showing, without an event that says so."""
    assert done(JOB, shown(0), shown(3), search(4), search(second)) == ["tip", then]


def test_an_event_is_taken_in_before_its_own_decision() -> None:
    """The showing that is one too many is itself answered with something else; so is success."""
    lines = [shown(0), shown(1), shown(2, "clicked")]

    decisions = of_core(JOB, [[lines]])["decisions"]

    assert [one["name"] for one in decisions] == ["sale", "tip", "sale"]


def test_success_takes_back_what_was_counted() -> None:
    """One showing after it is the first one again."""
    lines = [shown(0), shown(1, "clicked"), shown(2), search(3), shown(4), search(5)]

    assert done(JOB, *lines) == ["sale", "tip"]


def test_a_refusal_is_neither() -> None:
    """It is not counted, and changes nothing of what is."""
    assert done(JOB, shown(0), shown(1, "rejected"), search(2), shown(3), search(4)) == [
        "sale",
        "tip",
    ]


def test_the_count_begins_anew_with_a_pause() -> None:
    """What is shown in it counts for the next, which lasts from its own last showing."""
    once_more = [shown(0), shown(1), shown(20), search(21), shown(22), search(40), search(42)]

    assert done(JOB, *once_more) == ["sale", "tip", "sale"]


def test_what_others_are_shown_changes_nothing() -> None:
    """Nor what is not in the scope, nor what the catalogue does not have."""
    lines = [shown(0), shown(1, user="bob"), shown(2, action="tip"), shown(3, treatment="fax")]

    assert done(JOB, *lines, search(4)) == ["sale"]


def test_moments_on_an_event_do_not_show_it_again() -> None:
    """Two moments that fire on the first showing are the same showing."""
    on_it = [
        {"name": f"seen_{at}", "kind": "count", "types": ["impression"], "count": 1,
         "within": "PT1H"}
        for at in range(2)
    ]  # fmt: skip
    job = {**JOB, "triggers": {"types": ["search"], "moments": on_it}}

    assert done(job, shown(0), search(1), shown(2), search(3)) == ["sale", "tip"]


def test_the_candidate_tells_the_pause() -> None:
    """At the stage of the contact policy, with its priority; before any limit that holds too."""
    limit = {"name": "gap", "actions": "sale", "interval": "P1D"}
    job = {**JOB, "limits": [limit]}
    lines = [search(0), search(1), shown(2), shown(3), search(4)]

    decisions = of_core(job, [[lines]])["decisions"]

    told = [one["candidates"] for one in decisions if one["trigger"]["type"] == "event:search"]
    sale = [next(one for one in slate if one["name"] == "sale") for slate in told]
    assert [one["reason"] for one in sale] == [None, "gap", "dull"]
    assert (sale[2]["stage_dropped"], sale[2]["priority"]) == ("contact_policy", 1.0)


def test_where_all_rests_nothing_is_done() -> None:
    """The reason is that all is held back."""
    job = {**JOB, "pauses": [{**PAUSE, "by": "all"}]}
    lines = [shown(0), shown(1, action="tip"), search(2)]

    last = of_core(job, [[lines]])["decisions"][-1]

    assert (last["name"], last["reason"]) == ("no_action", "held_back")


def test_types_of_responses_are_those_of_pauses() -> None:
    """What shows an offer, and what is a success, is said once."""
    types = {"shown": ["email_opened"], "positive": ["impression"]}
    job = {**JOB, "responses": types}
    opened = [shown(second, "email_opened") for second in (0, 1)]

    assert done(job, *opened, search(2), shown(3), search(4)) == ["tip", "sale"]


@pytest.mark.parametrize("keys", [{}, {"experiments": [{"name": "a", "arms": [{"name": "b",
    "share": 1.0, "policy": "rules"}]}]}])  # fmt: skip
def test_rows_carry_no_names_that_no_pause_needs(keys: dict[str, Any]) -> None:
    """Neither are they read."""
    job = load({**JOB, "pauses": [], **keys})

    assert Plan.of(job, 1).carried == ()
    assert "action" not in job.text


def test_a_pause_has_a_name_of_its_own() -> None:
    """Else the reason of what is held back would be of two minds: pause or limit."""
    limit = {"name": "dull", "interval": "P1D"}

    with pytest.raises(
        ConfigError, match=r"pauses\[0\].name: 'dull' is already the name of limits"
    ):
        load({**JOB, "limits": [limit]})


def test_an_input_that_names_no_action_cannot_pause() -> None:
    """The complaint names the key of the mapping."""
    mapping = {name: name for name in FIELD_NAMES if name != "action"}
    job = {**JOB, "input": {"paths": ["a.csv"], "format": "mapping", "mapping": mapping}}

    with pytest.raises(ConfigError, match=r"input.mapping.action: what was shown names its action"):
        load(job)
    assert load({**job, "pauses": []}).pauses == ()


def test_what_is_over_is_not_saved() -> None:
    """Once no row can come to which it matters, though nothing is heard of the person again."""
    soon = {"name": "soon", "after": 1, "within": "PT1S", "lasts": "PT1S"}
    decide = Decide(Plan.of(load({**TINY, "pauses": [soon]}), 1))
    rows = known([Row(1, lane=0)], tick=2).rows
    assert rows is not None
    told: dict[str, list[str | None]] = {
        "type": ["impression"],
        "action": ["greet"],
        "treatment": [None],
    }
    table = rows.table.with_columns({name: as_text(one) for name, one in told.items()})
    sizes = []
    for message in (KnownRows(Span(table, 0, 1), FIRST + 1), known([], 2)):
        decide.take(0, message)
        everywhere(decide, versions(END))
        sizes.append(len(to_bytes(decide.whole(0))))

    assert sizes[1] < sizes[0]
