"""Positions: where a partition's reading goes on, as small JSON.

In and out: `Position` and its bytes. It refuses to know what a piece is.
"""

from __future__ import annotations

import msgspec

from rtm_flows.errors import RecoveryError


class Position(msgspec.Struct, frozen=True):
    """A piece of the input (a block, a file, a batch), and how far into it.

    `offset` is in bytes of the unpacked piece, or in rows of a row group, and `line` is the number
    of the line or row that begins there, where the piece is read in several steps; else both keep
    their defaults.
    """

    piece: int
    offset: int = 0
    line: int = 1


def write_position(position: Position) -> bytes:
    """Return the position as JSON.

    Examples
    --------
    >>> write_position(Position(3))
    b'{"piece":3,"offset":0,"line":1}'
    """
    return msgspec.json.encode(position)


def read_position(data: bytes) -> Position:
    """Read what `write_position` wrote.

    Raises
    ------
    RecoveryError
        If it is something else.
    """
    try:
        return msgspec.json.decode(data, type=Position)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        msg = f"the saved position of an input cannot be read: {data[:100]!r}: {error}"
        raise RecoveryError(msg) from error
