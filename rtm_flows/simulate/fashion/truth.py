"""The truth about each visit, as a table in a Parquet file.

In: what comes about in a world. Out: one row a visit, by start and person, and the settings of the
shop, of which everything else can be computed again. It knows nothing of lines.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import OutputError
from rtm_flows.simulate.fashion.campaigns import Send
from rtm_flows.simulate.fashion.chain import HESITANCE, INTENTS
from rtm_flows.simulate.fashion.draws import Bools, Floats
from rtm_flows.simulate.fashion.people import People
from rtm_flows.simulate.fashion.settings import Fashion
from rtm_flows.simulate.fashion.visits import GAP_MS, NO_LOGIN, Coming, chance_to_buy
from rtm_flows.simulate.fashion.walk import Ends, Steps
from rtm_flows.simulate.shop import DAY_MS

_COLUMNS = (
    *("person", "visit", "start", "end", "intent", "hesitance", "clicked", "store", "known"),
    *("open_case", "late_order", "fatigue", "chance_to_buy", "bought", "leave_chance", "left"),
    "away_chance",
)

AWAY_MS = 5 * DAY_MS


class VisitsTable:
    """Hears of a world, and gives one row a visit.

    Notes
    -----
    `person` is the number in `user_id`; `visit` counts the person's visits from 0; `start` and
    `end` are the first and last event, in milliseconds since 1970 UTC; `intent` is hidden from the
    lines, `chance_to_buy` is the chance before it was drawn (1 in the store); `known` tells whether
    the person was logged in by the end. `leave_chance` and `left` are of leaving for good after it;
    `away_chance` is that of not coming within `AWAY_MS` after it, but for clicks in messages.
    """

    def __init__(self) -> None:
        self._parts: list[dict[str, NDArray[Any]]] = []
        self._done: dict[str, NDArray[Any]] = {}

    def sent(self, people: People, message: Send) -> None:
        """Hear of a message; it has no visit yet."""

    def came(self, people: People, coming: Coming) -> None:
        """Note what is true as people come."""
        rows, start = coming.rows, coming.start
        self._done = {
            "person": people.person[rows],
            "visit": people.visits[rows].copy(),
            "start": start,
            "intent": coming.intent,
            "hesitance": coming.visits.kind // 2 % HESITANCE,
            "clicked": coming.clicked,
            "store": coming.store,
            "open_case": people.has_case(rows, start),
            "late_order": people.is_late(rows, start),
            "fatigue": people.fatigue(rows, start),
            "chance_to_buy": chance_to_buy(people, coming),
        }

    def walked(self, people: People, coming: Coming, steps: Steps, ends: Ends) -> None:
        """Note how visits ended."""
        self._done |= {"end": ends.last, "bought": ends.bought, "known": coming.login < NO_LOGIN}

    def ended(self, people: People, coming: Coming, ends: Ends, leave: Floats) -> None:
        """Note the chance to leave."""
        self._done["leave_chance"] = leave
        self._done["away_chance"] = _away(people, coming, ends, leave)

    def left(self, coming: Coming, left: Bools) -> None:
        """Note who left for good."""
        self._parts.append(self._done | {"left": left})

    def reached(self, time: int) -> None:
        """Hear how far the world has come."""

    def take(self) -> dict[str, NDArray[Any]]:
        """Return the rows since the last time, by start and person, and forget them."""
        parts, self._parts = self._parts, []
        whole = {name: _joined(parts, name) for name in _COLUMNS}
        order = np.lexsort((whole["person"], whole["start"]))
        return {name: column[order] for name, column in whole.items()}


def _away(people: People, coming: Coming, ends: Ends, leave: Floats) -> Floats:
    rows = coming.rows
    since, until = ends.last + GAP_MS + 1, ends.last + AWAY_MS
    visits = people.rate[rows] * people.rhythm.passed(people.locale[rows], since, until)
    away: Floats = leave + (1.0 - leave) * np.exp(-visits)
    return away


def _joined(parts: list[dict[str, NDArray[Any]]], name: str) -> NDArray[Any]:
    return np.concatenate([part[name] for part in parts]) if parts else np.zeros(0)


class TruthFile(VisitsTable):
    """Writes the truth about visits into a Parquet file, slice after slice.

    Parameters
    ----------
    path
        The file.
    shop
        Its settings are written into the file's metadata, as JSON, under `fashion`.
    """

    def __init__(self, path: Path, shop: Fashion) -> None:
        super().__init__()
        self._path, self._writer = path, None
        self._settings = msgspec.json.encode(shop)

    _writer: Any

    def reached(self, time: int) -> None:
        """Write what has come about.

        Raises
        ------
        OutputError
            If the file cannot be written.
        """
        if not self._parts:
            return
        try:
            self._write()
        except OSError as error:
            msg = f"{self._path}: cannot be written: {error.strerror or error}"
            raise OutputError(msg) from None

    def _write(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        columns = self.take()
        names = np.array(INTENTS, dtype=object)
        table = pa.table(columns | {"intent": names[columns["intent"]].tolist()})
        if self._writer is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            schema = table.schema.with_metadata({b"fashion": self._settings})
            self._writer = pq.ParquetWriter(self._path, schema)
        self._writer.write_table(table.cast(self._writer.schema))

    def close(self) -> None:
        """Finish the file."""
        if self._writer is not None:
            self._writer.close()
