"""The public names: sorted, documented, importable one by one, and light until one is used."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

import pytest

import rtm_flows
import rtm_flows.cli
import rtm_flows.config
import rtm_flows.features.own
import rtm_flows.flows
import rtm_flows.models.own
import rtm_flows.simulate
import rtm_flows.testing

ROOT = Path(__file__).parents[1]
MODULES = (
    rtm_flows,
    rtm_flows.config,
    rtm_flows.features.own,
    rtm_flows.flows,
    rtm_flows.models.own,
    rtm_flows.simulate,
    rtm_flows.testing,
)
HEAVY = ("polars", "numpy", "pyarrow", "river", "bytewax", "msgspec", "rich")


def imported_by(code: str) -> set[str]:
    """Return which of the heavy packages some code imports, in a process of its own."""
    tell = f"import sys; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tell}"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return set(done.stdout.split())


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_public_names_are_sorted_and_documented(module: types.ModuleType) -> None:
    """Every name in `__all__` is there once, can be had, and says what it is."""
    names = module.__all__

    assert list(names) == sorted(set(names), key=_as_linted)
    for name in names:
        found = getattr(module, name)
        assert isinstance(found, int) or (found.__doc__ or "").strip(), name


def _as_linted(name: str) -> tuple[int, str]:
    """Return the order of the linter: constants, then classes, then all else."""
    kind = 0 if name.isupper() else 1 if name[0].isupper() else 2
    return kind, name


@pytest.mark.parametrize("name", rtm_flows.__all__)
def test_each_public_name_can_be_imported_alone(name: str) -> None:
    """In a fresh process too, without another import before it."""
    done = subprocess.run(
        [sys.executable, "-c", f"from rtm_flows import {name}; print({name}.__name__)"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip

    assert done.stdout.strip().split(".")[-1] == name


def test_importing_the_package_is_light() -> None:
    """Nothing heavy is imported until something is used."""
    assert imported_by("import rtm_flows") == set()
    assert imported_by("import rtm_flows; rtm_flows.errors.RtmError") == set()


def test_loading_a_job_needs_no_engine() -> None:
    """Neither Bytewax nor River is imported before they are needed."""
    used = imported_by("import rtm_flows; rtm_flows.load({'name': 'shop'})")

    assert not used & {"bytewax", "river"}


def test_an_unknown_name_is_refused() -> None:
    """Like any other module does."""
    with pytest.raises(AttributeError, match="module 'rtm_flows' has no attribute 'laod'"):
        rtm_flows.laod  # noqa: B018


def test_the_version_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    """What `rtm --version` says is what the package says."""
    with pytest.raises(SystemExit, match="0"):
        rtm_flows.cli.main(["--version"])

    assert capsys.readouterr().out == f"rtm_flows {rtm_flows.__version__}\n"
