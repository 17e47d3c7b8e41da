"""Arms: balanced, independent across layers, and a function of the person's key alone."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rtm_flows.errors import ConfigError
from rtm_flows.policy.experiments import PARTS, POLICIES, Experiment, check_experiments
from rtm_flows.policy.groups import NO_ARM, Groups, parts
from tests.policy.histories import ACTIONS

MANY = [f"u:{n}" for n in range(100_000)]
EVERYBODY = np.arange(len(MANY))


def experiments(*keys: dict[str, Any]) -> list[Experiment]:
    """Return experiments as a configuration has them."""
    return msgspec.convert(keys, list[Experiment])


def layer(name: str, *shares: float, **keys: Any) -> dict[str, Any]:
    """Return the keys of an experiment whose arms have these shares."""
    arms = [{"name": str(at), "share": share} for at, share in enumerate(shares)]
    return {"name": name, "arms": arms} | keys


def arms_of(*keys: dict[str, Any], persons: list[str] = MANY) -> list[list[int]]:
    """Return of each experiment the arms of some people."""
    found = Groups(experiments(*keys), ACTIONS).of(np.arange(len(persons)), persons)
    return [column.tolist() for column in found.arms.T]


def plain_arm(salt: str, shares: list[float], person: str) -> int:
    """Return an arm as the docstrings define it."""
    digest = hashlib.blake2b(f"{salt}\x1f{person}".encode(), digest_size=8).digest()
    part = int.from_bytes(digest[:4], "big") * PARTS // 2**32
    end = 0
    for arm, share in enumerate(shares):
        end += round(share * PARTS)
        if part < end:
            return arm
    return NO_ARM


SHARES = st.lists(st.integers(0, 40).map(lambda n: n / 100), min_size=1, max_size=2)


@given(st.text(min_size=1, max_size=5), SHARES, st.lists(st.text(max_size=6), max_size=20))
def test_an_arm_is_a_function_of_the_key(salt: str, shares: list[float], names: list[str]) -> None:
    """Of it, the salt and the shares; whoever else is there, asked for once or again."""
    persons = [f"u:{name}" for name in names]
    groups = Groups(experiments(layer("a", *shares, salt=salt)), ACTIONS)
    expected = [plain_arm(salt, shares, person) for person in persons]
    backwards = np.arange(len(persons))[::-1]

    for rows in (backwards[: len(backwards) // 2], backwards, np.concatenate([backwards] * 2)):
        found = groups.of(rows, persons).arms[:, 0].tolist()
        assert found == [expected[row] for row in rows.tolist()]


@pytest.mark.parametrize("shares", [(0.1, 0.2, 0.3), (0.5, 0.5), (0.01,)])
@pytest.mark.parametrize("salt", ["universal", "spring", "a/b"])
def test_arms_are_as_large_as_their_shares(shares: tuple[float, ...], salt: str) -> None:
    """Of 100,000 people, by chi-square."""
    (found,) = arms_of(layer("a", *shares, salt=salt))
    wanted = [1 - sum(shares), *shares]
    counts = np.bincount(np.array(found) + 1, minlength=len(wanted))
    some = [at for at, share in enumerate(wanted) if share > 1e-9]

    assert sum(counts[some]) == len(MANY)
    expected = [wanted[at] * len(MANY) for at in some]
    assert stats.chisquare(counts[some], expected).pvalue > 0.001


@pytest.mark.parametrize("names", [("a", "b"), ("universal", "universal 2"), ("1", "11")])
def test_layers_are_independent(names: tuple[str, str]) -> None:
    """Who is in which arm of one tells nothing of the arm of another, by chi-square."""
    one, two = arms_of(*(layer(name, 0.2, 0.3, 0.1) for name in names))
    table = np.zeros((4, 4))
    np.add.at(table, (np.array(one) + 1, np.array(two) + 1), 1)

    assert stats.chi2_contingency(table).pvalue > 0.001


def test_an_arm_keeps_its_people_while_later_ones_change() -> None:
    """And the last one grows into what was nobody's."""
    (before,) = arms_of(layer("a", 0.1, 0.2, 0.1))
    (after,) = arms_of(layer("a", 0.1, 0.2, 0.4, 0.1))

    kept = [(one, two) for one, two in zip(before, after, strict=True) if one != NO_ARM]
    assert all(one == two for one, two in kept)
    assert after.count(2) > 3 * before.count(2)


def test_a_share_is_exact_to_the_millionth() -> None:
    """Decimals that no float holds are no trouble: 0.1 + 0.2 + 0.7 is everybody."""
    (found,) = arms_of(layer("a", 0.1, 0.2, 0.7))
    (whole,) = arms_of(layer("a", 0.000001, 0.999999))

    assert NO_ARM not in found
    assert NO_ARM not in whole


@pytest.mark.parametrize("person", ["u:ann", "a:bob"])
def test_an_arm_ends_before_its_last_part(person: str) -> None:
    """Shares are half-open: a part that is the end belongs to the next arm."""
    part = int(parts("a", [person])[0])

    for more, arm in ((0, NO_ARM), (1, 0)):
        assert arms_of(layer("a", (part + more) / PARTS), persons=[person]) == [[arm]]


def test_people_of_one_part_are_as_many_as_of_another() -> None:
    """Within arms too: thousandths, by chi-square."""
    counts = np.bincount(parts("salt", MANY) // 1000, minlength=1000)

    assert stats.chisquare(counts).pvalue > 0.001


HELD = {"name": "held", "share": 1.0, "policy": "hold_out"}


def test_layers_together_say_how_somebody_is_decided_for() -> None:
    """Held out by any layer; chosen for by the first that chooses otherwise."""
    keys = [
        {"name": "whole", "arms": [{"name": "full", "share": 1.0}]},
        {"name": "mails", "arms": [HELD | {"channels": "email", "except_actions": "receipt"}]},
        {"name": "one", "arms": [HELD | {"actions": ["banner"]}]},
        {"name": "model", "arms": [{"name": "r", "share": 1.0, "policy": "random"}]},
        {"name": "more", "arms": [{"name": "p", "share": 1.0, "policy": "propensity"}]},
    ]
    found = Groups(experiments(*keys), ACTIONS).of(np.zeros(1, dtype=np.int64), ["u:ann"])
    names = [action.name for action, no in zip(ACTIONS, found.held_out[0], strict=True) if no]

    assert names == ["mail", "win_back", "banner"]
    assert POLICIES[found.chooser[0]] == "random"
    assert found.arms.tolist() == [[0] * 5]


def test_whoever_is_in_no_arm_is_as_everybody() -> None:
    """Nothing is held out from them."""
    arms = [HELD | {"share": 0.0}, {"name": "r", "share": 0.0, "policy": "random"}]
    found = Groups(experiments({"name": "a", "arms": arms}), ACTIONS).of(EVERYBODY, MANY)

    assert not found.held_out.any()
    assert (found.arms == NO_ARM).all()
    assert {POLICIES[place] for place in found.chooser.tolist()} == {"full"}


def test_without_experiments_nobody_is_held_out() -> None:
    """The shapes are those of nothing."""
    found = Groups([], ACTIONS).of(np.array([5, 2]), [])

    assert found.arms.shape == (2, 0)
    assert found.held_out.shape == (2, len(ACTIONS))
    assert not found.held_out.any()


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ([layer("", 0.1)], r"experiments\[0\].name: must not be empty"),
        (
            [layer("a", 0.1)] * 2,
            r"experiments\[1\].name: 'a' is already the name of experiments\[0",
        ),
        (
            [layer("a", 0.1), layer("b", 0.1, salt="a")],
            r"experiments\[1\].salt: 'a' is already the salt of experiments\[0\]",
        ),
        ([layer("a")], r"experiments\[0\].arms: must have an arm"),
        ([layer("a", -0.1)], r"experiments\[0\].arms\[0\].share: must be from 0 to 1; got -0.1"),
        ([layer("a", float("nan"))], r"arms\[0\].share: must be from 0 to 1; got nan"),
        ([layer("a", 0.0000001)], r"arms\[0\].share: must have at most six decimals; got 1e-07"),
        ([layer("a", 0.9, 0.2)], r"arms\[1\].share: the arms before it leave 0.1; got 0.2"),
        (
            [{"name": "a", "arms": [HELD | {"channels": "emial"}]}],
            r"arms\[0\].channels\[0\]: no action has the channel 'emial'; did you mean 'email'",
        ),
        (
            [{"name": "a", "arms": [HELD | {"policy": "full", "channels": "email"}]}],
            r"arms\[0\]: only an arm with policy = \"hold_out\" may name actions; got 'full'",
        ),
    ],
)
def test_experiments_that_mean_nothing_are_refused(keys: list[dict[str, Any]], text: str) -> None:
    """The complaint begins with the key."""
    with pytest.raises(ConfigError, match=text):
        check_experiments(experiments(*keys), ACTIONS)
