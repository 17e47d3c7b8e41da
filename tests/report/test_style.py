"""The style: what is written can be read, on a light and on a dark ground."""

from __future__ import annotations

import re

import pytest

from rtm_flows.report.style import SERIES, STYLE

LIGHT, DARK = (dict(re.findall(r"--(\w+): (#\w{6})", part)) for part in STYLE.split("@media")[:2])
WRITTEN = ("ink", "dim", "model", "good", "caution", "warning")


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour, as WCAG 2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_and_lines_stand_out(colours: dict[str, str]) -> None:
    """Texts by 4.5 to 1, lines by 3 to 1, on the page and on its panels."""
    for ground in ("ground", "panel"):
        for name in WRITTEN:
            assert contrast(colours[name], colours[ground]) >= 4.5, (name, ground)
        for name in ("river", "prior", "alarm", *SERIES):
            assert contrast(colours[name], colours[ground]) >= 3.0, (name, ground)


def test_both_grounds_have_the_same_colours() -> None:
    """Nothing is drawn in a colour that one of them lacks."""
    used = set(re.findall(r"var\(--(\w+)\)", STYLE))

    assert LIGHT.keys() == DARK.keys()
    assert used <= LIGHT.keys()
