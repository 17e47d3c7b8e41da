"""Reading: rules that must all hold, from their texts to their trees, or the first mistake.

In: sources in the order in which they are tried, and the names they may speak of. Out: one tree
each. It refuses rules that can never hold together, where that is cheaply seen.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.decisions.expressions.checking import checked
from rtm_flows.decisions.expressions.names import Names
from rtm_flows.decisions.expressions.ranges import all_open
from rtm_flows.decisions.expressions.source import Source
from rtm_flows.decisions.expressions.tree import Truth


def read_rules(sources: Sequence[Source], names: Names) -> tuple[Truth, ...]:
    """Return the trees of rules that must all hold.

    Raises
    ------
    ConfigError
        At the first rule that is none, or that can never hold beside those before it.

    Examples
    --------
    >>> from rtm_flows.decisions.expressions.names import names_of_rows
    >>> sources = [Source("eligible[0]", "views > 3"), Source("suitable[0]", "views < 2")]
    >>> read_rules(sources, names_of_rows(["views"]))
    Traceback (most recent call last):
        ...
    rtm_flows.errors.ConfigError: suitable[0]: `views < 2` can never hold beside eligible[0], \
`views > 3`
    """
    trees = tuple(checked(source, names) for source in sources)
    left = all_open(names)
    # Twice, because what an `or` leaves open may only be seen when the others have been looked at.
    for at, tree in [*enumerate(trees)] * 2:
        after = left.where(tree)
        if after is None:
            sources[at].refuse(_why_impossible(at, sources, trees, names))
        left = after
    return trees


def _why_impossible(
    at: int, sources: Sequence[Source], trees: Sequence[Truth], names: Names
) -> str:
    """Return why a rule can never hold: by itself, or beside one or several others."""
    never = f"`{sources[at].plain}` can never hold"
    alone = all_open(names).where(trees[at])
    if alone is None:
        return never
    for source, other in zip(sources, trees, strict=True):
        if alone.where(other) is None:
            return f"{never} beside {source.place}, `{source.plain}`"
    return f"{never} beside the other rules"
