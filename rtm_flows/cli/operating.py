"""The arguments of the commands for whoever operates a job."""

from __future__ import annotations

import argparse

from rtm_flows.cli.command_line import Commands, add_command

_STATE = """Look after a recovery folder, what `rtm run --recovery` keeps for a resume.

  inspect   whose it is, from which epoch a resume goes on, how old that is, and how much there is:
            for each step its states, their rows in the engine's tables, and the parts in state
            files that they name; also while the run goes on
  verify    check every seal that a resume relies on, of rows and of parts; tell each place that is
            damaged. The run must be stopped
  compact   write what a resume reads anew, side by side, and delete all else. The run must be
            stopped. A kill in the middle harms nothing: do it again
  migrate   deal all people to another number of lanes (--lanes), into a folder of its own
            (--output). The run must be stopped; nothing in FOLDER is changed. Then set `lanes` in
            the configuration and run with the new folder, never again with the old one

A run that goes on deletes by itself what it needs no more, and a start what a killed run has left:
compact before a folder is copied, not to make room.

The seals are made with RTM_STATE_KEY where it is set; all but inspect want the same key.

  rtm state inspect recovery
  rtm state verify recovery && cp -a recovery backup
  rtm state migrate recovery --lanes 64 --output recovery-64

Exit status: 0 if all is well, 1 if anything is damaged or could not be done."""


def add_operating(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    command = add_command(commands, "state", _STATE)
    command.add_argument(
        "action", choices=("inspect", "verify", "compact", "migrate"), help="what to do, as above"
    )
    command.add_argument("folder", metavar="FOLDER", help="the recovery folder")
    command.add_argument("--json", action="store_true", help="inspect: print the figures as JSON")
    command.add_argument("--lanes", type=int, help="migrate: how many lanes there are to be")
    command.add_argument("--output", metavar="NEW", help="migrate: the new recovery folder")


def add_seat(command: argparse.ArgumentParser) -> None:
    """Add what tells one process of a job over several hosts which it is."""
    command.add_argument(
        "--addresses",
        metavar="HOSTS",
        help="run one process of a job over several hosts: where each process is to be reached, "
        "HOST:PORT,HOST:PORT,..., or a file with one a line; --recovery is a folder that all share",
    )
    command.add_argument(
        "--process",
        metavar="I",
        type=_number,
        help="with --addresses: which of them this process is, from 0",
    )


def _number(text: str) -> int:
    if not text.isdecimal():
        msg = f"wants a whole number from 0; got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)
