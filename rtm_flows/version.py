"""The version of this library, which every decision names: it is part of what made it."""

from __future__ import annotations

VERSION = "0.1.0"  # where the build reads it: hatchling wants this very form
