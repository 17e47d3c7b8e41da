"""Markup: elements of a page, in which no text can become an element.

In: names, attributes, texts. Out: markup that is HTML and XML at once. Only what this module made
passes as markup; every other text is escaped, so a column called `<script>` stays a name.
"""

from __future__ import annotations

import re
from html import escape

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_EMPTY = frozenset(("br", "col", "meta", "circle", "line", "path", "rect"))


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child = str | None
"""A text, markup, or nothing."""


def element(name: str, /, *children: Child, **attributes: str | float | None) -> Markup:
    """Return an element; attributes that are None are left out.

    An underscore at the end of an attribute's name is dropped, others become hyphens.

    Examples
    --------
    >>> element("p", "2 < 3", element("br"), class_="note")
    '<p class="note">2 &lt; 3<br/></p>'
    """
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{text(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _EMPTY:
        return Markup(f"<{name}{told}/>")
    return Markup(f"<{name}{told}>{join(*children)}</{name}>")


def join(*children: Child) -> Markup:
    """Return children one after the other, as markup.

    Examples
    --------
    >>> join("a & b", element("b", "c"))
    'a &amp; b<b>c</b>'
    """
    return Markup("".join(text(child) for child in children if child is not None))


def text(value: str) -> Markup:
    """Return a text as markup: escaped, without what XML cannot hold.

    Examples
    --------
    >>> text('<script a="b">' + chr(0))
    '&lt;script a=&quot;b&quot;&gt;\ufffd'
    """
    if isinstance(value, Markup):
        return value
    return Markup(escape(_NOT_XML.sub("\ufffd", value), quote=True))


def name(value: str) -> Markup:
    """Return a name out of the table, set apart; its direction of writing ends with it.

    Examples
    --------
    >>> name("tenure")
    '<bdi class="name">tenure</bdi>'
    """
    return element("bdi", value, class_="name")
