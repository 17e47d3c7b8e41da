"""Purchase intent can be learned from behaviour: neither trivial nor noise."""

from __future__ import annotations

import random

import numpy as np
from numpy.typing import NDArray

from rtm_flows.simulate import Shop
from tests.simulate.conftest import lines_of
from tests.simulate.reader import Event, by_person, read, sessions

Floats = NDArray[np.float64]


def _features(seen: list[Event]) -> list[float]:
    """Return what a simple model knows of a session after these events."""
    counts = {t: sum(e["type"] == t for e in seen) for t in ("view_item", "add_to_cart")}
    categories = [e["item_category"] for e in seen if e["type"] == "view_item"]
    cart = sum(e["quantity"] * e["price"] for e in seen if e["type"] == "add_to_cart")
    return [
        len(seen),
        *counts.values(),
        sum(e["type"] == "begin_checkout" for e in seen),
        max((categories.count(c) for c in categories), default=0),
        (seen[-1]["ms"] - seen[0]["ms"]) / 1000,
        cart,
    ]


def _examples(shop: Shop) -> tuple[Floats, Floats]:
    """Return features and label at one random row before the purchase of each session."""
    dice = random.Random(5)
    events = list(read(lines_of(shop)[0]).events.values())
    rows, labels = [], []
    for session in sorted(sessions(events), key=lambda s: (s[0]["ms"], s[0]["id"])):
        kinds = [e["type"] for e in session]
        usable = kinds.index("purchase") if "purchase" in kinds else len(kinds)
        if usable:
            rows.append(_features(session[: dice.randint(1, usable)]))
            labels.append("purchase" in kinds)
    logs = np.log1p(np.array(rows))
    scaled = (logs - logs.mean(0)) / logs.std(0)
    return np.column_stack([np.ones(len(rows)), scaled]), np.array(labels, dtype=np.float64)


def _logistic(x: Floats, y: Floats) -> Floats:
    """Return the weights of a ridge logistic regression (Newton)."""
    weights = np.zeros(x.shape[1])
    for _ in range(12):
        p = 1 / (1 + np.exp(-x @ weights))
        curve = (x.T * (p * (1 - p))) @ x + np.eye(len(weights))
        weights += np.linalg.solve(curve, x.T @ (y - p) - weights)
    return weights


def _auc(score: Floats, y: Floats) -> float:
    wins = score[y == 1][:, None] - score[y == 0][None, :]
    return float((wins > 0).mean() + (wins == 0).mean() / 2)


def test_a_good_model_ranks_well_but_not_perfectly() -> None:
    """Learned on the first half, the ROC AUC on the second is between 0.80 and 0.88."""
    x, y = _examples(Shop(people=3_000, days=3, duplicates=0, late=0, broken=0))
    half = len(y) // 2
    assert 0.80 < _auc(x[half:] @ _logistic(x[:half], y[:half]), y[half:]) < 0.88


def test_people_who_leave_something_in_the_cart_buy_more_next_time() -> None:
    """History matters too: a full cart at the end of a visit raises the chance of the next."""
    events = read(lines_of(Shop(people=2_000, days=5, broken=0, late=0, anonymous=0))[0]).events
    bought: dict[bool, list[bool]] = {True: [], False: []}
    for mine in by_person(list(events.values())).values():
        full = False
        for visit in sessions(mine):
            kinds = [e["type"] for e in visit]
            bought[full].append("purchase" in kinds)
            full = "add_to_cart" in kinds and "purchase" not in kinds
    rate = {full: sum(b) / len(b) for full, b in bought.items()}
    assert rate[True] > 1.3 * rate[False]
