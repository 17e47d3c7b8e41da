"""Who leaves, in the configuration: nobody of whom the job still waits for something."""

from __future__ import annotations

from typing import Any

import pytest

from rtm_flows.config import load
from rtm_flows.config.people_rule import PeopleRule
from rtm_flows.errors import ConfigError
from rtm_flows.lanes.plan import Plan

MAIL = {"name": "mail", "channel": "email", "value": 1.0}


def test_nobody_leaves_unless_it_is_said() -> None:
    """Neither rule is there by default, nor with a broker."""
    kafka = {"input": {"kind": "kafka"}, "kafka": {"topics": [{"name": "a"}]}}

    assert load({"name": "shop"}).people == PeopleRule()
    assert load({"name": "shop", **kafka}).people == PeopleRule(inactive=None, most_per_lane=None)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"inactive": "a year"}, "people.inactive: "),
        ({"inactive": "PT30M"}, "people.inactive: must be longer than sessions.gap, PT30M; got"),
        ({"inactive": "P1D"}, "people.inactive: must be longer than dedup.window, P1D; got P1D"),
        ({"most_per_lane": 0}, "people.most_per_lane: wants at least 1; got 0"),
        ({"most": 7}, "unknown key `people.most`"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(changed: dict[str, Any], told: str) -> None:
    """With its key, and what it must be longer than."""
    with pytest.raises(ConfigError) as error:
        load({"name": "shop", "people": changed})

    assert told in str(error.value)


@pytest.mark.parametrize(
    ("job", "longer", "key"),
    [
        ({"models": {"intent": {"horizon": "P9D"}}}, "P9D", "models.intent.horizon"),
        ({"models": {"churn": {"horizon": "P9D"}}}, "P9D", "models.churn.horizon"),
        ({"time": {"order": "log", "lateness": "P9D"}}, "P9D", "time.lateness"),
        ({"suppressions": {"bought": "P9D"}}, "P9D", "suppressions.bought"),
        ({"actions": [{**MAIL, "expires_after": "P9D"}]}, "P9D", "expires_after of the action"),
        (
            {"actions": [MAIL], "limits": [{"name": "gap", "interval": "P9D"}]},
            "P9D",
            "the window of the limit 'gap'",
        ),
        (
            {
                "actions": [MAIL],
                "limits": [{"name": "gap", "interval": "P9D"}],
                "triggers": {"moments": [{"name": "quiet", "kind": "silence", "after": "P3D"}]},
            },
            "P12D",
            "the window of the limit 'gap', after a moment of P3D",
        ),
        (
            {
                "actions": [],
                "triggers": {"moments": [{"name": "quiet", "kind": "silence", "after": "P9D"}]},
            },
            "P9D",
            "the span of the moment 'quiet'",
        ),
    ],
)
def test_inactive_is_longer_than_what_is_waited_for(
    job: dict[str, Any], longer: str, key: str
) -> None:
    """At just as long it is refused, with the key; a millisecond more will do."""
    with pytest.raises(ConfigError, match="must be longer than") as error:
        load({"name": "shop", **job, "people": {"inactive": longer}})

    assert key in str(error.value)
    load({"name": "shop", **job, "people": {"inactive": f"{longer}T0.001S"}})


def test_in_order_of_the_log_a_full_lane_wants_one_partition() -> None:
    """Two have no rounds in common; in event order any number will do."""
    job = load({"name": "shop", "time": {"order": "log"}, "people": {"most_per_lane": 5}})

    with pytest.raises(ConfigError, match=r"people\.most_per_lane: .* of one partition.*got 2"):
        Plan.of(job, 2)
    assert Plan.of(job, 1).marks
    assert not Plan.of(load({"name": "shop", "people": {"most_per_lane": 5}}), 2).marks
