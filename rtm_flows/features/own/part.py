"""Own features as parts: computed beside the built-in kinds, and held to their contract.

In: definitions of kind `python`, and the rows of a pass. Out: columns by name of feature, checked
and rounded. Each is shown what it declared and nothing else: state of its own, masks and texts that
it asked for. So what it computes cannot depend on which other features a job has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import copy
from typing import Any, NoReturn

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.columns import Column, Table
from rtm_flows.errors import FeatureError, RtmError
from rtm_flows.features.definition import Definition
from rtm_flows.features.own.kind import Python
from rtm_flows.features.own.loading import blame
from rtm_flows.features.part import KeysOf, Part, Pass
from rtm_flows.people.maps import MapField, Maps
from rtm_flows.people.rows import Bools, Ints, Rows
from rtm_flows.people.sessions import Sessions
from rtm_flows.people.state import Field, State
from rtm_flows.people.type_sets import Types
from rtm_flows.rounding import round6
from rtm_flows.times import format_time

LARGEST = 1e300
"""Values must be smaller in size: rounding multiplies by a million."""

_NUMBERS = ("type", "price", "quantity", "amount")


def parts(features: Sequence[Definition]) -> Iterator[Part]:
    """Yield one part for all values of one class with the same options."""
    groups: dict[tuple[str, bytes], list[Python]] = {}
    for feature in features:
        if isinstance(feature, Python):
            options = msgspec.json.encode(feature.options, order="deterministic")
            groups.setdefault((feature.code, options), []).append(feature)
    for index, group in enumerate(groups.values()):
        yield OwnPart(group, f"own_{index}_")


class OwnState:
    """The state of one feature, under the names that it declared.

    Parameters
    ----------
    state
        That of all.
    fields, maps
        The names there, by the declared ones.
    """

    def __init__(self, state: State, fields: Mapping[str, str], maps: Mapping[str, str]) -> None:
        self._state, self._fields, self._maps = state, fields, maps

    def __getitem__(self, name: str) -> Column:
        """Return a column by slot; writing to it changes the state."""
        return self._state[self._fields[name]]

    @property
    def maps(self) -> Mapping[str, Maps]:
        """The maps."""
        return {own: self._state.maps[name] for own, name in self._maps.items()}


class OwnPart:
    """One feature, and its values that are asked for.

    Parameters
    ----------
    features
        Definitions with the same code and options.
    prefix
        Put before the names of its state, so that they are no other feature's.
    """

    def __init__(self, features: Sequence[Python], prefix: str) -> None:
        self._code = features[0].code
        self._own = own = features[0].own
        self._names = {feature.name: feature.value_of(own) for feature in features}
        self.types: Sequence[Types] = own.types
        self.fields: Sequence[Field] = [f._replace(name=prefix + f.name) for f in own.fields]
        self.maps: Sequence[MapField] = [m._replace(name=prefix + m.name) for m in own.maps]
        self._fields = {field.name: prefix + field.name for field in own.fields}
        self._maps = {field.name: prefix + field.name for field in own.maps}

    def columns(self, of: Pass, keys: KeysOf) -> Mapping[str, Column]:
        """Return the values of every row, and store the state.

        Raises
        ------
        FeatureError
            If the code fails, or what it returns breaks the contract.
        """
        found: Any = None
        try:
            found = self._own.columns(self._shown(of), self._keys(keys))
        except RtmError:
            raise
        except Exception as error:
            msg = f"{self._code} failed in a pass of {of.rows.n} rows: {blame(error, self._code)}"
            raise FeatureError(msg) from error
        if not isinstance(found, Mapping):
            self._break("columns() must return a mapping by value", type(found).__name__)
        return {name: self._checked(value, found, of) for name, value in self._names.items()}

    def _shown(self, of: Pass) -> Pass:
        # Which sums a session has depends on the other features of the job.
        sessions = of.sessions._replace(sums=of.sessions.sums[:, :0])
        return Pass(
            rows=_read_only_rows(of.rows),
            events=Table({n: _read_only(of.events[n]) for n in (*_NUMBERS, *self._own.text)}),
            masks={types: _read_only(of.masks[types]) for types in self.types},
            sessions=Sessions(*map(_read_only, sessions)),
            people=OwnState(of.people, self._fields, self._maps),
        )

    def _keys(self, keys: KeysOf) -> KeysOf:
        def of_declared(field: str, wanted: Bools) -> Ints:
            if field not in self._own.text:
                self._break("keys() must be asked for a field declared in `text`", repr(field))
            return keys(field, wanted)

        return of_declared

    def _checked(self, value: str, found: Mapping[str, Any], of: Pass) -> NDArray[np.float64]:
        if value not in found:
            self._break(f"columns() must return {value!r}", f"{sorted(map(str, found))}")
        column, rows = found[value], of.rows.n
        if not isinstance(column, np.ndarray) or column.dtype.kind not in "biuf":
            kind = getattr(column, "dtype", type(column).__name__)
            self._break(f"{value!r} must be a numpy column of numbers", str(kind))
        if column.shape != (rows,):
            self._break(f"{value!r} must have one number a row, shape {(rows,)}", f"{column.shape}")
        values = column.astype(np.float64)
        wrong = np.flatnonzero(~(np.abs(values) < LARGEST))
        if len(wrong):
            row = int(wrong[0])
            at = f"{of.events['type'][row]} of {format_time(int(of.rows.clock[row]))}"
            said = f"{values[row]} at the {at} ({len(wrong)} of {rows} rows)"
            self._break(f"{value!r} must be finite and below {LARGEST:g}", said)
        return round6(values) if column.dtype.kind == "f" else values

    def _break(self, wanted: str, got: str) -> NoReturn:
        msg = f"{self._code} breaks its contract: {wanted}; got {got}. See docs/own-features.md"
        raise FeatureError(msg)


def _read_only_rows(rows: Rows) -> Rows:
    shown = copy(rows)
    for name, value in vars(rows).items():
        if isinstance(value, np.ndarray):
            setattr(shown, name, _read_only(value))
    return shown


def _read_only(column: Column) -> Column:
    view = column.view()
    view.flags.writeable = False
    return view
