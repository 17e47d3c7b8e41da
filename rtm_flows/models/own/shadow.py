"""A model of one's own in the shadow: what it says is checked, what it keeps is sealed.

In: usable rows and labels in columns. Out: chances, and sealed bytes. It refuses to believe the
model: whatever it gives that is no chance stops the run with its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from rtm_flows.errors import ModelError, RecoveryError
from rtm_flows.features.own.loading import blame
from rtm_flows.models.own.loading import load_model
from rtm_flows.models.sealed import seal, unseal

Matrix = NDArray[np.float64]
Vector = NDArray[np.float64]

_KIND = "python"


class _Saved(msgspec.Struct, kw_only=True):
    names: list[str]
    code: str
    options: dict[str, Any]
    version: int
    state: bytes


class OwnShadow:
    """A model of one's own as a challenger.

    Rows are given one by one, so that no cut into calls can matter.

    Parameters
    ----------
    names
        Names of the features.
    code
        `module:Class`.
    options
        What the class is made with.

    Raises
    ------
    ModelError
        If it cannot be had.
    """

    def __init__(self, names: Sequence[str], code: str, options: Mapping[str, Any]) -> None:
        self.names = tuple(names)
        self._code = code
        self._options = dict(options)
        self._model = load_model(code, options, names)

    def predict_rows(self, x: Matrix) -> Vector:
        """Return the chance of each row.

        Raises
        ------
        ModelError
            If the model fails, or gives what is no chance.
        """
        with self._blamed("predict_one"):
            chances = [self._model.predict_one(self._row(values)) for values in x.tolist()]
            found = np.array([float(chance) for chance in chances], dtype=np.float64)
        wrong = ~((found >= 0.0) & (found <= 1.0))
        if wrong.any():
            msg = (
                f"{self._code}: `predict_one` must return a chance from 0 to 1; got "
                f"{chances[int(wrong.argmax())]!r}"
            )
            raise ModelError(msg)
        return found

    def learn(self, x: Matrix, labels: Sequence[bool]) -> None:
        """Learn examples in turn.

        Raises
        ------
        ModelError
            If the model fails.
        """
        with self._blamed("learn_one"):
            for values, label in zip(x.tolist(), labels, strict=True):
                self._model.learn_one(self._row(values), bool(label))

    def to_bytes(self) -> bytes:
        """Return what the model keeps, sealed with all that it was made from.

        Raises
        ------
        ModelError
            If the model fails, or gives no bytes.
        """
        with self._blamed("save"):
            state: object = self._model.save()
        if not isinstance(state, bytes):
            msg = f"{self._code}: `save` must return bytes; got {type(state).__name__}"
            raise ModelError(msg)
        saved = _Saved(
            names=list(self.names),
            code=self._code,
            options=self._options,
            version=self._model.version,
            state=state,
        )
        return seal(_KIND, saved)

    @classmethod
    def from_bytes(
        cls, data: bytes, names: Sequence[str], code: str, options: Mapping[str, Any]
    ) -> OwnShadow:
        """Restore a model that was saved.

        Raises
        ------
        RecoveryError
            If the bytes are damaged, or of another model or version, or with other features.
        ModelError
            If the model cannot be had, or cannot load what it saved.
        """
        saved, made = unseal(_KIND, data, _Saved), cls(names, code, options)
        for what, found, need in (
            ("has other features", saved.names, list(names)),
            ("is of another class", saved.code, code),
            ("has other options", saved.options, dict(options)),
            ("is of another version", saved.version, made._model.version),
        ):
            if found != need:
                msg = f"saved {_KIND} model {what}: need {need}; got {found}"
                raise RecoveryError(msg)
        with made._blamed("load"):
            made._model.load(saved.state)
        return made

    def _row(self, values: Sequence[float]) -> dict[str, float]:
        return dict(zip(self.names, values, strict=True))

    @contextmanager
    def _blamed(self, method: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            msg = f"{self._code}: `{method}` fails: {blame(error, self._code)}"
            raise ModelError(msg) from error
