"""What all feature definitions share: a name, and how models see the value.

In: values of a table `[[features]]`. Out: nothing of its own. It knows no kind of feature.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Scale = Literal["none", "log1p"]


class Definition(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"
):
    """A feature's name, and how models see it."""

    name: str
    scale: Scale = "none"
