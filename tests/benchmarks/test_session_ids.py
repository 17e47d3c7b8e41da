"""The measure of found sessions beside a file's own, by hand and beside a slow reference."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import session_ids
from benchmarks.learning.run import DATA
from benchmarks.session_ids import FILES, Agreement, agreement, sessions_of

Event = tuple[str, int, str]
EVENTS = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(1, 3), st.sampled_from("xyz")),
    min_size=1,
    max_size=12,
)
RETE = FILES[0]
HEADER = "user_id,session_id,event,timestamp,platform,acquisition_channel\n"


def told(events: list[Event]) -> Agreement:
    """Return the agreement of events, each a person, a found session and an id of the file."""
    return agreement(pl.DataFrame(events, schema=["person", "session", "own"], orient="row"))


def test_equal_sessions_agree_wholly() -> None:
    """Sessions that are the same sets of events agree, whatever they are called."""
    same = told([("ann", 1, "s7"), ("ann", 1, "s7"), ("ann", 2, "s3"), ("bob", 1, "s5")])

    assert same == Agreement(4, 3, 3, 3, 4, 0, 0, 0, 1.0, 1.0)


def test_a_pause_in_a_session_of_the_file_cuts_it() -> None:
    """Two found sessions of one person in one of the file: a link of the file is not found."""
    cut = told([("ann", 1, "s1"), ("ann", 1, "s1"), ("ann", 2, "s1"), ("ann", 3, "s2")])

    assert cut == Agreement(4, 2, 3, 1, 1, 1, 0, 0, 1.0, 0.5)


def test_a_session_of_two_people_is_cut_by_person() -> None:
    """Who signs in under way is two people; no link between their events is asked for."""
    cut = told([("ann", 1, "s1"), ("bob", 1, "s1")])

    assert cut == Agreement(2, 1, 2, 0, 0, 0, 1, 0, None, None)


def test_a_new_session_without_a_pause_is_joined() -> None:
    """One found session over two of the file: a found link is none of the file."""
    joined = told([("ann", 1, "s1"), ("ann", 1, "s1"), ("ann", 1, "s2")])

    assert joined == Agreement(3, 2, 1, 0, 0, 0, 0, 1, 0.5, 1.0)


@given(events=EVENTS)
def test_measure_is_that_of_sets(events: list[Event]) -> None:
    """Whole sessions are equal sets of events; links are pairs of a person's next events."""
    own = [{i for i, e in enumerate(events) if e[2] == name} for name in {e[2] for e in events}]
    found = [{i for i, e in enumerate(events) if e[:2] == key} for key in {e[:2] for e in events}]
    links = [
        (a[2] == b[2], a[1] == b[1])
        for person in "ab"
        for a, b in pairwise(e for e in events if e[0] == person)
    ]
    both = links.count((True, True))

    measured = told(events)

    whole = [session for session in own if session in found]
    assert (measured.own, measured.found, measured.whole) == (len(own), len(found), len(whole))
    assert measured.events_whole == sum(map(len, whole))
    assert measured.joined == sum(_mixed(session, own) for session in found)
    assert measured.recall == (both / n if (n := sum(link[0] for link in links)) else None)
    assert measured.precision == (both / n if (n := sum(link[1] for link in links)) else None)


def _mixed(session: set[int], others: list[set[int]]) -> bool:
    return sum(bool(session & other) for other in others) > 1


def test_sessions_are_found_without_the_ids(tmp_path: Path) -> None:
    """The job finds sessions by person and gap, and each event keeps its own id beside them."""
    rows = [
        "ann,s1,home,2024-03-13 10:00:00,desktop,email",
        "bob,s2,home,2024-03-13 10:01:00,desktop,email",
        "ann,s1,home,2024-03-13 10:20:00,desktop,email",
        "ann,s1,home,2024-03-13 11:00:00,desktop,email",
        "ann,,home,2024-03-13 11:00:01,desktop,email",
    ]
    path = tmp_path / "ecom.csv"
    path.write_text(HEADER + "\n".join(rows) + "\n", encoding="ascii")

    half_hour = sessions_of(RETE, path, "PT30M").sort("person", "session")
    hour = agreement(sessions_of(RETE, path, "PT1H"))

    assert half_hour.select("person", "session", "own").rows() == [
        ("u:ann", 1, "s1"), ("u:ann", 1, "s1"), ("u:ann", 2, "s1"), ("u:bob", 1, "s2"),
    ]  # fmt: skip
    assert (hour.own, hour.whole) == (2, 2)


def test_what_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An empty folder gives an empty table, and a line for each file."""
    assert session_ids.main(["--data", str(tmp_path)]) == 0

    done = capsys.readouterr()
    assert done.out.strip() == session_ids.HEAD
    assert done.err.count("skipped") == len(FILES)


def test_sessions_of_the_rete_shop_are_those_of_the_file() -> None:
    """All 3,605 sessions of the Rete shop are found whole."""
    path = DATA / RETE.file
    if not path.exists():
        pytest.skip(f"needs the data set {RETE.file} in ../shared/data")

    found = agreement(sessions_of(RETE, path, "PT30M"))

    assert (found.events, found.own, found.whole) == (31_106, 3_605, 3_605)
