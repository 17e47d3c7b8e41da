"""Lines are put into order, however few of them are in memory."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.connectors import sorted_lines
from rtm_flows.connectors.sorted_lines import Line, SortedLines

LINES = st.lists(
    st.builds(
        Line,
        st.sampled_from(["", "2026-01-01", "2026-01-02"]),
        st.sampled_from(["", "a:x", "u:ä"]),
        st.integers(0, 3),
        st.integers(0, 50),
        st.binary(max_size=9).filter(lambda value: b"\n" not in value),
    ),
    max_size=60,
    unique_by=lambda line: line[:4],
)


@given(LINES, st.integers(1, 100))
def test_lines_come_in_order(lines: list[Line], memory: int) -> None:
    """As `sorted` has them; and so do the next ones of the same object."""
    some = SortedLines(memory)
    for _ in range(2):
        for line in lines:
            some.add(line)
        assert list(some.values()) == [line.value for line in sorted(lines)]


def test_no_more_than_so_many_files_are_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever there are of them becomes one."""
    monkeypatch.setattr(sorted_lines, "_MOST_FILES", 3)
    some = SortedLines(1)
    lines = [Line(str(n * 7 % 10), "", 0, n, b"%d" % n) for n in range(20)]
    for line in lines:
        some.add(line)
        assert len(some._files) < 3
    assert list(some.values()) == [line.value for line in sorted(lines)]
