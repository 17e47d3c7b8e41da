"""Slots: the few dense columns of a model, given to features in the order they turn up.

In: numbers of features and codes of texts. Out: dense rows. It refuses to know labels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rtm_flows.models.hashing import Codes
from rtm_flows.models.newton import WIDEST

Matrix = NDArray[np.float64]

PER_TEXT = 24
"""Most texts of one column that get a slot."""

Text = tuple[int, int]


class Slots:
    """Dense columns, each for one number or one text, handed out once and for good.

    Slot 0 is the intercept's. A number gets a slot when it is first not 0, a text when it is
    first seen; both count from the row after, so that a row is the same whether it is looked at
    or learned. Numbers always find a slot; texts may have those that are left, up to `PER_TEXT`
    a column. Which comes first depends on the order of rows alone.

    Parameters
    ----------
    numbers
        How many numbers a row has, at most `WIDEST - 1`.

    Attributes
    ----------
    of_number
        Slot of each number, -1 for none.
    of_text
        Slot of each (column, code).

    Examples
    --------
    >>> slots = Slots(1)
    >>> texts = np.array([[7], [8], [7]], dtype=np.uint64)
    >>> slots.learn(np.array([[0.0], [2.0], [3.0]]), texts).tolist()
    [[1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0], [1.0, 1.0, 3.0, 0.0]]
    """

    def __init__(self, numbers: int) -> None:
        self.width = 1
        self.of_number: NDArray[np.intp] = np.full(numbers, -1, dtype=np.intp)
        self.of_text: dict[Text, int] = {}
        self._left = WIDEST - 1 - numbers
        self._given: dict[int, int] = {}

    def view(self, numbers: Matrix, texts: Codes) -> Matrix:
        """Return rows over the slots given so far; changes nothing."""
        rows = np.zeros((len(numbers), self.width))
        rows[:, 0] = 1.0
        has = np.flatnonzero(self.of_number >= 0)
        rows[:, self.of_number[has]] = numbers[:, has]
        for (column, code), slot in self.of_text.items():
            rows[:, slot] = texts[:, column] == np.uint64(code)
        return rows

    def learn(self, numbers: Matrix, texts: Codes) -> Matrix:
        """Return rows over the slots, each as they were given before it; give those missing."""
        found = [(row, 0, at, -1) for at, row in self._new_numbers(numbers)]
        found += [(row, 1, column, code) for column, code, row in self._new_texts(texts)]
        given = []
        for row, kind, at, code in sorted(found):
            slot = self._give_text((at, code)) if kind else self._give_number(at)
            if slot:
                given.append((row, slot))
        rows = self.view(numbers, texts)
        for row, slot in given:
            rows[: row + 1, slot] = 0.0
        return rows

    def restore(self, of_number: list[int], of_text: dict[Text, int]) -> None:
        """Take over slots given before."""
        self.of_number[:] = of_number
        self.of_text = dict(of_text)
        self.width = 1 + sum(slot >= 0 for slot in of_number) + len(of_text)
        self._left -= len(of_text)
        for column, _ in of_text:
            self._given[column] = self._given.get(column, 0) + 1

    def _new_numbers(self, numbers: Matrix) -> list[tuple[int, int]]:
        open_ = np.flatnonzero(self.of_number < 0)
        active = numbers[:, open_] != 0.0
        hit = np.flatnonzero(np.logical_or.reduce(active, axis=0))
        return list(zip(open_[hit].tolist(), active[:, hit].argmax(axis=0).tolist(), strict=True))

    def _new_texts(self, texts: Codes) -> list[tuple[int, int, int]]:
        found = []
        for column in range(texts.shape[1]):
            if self._given.get(column, 0) < PER_TEXT:
                codes, rows = np.unique(texts[:, column], return_index=True)
                found += [
                    (column, code, row)
                    for code, row in zip(codes.tolist(), rows.tolist(), strict=True)
                    if (column, code) not in self.of_text
                ]
        return found

    def _give_number(self, at: int) -> int:
        slot = self.width
        self.of_number[at] = slot
        self.width += 1
        return slot

    def _give_text(self, text: Text) -> int:
        given = self._given.get(text[0], 0)
        if not self._left or given >= PER_TEXT:
            return 0
        slot = self.of_text[text] = self.width
        self._given[text[0]] = given + 1
        self._left -= 1
        self.width += 1
        return slot
