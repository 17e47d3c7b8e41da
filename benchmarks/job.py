"""The job that every party runs, in its plainest form: one event at a time.

Per person: a 30-minute session, counts of four classes of events in the last hour (steps of
5 minutes) and the last day (steps of 1 hour), 20 features in all. A River logistic regression
scores the chance of a purchase in the session; it learns (features, True) at the first purchase
of a session and (features, False) when a session ends without one. A threshold rule names the
action. One record comes out for every event.

In: decoded events in order of arrival. Out: records. Refuses to know about engines and files.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from river import compose, linear_model, optim, preprocessing

Event = dict[str, Any]
Features = dict[str, float]
Label = tuple[Features, bool]
Record = dict[str, Any]

SESSION_GAP_MS = 1_800_000
COUNTED = {
    "page_view": "pages",
    "product_view": "products",
    "add_to_cart": "adds",
    "remove_from_cart": "removes",
    "search": "searches",
}
EVENT_CLASS = {"page_view": 0, "product_view": 1, "wishlist_add": 1, "add_to_cart": 2}
OTHER_CLASS = 3
LIKELY, POSSIBLE = 0.30, 0.12


def make_model() -> compose.Pipeline:
    """Return a fresh model: standard scaling and logistic regression by SGD."""
    return preprocessing.StandardScaler() | linear_model.LogisticRegression(optim.SGD(0.01))


class Window:
    """Counts of four classes of events in the last `cells` steps of `step_ms`."""

    def __init__(self, step_ms: int, cells: int) -> None:
        self.step_ms, self.cells = step_ms, cells
        self.seen: deque[tuple[int, int]] = deque()
        self.counts = [0] * 4

    def add(self, time_ms: int, event_class: int) -> None:
        """Count one event, and forget those that have left the window."""
        step = time_ms // self.step_ms
        self.seen.append((step, event_class))
        self.counts[event_class] += 1
        while self.seen[0][0] <= step - self.cells:
            self.counts[self.seen.popleft()[1]] -= 1


class Profile:
    """What is known of one person."""

    def __init__(self) -> None:
        self.last_ms = self.start_ms = 0
        self.hour, self.day = Window(300_000, 12), Window(3_600_000, 24)
        self.purchased = False
        self.served: Features | None = None
        self._reset_session()

    def update(self, event: Event) -> tuple[Features, list[Label]]:
        """Fold one event in; return its features and the labelled examples it settles."""
        kind: str = event["type"]
        time_ms = max(event["ts"], self.last_ms)
        gap_ms, labels = self._settle(kind, time_ms)
        self.purchased |= kind == "purchase"
        self.last_ms = time_ms
        price = event.get("price") or 0.0
        self._count(kind, price, time_ms)
        self.served = self._features(event, price, gap_ms)
        return self.served, labels

    def _reset_session(self) -> None:
        self.n, self.cart_cents = 0, 0
        self.counts = dict.fromkeys(COUNTED.values(), 0)

    def _settle(self, kind: str, time_ms: int) -> tuple[int, list[Label]]:
        labels: list[Label] = []
        gap_ms = time_ms - self.last_ms
        if gap_ms > SESSION_GAP_MS:
            if self.served is not None and not self.purchased:
                labels.append((self.served, False))
            self.served, self.purchased, self.start_ms, gap_ms = None, False, time_ms, 0
            self._reset_session()
        elif kind == "purchase" and not self.purchased and self.served is not None:
            labels.append((self.served, True))
        return gap_ms, labels

    def _count(self, kind: str, price: float, time_ms: int) -> None:
        self.n += 1
        if kind in COUNTED:
            self.counts[COUNTED[kind]] += 1
        sign = (kind == "add_to_cart") - (kind == "remove_from_cart")
        self.cart_cents += int(price * 100 + 0.5) * sign
        event_class = EVENT_CLASS.get(kind, OTHER_CLASS)
        self.hour.add(time_ms, event_class)
        self.day.add(time_ms, event_class)

    def _features(self, event: Event, price: float, gap_ms: int) -> Features:
        return {
            "n": self.n,
            **self.counts,
            "cart": self.cart_cents / 100,
            "length": (self.last_ms - self.start_ms) / 1000,
            "gap": gap_ms / 1000,
            "price": price,
            **{f"hour{i}": count for i, count in enumerate(self.hour.counts)},
            **{f"day{i}": count for i, count in enumerate(self.day.counts)},
            "mobile": int(event["device"] == "mobile"),
            "reached": int(event["channel"] in ("email", "social")),
        }


def decide(kind: str, features: Features, probability: float) -> str:
    """Return the action for one event."""
    if kind == "support_ticket":
        return "service_followup"
    if kind == "purchase":
        return "cross_sell"
    if probability >= LIKELY:
        return "cart_discount" if features["cart"] > 0 else "recommend_product"
    return "nudge_email" if probability >= POSSIBLE else "none"


def record(event: Event, probability: float, action: str) -> Record:
    """Return the output record of one event."""
    return {
        "event_id": event["event_id"],
        "user_id": event["user_id"],
        "ts": event["ts"],
        "p": round(probability, 6),
        "action": action,
    }


def answer(
    event: Event, features: Features, labels: list[Label], model: compose.Pipeline
) -> Record:
    """Learn what the event has settled, then score it and decide."""
    for served, bought in labels:
        model.learn_one(served, bought)
    probability: float = model.predict_proba_one(features)[True]
    return record(event, probability, decide(event["type"], features, probability))


def step(event: Event, profile: Profile, model: compose.Pipeline) -> Record:
    """Run the whole job for one event: update, learn, score, decide."""
    features, labels = profile.update(event)
    return answer(event, features, labels, model)
