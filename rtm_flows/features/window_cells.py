"""The cells of windows refitted: those of one list of windows made those of another.

In: cells as one list of windows has kept them. Out: the cells as the other keeps them, for what
both ask. What only the other asks is 0 in all of them: nobody counted it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rtm_flows.columns import Table
from rtm_flows.features.window_layout import Asked, Layout, laid_out
from rtm_flows.people.rows import Ints


def cells_refitted(
    was: Sequence[Asked], now: Sequence[Asked], counts: Ints, cells: Table
) -> tuple[Ints, Table]:
    """Return how many cells everybody has, and all of them, as `Windows.restore` wants them.

    Parameters
    ----------
    was, now
        What the windows are asked that kept the cells, and those that are to go on with them.
    counts, cells
        As `Windows.export` gave them.
    """
    old, new = laid_out(was), laid_out(now)
    owner = np.repeat(np.arange(len(counts)), counts)
    number, values = _moved(old, new, cells)
    stays = np.flatnonzero((number >= 0) & (values != 0).any(axis=0))
    order = stays[np.lexsort((number[stays], owner[stays]))]
    left = np.bincount(owner[order], minlength=len(counts)).astype(np.int64)
    named = {f"v{field}": column[order] for field, column in enumerate(values)}
    return left, Table({"cell": number[order], **named})


def _moved(old: Layout, new: Layout, cells: Table) -> tuple[Ints, Ints]:
    """Return the new number of each cell, -1 for none, and its sums, (fields, cells)."""
    begins = np.array([window.first - window.width for window in old.windows], dtype=np.int64)
    kept = cells["cell"].astype(np.int64)
    of_window = np.searchsorted(begins, kept, side="right") - 1
    number = np.full(len(kept), -1, dtype=np.int64)
    values = np.zeros((new.fields, len(kept)), dtype=np.int64)
    targets = {(window.step_ms, window.width): window for window in new.windows}
    for at, window in enumerate(old.windows):
        target = targets.get((window.step_ms, window.width))
        if target is None:
            continue
        own = np.flatnonzero(of_window == at)
        number[own] = kept[own] - window.first + target.first
        for asked, field in window.fields.items():
            if asked in target.fields:
                values[target.fields[asked], own] = cells[f"v{field}"][own]
    return number, values
