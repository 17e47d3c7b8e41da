"""What stands beside a model: chances from the labels told before, and from no others."""

from __future__ import annotations

import itertools
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.models.beside import Beside

Happening = tuple[bool, float, bool]
"""Whether it is a label and not a question, seconds, and what came true."""
AGO = st.sampled_from([math.nan, 0.0, 0.5, 3.0, 3.9, 900.5])
HAPPENINGS = st.lists(st.tuples(st.booleans(), AGO, st.booleans()), max_size=40)


def in_runs(beside: Beside, happenings: list[Happening], cuts: list[int]) -> list[list[float]]:
    """Return the chances of all that was asked, run by run."""
    found: list[list[float]] = []
    bounds = [0, *sorted(min(cut, len(happenings)) for cut in cuts), len(happenings)]
    for start, stop in itertools.pairwise(bounds):
        part = happenings[start:stop]
        asked = np.array([at for at, (is_label, _, _) in enumerate(part) if not is_label], int)
        told = np.array([at for at, (is_label, _, _) in enumerate(part) if is_label], int)
        ago = np.array([seconds for _, seconds, _ in part], dtype=np.float64)
        labels = np.array([label for _, _, label in part], dtype=np.bool_)
        after = np.searchsorted(told, asked)
        found += beside.ask(ago[asked], after, labels[told], ago[told]).tolist()
    return found


def one_by_one(happenings: list[Happening]) -> list[list[float]]:
    """Return the same by a loop."""
    found, labels, spans = [], list[bool](), list[tuple[int, bool]]()
    for is_label, seconds, label in happenings:
        span = -1 if math.isnan(seconds) else int(seconds).bit_length()
        if is_label:
            labels.append(label)
            spans += [] if span < 0 else [(span, label)]
            continue
        prior = (sum(labels) + 1) / (len(labels) + 20)
        alike = [one for own, one in spans if own == span]
        recency = math.nan if span < 0 else (sum(alike) + 20 * prior) / (len(alike) + 20)
        found.append([prior, 0.9 if labels[-1:] == [True] else 0.1, recency])
    return found


@given(HAPPENINGS, st.lists(st.integers(0, 40), max_size=3))
def test_chances_are_those_of_a_loop_whatever_the_cuts(
    happenings: list[Happening], cuts: list[int]
) -> None:
    """Only what was told before a row is asked has a part in its chances."""
    wanted = np.array(one_by_one(happenings)).reshape(-1, 3)
    for cutting in (cuts, [], list(range(40))):
        found = np.array(in_runs(Beside(), happenings, cutting)).reshape(-1, 3)
        np.testing.assert_array_equal(found, wanted)


@given(HAPPENINGS, st.integers(0, 40))
def test_saved_and_read_back_it_goes_on(happenings: list[Happening], at: int) -> None:
    """No bit of a later chance changes."""
    first, second = Beside(), Beside()
    found = in_runs(first, happenings[:at], [])
    second.restore(first.saved())

    found += in_runs(second, happenings[at:], [])
    np.testing.assert_array_equal(
        np.array(found).reshape(-1, 3), np.array(one_by_one(happenings)).reshape(-1, 3)
    )
