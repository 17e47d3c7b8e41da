"""The command line, `rtm`: jobs checked, run, replayed and shown, tables evaluated.

In: arguments. Out: an exit status: 0 for a run that ended or was stopped as asked, 1 for one that
failed, 2 for arguments or a configuration that cannot be used. Of `diff` 1 says that the runs
differ, of `audit` that something is violated, and of both 2 that they failed. Heavy imports happen
in the commands, so that `rtm --help` is instant.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from importlib import import_module

from rtm_flows.cli import arguments
from rtm_flows.errors import ConfigError, RtmError

FAILED = 1
UNUSABLE = 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parsed = arguments.parser().parse_args(argv)
    # Of `diff`, as of its namesake, 1 says that it found differences; of `audit`, violations.
    failed = UNUSABLE if parsed.command in ("diff", "audit") else FAILED
    try:
        return _command(parsed)
    except ConfigError as error:
        _complain(error)
        return UNUSABLE
    except RtmError as error:
        _complain(error)
        return failed
    except BrokenPipeError:
        sys.stderr.close()
        return failed
    except KeyboardInterrupt:
        return failed


_COMMANDS = {
    "run": ("run", "run"),
    "check": ("check", "check"),
    "topics": ("topics", "topics"),
    "replay": ("replay", "replay"),
    "schema": ("schema", "schema"),
    "evaluate": ("evaluate", "evaluate"),
    "explain": ("explain", "explain_decision"),
    "person": ("person", "person"),
    "report": ("report", "report"),
    "diff": ("diff", "diff"),
    "worth": ("worth", "worth"),
    "audit": ("audit", "audit_run"),
    "simulate": ("simulate", "simulate"),
    "broker": ("broker", "broker"),
    "produce": ("produce", "produce"),
    "consume": ("consume", "consume"),
    "export": ("export", "export"),
}
"""By command, its module and function: only that of the one asked for is loaded."""


def _command(parsed: argparse.Namespace) -> int:
    module, name = _COMMANDS[parsed.command]
    act: Callable[[argparse.Namespace], int]
    act = getattr(import_module(f"rtm_flows.cli.{module}"), name)
    return act(parsed)


def _complain(error: Exception) -> None:
    sys.stderr.write(f"rtm: {error}\n")
