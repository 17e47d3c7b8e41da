"""Rows and bars: lengths are in proportion, and names are whole."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.report.plot import HEIGHT, WIDTH, Axes
from rtm_flows.report.rows import Rows
from tests.report.tables import SVG

SHARES = st.lists(st.integers(0, 50), min_size=1, max_size=6).map(
    lambda parts: [part / max(1, sum(parts)) for part in parts]
)


def rects(drawn: str, style: str) -> list[tuple[float, float]]:
    """Return place and length of the bars of a style."""
    return [
        (float(part.attrib["x"]), float(part.attrib["width"]))
        for part in ET.fromstring(drawn).iter(f"{SVG}rect")
        if part.attrib["class"].startswith(style)
    ]


@given(SHARES)
def test_parts_of_a_bar_follow_one_another(shares: list[float]) -> None:
    """Each as long as its share of the track; too small ones are left out."""
    rows = Rows(1)
    rows.bar("mail", [(f"s{at}", share) for at, share in enumerate(shares)], "won 3")
    drawn = rows.drawn("k", "Title", "Told.")
    ((start, whole),) = rects(drawn, "track")
    parts = rects(drawn, "part")

    assert 0 <= start < start + whole <= WIDTH
    assert sum(width for _, width in parts) == pytest.approx(whole * sum(shares), abs=0.5)
    for (at, width), (after, _) in pairwise(parts):
        assert at + width == pytest.approx(after, abs=0.15)


def test_rows_stand_one_below_the_other_with_their_names() -> None:
    """The name at the left, what it is told as at the right, and the axis below all."""
    rows = Rows(2, (0.4, 0.9))
    rows.mark(0.5, "line all")
    rows.scale(lambda at: f"{at:.1f}")
    rows.dot("<new>", 0.6, (0.5, 0.7), "0.600")
    rows.dot("a name that is longer than there is room for", None, None, "–")
    read = ET.fromstring(rows.drawn("k", "Title", "Told."))
    texts = [(text.text or "", float(text.attrib["y"])) for text in read.iter(f"{SVG}text")]
    names = [pair for pair in texts if pair[0] in {"<new>", "a name that is longer than there…"}]

    assert [name for name, _ in names] == ["<new>", "a name that is longer than there…"]
    assert names[0][1] < names[1][1] < max(y for _, y in texts) <= rows_height(read)
    assert len(list(read.iter(f"{SVG}circle"))) == 1


def rows_height(read: ET.Element) -> float:
    """Return how high a picture is."""
    return float(read.attrib["viewBox"].split()[3])


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6))
def test_bars_of_a_column_stand_on_one_another(counts: list[int]) -> None:
    """From the axis up, each as high as its count; the whole is told where it is pointed at."""
    top = float(max(1, sum(counts)))
    axes = Axes((0.0, 2.0), (0.0, top))
    low, parts = 0, []
    for at, n in enumerate(counts):
        parts.append((f"s{at}", (float(low), float(low + n))))
        low += n
    axes.bars(0.0, 1.0, parts, "2 Mar: mail 3")
    read = ET.fromstring(axes.drawn("k", "t", "d"))
    bars = [
        (float(bar.attrib["y"]), float(bar.attrib["height"])) for bar in read.iter(f"{SVG}rect")
    ]

    assert len(bars) == sum(n > 0 for n in counts)
    full = axes.y(0.0) - axes.y(top)
    assert sum(height for _, height in bars) == pytest.approx(full * sum(counts) / top, abs=0.7)
    assert all(0 <= y <= y + height <= HEIGHT for y, height in bars)
    titles = [part.text for part in read.iter(f"{SVG}title")]
    assert titles == (["t", "2 Mar: mail 3"] if any(counts) else ["t"])
