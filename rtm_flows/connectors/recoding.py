"""Text in any encoding, brought into UTF-8 as it is read.

In: an open file in an encoding whose line ends are several bytes. Out: the same text in UTF-8, in
which lines can be found. What cannot be decoded stays what no UTF-8 is, so that the record that
holds it can be told apart, and only that one.
"""

from __future__ import annotations

import codecs
import io
from typing import Any, BinaryIO

_CHUNK = 1 << 16
_LOST = "rtm_flows.lost"

codecs.register_error(_LOST, lambda error: ("\udcff", error.end))  # type: ignore[attr-defined]


def as_utf8(file: BinaryIO, encoding: str) -> BinaryIO:
    r"""Return the text of a file in UTF-8, without a byte order mark if it began with one.

    Examples
    --------
    >>> as_utf8(io.BytesIO("é,1\n".encode("utf-16")), "utf-16").read().decode()
    'é,1\n'
    """
    return io.BufferedReader(_Recoded(file, encoding))


class _Recoded(io.RawIOBase):
    """A file that decodes what it reads, and encodes it anew."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)(errors=_LOST)
        self._ready = b""
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, place: Any) -> int:
        while not self._ready and not self._ended:
            data = self._file.read(_CHUNK)
            self._ended = not data
            text = self._decoder.decode(data, final=self._ended)
            self._ready = text.encode("utf-8", "surrogatepass")
        taken, self._ready = self._ready[: len(place)], self._ready[len(place) :]
        place[: len(taken)] = taken
        return len(taken)
