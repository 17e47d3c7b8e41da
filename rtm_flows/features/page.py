"""The page of features: the default set as a table, from its definitions.

In: definitions. Out: Markdown. It reads and writes no file.
"""

from __future__ import annotations

from collections.abc import Sequence

from rtm_flows.features.definitions import Feature
from rtm_flows.features.describe import describe

_HEAD = """\
# The default features

What a job gets that declares no `[[features]]`: {count} of them. This page is written from the code
by `make reference`. What each kind means exactly is
[section 4 of the semantics](semantics.md#4-features). "log" marks what a model sees as a logarithm.

| name | kind | unit | range | meaning | model |
|---|---|---|---|---|---|
"""


def page(features: Sequence[Feature]) -> str:
    """Return the page.

    Examples
    --------
    >>> from rtm_flows.features.definitions import GapSeconds
    >>> print(page([GapSeconds(name="gap")]).splitlines()[-1])
    | `gap` | `gap_seconds` | seconds | [0, sessions.gap] | since the session's previous event | |
    """
    return _HEAD.format(count=len(features)) + "".join(map(_row, features))


def _row(feature: Feature) -> str:
    kind, said = feature.__struct_config__.tag, describe(feature)
    log = " log " if feature.scale == "log1p" else " "
    words = f"{said.unit} | {said.range} | {said.meaning}"
    return f"| `{feature.name}` | `{kind}` | {words} |{log}|\n"
