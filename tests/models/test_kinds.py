"""What every kind of model promises: cut anywhere, saved and read back, refused when foreign."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import get_args, get_type_hints

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rtm_flows.errors import RecoveryError
from rtm_flows.models.kinds import KINDS, Servable, model_of, read_model
from rtm_flows.models.logistic import COUNTS
from rtm_flows.models.rules import Challenger, Rule, Shadowed
from rtm_flows.models.score import score_rows
from rtm_flows.models.spec import Learning
from rtm_flows.models.steps import plain
from tests.models.examples import NAMES, examples
from tests.runs.running import environment

RULES = {kind: Rule(kind=kind) for kind in get_args(get_type_hints(Learning)["kind"])}
every_kind = pytest.mark.parametrize("rule", RULES.values(), ids=RULES)


def new(rule: Rule) -> Servable:
    """Return a model that has learned nothing."""
    model = model_of(rule, NAMES)
    assert isinstance(model, Servable)
    return model


def read(rule: Rule, data: bytes, names: Sequence[str] = NAMES) -> Servable:
    """Return a model as it was saved."""
    model = read_model(rule, data, names)
    assert isinstance(model, Servable)
    return model


def taught(rule: Rule, n: int) -> Servable:
    """Return a model that has learned this many examples in one run."""
    model = new(rule)
    x, labels = examples(n)
    model.learn_steps(x, plain(labels))
    return model


def test_every_kind_that_can_be_asked_for_is_there() -> None:
    """The configuration and the table of kinds name the same."""
    assert sorted(get_args(Shadowed)) == sorted(KINDS)
    own = Challenger(kind="python", code="tests.models.own_models:Counting")
    made = {kind: KINDS[kind].make(NAMES, own if kind == "python" else Rule()) for kind in KINDS}
    assert {kind for kind, model in made.items() if isinstance(model, Servable)} == {*RULES}


@every_kind
@given(st.integers(1, 80), st.data())
def test_cuts_and_resumes_change_no_bit(rule: Rule, n: int, data: st.DataObject) -> None:
    """Learned in one run, or cut anywhere and read back there, versions and bytes are the same."""
    x, labels = examples(n)
    cuts = data.draw(
        st.lists(st.integers(1, n - 1), unique=True).map(sorted) if n > 1 else st.just([])
    )
    whole, model = new(rule), new(rule)
    wanted, found = whole.learn_steps(x, plain(labels)), []
    for start, stop in zip([0, *cuts], [*cuts, n], strict=True):
        found.append(model.learn_steps(x[start:stop], plain(labels[start:stop])))
        model = read(rule, model.to_bytes())

    assert (
        np.concatenate([found[0], *(rows[1:] for rows in found[1:])]).tobytes() == wanted.tobytes()
    )
    assert model.to_bytes() == whole.to_bytes()


@every_kind
def test_versions_are_laid_out_alike(rule: Rule) -> None:
    """Examples, positives, intercept, the running means, and slopes: 0 of what never varied."""
    x, labels = examples(300)
    rows = new(rule).learn_steps(x, plain(labels))

    assert rows[:, 0].tolist() == list(range(301))
    assert rows[:, 1].tolist() == [0, *np.cumsum(labels).tolist()]
    np.testing.assert_allclose(rows[-1, COUNTS : COUNTS + len(NAMES)], x.mean(axis=0), rtol=1e-9)
    assert rows[-1, COUNTS + len(NAMES) + NAMES.index("constant")] == 0.0


@every_kind
def test_what_is_learned_is_worth_something(rule: Rule) -> None:
    """Of the later examples it knows more than their rate."""
    x, labels = examples(3_000)
    rows = new(rule).learn_steps(x, plain(labels))
    spec = Learning()

    y = np.array(labels)
    p = score_rows(x, rows, np.arange(3_000), spec)[1_000:]
    rate = np.full(2_000, y.mean())
    believed, base = (np.where(y[1_000:], q, 1.0 - q) for q in (p, rate))
    assert -np.log(believed).mean() < -np.log(base).mean() - 0.02


@every_kind
def test_nothing_that_is_given_is_changed_or_kept(rule: Rule) -> None:
    """Rows are as they were, and changing them later changes no model."""
    x, labels = examples(50)
    kept, model = x.copy(), new(rule)
    versions = model.learn_steps(x, plain(labels))
    before, data = versions.copy(), model.to_bytes()

    assert (x == kept).all()
    x[:] = 99.0
    assert model.to_bytes() == data
    model.learn_steps(kept, plain(labels))
    assert (versions == before).all()


@every_kind
def test_another_process_goes_on_to_the_bit(rule: Rule, tmp_path: Path) -> None:
    """A model that was saved, and is read in another process, gives the same versions there."""
    (tmp_path / "model").write_bytes(taught(rule, 200).to_bytes())
    script = f"""
from collections.abc import Sequence
from pathlib import Path
from rtm_flows.models.kinds import read_model
from rtm_flows.models.rules import Challenger, Rule, Shadowed
from rtm_flows.models.steps import plain
from tests.models.examples import NAMES, examples
folder = Path({str(tmp_path)!r})
model = read_model(Rule(kind={rule.kind!r}), (folder / "model").read_bytes(), NAMES)
x, labels = examples(40, seed=5)
(folder / "versions").write_bytes(model.learn_steps(x, plain(labels)).tobytes())
"""
    subprocess.run([sys.executable, "-c", script], env=environment(), check=True)

    x, labels = examples(40, seed=5)
    wanted = taught(rule, 200).learn_steps(x, plain(labels))
    assert (tmp_path / "versions").read_bytes() == wanted.tobytes()


@every_kind
def test_other_features_are_refused(rule: Rule) -> None:
    """Names must be the same, in the same order."""
    with pytest.raises(RecoveryError, match="has other features"):
        read(rule, taught(rule, 5).to_bytes(), NAMES[::-1])


@pytest.mark.parametrize("kind", RULES)
@pytest.mark.parametrize("other", RULES)
def test_another_kind_is_refused(kind: str, other: str) -> None:
    """A model is read as what it was saved, and nothing else."""
    data = taught(RULES[kind], 5).to_bytes()
    if kind == other:
        assert read(RULES[other], data).to_bytes() == data
        return

    with pytest.raises(RecoveryError, match="must be of kind"):
        read(RULES[other], data)


@every_kind
@given(st.data())
def test_any_damage_is_refused(rule: Rule, data: st.DataObject) -> None:
    """A changed byte, or bytes cut short, are not taken for a model."""
    saved = bytearray(taught(rule, 5).to_bytes())
    at = data.draw(st.integers(0, len(saved) - 1))
    short = bytes(saved[:at])
    saved[at] ^= data.draw(st.integers(1, 255))

    for broken in (bytes(saved), short):
        with pytest.raises(RecoveryError, match="damaged"):
            read(rule, broken)
