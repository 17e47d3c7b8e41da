"""Pages as a browser's parser meets them."""

from __future__ import annotations

import html.parser
import re

OUTSIDE = re.compile(r"https?:|//|url\(|@import|src=|javascript:", re.IGNORECASE)
NAMESPACES = ("http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg")


class Read(html.parser.HTMLParser):
    """What a browser's parser meets: elements, and whether each one is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element without content."""
        self.elements.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_endtag(self, tag: str) -> None:
        """Close the element that is open."""
        assert self.open.pop() == tag


def read(text: str) -> Read:
    """Return what the parser met, all closed."""
    found = Read()
    found.feed(text)
    found.close()
    assert not found.open
    return found
