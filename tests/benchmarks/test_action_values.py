"""What actions add, as an experiment measures it: by hand, and as the program prints it."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence

import numpy as np
import polars as pl
import pytest

from benchmarks.action_values import BEFORE, JOB, LOST, believed, effects, main, settings
from rtm_flows.config import load
from rtm_flows.simulate.fashion.goods import MARGIN


def rows(**columns: Sequence[object]) -> pl.DataFrame:
    """Return rows of an experiment, all of one action, and as many people as rows."""
    n = len(columns["held_out"])
    plain = {
        "person": [str(row) for row in range(n)],
        "name": ["discount_now"] * n,
        "score": [0.01] * n,
        "given": [0.0] * n,
        "left": [False] * n,
        "shown": [not held for held in columns["held_out"]],
        "taken": [False] * n,
    }
    return pl.DataFrame(plain | columns)


def test_an_effect_is_that_of_the_halves() -> None:
    """By hand: 3 of 4 buy for 10 % less and one is lost, against 1 of 2; a basket is 50."""
    several = 10
    found = effects(
        rows(
            held_out=[False, False, False, False, True, True] * several,
            spent=[40.0, 60.0, 50.0, 0.0, 50.0, 0.0] * several,
            given=[4.0, 6.0, 5.0, 0.0, 0.0, 0.0] * several,
            left=[False, False, False, True, False, False] * several,
            taken=[True, False, False, False, False, False] * several,
        ),
        ["name"],
    )
    cheap, full = 50.0 * (MARGIN - 0.1), 50.0 * MARGIN
    each = [cheap, cheap, cheap, -LOST]
    done, held = sum(each) / 4, full / 2
    variance = sum((one - done) ** 2 for one in each) / 16 + 2 * (full / 2) ** 2 / 4

    assert found["n"].item() == 4 * several
    assert found["added"].item() == pytest.approx(done - held)
    assert found["error"].item() == pytest.approx(math.sqrt(variance / several))
    assert found["taken"].item() == 0.25


def test_rows_of_one_person_are_one_draw() -> None:
    """Ten times the same rows of the same people make nothing surer."""
    once = rows(held_out=[False, False, True, True] * 20, spent=[50.0, 0.0, 0.0, 0.0] * 20)
    tenfold = pl.concat([once] * 10)

    assert effects(tenfold, ["name"])["error"].item() == pytest.approx(
        effects(once, ["name"])["error"].item()
    )


def test_of_few_nothing_is_said() -> None:
    """Nor where nobody ever bought: that is no proof that nobody ever will."""
    few = rows(held_out=[False, True] * 19, spent=[50.0, 0.0, 0.0] * 12 + [0.0] * 2)
    nobody = rows(held_out=[False, True] * 40, spent=[0.0] * 80)

    assert effects(few, ["name"])["error"].item() == math.inf
    assert effects(nobody, ["name"])["error"].item() == math.inf
    assert settings(nobody, "discount_now") == [f"value = {BEFORE}"]


def test_a_belief_gives_way_to_what_is_known() -> None:
    """It stays where nothing is, and is halfway where both are as sure."""
    errors = (math.inf, 1e6, 1.0, 1e-6)
    drawn = [believed(np.array([3.0]), np.array([error]), 1.0).item() for error in errors]

    assert drawn == pytest.approx([1.0, 1.0, 2.0, 3.0])


def test_bands_differ_only_where_they_are_seen_to() -> None:
    """Those that chance may have made are alike; a clear one stands; an unknown one is the mean."""
    alike = believed(np.array([1.0, 1.4, 0.8]), np.array([1.0, 1.0, 1.0]), 1.0)
    clear = believed(np.array([1.0, -3.0, 9.0]), np.array([0.1, 0.1, math.inf]), 1.0)

    assert alike.tolist() == pytest.approx([alike[0]] * 3)
    assert clear[:2].tolist() == pytest.approx([1.0, -3.0], abs=0.05)
    assert -3.0 < clear[2] < 1.0


def test_the_value_is_that_of_the_best_band() -> None:
    """Elsewhere the context takes off the rest; what adds nothing weighs nothing."""
    n = 4000
    bands = np.arange(n) % 2
    held = np.arange(n) // 2 % 2 == 1
    found = settings(
        rows(
            held_out=held.tolist(),
            score=np.where(bands == 1, 0.5, 0.01).tolist(),
            spent=np.where((bands == 1) | ~held, 50.0, 0.0).tolist()[:-8] + [0.0] * 8,
            given=np.where((bands == 1) & ~held, 5.0, 0.0).tolist(),
            taken=(~held).tolist(),
        ),
        "discount_now",
    )
    told = tomllib.loads("\n".join(found))

    assert told["value"] == pytest.approx(50 * MARGIN, abs=0.5)
    assert told["value"] > BEFORE
    assert told["context"] == [{"when": "intent >= 0.2", "percent": -100}]


def test_each_action_of_the_example_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """With a value, from a few people."""
    main(["--people", "150", "--days", "10", "--seeds", "7"])
    out = capsys.readouterr().out

    for action in load(JOB).actions:
        assert f"\n# {action.name}\nvalue = " in out
    assert "intent >= 0.2" in out
