"""Tables to learn from: numbers with gaps, texts, and labels that hang on both."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.hashing import Codes, text_codes
from rtm_flows.models.learner import Learner

NUMBERS = ["views", "spent", "flag"]
TEXTS = ["channel", "city"]


class Table(NamedTuple):
    """Rows of a table, and their labels."""

    numbers: NDArray[np.float64]
    texts: Codes
    labels: list[bool]


def table(n: int, seed: int = 1) -> Table:
    """Return `n` rows; the label hangs on a number, a text, and a pair of them."""
    random = np.random.default_rng(seed)
    views = random.poisson(5.0, n).astype(np.float64)
    spent = np.where(random.random(n) < 0.1, np.nan, random.lognormal(3.0, 2.0, n))
    flag = (random.random(n) < 0.3).astype(np.float64)
    channel = random.choice(["mail", "web", "shop"], n)
    city = random.choice([f"city {number}" for number in range(60)], n)
    logit = 0.4 * (views - 5.0) + (channel == "mail") - 2.0 * flag * (channel == "web") - 1.0
    labels = random.random(n) < 1.0 / (1.0 + np.exp(-logit))
    texts = np.stack([text_codes(channel.tolist()), text_codes(city.tolist())], axis=1)
    return Table(np.stack([views, spent, flag], axis=1), texts, labels.tolist())


def learned(rows: Table) -> Learner:
    """Return a learner that has learned these rows."""
    learner = Learner(NUMBERS, TEXTS)
    learner.learn_rows(*rows)
    return learner
