"""Curves: how the figures went as the rows were learned.

In: the chances of each party, and the labels, in the order of the rows. Out: the figures at forty
places of the pass, of all rows so far and of the latest tenth. It refuses to know who predicted.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.measure.figures import area, mean
from rtm_flows.models.log_loss import log_losses
from rtm_flows.models.ranking import Interval

Vector = NDArray[np.float64]
Labels = NDArray[np.bool_]

PLACES = 40
"""Places of the pass at which figures are taken, equally far from each other."""

RECENT = 10
"""The latest rows are one in so many of all."""


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of some rows, as `Figures` has them."""

    n: int
    positives: int
    roc_auc: float | None
    roc_auc_95: Interval | None
    log_loss: float | None
    log_loss_95: Interval | None


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """Figures at one place of the pass.

    Attributes
    ----------
    row
        Rows learned by then.
    running
        Of all of them.
    recent
        Of the latest, at most a tenth of all rows of the table.
    """

    row: int
    running: Stretch
    recent: Stretch


def curves(parties: Mapping[str, Vector], labels: Labels) -> dict[str, list[Point]]:
    """Return the points of each party.

    Examples
    --------
    >>> labels = np.arange(80) % 4 == 0
    >>> points = curves({"half": np.full(80, 0.5)}, labels)["half"]
    >>> len(points), points[0].row, points[-1].running.n, points[-1].recent.n
    (40, 2, 80, 8)
    """
    n = len(labels)
    width = -(-n // RECENT)
    rows = sorted({-(-n * place // PLACES) for place in range(1, PLACES + 1)})
    places = [(row, max(0, row - width)) for row in rows]
    found = {}
    for name, chances in parties.items():
        losses = log_losses(chances, labels)
        found[name] = [
            Point(
                row=row,
                running=_stretch(chances[:row], labels[:row], losses[:row]),
                recent=_stretch(chances[late:row], labels[late:row], losses[late:row]),
            )
            for row, late in places
        ]
    return found


def _stretch(chances: Vector, labels: Labels, losses: Vector) -> Stretch:
    rank, rank_95 = area(chances, labels)
    loss, loss_95 = mean(losses)
    return Stretch(
        n=len(labels),
        positives=int(np.count_nonzero(labels)),
        roc_auc=rank,
        roc_auc_95=rank_95,
        log_loss=loss,
        log_loss_95=loss_95,
    )
