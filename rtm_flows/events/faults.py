"""Faults: the dead letters of a batch, one for each record, the first fault found being told.

In: masks of rows with a reason. Out: `BadRecord`s. It knows nothing of what is tested.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from rtm_flows.events.outcome import BadRecord

Mask = NDArray[np.bool_]


class Faults:
    """Collects what is wrong with the records of a batch.

    Parameters
    ----------
    rows
        The index of each record in the batch.
    places
        Field -> the column it was read from, as dead letters name it.

    Examples
    --------
    >>> faults = Faults(np.array([4, 5]), {"price": "amount_eur"})
    >>> faults.add(np.array([False, True]), "bad_number", "price", "expected a number")
    >>> faults.found, faults.mask.tolist()
    ([BadRecord(row=5, reason='bad_number', field='amount_eur', ...)], [False, True])
    """

    def __init__(self, rows: NDArray[np.int64], places: Mapping[str, str]) -> None:
        self.found: list[BadRecord] = []
        self.mask: Mask = np.zeros(len(rows), dtype=np.bool_)
        self._rows = rows
        self._places = places

    def add(self, where: Mask, reason: str, field: str, detail: str) -> None:
        """Note a fault of the rows where the mask is set and nothing was wrong so far."""
        new = where & ~self.mask
        if new.any():
            place = self._places.get(field, field)
            rows = self._rows[new].tolist()
            self.found.extend(BadRecord(row, reason, place, detail) for row in rows)
            self.mask |= new
