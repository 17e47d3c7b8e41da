"""Arguments: help that teaches, refusals that say what is wanted, and no heavy import before."""

from __future__ import annotations

import re
import runpy
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from rtm_flows.cli.arguments import parser
from tests.cli.commands import rtm

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "run",
    "check",
    "replay",
    "schema",
    "evaluate",
    "simulate",
    "explain",
    "person",
    "diff",
    "worth",
    "broker",
    "produce",
    "consume",
    "export",
    "audit",
    "report",
    "topics",
    "state",
)
HEAVY = ("polars", "river", "bytewax", "numpy", "pyarrow", "rich", "msgspec")


def test_help_lists_the_commands(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with a line of its own, and how to learn more."""
    done = rtm(capsys, "--help")

    assert done.status == 0
    for command in COMMANDS:
        assert f"    {command} " in done.out
    assert "`rtm COMMAND --help` explains a command." in done.out


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(capsys: pytest.CaptureFixture[str], command: str) -> None:
    """What it does, and every argument with its meaning."""
    done = rtm(capsys, command, "--help")

    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(f"usage: rtm {command} ")
    for option in re.findall(r"\[(--[a-z-]+)", done.out):
        # The meaning stands beside the option, or on the line below a long one.
        assert re.search(rf"^  {option}\b.*(?:  |\n {{10,}})\w", done.out, re.MULTILINE), option


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_has_examples_that_can_be_typed(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    """Each line of an example is one that the command line takes."""
    text = rtm(capsys, *([command] if command else []), "--help").out
    found = re.findall(r"^  (?:.*\| )?rtm (.*)$", text, re.MULTILINE)

    assert any(not command or one.split()[0] == command for one in found)
    for one in found:
        typed = re.split(r"&&|\|", one)[0]
        assert parser().parse_args(shlex.split(typed, comments=True)).command


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_imports_nothing_heavy(command: str) -> None:
    """It answers at once: no polars, no River, no Bytewax, not even numpy."""
    arguments = [command, "--help"] if command else ["--help"]
    code = (
        "import sys\n"
        "from rtm_flows.cli import main\n"
        f"try:\n    main({arguments!r})\n"
        "except SystemExit as ended:\n    assert ended.code == 0\n"
        f"heavy = [m for m in {HEAVY!r} if m in sys.modules]\n"
        "assert not heavy, heavy\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "required: COMMAND"),
        (["rnu"], "invalid choice: 'rnu'"),
        (["run"], "required: JOB.toml"),
        (["simulate"], "required: --output"),
        (["run", "a.toml", "--workers", "0"], "--workers: wants a whole number from 1; got '0'"),
        (["run", "a.toml", "--workers", "two"], "wants a whole number from 1; got 'two'"),
        (["check", "a.toml", "--sample", "-1"], "--sample: wants a whole number from 1; got '-1'"),
        (["run", "a.toml", "--snapshot-every", "0"], "number of seconds above 0, below a day"),
        (["run", "a.toml", "--snapshot-every", "nan"], "number of seconds above 0, below a day"),
        (["run", "a.toml", "--snapshot-every", "soon"], "got 'soon'"),
        (["replay", "a.toml", "--workers", "2"], "unrecognized arguments: --workers 2"),
    ],
)
def test_wrong_arguments_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """With status 2, before anything is read, and with what was wanted."""
    done = rtm(capsys, *arguments)

    assert (done.status, done.out) == (2, "")
    assert said in done.err


def test_the_package_is_the_program(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python -m rtm_flows.cli` is `rtm`."""
    monkeypatch.setattr(sys, "argv", ["rtm", "check", "nowhere.toml"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("rtm_flows.cli", run_name="__main__")

    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith("rtm: nowhere.toml: no such file")
