"""Hypothesis strategies for jobs: small ones, in which every key matters within a minute.

Out: jobs as plain mappings, shaped as the TOML of `docs/semantics.md` section 8, with features of
every kind and a few actions. `tests/strategies.py` makes streams for them.
A strategy is made once of the same arguments: making it takes longer than drawing from it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from hypothesis import strategies as st

from tests.action_strategies import (
    actions,
    contact_policies,
    explorations,
    suppressions,
    taught,
    without_items,
)
from tests.rule_strategies import Words, can_hold, rules

Kind = tuple[str, dict[str, st.SearchStrategy[Any]]]
"""A kind of feature, and what its keys may be."""
TYPES = (
    "view_item", "page_view", "search", "add_to_cart", "remove_from_cart", "begin_checkout",
    "purchase", "purchase", "order_completed",
)  # fmt: skip


LIFE_TYPES = (
    "order_completed", "order_updated", "order_shipped", "order_delayed", "order_delivered",
    "order_cancelled", "refund", "case_opened", "case_opened", "case_closed",
)  # fmt: skip
"""Types that some kinds of features look at."""
STATES = (
    "placed", "paid", "delayed", "shipped", "shipped_delayed", "delivered", "cancelled", "refunded",
)  # fmt: skip
_SPEND = {"p": 6.25, "q": 3.74, "v": 15.44}


COMPUTED = (
    "decayed_count", "decayed_sum", "share", "rate", "affinity",
    "p_alive", "expected_purchases", "expected_spend",
)  # fmt: skip
"""Kinds that compute with powers, or by formulas."""
MATURE = st.fixed_dictionaries(
    {"mature": st.sampled_from([1, 3]), "mature_positives": st.sampled_from([0, 1])}
)


@cache
def seconds(*choices: float) -> st.SearchStrategy[str]:
    """Return one of some durations, as ISO 8601."""
    return st.sampled_from([f"PT{choice:g}S" for choice in choices])


@cache
def type_lists() -> st.SearchStrategy[list[str]]:
    """Return a list of types as jobs declare it: some, all, or all but some."""
    some = st.lists(st.sampled_from(sorted(set(TYPES))), min_size=1, max_size=3, unique=True)
    return st.one_of(st.just(["*"]), some, some.map(lambda types: ["!", *types]))


@cache
def features(*wanted: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return one feature, without its name, of any kind or of some."""
    money, types = st.sampled_from(["price", "quantity", "amount"]), type_lists()
    span = {"width": seconds(5, 10, 20), "step": st.just("PT5S")}
    kinds: list[Kind] = [
        ("session_count", {"types": types}),
        ("session_sum", {"field": money, "add": types, "subtract": types}),
        ("session_seconds", {}),
        ("gap_seconds", {}),
        ("window_count", {"types": types, **span}),
        ("window_sum", {"field": money, "add": types, "subtract": types, **span}),
        ("window_cells", {"types": types, **span}),
        ("decayed_count", {"types": types, "half_life": seconds(1, 10, 60)}),
        ("since_seconds", {"types": types, "never": seconds(8, 3600)}),
        *history_kinds(types, money),
        *service_kinds(),
        ("property", {"field": money}),
        ("indicator", {"field": st.just("channel"), "values": st.just(["web", "app"])}),
        ("indicator", {"field": st.just("type"), "values": st.just(["search", "purchase"])}),
        *order_kinds(types),
    ]
    scale = {"scale": st.sampled_from(["none", "log1p"])}
    return st.one_of(
        [
            st.fixed_dictionaries({"kind": st.just(kind), **keys}, optional=scale)
            for kind, keys in kinds
            if kind in wanted or not wanted
        ]
    )


def history_kinds(types: st.SearchStrategy[list[str]], money: st.SearchStrategy[str]) -> list[Kind]:
    """Return the kinds over a person's whole past, with short half-lives and few entries."""
    half_life = seconds(1, 10, 60)
    fading = st.one_of(st.none(), half_life)
    devices = {"field": st.just("channel"), "values": st.just(["web", "app"])}
    ratio = {"prior": st.sampled_from([0.0, 0.25]), "weight": st.sampled_from([1.0, 4])}
    spread = {
        "field": st.sampled_from(["item_id", "item_category"]),
        "measure": st.sampled_from(["own_share", "top_share", "distinct"]),
        "entries": st.sampled_from([1, 2, 8]),
    }
    return [
        ("decayed_sum", {"field": money, "types": types, "half_life": half_life}),
        ("lifetime_count", {"types": types}),
        ("lifetime_sum", {"field": money, "add": types, "subtract": types}),
        ("days_active", {"types": types}),
        ("away_seconds", {"never": seconds(8, 3600)}),
        ("share", {"types": types, "half_life": fading, **devices}),
        ("rate", {"hits": types, "of": types, "half_life": fading, **ratio}),
        ("rate", {"hits": types, "of": types, **ratio, **devices}),
        ("habit", {"part": st.sampled_from(["hour", "weekday"]), "types": types}),
        ("affinity", {"types": types, "half_life": half_life, **spread}),
    ]


def service_kinds() -> list[Kind]:
    """Return the kinds over what a person has running."""
    states = st.lists(st.sampled_from(STATES), min_size=1, max_size=4, unique=True)
    return [
        ("cart_quantity", {}),
        ("cart_value", {}),
        ("cart_items", {}),
        ("orders_in_state", {"states": states}),
        ("order_state_seconds", {"states": states, "never": seconds(8, 3600)}),
        ("order_faults", {}),
        ("open_cases", {}),
    ]


def order_kinds(types: st.SearchStrategy[list[str]]) -> list[Kind]:
    """Return the kinds over all orders of a customer."""
    orders = {
        "step": seconds(1, 5),
        "once_per": st.sampled_from(["transaction", "transaction", "event"]),
        "types": st.one_of(st.just(["purchase", "order_completed"]), types),
    }
    customers = {
        **orders,
        "r": st.just(0.243),
        "alpha": st.just(4.414),
        "a": st.sampled_from([0.793, 1.5]),
        "b": st.just(2.426),
        "unit": seconds(1, 7),
    }
    return [
        ("order_count", orders),
        ("occasion_count", orders),
        ("order_value", orders),
        ("first_order_seconds", orders),
        ("last_order_seconds", {**orders, "never": seconds(8, 3600)}),
        ("p_alive", customers),
        ("expected_purchases", {**customers, "horizon": seconds(10, 100)}),
        ("expected_spend", {**orders, **{k: st.just(x) for k, x in _SPEND.items()}}),
    ]


@st.composite
def jobs(draw: st.DrawFn, order: str | None = None, sort: bool | None = None) -> dict[str, Any]:
    """Return a small job: short gaps, ticks and windows, every kind of feature, a few actions.

    Parameters
    ----------
    draw
        Given by hypothesis.
    order, sort
        Fixed where given, else drawn.
    """
    order = draw(st.sampled_from(["event", "log"])) if order is None else order
    tick = draw(st.sampled_from([4, 10]))
    time: dict[str, Any] = {
        "order": order,
        "lateness": draw(seconds(0, 3, 12)),
        "tick": f"PT{tick}S",
        "ahead": draw(seconds(0, 60)),
    }
    if order == "event":  # in log order the least lag follows from the lateness: the default
        time["lag"] = draw(st.sampled_from([2, 3]))
    drawn = draw(st.lists(features(), min_size=1, max_size=10))
    words, names = named(drawn)
    sliced = enumerate(draw(slicings(words)))
    slices = [{"name": f"slice_{number}", "when": when} for number, when in sliced]
    gap = draw(st.sampled_from([5, 10, 30]))
    models = {"intent": draw(learning())}
    if draw(st.booleans()):
        models["churn"] = draw(leaving(gap))
    floor = draw(st.sampled_from([0.0, 0.3]))
    words = words._replace(scores=tuple(models), types=tuple(sorted(set(TYPES))))
    catalogue = draw(st.lists(actions(words, floor), max_size=4))
    kinds = ("epsilon", "softmax", *(("thompson",) if catalogue else ()))
    exploration = draw(explorations(kinds))
    learns: dict[str, Any] = {}
    if exploration.get("kind") == "thompson":  # of what nothing is learned, nothing can be drawn
        catalogue, learns = draw(taught(catalogue)), {"responses": {}}
    # Limits mean the actions of a catalogue, so one without actions has none.
    contacting = draw(contact_policies()) if catalogue else {}
    suppressing = draw(suppressions())
    if not suppressing:
        catalogue = [without_items(one) for one in catalogue]
    return {
        "name": "shop",
        "lanes": draw(st.sampled_from([1, 3, 128])),
        "floor": floor,
        "input": {
            "sort": draw(st.booleans()) if sort is None else sort,
            **draw(st.sampled_from([{}, {"source": "web"}])),
        },
        "time": time,
        "sessions": {"gap": f"PT{gap}S"},
        "dedup": {"window": draw(seconds(0, 5, 3600))},
        "models": models,
        "learning": {"period": f"PT{draw(st.sampled_from([1, 3])) * tick}S", "slices": slices},
        "triggers": {"types": draw(type_lists())},
        "features": [{"name": name, **feature} for name, feature in zip(names, drawn, strict=True)],
        "actions": [
            {"name": f"action_{number}", **action} for number, action in enumerate(catalogue)
        ],
        **contacting,
        **suppressing,
        "exploration": exploration,
        **learns,
        "outputs": {"decisions": {"all_reasons": draw(st.booleans())}},
    }


def named(drawn: Sequence[dict[str, Any]]) -> tuple[Words, list[str]]:
    """Return what rules may say of features, and their names: each sort has numbers of its own.

    So there are few sets of words, and the strategies of their rules are made once.
    """
    names: dict[str, list[str]] = {"f": [], "r": []}
    told = []
    for one in drawn:
        letter = "r" if one["kind"] in COMPUTED else "f"
        told.append(f"{letter}{len(names[letter])}")
        names[letter].append(told[-1])
    return Words(exact=tuple(names["f"]), rough=tuple(names["r"])), told


@cache
def slicings(words: Words) -> st.SearchStrategy[list[list[str]]]:
    """Return the rules of some slices: often of none."""
    tests = st.lists(rules(words), min_size=1, max_size=2).filter(
        lambda when: can_hold({"eligible": when}, words)
    )
    return st.lists(tests, max_size=2)


@cache
def moments(gap: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return some moments of any kind, where sessions end after `gap` seconds."""
    types = type_lists()
    after = {"after": seconds(0.001, 3, 5, gap, gap + 4, 3 * gap)}
    within = {"within": seconds(0.001, 1, 5, 10, gap)}
    own = {"quantile": st.sampled_from([0.3, 0.5, 1.0]), "least": st.sampled_from([1, 2, 3])}
    kinds: list[Kind] = [
        ("session_end", {}),
        ("cart_abandonment", after),
        ("checkout_abandonment", after),
        ("browse_abandonment", {"after": seconds(gap, gap + 4), "views": st.sampled_from([1, 2])}),
        ("silence", after),
        ("silence", {**after, **own}),
        ("absence", {**within, "after_types": types, "of": types}),
        ("sequence", {**within, "first": types, "then": types}),
        ("score_crossing", {"above": st.sampled_from([0.02, 0.1, 0.5, 1.0])}),
        ("score_crossing", {"above": st.just(0.1), "below": st.sampled_from([0.05, 0.1])}),
        ("count", {**within, "types": types, "count": st.sampled_from([1, 2, 3])}),
    ]
    one = st.one_of(
        [st.fixed_dictionaries({"kind": st.just(kind), **keys}) for kind, keys in kinds]
    )
    return st.lists(one, min_size=1, max_size=6).map(
        lambda drawn: [{"name": f"moment_{at}", **each} for at, each in enumerate(drawn)]
    )


@cache
def learning() -> st.SearchStrategy[dict[str, Any]]:
    """Return the keys of intent, which matures after a few examples and learns visibly."""
    rows = st.fixed_dictionaries({"rows_per_session": st.sampled_from([1, 2, 3])})
    horizon = st.fixed_dictionaries(
        {
            "horizon": seconds(0.001, 3, 10, 40),
            "rows_waiting": st.sampled_from([1, 2, 64]),
            "labels": st.sampled_from(["wait", "fake_negative_weighted", "corrected"]),
        }
    )
    return st.builds(_joined, kinds(), MATURE, contests(), rows, st.one_of(st.just({}), horizon))


@cache
def leaving(gap: int) -> st.SearchStrategy[dict[str, Any]]:
    """Return the keys of churn, where sessions end after `gap` seconds: in a contract or not."""
    types = st.one_of(
        st.fixed_dictionaries({}, optional={"active": type_lists()}),
        st.fixed_dictionaries({"cancelled": type_lists()}),
    )
    rule = {
        "horizon": seconds(gap + 1, gap + 7, 2 * gap, 3 * gap),
    }
    return st.builds(_joined, kinds(), MATURE, contests(), st.fixed_dictionaries(rule), types)


@st.composite
def contests(draw: st.DrawFn) -> dict[str, Any]:
    """Return who challenges a model, mostly nobody, and a test that many pass after a few."""
    rivals = draw(st.lists(kinds(), max_size=2)) if draw(st.booleans()) else []
    if not rivals:
        return {}
    promotion = {"after": draw(st.integers(2, 5)), "level": draw(st.sampled_from([0.1, 0.5]))}
    told = {"promotion": promotion} if draw(st.booleans()) else {}
    return {
        "challengers": [{"name": f"rival_{at}", **one} for at, one in enumerate(rivals)],
        **told,
    }


@cache
def kinds() -> st.SearchStrategy[dict[str, Any]]:
    """Return the keys by which a model learns visibly: of any kind."""
    rate = {"kind": st.just("sgd"), "learning_rate": st.sampled_from([0.01, 0.3])}
    return st.one_of(st.fixed_dictionaries(rate), st.just({}))


def _joined(*parts: dict[str, Any]) -> dict[str, Any]:
    return {key: value for part in parts for key, value in part.items()}
