"""Tables: rows of cells, which scroll by themselves where the page is narrow.

In: a caption, heads and cells. Out: markup. It refuses to format numbers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rtm_flows.report.markup import Markup, element, join

Rows = Iterable[Sequence[str]]


def table(
    caption: str, heads: Sequence[str], *groups: Rows, words: Collection[int] = (0,)
) -> Markup:
    """Return a table; the first cell of each row is a head, the columns of `words` hold texts.

    Examples
    --------
    >>> '<th scope="row">a</th><td>1</td>' in table("Counts", ["of", "n"], [["a", "1"]])
    True
    """
    head = element("tr", *(_head(told, at in words) for at, told in enumerate(heads)))
    bodies = [element("tbody", *(_row(row, words) for row in rows)) for rows in groups]
    whole = element("table", element("caption", caption), element("thead", head), *bodies)
    # Whoever has no mouse scrolls it by the keyboard, so it must take the focus.
    return element("div", whole, class_="scroll", tabindex="0", role="region", aria_label=caption)


def folded(summary: str, *content: str, about: str | None = None) -> Markup:
    """Return content that opens on demand; `about` says of what, to whom it is only read out."""
    label = None if about is None else f"{summary}: {about}"
    return element("details", element("summary", summary, aria_label=label), *content)


def section(key: str, title: str, *content: str | None) -> Markup:
    """Return a section of the page, to which a link can lead."""
    return element("section", element("h2", title, id=f"{key}-head"), *content, id=key,
                   aria_labelledby=f"{key}-head")  # fmt: skip


def figure(title: str, drawing: str, *below: str | None) -> Markup:
    """Return a picture under its title, with what explains it below."""
    return element("figure", element("figcaption", title), drawing, *below)


def _head(told: str, word: bool) -> Markup:
    return element("th", told, scope="col", class_="word" if word else None)


def _row(cells: Sequence[str], words: Collection[int]) -> Markup:
    first, *rest = cells
    return element(
        "tr",
        element("th", first, scope="row"),
        join(
            *(
                element("td", cell, class_="word" if at in words else None)
                for at, cell in enumerate(rest, start=1)
            )
        ),
    )
