"""The document: what every page stands in.

In: a title and the parts of a page. Out: HTML that is XML too, without scripts and without anything
from elsewhere. It refuses to know what the page is about.
"""

from __future__ import annotations

from collections.abc import Mapping

from rtm_flows.report.markup import Markup, element, join
from rtm_flows.report.style import STYLE

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
"""Even if something that is shown became an element, the browser would load and run nothing."""


def document(title: str, *parts: str | None, kind: str | None = None) -> str:
    """Return a page as HTML; `kind` is a class by which its style can differ.

    Examples
    --------
    >>> document("Shop", "2 < 3")[:15]
    '<!DOCTYPE html>'
    """
    whole = element(
        "html",
        _head(title),
        element("body", element("main", *parts, class_=kind)),
        lang="en",
        xmlns="http://www.w3.org/1999/xhtml",
    )
    return f"<!DOCTYPE html>\n{whole}\n"


def navigation(contents: Mapping[str, str]) -> Markup:
    """Return links to the parts of a page, by their keys."""
    links = [element("a", told, href=f"#{key}") for key, told in contents.items()]
    return element("nav", join(*links), aria_label="Contents")


def _head(title: str) -> Markup:
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Markup(STYLE)),
    )
