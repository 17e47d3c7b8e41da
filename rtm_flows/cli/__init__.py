"""The command line, `rtm`: jobs checked, run, replayed and shown, tables evaluated.

In: arguments. Out: an exit status: 0 for a run that ended or was stopped as asked, 1 for one that
failed, 2 for arguments or a configuration that cannot be used. Of `diff` 1 says that the runs
differ, of `audit` that something is violated, and of both 2 that they failed. Heavy imports happen
in the commands, so that `rtm --help` is instant.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

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


def _command(parsed: argparse.Namespace) -> int:
    if parsed.command == "run":
        from rtm_flows.cli.run import run

        return run(parsed)
    if parsed.command == "check":
        from rtm_flows.cli.check import check

        return check(parsed)
    if parsed.command == "replay":
        from rtm_flows.cli.replay import replay

        return replay(parsed)
    if parsed.command == "schema":
        from rtm_flows.cli.schema import schema

        return schema(parsed)
    if parsed.command == "evaluate":
        from rtm_flows.cli.evaluate import evaluate

        return evaluate(parsed)
    if parsed.command == "explain":
        from rtm_flows.cli.explain import explain_decision

        return explain_decision(parsed)
    if parsed.command == "person":
        from rtm_flows.cli.person import person

        return person(parsed)
    if parsed.command == "report":
        from rtm_flows.cli.report import report

        return report(parsed)
    if parsed.command == "diff":
        from rtm_flows.cli.diff import diff

        return diff(parsed)
    if parsed.command == "audit":
        from rtm_flows.cli.audit import audit_run

        return audit_run(parsed)
    from rtm_flows.cli.simulate import simulate

    return simulate(parsed)


def _complain(error: Exception) -> None:
    sys.stderr.write(f"rtm: {error}\n")
