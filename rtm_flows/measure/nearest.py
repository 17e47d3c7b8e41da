"""Nearest: ids of a file's lines that are like one that is not there.

In: a file of lines with a `subject_id`, and an id. Out: a few ids. It looks at the beginning of
the file only: this is a help for who mistyped, not a search.
"""

from __future__ import annotations

import difflib
import re
from typing import BinaryIO

import msgspec

from rtm_flows.measure.scan import BLOCK

_SUBJECT = re.compile(rb'"subject_id":("(?:[^"\\]|\\.)*")')
_MOST = 20_000
_BLOCKS = 16


def nearest_ids(file: BinaryIO, wanted: str, count: int = 3) -> list[str]:
    r"""Return the ids most like one, of the first 20,000 different ids or 64 MB of a file.

    Examples
    --------
    >>> import io
    >>> nearest_ids(io.BytesIO(b'{"subject_id":"u288"}\n{"subject_id":"x"}\n'), "U228")
    ['u288']
    """
    found: dict[bytes, None] = {}
    for _ in range(_BLOCKS):
        data = file.read(BLOCK)
        found.update(dict.fromkeys(match[1] for match in _SUBJECT.finditer(data)))
        if not data or len(found) >= _MOST:
            break
    ids: dict[str, str] = {}
    for raw in list(found)[:_MOST]:
        try:
            text: str = msgspec.json.decode(raw, type=str)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        ids.setdefault(text.casefold(), text)
    near = difflib.get_close_matches(wanted.casefold(), ids, n=count, cutoff=0.6)
    return [ids[one] for one in near]
