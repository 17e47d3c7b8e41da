"""The version of this library, which every decision names: it is part of what made it."""

from __future__ import annotations

from typing import Final

VERSION: Final = "0.1.0"
