"""What travels between processes arrives as it was, however often it was sent."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from rtm_flows.columns import Column, as_text
from rtm_flows.lanes.line_block import block_of
from rtm_flows.lanes.messages import Lines


@pytest.mark.parametrize(
    ("tie", "keys"),
    [
        (as_text(["u:a", "u:b"]), None),
        (None, as_text(["u:a", "a:b"])),
        (as_text(["x", "y"]), as_text(["u:a", "u:b"])),
        (None, None),
    ],
)
def test_lines_arrive_as_they_were(tie: Column | None, keys: Column | None) -> None:
    """Numbers, text and lines; what has no text gets none."""
    two = np.array([3, 5])
    sent = Lines(
        "out", np.array([1]), np.array([9]), two, two + 1, tie, block_of([b"1", b"2"]), keys
    )
    copies = [pickle.loads(pickle.dumps(sent)) for _ in range(2)]
    for copy in [*copies, pickle.loads(pickle.dumps(copies[0]))]:
        assert isinstance(copy, Lines)
        assert (copy.output, copy.lines.data) == ("out", b"1\n2\n")
        for name in ("feeds", "marks", "release", "order", "tie", "keys", "persons"):
            before, after = getattr(sent, name), getattr(copy, name)
            assert (before is None) == (after is None)
            assert before is None or before.tolist() == after.tolist()
