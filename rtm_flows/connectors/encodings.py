"""Encodings of text files: how their lines are found, and what decodes them.

In: the name of an encoding. Out: the codec to use, or an error that names the key. It refuses to
know files.
"""

from __future__ import annotations

import codecs
from typing import NamedTuple

from rtm_flows.errors import ConfigError

_WIDE = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


class Codec(NamedTuple):
    """How text is decoded: `wide`, if not None, is brought into UTF-8 before lines are found."""

    name: str
    lines: str
    wide: str | None


def codec_of(encoding: str) -> Codec:
    """Return what decodes text in this encoding.

    Raises
    ------
    ConfigError
        If it is unknown, or one in which lines cannot be found.

    Examples
    --------
    >>> codec_of("UTF16")
    Codec(name='utf-16', lines='utf-8', wide='utf-16')
    """
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        msg = f"`input.csv.encoding`: unknown encoding {encoding!r}; a common one is utf-8"
        raise ConfigError(msg) from error
    if name in _WIDE:
        return Codec(name, "utf-8", name)
    if name == "utf-8-sig":
        return Codec("utf-8", "utf-8", None)
    if not _has_plain_line_ends(name):
        msg = (
            f"`input.csv.encoding`: {encoding!r} cannot be read line by line; "
            "convert the files to utf-8 first (iconv does it)"
        )
        raise ConfigError(msg)
    return Codec(name, name, None)


def _has_plain_line_ends(name: str) -> bool:
    try:
        return '\r\n"'.encode(name) == b'\r\n"'
    except LookupError:  # a codec between bytes and bytes, such as hex
        return False
