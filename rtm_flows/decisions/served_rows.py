"""Served rows: how rows are named by which somebody decides, and how their features are sealed.

In: rows as they are served, in columns. Out: the id of the decision that each fires, and the digest
of the features that it is made from. Whoever needs either asks here, so that what is learned from
can be shown to be what was served.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Table
from rtm_flows.decisions.identity import decision_ids

DIGEST = 8
"""Bytes of a digest of features."""


def ids_of(job: str, rows: Table, triggers: Sequence[str]) -> list[str]:
    """Return the id of the decision that each row fires.

    Parameters
    ----------
    job
        Name of the job.
    rows
        Columns `person`, `event_time`, `source`, `id`; and `number`, the running number of the
        person's event, where ids of events may occur again.
    triggers
        Name of the trigger of each row.
    """
    ids: Sequence[str] = rows["id"].tolist()
    if "number" in rows:
        numbers = rows["number"].tolist()
        ids = [f"{event}\x1f{number}" for event, number in zip(ids, numbers, strict=True)]
    places = zip(rows["event_time"].tolist(), rows["source"].tolist(), ids, strict=True)
    return decision_ids(job, rows["person"].tolist(), triggers, places)


def digests(served: NDArray[np.float64]) -> list[bytes]:
    """Return the digest of each row of features as served (rounded): BLAKE2b, little-endian.

    Examples
    --------
    >>> one, other, same = digests(np.array([[0.3], [0.4], [0.3]]))
    >>> one == same, one == other
    (True, False)
    """
    packed = served.astype("<f8").tobytes()
    width = 8 * served.shape[1]
    starts = range(0, width * len(served), width) if width else [0] * len(served)
    return [blake2b(packed[at : at + width], digest_size=DIGEST).digest() for at in starts]
