"""Pauses that cannot mean what they say are refused, with their key and what would be right."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from rtm_flows.errors import ConfigError
from rtm_flows.policy.lint import LARGEST, MANY
from rtm_flows.policy.pause_lint import read_pauses
from rtm_flows.policy.pauses import Pause
from tests.policy.histories import ACTIONS

DULL = {"name": "dull", "channels": "email", "after": 3, "within": "P7D", "lasts": "P7D"}


def pauses(*keys: dict[str, Any]) -> list[Pause]:
    """Return pauses as a configuration has them."""
    return msgspec.convert(keys, list[Pause])


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ([DULL | {"name": ""}], r"pauses\[0\].name: must not be empty"),
        ([DULL, DULL], r"pauses\[1\].name: 'dull' is already the name of pauses\[0\]"),
        ([DULL | {"name": "mail_gap"}], r"pauses\[0\].name: .* already the name of limits\[0\]"),
        ([DULL | {"after": 0}], r"pauses\[0\].after: must be from 1 to 1000; got 0; .* take the"),
        ([DULL | {"after": LARGEST + 1}], r"pauses\[0\].after: must be from 1 to 1000; got 1001"),
        ([DULL | {"within": "a week"}], r"pauses\[0\].within: a duration must look like"),
        ([DULL | {"within": "PT0S"}], r"pauses\[0\].within: must be longer than zero; got PT0S"),
        ([DULL | {"lasts": "P1M"}], r"pauses\[0\].lasts: a duration must look like"),
        ([DULL | {"lasts": "P0D"}], r"pauses\[0\].lasts: must be longer than zero; got P0D"),
        ([DULL | {"channels": "emial"}], r"pauses\[0\].channels\[0\]: .* did you mean 'email'"),
        ([DULL | {"actions": "banner"}], r"pauses\[0\]: no action of the catalogue is meant"),
        (
            [DULL, DULL | {"name": "short", "lasts": "PT1H"}],
            r"pauses\[1\]: holds nothing back that pauses\[0\], 'dull', does not",
        ),
        (
            [DULL | {"name": "short", "lasts": "PT1H"}, DULL],
            r"pauses\[0\]: holds nothing back that pauses\[1\], 'dull', does not",
        ),
        (
            [DULL, DULL | {"name": "same", "within": "PT168H"}],
            r"pauses\[1\]: holds nothing back that pauses\[0\], 'dull', does not",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(keys: list[dict[str, Any]], text: str) -> None:
    """The complaint begins with the key."""
    with pytest.raises(ConfigError, match=text):
        read_pauses(pauses(*keys), ACTIONS, ["mail_gap"])


@pytest.mark.parametrize(
    "other", [{"by": "channel"}, {"after": 2}, {"within": "P1D"}, {"channels": "push"}]
)
def test_pauses_that_count_otherwise_are_kept(other: dict[str, Any]) -> None:
    """By something else, more or fewer, in another time, or of other actions."""
    both = pauses(DULL, DULL | {"name": "other", **other})

    assert len(read_pauses(both, ACTIONS)) == 2


def test_a_job_has_so_many_pauses_at_most() -> None:
    """What is remembered of a person is bounded."""
    many = [DULL | {"name": str(at), "after": at + 1} for at in range(MANY + 1)]

    with pytest.raises(ConfigError, match="pauses: at most 64 in a job; got 65"):
        read_pauses(pauses(*many), ACTIONS)
