"""What the arguments of all commands are declared with."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import UTC, datetime

Commands = argparse._SubParsersAction


def add_command(
    commands: Commands[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    """Add a command whose help is a text; the list of commands shows its first words."""
    return commands.add_parser(
        name,
        help=text.split(":", maxsplit=1)[0]
        .split(",", maxsplit=1)[0]
        .split("\n", maxsplit=1)[0]
        .rstrip("."),
        description=text,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def count(text: str) -> int:
    """Read a whole number from 1."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        msg = f"wants a whole number from 1; got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return value


def ending_in(ending: str) -> Callable[[str], str]:
    """Return what reads a file name with an ending."""

    def read(text: str) -> str:
        if not text.endswith(ending):
            msg = f"wants a file name that ends in {ending}; got {text!r}"
            raise argparse.ArgumentTypeError(msg)
        return text

    return read


def zoned_time(text: str) -> str:
    """Return a time with its zone as headers of records write it."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        msg = f"wants a time with its zone, such as 2026-11-22T12:00:00Z; got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return found.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
