"""The default learner: the same bits however it is fed, no look ahead, and better than a line."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rtm_flows.errors import RecoveryError
from rtm_flows.models.learner import Learner
from rtm_flows.models.newton import WIDEST
from rtm_flows.models.saved_learner import KIND, SavedLearner, load, save
from rtm_flows.models.sealed import seal, unseal
from tests.models.tables import NUMBERS, TEXTS, Table, learned, table

WHOLE = table(700)


def part(rows: Table, start: int, stop: int) -> Table:
    """Return some rows of a table."""
    return Table(rows.numbers[start:stop], rows.texts[start:stop], rows.labels[start:stop])


@settings(max_examples=20)
@given(st.lists(st.integers(0, 700), max_size=12))
def test_cutting_the_rows_anywhere_changes_no_bit(cuts: list[int]) -> None:
    """Chances and saved state are those of one call, whatever the calls."""
    whole = Learner(NUMBERS, TEXTS)
    expected = whole.learn_rows(*WHOLE)

    learner = Learner(NUMBERS, TEXTS)
    edges = [0, *sorted(cuts), 700]
    parts = [learner.learn_rows(*part(WHOLE, *edge)) for edge in pairwise(edges)]

    assert np.concatenate(parts).tobytes() == expected.tobytes()
    assert save(learner) == save(whole)


@given(st.integers(0, 150))
def test_what_is_learned_was_predicted_before(n: int) -> None:
    """The chance a row gets while it is learned is the one it would be served, to the bit."""
    learner = learned(part(WHOLE, 0, n))
    row = part(WHOLE, n, n + 1)
    state = save(learner)

    served = learner.predict_rows(row.numbers, row.texts)

    assert save(learner) == state
    assert learner.learn_rows(*row).tobytes() == served.tobytes()


def test_rows_together_score_as_they_do_one_by_one() -> None:
    """A chance does not depend on which rows are asked for with it."""
    learner = learned(WHOLE)
    rows = table(600, seed=2)

    together = learner.predict_rows(rows.numbers, rows.texts)

    for at in (0, 1, 511, 512, 599):
        alone = learner.predict_rows(rows.numbers[at : at + 1], rows.texts[at : at + 1])
        assert alone.tobytes() == together[at : at + 1].tobytes()


def test_no_label_reaches_back() -> None:
    """Turning a label round changes no chance up to its own row, and those after it."""
    turned = [*WHOLE.labels[:300], not WHOLE.labels[300], *WHOLE.labels[301:]]

    before = Learner(NUMBERS, TEXTS).learn_rows(*WHOLE)
    after = Learner(NUMBERS, TEXTS).learn_rows(WHOLE.numbers, WHOLE.texts, turned)

    assert (before[:301] == after[:301]).all()
    assert (before[301:] != after[301:]).any()


def test_finds_what_a_line_cannot() -> None:
    """Chances get near the truth where it bends and where two columns act together."""
    random = np.random.default_rng(5)
    x = random.normal(size=(6_000, 2))
    corner = (x[:, 0] > 0.0) == (x[:, 1] > 0.0)
    middle = np.absolute(x[:, 0]) < 0.5
    truth = np.where(corner, 0.8, 0.2) * np.where(middle, 0.3, 1.0)
    labels = (random.random(6_000) < truth).tolist()

    chances = Learner(["a", "b"], []).learn_rows(x, np.zeros((6_000, 0), np.uint64), labels)

    assert np.mean(np.absolute(chances - truth)[-2_000:]) < 0.1


@pytest.mark.parametrize("bad", [np.inf, -np.inf, np.nan, 1e308, -1e101])
def test_numbers_that_are_none_do_no_harm(bad: float) -> None:
    """What is not a number counts as missing: all chances stay sound, others learn on."""
    rows = table(300)
    rows.numbers[::7, 1] = bad
    missing = table(300)
    missing.numbers[::7, 1] = np.nan

    chances = Learner(NUMBERS, TEXTS).learn_rows(*rows)

    assert ((chances > 0.0) & (chances < 1.0)).all()
    assert (chances == Learner(NUMBERS, TEXTS).learn_rows(*missing)).all()


def test_memory_is_bounded() -> None:
    """A text that is never the same twice, in many columns, takes no more than its room."""
    codes = np.arange(1, 30_001, dtype=np.uint64).reshape(1_000, 30) * np.uint64(2**40 + 1)
    names = [f"id {column}" for column in range(30)]
    learner = Learner([], names)
    size = learner.adagrad.weights.nbytes

    learner.learn_rows(np.zeros((1_000, 0)), codes, [i % 2 == 0 for i in range(1_000)])

    assert len(learner.newton.weights) == WIDEST
    assert learner.adagrad.weights.nbytes == size
    assert len(learner.encoder.slots.of_text) == WIDEST - 1


def test_a_wide_table_is_learned_too() -> None:
    """With 150 columns of numbers the first have slots, and every chance is sound."""
    random = np.random.default_rng(3)
    x = random.normal(size=(200, 150))
    labels = (x[:, 0] > 0.0).tolist()

    learner = Learner([str(column) for column in range(150)], [])
    chances = learner.learn_rows(x, np.zeros((200, 0), np.uint64), labels)

    assert len(learner.newton.weights) <= WIDEST
    assert np.mean((chances > 0.5)[-50:] == labels[-50:]) > 0.7


@pytest.mark.parametrize("n", [0, 1, 33, 700])
def test_a_saved_learner_goes_on_to_the_bit(n: int) -> None:
    """Saved and read back, it predicts and learns as if nothing had happened."""
    learner = learned(part(WHOLE, 0, n))
    more = table(500, seed=9)

    read = load(save(learner), NUMBERS, TEXTS)

    assert save(read) == save(learner)
    assert read.learn_rows(*more).tobytes() == learner.learn_rows(*more).tobytes()
    assert save(read) == save(learner)


def test_refuses_what_was_saved_otherwise() -> None:
    """Other columns, another River, damage: each is refused with its reason."""
    data = save(learned(part(WHOLE, 0, 50)))

    with pytest.raises(RecoveryError, match=r"other columns.*'age'"):
        load(data, ["age"], TEXTS)
    with pytest.raises(RecoveryError, match="damaged"):
        load(data[:-1], NUMBERS, TEXTS)
    record = unseal(KIND, data, SavedLearner)
    for field, value, reason in [
        ("river", "0.1", "another River"),
        ("positives", 51, "counts"),
        ("weights", b"12345678", "reshape"),
        ("blend", [0.0] * 11, "blend"),
        ("intercept", float("nan"), "blend"),
        ("places", (-1).to_bytes(8, "little", signed=True), "places"),
        ("place_squares", b"\0" * len(record.place_squares), "squares"),
        ("ranks", b"", "ranks"),
        ("scaler", b"\xff" * len(record.scaler), "not finite"),
        ("of_number", [1] * 9, "slots"),
        ("of_number", [], "slots of numbers"),
        ("of_text", [(7, *rest) for _, *rest in record.of_text], "slots of texts"),
    ]:
        changed = seal(KIND, msgspec.structs.replace(record, **{field: value}))
        with pytest.raises(RecoveryError, match=reason):
            load(changed, NUMBERS, TEXTS)
