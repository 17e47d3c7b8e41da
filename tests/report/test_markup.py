"""Markup: no text becomes an element, whatever it holds."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.report.markup import element, join, name, text

NASTY = st.text(alphabet=st.sampled_from("<>&\"'/= scriptx\x00\x0b\ud7ff\ufffe") | st.characters())


def without(value: str) -> str:
    """Return a text with what XML cannot hold replaced, taken character by character."""
    kept = [
        c
        if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c > "\uffff"
        else "\ufffd"
        for c in value
    ]
    return "".join(kept)


@given(NASTY, NASTY)
def test_texts_come_out_as_they_went_in(inside: str, attribute: str) -> None:
    """As one text and one attribute of one element, but for what XML cannot hold."""
    markup = element("p", inside, data_of=attribute)

    # Parsers turn each kind of line end into one, and white space of attributes into blanks.
    read = ET.fromstring(markup.replace("\r", "&#13;").replace("\n", "&#10;").replace("\t", "&#9;"))

    assert len(read) == 0
    assert (read.text or "") == without(inside)
    assert read.attrib == {"data-of": without(attribute)}


@given(st.lists(NASTY | st.none(), max_size=4))
def test_markup_is_escaped_once(children: list[str | None]) -> None:
    """What is markup already stays as it is, however often it is joined."""
    once = join(*children)

    assert join(once) == text(once) == once
    assert element("p", once) == element("p", *children)


def test_names_are_inert() -> None:
    """A column called like an element is a name."""
    assert name("<script>alert(1)</script>") == (
        '<bdi class="name">&lt;script&gt;alert(1)&lt;/script&gt;</bdi>'
    )
