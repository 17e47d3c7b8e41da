"""The job: section 8 of the page, with its defaults.

In: a plain mapping, shaped as the TOML. Out: a `Job` with durations in milliseconds. It checks
nothing: a wrong job is not its business.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .times import duration


@dataclass(frozen=True)
class Rule:
    """What a model is, and how fast it learns."""

    kind: str
    learning_rate: float


@dataclass(frozen=True)
class Promotion:
    """When a challenger is promoted."""

    after: int
    level: float


@dataclass(frozen=True)
class Learning(Rule):
    """A rule, how much the model must have learned to be believed, and who challenges it."""

    mature: int
    mature_positives: int
    challengers: Mapping[str, Rule]
    promotion: Promotion | None


@dataclass(frozen=True)
class Churn:
    """When somebody is gone: the horizon in ms, and the types of events looked for within it."""

    horizon: int
    types: Sequence[str]
    contract: bool


@dataclass(frozen=True)
class Responses:
    """Which events are outcomes, by list, and how long they are waited for, in ms."""

    lists: Mapping[str, Sequence[str]]
    horizon: int
    within: int
    remembered: int
    waiting: int


@dataclass(frozen=True)
class Job:
    """All that the answer depends on; durations are milliseconds."""

    name: str
    source: str
    sort: bool
    ignored_types: frozenset[str]
    ignore_unknown_types: bool
    order: str
    lateness: int
    tick: int
    lag: int
    ahead: int
    gap: int
    dedup_window: int
    lanes: int
    inactive: int | None
    most_per_lane: int | None
    models: Mapping[str, Learning]
    rows_per_session: int
    rows_waiting: int
    horizon: int | None
    labels: str
    period: int
    slices: Sequence[tuple[str, Sequence[str]]]
    churn: Churn | None
    trigger_types: Sequence[str]
    moments: Sequence[Mapping[str, Any]]
    floor: float
    features: Sequence[Mapping[str, Any]]
    actions: Sequence[Mapping[str, Any]]
    all_reasons: bool
    responses: Responses | None
    exploration: Mapping[str, Any]
    pauses: Sequence[Mapping[str, Any]]
    limits: Sequence[Mapping[str, Any]]
    contacts: Mapping[str, Any]
    supersede: str
    experiments: Sequence[Mapping[str, Any]]
    suppressions: Mapping[str, Any] | None
    accessories: Mapping[str, Sequence[str]]

    @property
    def leaves(self) -> bool:
        """Whether anybody ever leaves."""
        return self.inactive is not None or self.most_per_lane is not None

    @property
    def settled(self) -> Sequence[str]:
        """The types that report a delivery."""
        types: Sequence[str] = self.contacts.get(
            "settled", ("delivered", "email_delivered", "impression")
        )
        return types

    @property
    def released(self) -> Sequence[str]:
        """The types that report that there was none."""
        types: Sequence[str] = self.contacts.get("released", ("failed", "email_bounced"))
        return types

    @property
    def outcomes(self) -> Mapping[str, Sequence[str]]:
        """The types that tell what was shown, and what became of it."""
        return (self.responses or _responses({})).lists

    @property
    def text_fields(self) -> list[str]:
        """The text fields that the features use, in alphabetical order."""
        used = {_text_field(feature) for feature in self.features}
        used |= {"decision_id", "timezone"} if self.limits else set()
        used |= {"action", "treatment"} if self.pauses else set()
        if self.suppressions is not None:
            used |= {"case_id", "item_id", "transaction_id"}
        used |= {"decision_id"} if self.supersede != "none" else set()
        if self.responses:
            used |= {"decision_id", "action", "treatment"}
        used |= {"item_id" for moment in self.moments if moment["kind"] == "cart_abandonment"}
        return sorted(field for field in used if field is not None and field != "type")


def _text_field(feature: Mapping[str, Any]) -> str | None:
    kind = feature["kind"]
    if kind in ("indicator", "share", "rate", "affinity"):
        return feature.get("field")
    if kind.startswith("cart_"):
        return "item_id"
    if kind in ("orders_in_state", "order_state_seconds", "order_faults"):
        return "transaction_id"
    if _counts_orders_once(feature):
        return "transaction_id"
    return "case_id" if kind == "open_cases" else None


def read_job(plain: Mapping[str, Any]) -> Job:
    """Return the job with every default filled in."""
    source_keys, time = plain.get("input", {}), plain.get("time", {})
    mapping = source_keys.get("mapping", {})
    models = {"intent": {}, **plain.get("models", {})}
    order = time.get("order", "event")
    lateness, tick = duration(time.get("lateness", "PT1M")), duration(time.get("tick", "PT1M"))
    return Job(
        name=plain["name"],
        source=source_keys.get("source", plain["name"]),
        sort=source_keys.get("sort", True),
        ignored_types=frozenset(mapping.get("ignore", ())),
        ignore_unknown_types=mapping.get("unmapped") == "ignore",
        order=order,
        lateness=lateness,
        tick=tick,
        lag=time.get("lag", _default_lag(order, lateness, tick)),
        ahead=duration(time.get("ahead", "PT1H")),
        gap=duration(plain.get("sessions", {}).get("gap", "PT30M")),
        dedup_window=duration(plain.get("dedup", {}).get("window", "P1D")),
        lanes=plain.get("lanes", 128),
        inactive=_optional(plain.get("people", {}).get("inactive")),
        most_per_lane=plain.get("people", {}).get("most_per_lane"),
        models={name: _learning(models[name]) for name in ("intent", "churn") if name in models},
        rows_per_session=models["intent"].get("rows_per_session", 1),
        rows_waiting=models["intent"].get("rows_waiting", 64),
        labels=models["intent"].get("labels", "wait"),
        horizon=duration(models["intent"]["horizon"]) if "horizon" in models["intent"] else None,
        period=duration(plain.get("learning", {}).get("period", "PT1H")),
        slices=[
            (s["name"], listed(s["when"])) for s in plain.get("learning", {}).get("slices", ())
        ],
        churn=_churn(models["churn"]) if "churn" in models else None,
        trigger_types=plain.get("triggers", {}).get("types", ["*"]),
        moments=plain.get("triggers", {}).get("moments", []),
        floor=plain.get("floor", 0.0),
        features=plain["features"],
        actions=plain["actions"],
        all_reasons=plain.get("outputs", {}).get("decisions", {}).get("all_reasons", False),
        exploration=plain.get("exploration", {}),
        pauses=plain.get("pauses", ()),
        limits=plain.get("limits", ()),
        contacts=plain.get("contacts", {}),
        supersede=plain.get("delivery", {}).get("supersede", "none"),
        experiments=plain.get("experiments", ()),
        suppressions=plain.get("suppressions"),
        accessories=plain.get("accessories", {}),
        responses=_responses(plain["responses"]) if "responses" in plain else None,
    )


def _optional(text: str | None) -> int | None:
    return None if text is None else duration(text)


def listed(rules: str | Sequence[str]) -> Sequence[str]:
    """Return rules as a list, also where one stands alone."""
    return [rules] if isinstance(rules, str) else rules


def _counts_orders_once(feature: Mapping[str, Any]) -> bool:
    kinds = {"p_alive", "expected_purchases", "expected_spend", "occasion_count"}
    of_orders = feature["kind"] in kinds or "order_" in feature["kind"]
    return of_orders and feature.get("once_per", "transaction") == "transaction"


def _rule(keys: Mapping[str, Any]) -> Rule:
    return Rule(kind=keys.get("kind", "newton"), learning_rate=keys.get("learning_rate", 0.01))


def _learning(keys: Mapping[str, Any]) -> Learning:
    challengers = keys.get("challengers", [])
    promotion = {"after": 1000, "level": 0.01, **keys["promotion"]} if "promotion" in keys else None
    return Learning(
        **vars(_rule(keys)),
        challengers={one.get("name", one.get("kind", "newton")): _rule(one) for one in challengers},
        promotion=None if promotion is None else Promotion(**promotion),
        mature=keys.get("mature", 200),
        mature_positives=keys.get("mature_positives", 20),
    )


def _churn(keys: Mapping[str, Any]) -> Churn:
    cancelled = keys.get("cancelled", [])
    return Churn(
        horizon=duration(keys.get("horizon", "P30D")),
        types=cancelled or keys.get("active", ["*"]),
        contract=bool(cancelled),
    )


def _responses(keys: Mapping[str, Any]) -> Responses:
    """Return the rule with every default filled in."""
    positive = ["clicked", "accepted", "converted"]
    lists = {"shown": ["impression"], "positive": positive, "negative": ["rejected"]}
    return Responses(
        lists={name: keys.get(name, types) for name, types in lists.items()},
        horizon=duration(keys.get("horizon", "P1D")),
        within=duration(keys.get("within", "P1D")),
        remembered=keys.get("remembered", 32),
        waiting=keys.get("waiting", 32),
    )


def _default_lag(order: str, lateness: int, tick: int) -> int:
    if order == "event":
        return 2
    ticks_of_lateness = -(-lateness // tick)  # rounded up
    return 2 + ticks_of_lateness


def matches(types: Sequence[str], event_type: str) -> bool:
    """Say whether a list of types holds this type; `["*"]` is all, `["!", "a"]` all but a.

    Examples
    --------
    >>> matches(["*"], "search"), matches(["!", "search"], "search"), matches(["a", "b"], "b")
    (True, False, True)
    """
    if event_type == "":  # of no event: a moment by a timer
        return False
    if list(types) == ["*"]:
        return True
    if types and types[0] == "!":
        return event_type not in types[1:]
    return event_type in types
