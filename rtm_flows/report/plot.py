"""Plots: lines, bands, dots and bars within axes, as SVG.

In: values in their own units. Out: one picture that scales to its place, is told to those who
cannot see it, and takes its colours from the page. It refuses to know what the values mean.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from rtm_flows.report.markup import Markup, element, join, text

Span = tuple[float, float]
Point = tuple[float, float | None]
Format = Callable[[float], str]

WIDTH, HEIGHT = 400.0, 264.0
"""Units of a plot with axes; letters are 12 high."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 20.0, 12.0, 40.0


def picture(key: str, title: str, told: str, size: Span, *content: str) -> Markup:
    """Return an SVG of a size, with a title and a description for those who cannot see it."""
    return element(
        "svg",
        element("title", title, id=f"{key}-title"),
        element("desc", told, id=f"{key}-desc"),
        *content,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {size[0]:g} {size[1]:g}",
        role="img",
        aria_labelledby=f"{key}-title {key}-desc",
    )


def ticks(low: float, high: float, wanted: int = 5) -> list[float]:
    """Return round numbers from low to high, about as many as are wanted.

    Examples
    --------
    >>> [round(at, 6) for at in ticks(0.48, 0.83)]
    [0.5, 0.6, 0.7, 0.8]
    """
    raw = (high - low) / max(wanted, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * nice for nice in (1, 2, 2.5, 5, 10) if power * nice >= raw * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [at * step for at in range(first, math.floor(high / step + 1e-9) + 1)]


class Axes:
    """A plot of two axes; `x` and `y` turn values into places.

    Parameters
    ----------
    x, y
        The least and largest value shown on each axis.
    """

    def __init__(self, x: Span, y: Span) -> None:
        self._x, self._y = _opened(x), _opened(y)
        self._parts: list[Markup] = []

    def x(self, value: float) -> float:
        """Return the place of a value from left to right."""
        low, high = self._x
        inside = min(max(value, low), high)
        return _LEFT + (inside - low) / (high - low) * (WIDTH - _LEFT - _RIGHT)

    def y(self, value: float) -> float:
        """Return the place of a value from top to bottom."""
        low, high = self._y
        inside = min(max(value, low), high)
        return HEIGHT - _BOTTOM - (inside - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM)

    def scale(self, across: Format, upward: Format, title: str) -> None:
        """Draw the ticks of both axes, and what the one across is of."""
        for at in ticks(*self._y):
            y = self.y(at)
            self._line(_LEFT, y, WIDTH - _RIGHT, y, "grid")
            self._text(_LEFT - 6, y + 4, upward(at), "end")
        for at in ticks(*self._x, 4):
            self._line(self.x(at), HEIGHT - _BOTTOM, self.x(at), HEIGHT - _BOTTOM + 4, "axis")
            self._text(self.x(at), HEIGHT - _BOTTOM + 20, across(at), "middle")
        self._line(_LEFT, HEIGHT - _BOTTOM, WIDTH - _RIGHT, HEIGHT - _BOTTOM, "axis")
        self._text((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 3, title, "middle", "dim")

    def line(self, points: Sequence[Point], style: str) -> None:
        """Draw a line, broken where there is no value, or one that is not shown."""
        low, high = self._y
        shown = ((x, y if y is not None and low <= y <= high else None) for x, y in points)
        path = " ".join(_moves((self.x(x), None if y is None else self.y(y)) for x, y in shown))
        if path:
            self._parts.append(element("path", d=path, class_=f"line {style}"))

    def band(self, points: Sequence[tuple[float, Span | None]], style: str) -> None:
        """Draw what lies between two lines, as far as there are both."""
        for part in _runs(points):
            upper = [f"{self.x(x):.1f},{self.y(high):.1f}" for x, (_, high) in part]
            lower = [f"{self.x(x):.1f},{self.y(low):.1f}" for x, (low, _) in reversed(part)]
            path = f"M{' L'.join([*upper, *lower])}Z"
            self._parts.append(element("path", d=path, class_=f"band {style}"))

    def dot(self, x: float, y: float, style: str, reach: Span | None = None) -> None:
        """Draw a dot, and how far up and down its interval reaches."""
        if reach is not None:
            self._line(self.x(x), self.y(reach[0]), self.x(x), self.y(reach[1]), f"reach {style}")
        self._parts.append(
            element("circle", cx=_n(self.x(x)), cy=_n(self.y(y)), r=4, class_=f"dot {style}")
        )

    def bars(self, left: float, right: float, parts: Sequence[tuple[str, Span]], told: str) -> None:
        """Draw bars one above the other, each from its lower to its upper end; hover to hear."""
        start, width = self.x(left), self.x(right) - self.x(left)
        drawn = [
            element(
                "rect",
                class_=f"part {style}",
                x=_n(start + 0.1 * width),
                y=_n(self.y(high)),
                width=_n(max(0.8 * width, 0.5)),
                height=_n(self.y(low) - self.y(high)),
            )
            for style, (low, high) in parts
            if high > low
        ]
        if drawn:
            self._parts.append(element("g", element("title", told), *drawn))

    def mark(self, x: float, style: str) -> None:
        """Draw a line across the whole height."""
        self._line(self.x(x), _TOP, self.x(x), HEIGHT - _BOTTOM, f"mark {style}")

    def drawn(self, key: str, title: str, told: str) -> Markup:
        """Return the picture."""
        return picture(key, title, told, (WIDTH, HEIGHT), *self._parts)

    def _line(self, x1: float, y1: float, x2: float, y2: float, style: str) -> None:
        ends = {"x1": _n(x1), "y1": _n(y1), "x2": _n(x2), "y2": _n(y2)}
        self._parts.append(element("line", class_=style, **ends))

    def _text(self, x: float, y: float, told: str, anchor: str, style: str | None = None) -> None:
        place = {"x": _n(x), "y": _n(y), "text_anchor": anchor}
        self._parts.append(element("text", told, class_=style, **place))


def _moves(places: Iterator[tuple[float, float | None]]) -> Iterator[str]:
    pen = "M"
    for x, y in places:
        if y is None:
            pen = "M"
            continue
        yield f"{pen}{x:.1f},{y:.1f}"
        pen = "L"


def _runs(points: Sequence[tuple[float, Span | None]]) -> Iterator[list[tuple[float, Span]]]:
    """Yield stretches of points that have both ends."""
    run: list[tuple[float, Span]] = []
    for x, ends in points:
        if ends is not None:
            run.append((x, ends))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _opened(span: Span) -> Span:
    """Return a span that is not empty."""
    low, high = span
    return (low, high) if high > low else (low - 0.5, low + 0.5)


def _n(value: float) -> str:
    return f"{value:.1f}"


def legend(*entries: tuple[str, str]) -> Markup:
    """Return what styles stand for, beneath a plot.

    Examples
    --------
    >>> legend(("prior", "running rate"))
    '<p class="legend"><span><i class="key prior"></i> running rate</span></p>'
    """
    told = [
        element("span", element("i", class_=f"key {style}"), text(f" {what}"))
        for style, what in entries
    ]
    return element("p", join(*told), class_="legend")
