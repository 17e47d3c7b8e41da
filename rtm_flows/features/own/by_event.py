"""Features event by event: one plain function, for whom vectorising is not worth the trouble.

In: a function from a person's state and one event to the state after it and the values. Out: the
same contract as any other feature of one's own. It costs some microseconds an event, where columns
cost some tens of nanoseconds.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np

from rtm_flows.columns import Column
from rtm_flows.errors import FeatureError
from rtm_flows.features.own.contract import OwnFeature
from rtm_flows.features.part import KeysOf, Pass

StateOfOne = dict[str, Any]
"""One person's state: a bool, int or float by the name of each field."""

_PLAIN: dict[str, type[bool | int | float]] = {"?": bool, "i8": int, "f8": float}


class ByEvent(OwnFeature):
    """A feature of one's own as a function of one event; `fields` are single bools, i8 or f8.

    `types`, `maps` and masks have no use here: the function looks at the type itself.
    """

    @abstractmethod
    def step(self, state: StateOfOne, event: Mapping[str, Any]) -> tuple[StateOfOne, Any]:
        """Return the state after an event, and the value at it (or values by name).

        Parameters
        ----------
        state
            The person's state before the event, by name of field.
        event
            `type`, `time` (the person's clock, in milliseconds since 1970), `price`, `quantity`,
            `amount` (money in minor units), `session` (1 for the person's first), and the fields
            of `text`.
        """

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the values at every row, walking them one by one, and store the state."""
        rows, names = of.rows, tuple(self.values)
        read = {
            field.name: self._plain(field.name, field.dtype, field.tail) for field in self.fields
        }
        before = [of.people[name][rows.people].tolist() for name in read]
        events = {name: of.events[name].tolist() for name in of.events}
        events |= {"time": rows.clock.tolist(), "session": of.sessions.session.tolist()}
        told: list[list[Any]] = []
        after: list[list[Any]] = []
        bounds = zip(rows.starts.tolist(), (rows.ends + 1).tolist(), strict=True)
        for person, (start, stop) in enumerate(bounds):
            state: StateOfOne = {n: one[person] for n, one in zip(read, before, strict=True)}
            for row in range(start, stop):
                event = {name: column[row] for name, column in events.items()}
                stepped, value = self.step(state, event)
                # Made what is kept at once, so that it is the same wherever a pass ends.
                state = {name: plain(stepped[name]) for name, plain in read.items()}
                told.append([value[n] for n in names] if isinstance(value, Mapping) else [value])
            after.append(list(state.values()))
        for index, name in enumerate(read):
            of.people[name][rows.people] = [one[index] for one in after]
        return {name: np.array([one[i] for one in told]) for i, name in enumerate(names)}

    def _plain(self, name: str, dtype: str, tail: tuple[int, ...]) -> type[bool | int | float]:
        if dtype not in _PLAIN or tail:
            msg = (
                f"field {name} of a feature by event must be one bool, i8 or f8; got {dtype} {tail}"
            )
            raise FeatureError(msg)
        return _PLAIN[dtype]
