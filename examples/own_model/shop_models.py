"""A model of one's own that learns beside the one that is served; docs/own-models.md explains.

Used by `own_model.toml`, which names the class. The module must be where Python looks for modules,
so from the root of the repository:

    rtm simulate --people 700 --days 2 --seed 1 --output events.jsonl
    export PYTHONPATH=examples/own_model
    rtm check examples/own_model/own_model.toml
    rtm run examples/own_model/own_model.toml --input events.jsonl --output out

Before it is used, proven (tests/examples/test_own_model.py does it so):

    from rtm_flows.testing import check_model
    check_model("shop_models:CellRates", {"by": ["session_events", "cart_value"]})
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from rtm_flows.models.own import OwnModel, Row


class CellRates(OwnModel):
    """The rate of positives among rows that are alike: in the same cell of some features.

    Parameters
    ----------
    by
        The features that make rows alike: whole and half units of each are its cells.
    weight
        Examples that the rate of all counts for in each cell.
    """

    version = 1

    def __init__(self, features: Sequence[str], by: Sequence[str], weight: float = 20.0) -> None:
        super().__init__(features)
        if unknown := [name for name in by if name not in features]:
            msg = f"`by` must name features of the job; it has no {', '.join(unknown)}"
            raise ValueError(msg)
        self._by = list(by)
        self._weight = weight
        self._cells: dict[str, list[int]] = {}
        self._all = [1, 20]

    def predict_one(self, row: Row) -> float:
        """Return the rate in the row's cell, drawn towards that of all."""
        positives, n = self._cells.get(self._cell(row), (0, 0))
        prior = self._all[0] / self._all[1]
        return (positives + self._weight * prior) / (n + self._weight)

    def learn_one(self, row: Row, label: bool) -> None:
        """Count the example in its cell, and among all."""
        for counts in (self._cells.setdefault(self._cell(row), [0, 0]), self._all):
            counts[0] += label
            counts[1] += 1

    def save(self) -> bytes:
        """Return the counts."""
        return json.dumps([self._all, self._cells]).encode()

    def load(self, saved: bytes) -> None:
        """Take the counts on."""
        self._all, self._cells = json.loads(saved)

    def _cell(self, row: Row) -> str:
        # Most counts are logarithms here, so that a few cells reach far.
        return " ".join(str(int(2 * row[name])) for name in self._by)
