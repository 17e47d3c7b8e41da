"""Rows: a bar or a dot for each name, one below the other, as SVG.

In: names and values. Out: one picture, in which each name stands above its bar, so that it fits a
narrow window. It refuses to know what the values mean.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.report import words
from rtm_flows.report.markup import Markup, element
from rtm_flows.report.plot import WIDTH, Format, Span, picture, ticks

_ROW, _LABEL, _BAR, _AXIS = 36.0, 13.0, 12.0, 24.0
_LETTERS = 34
_INSET = 3.0
"""So far from the ends dots stand, to be whole."""


class Rows:
    """A picture of rows.

    Parameters
    ----------
    count
        How many rows there will be.
    span
        The least and the largest value shown.
    """

    def __init__(self, count: int, span: Span = (0.0, 1.0)) -> None:
        self._span = span if span[1] > span[0] else (span[0], span[0] + 1.0)
        self._low, self._height = _ROW * count, _ROW * count
        self._parts: list[Markup] = []
        self._next = 0.0

    def scale(self, told: Format) -> None:
        """Draw the ticks of the values, before any row."""
        for at in ticks(*self._span, 4):
            x = self._x(at)
            anchor = "start" if x < 16 else "end" if x > WIDTH - 16 else "middle"
            self._parts.append(_line(x, 0.0, x, self._low, "grid"))
            self._parts.append(_text(x, self._low + 15, told(at), anchor, "dim"))
        self._height = self._low + _AXIS

    def mark(self, value: float, style: str) -> None:
        """Draw a line through all rows, before any of them."""
        self._parts.append(_line(self._x(value), 0.0, self._x(value), self._low, style))

    def bar(self, name: str, parts: Sequence[tuple[str, float]], told: str) -> None:
        """Draw lengths one after the other, with what they are told as at the end."""
        y = self._row(name, told) + _LABEL + 5
        left, right = self._x(self._span[0]), self._x(self._span[1])
        track = {"x": f"{left:.1f}", "y": f"{y:.1f}", "width": f"{right - left:.1f}"}
        self._parts.append(element("rect", class_="track", height=f"{_BAR:g}", **track))
        start = self._span[0]
        for style, length in parts:
            x, end = self._x(start), self._x(start + length)
            start += length
            if end - x >= 0.05:
                place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "width": f"{end - x:.1f}"}
                rect = element("rect", class_=f"part {style}", height=f"{_BAR:g}", **place)
                self._parts.append(rect)

    def dot(self, name: str, value: float | None, reach: Span | None, told: str) -> None:
        """Draw a value as a dot, with its interval."""
        y = self._row(name, told) + _LABEL + 5 + _BAR / 2
        if reach is not None:
            self._parts.append(_line(self._x(reach[0]), y, self._x(reach[1]), y, "reach model"))
        if value is not None:
            place = {"cx": f"{self._x(value):.1f}", "cy": f"{y:.1f}"}
            self._parts.append(element("circle", r=4, class_="dot model", **place))

    def drawn(self, key: str, title: str, told: str) -> Markup:
        """Return the picture."""
        return picture(key, title, told, (WIDTH, max(self._height, _ROW)), *self._parts)

    def _row(self, name: str, told: str) -> float:
        top, self._next = self._next, self._next + _ROW
        self._parts.append(_text(0.0, top + _LABEL, words.shortened(name, _LETTERS), "start", None))
        self._parts.append(_text(WIDTH, top + _LABEL, told, "end", "dim"))
        return top

    def _x(self, value: float) -> float:
        low, high = self._span
        inside = min(max(value, low), high)
        return _INSET + (inside - low) / (high - low) * (WIDTH - 2 * _INSET)


def _line(x1: float, y1: float, x2: float, y2: float, style: str) -> Markup:
    ends = {"x1": f"{x1:.1f}", "y1": f"{y1:.1f}", "x2": f"{x2:.1f}", "y2": f"{y2:.1f}"}
    return element("line", class_=style, **ends)


def _text(x: float, y: float, told: str, anchor: str, style: str | None) -> Markup:
    place = {"x": f"{x:.1f}", "y": f"{y:.1f}", "text_anchor": anchor}
    return element("text", told, class_=style, **place)
