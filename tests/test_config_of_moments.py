"""Moments in the configuration: what is refused, with its key and the remedy."""

from __future__ import annotations

import re
from typing import Any

import pytest

from rtm_flows.config import load
from rtm_flows.errors import ConfigError

AFTER = {"name": "a", "after": "PT1H"}
WITHIN = {"name": "a", "within": "PT1H"}
CART = {**AFTER, "kind": "cart_abandonment"}
QUIET = {**AFTER, "kind": "silence"}
LOOKED = {**AFTER, "kind": "browse_abandonment"}
BUSY = {**WITHIN, "kind": "count", "types": ["search"], "count": 3}
THEN = {**WITHIN, "kind": "sequence", "first": ["search"], "then": ["purchase"]}
OVER = {"name": "a", "kind": "session_end"}
KEEN = {"name": "a", "kind": "score_crossing"}
KINDS = (
    "absence, browse_abandonment, cart_abandonment, checkout_abandonment, count, score_crossing,"
    " sequence, session_end, silence"
)
REFUSED: list[tuple[list[dict[str, Any]], str]] = [
    ([{**OVER, "kind": "sesion_end"}], f".kind: must be one of {KINDS}; got 'sesion_end'"),
    ([{**CART, "aftr": "PT1H"}], "unknown key `triggers.moments[0].aftr`; did you mean `after`?"),
    ([{"name": "a", "kind": "silence"}], ": Object missing required field `after`"),
    ([{**CART, "after": "PT0S"}], ": `after` must be positive; got PT0S"),
    ([{**CART, "after": "an hour"}], ": a duration must look like PT30M"),
    ([{**BUSY, "within": "PT0S"}], ": `within` must be positive; got PT0S"),
    ([{**BUSY, "count": 0}], ": `count` must be from 1 to 32; got 0"),
    ([{**BUSY, "count": 33}], ": `count` must be from 1 to 32; got 33"),
    ([{**LOOKED, "views": 0}], ": `views` must be from 1 to 32; got 0"),
    ([{**QUIET, "least": 33}], ": `least` must be from 1 to 32; got 33"),
    ([{**QUIET, "quantile": 0.0}], ": `quantile` must be above 0 and at most 1; got 0.0"),
    ([{**QUIET, "quantile": 1.5}], ": `quantile` must be above 0 and at most 1; got 1.5"),
    ([{**KEEN, "above": 0.0}], ": `above` must be above 0 and at most 1; got 0.0"),
    ([{**KEEN, "above": 50}], ": `above` must be above 0 and at most 1; got 50"),
    ([{**KEEN, "above": 0.5, "below": 0.6}], ": `below` must be above 0 and at most `above`, 0.5"),
    ([{**KEEN, "above": 0.5, "model": "churn"}], ".model: no model is called 'churn'"),
    ([{**OVER, "name": ""}], ".name: wants text without a colon"),
    ([{**OVER, "name": "event:search"}], "wants text without a colon, which the triggers of"),
    ([OVER, {**QUIET, "name": "a"}], "triggers.moments[1].name: every name must be used once"),
    ([{**BUSY, "types": ["serach"]}], ".types: 'serach' is no event type; did you mean 'search'?"),
    ([{**BUSY, "types": []}], ".types: at least one event type is needed"),
    ([{**THEN, "then": ["!", "x y"]}], ".then: 'x y' is no event type"),
    (
        [OVER, {**LOOKED, "name": "b", "after": "PT29M"}],
        "triggers.moments[1].after: must be at least sessions.gap PT30M",
    ),
]


@pytest.mark.parametrize(("moments", "said"), REFUSED)
def test_what_a_moment_cannot_mean_is_refused(moments: list[dict[str, Any]], said: str) -> None:
    """The complaint has the key, what is wrong, and what would be right."""
    with pytest.raises(ConfigError, match=re.escape(said)) as error:
        load({"name": "shop", "triggers": {"moments": moments}})

    assert "triggers.moments[" in str(error.value)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('trigger == "cart_lft"', "'cart_lft' is no trigger; did you mean 'cart_left'?"),
        ('trigger == "event:serach"', "'event:serach' is no trigger; did you mean 'event:search'?"),
        ('trigger == "search"', "'search' is no trigger; did you mean 'event:search'?"),
        ("trigger > 3", "trigger"),
        ("triger == 3", "did you mean 'trigger'?"),
    ],
)
def test_a_trigger_that_no_job_has_is_refused(rule: str, said: str) -> None:
    """With the nearest one that it has."""
    plain = {
        "name": "shop",
        "triggers": {"moments": [{**CART, "name": "cart_left"}]},
        "actions": [{"name": "mail", "applicable": rule}],
    }
    with pytest.raises(ConfigError, match=re.escape(said)):
        load(plain)


def test_rules_that_never_hold_together_are_seen_through_triggers() -> None:
    """Two names of what fired exclude each other."""
    rules = ['trigger == "cart_left"', 'trigger in ["event:search", "event:purchase"]']
    plain = {
        "name": "shop",
        "triggers": {"moments": [{**CART, "name": "cart_left"}]},
        "actions": [{"name": "mail", "applicable": rules}],
    }
    with pytest.raises(ConfigError, match="can never hold"):
        load(plain)


def test_a_cart_moment_reads_items() -> None:
    """Though no feature looks at them."""
    features = [{"name": "n", "kind": "session_count", "types": ["*"]}]
    plain = {"name": "shop", "features": features, "actions": []}

    assert load(plain).text == ()
    assert load({**plain, "triggers": {"moments": [CART]}}).text == ("item_id",)
