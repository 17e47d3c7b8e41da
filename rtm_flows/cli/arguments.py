"""The arguments of every command, with the help that teaches them."""

from __future__ import annotations

import argparse

from rtm_flows.cli.broker_arguments import add_broker_commands
from rtm_flows.cli.command_line import Commands, add_command, count, ending_in, zoned_time
from rtm_flows.cli.evaluate_arguments import add_evaluate
from rtm_flows.cli.inspections import add_inspections
from rtm_flows.cli.operating import add_operating, add_seat
from rtm_flows.version import VERSION

_TOP = """Real-time marketing: detect, know, decide, deliver.

  rtm simulate --people 300 --days 7 --output events.jsonl
  rtm check shop.toml --input events.jsonl --sample 5
  rtm run shop.toml --input events.jsonl --output out
  rtm explain --run out
  rtm report out

A shop.toml to begin with lies in the examples of the repository; for the simulated events one line
will do: name = "shop"."""

_RUN = """Run the job: detect, know, decide, and write what was decided.

Over files it ends with them. The output folder gets decisions.jsonl, scores.jsonl, sessions.jsonl,
late.jsonl, dead_letters.jsonl (.parquet where [outputs] format says so), learning.jsonl and
summary.json, and with [responses] in the configuration responses.jsonl and orphans.jsonl. Between
topics it goes on until SIGTERM or Ctrl-C, and each output is a topic. The same input and
configuration give the same outputs for any number of workers, and with --recovery also after a
crash: start the same command again.

  rtm run shop.toml --input events.jsonl --output out
  rtm run shop.toml --recovery state --workers 2
  gunzip < events.gz | rtm run shop.toml --input - --output out --overwrite"""

_CHECK = """Validate a job's configuration, and with --sample show how its first records are read:
the events they become, the values that match nothing, and what would be dead or late. With --broker
the broker is asked too: whether it answers, and whether its topics are as the job wants them. Exit
status: 0 if all is well, 1 if something is amiss with the broker, 2 with the configuration.

  rtm check shop.toml --input events.jsonl --sample 5
  rtm check shop.toml --broker"""

_TOPICS = """List the topics that a job reads and writes: whether they are there, with how many
partitions, how long records are kept, and what is amiss.

With --create those that it writes and that are missing are made as [kafka.written] says. Topics
that it reads are never made: who writes to them decides how.

  rtm topics shop.toml
  rtm topics shop.toml --create"""

_REPLAY = """Play the job's files through the whole path in this process, without a stream engine.
The output is the same, byte for byte, as that of `rtm run`.

With --config it backtests a change: what the job would have read is read, and all else is done as
the other file says, under the job's name, so that `rtm diff` can compare the two decision by
decision. The other file needs no [input]; one that it has is not looked at.

  rtm replay shop.toml --output before
  rtm replay shop.toml --config shop-60.toml --output after
  rtm diff before after

With --features it also writes the table that models are trained on elsewhere: one row an event,
with the features as they were known at that moment, the label that the row got, and when that
was known. The table is made in memory. With --responses it writes that of responses: one row a
decision that was shown, with the features it was made from, its chance, and what came of it."""

_SCHEMA = """List the event types of the tracking plan, or print the JSON Schema of one of them:
what its records hold in the canonical format, draft 2020-12. With --record that of a record which
leaves: a decision, a score, a response, an orphan.

  rtm schema
  rtm schema purchase
  rtm schema --record decision"""

_SIMULATE = """Write the events of a simulated shop, as canonical JSON Lines. The same settings
give the same bytes, and what is true of its people is known: docs/simulated-shop.md.

  rtm simulate --people 300 --days 28 --output events.jsonl
  rtm simulate --shop fashion --people 5000 --days 28 --output fashion.jsonl"""


def parser() -> argparse.ArgumentParser:
    """Return the parser of `rtm`."""
    top = argparse.ArgumentParser(
        prog="rtm",
        description=_TOP,
        epilog="`rtm COMMAND --help` explains a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"rtm_flows {VERSION}")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    _add_check(commands)
    _add_topics(commands)
    _add_replay(commands)
    _add_schema(commands)
    add_evaluate(commands)
    _add_simulate(commands)
    add_inspections(commands)
    add_broker_commands(commands)
    add_operating(commands)
    return top


_DAY = 86_400.0


def _add_job(command: argparse.ArgumentParser) -> None:
    command.add_argument("job", metavar="JOB.toml", help="the job's configuration")
    command.add_argument(
        "--input",
        metavar="PATH",
        action="append",
        help="read this instead of input.paths: a file, a folder of files, a quoted pattern such "
        "as 'events/*.jsonl', or - for standard input; may be repeated",
    )


def _add_output(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--output", metavar="DIR", help="folder of the outputs (default: out/NAME of the job)"
    )
    command.add_argument(
        "--overwrite", action="store_true", help="replace the run that is in the output folder"
    )
    command.add_argument(
        "--quiet", action="store_true", help="no progress and no summary, errors only"
    )


def _add_run(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "run", _RUN)
    _add_job(command)
    _add_output(command)
    command.add_argument(
        "--workers", metavar="N", type=count, default=1, help="processes to share the work (1)"
    )
    add_seat(command)
    command.add_argument(
        "--recovery",
        metavar="DIR",
        help="keep what a resume needs in this folder, and resume from it if it holds something",
    )
    command.add_argument(
        "--snapshot-every",
        metavar="SECONDS",
        type=_seconds,
        help="time between snapshots with --recovery (2; 5 where topics are read)",
    )
    _add_of_topics(command)
    command.add_argument(
        "--metrics",
        metavar="HOST:PORT",
        help="serve /metrics, /healthz and /readyz there, for as long as the run lasts; a port "
        "alone is on operating.host, port 0 any that is free (default: operating.port, else none)",
    )
    command.add_argument(
        "--profile", action="store_true", help="show what each stage of the run cost; one process"
    )


def _add_of_topics(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--to-end",
        action="store_true",
        help="read topics as far as they go now, and end as a run over files does",
    )
    command.add_argument(
        "--bootstrap",
        metavar="PATH",
        action="append",
        help="begin with this folder, which `rtm export` has written, then read the topics behind "
        "it; or with files of events, as --input names them, may be repeated; give it again on a "
        "resume",
    )
    command.add_argument(
        "--from",
        dest="start",
        metavar="TIME",
        type=zoned_time,
        help="begin in each topic with the first record that the broker had at this time or later "
        "(default: kafka.start); give it again on a resume",
    )
    command.add_argument(
        "--append",
        action="store_true",
        help="of a job that writes to topics: begin although they hold records already",
    )


def _add_check(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "check", _CHECK)
    _add_job(command)
    command.add_argument(
        "--sample", metavar="N", type=count, help="read at least N records, show the first 10"
    )
    command.add_argument(
        "--broker", action="store_true", help="ask the broker for the topics of [kafka] too"
    )


def _add_topics(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "topics", _TOPICS)
    command.add_argument("job", metavar="JOB.toml", help="the job's configuration")
    command.add_argument(
        "--create", action="store_true", help="make those that are written and missing"
    )


def _add_replay(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "replay", _REPLAY)
    _add_job(command)
    _add_output(command)
    command.add_argument(
        "--config",
        metavar="OTHER.toml",
        help="do all but reading as this configuration says (outputs by default in out/OTHER)",
    )
    command.add_argument(
        "--features",
        metavar="FILE.parquet",
        type=ending_in(".parquet"),
        help="write the features of every event, as served then, and its label",
    )
    command.add_argument(
        "--responses",
        metavar="FILE.parquet",
        type=ending_in(".parquet"),
        help="write every response with the features that its decision was served with",
    )


def _add_schema(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "schema", _SCHEMA)
    command.add_argument(
        "type", metavar="TYPE", nargs="?", help="an event type, as `rtm schema` alone lists them"
    )
    command.add_argument("--all", action="store_true", help="one schema of all types")
    command.add_argument(
        "--record",
        choices=("decision", "score", "response", "orphan"),
        help="the schema of what is written instead",
    )
    command.add_argument(
        "--output", metavar="DIR", help="write a file for each type (or for TYPE) into this folder"
    )


def _add_simulate(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "simulate", _SIMULATE)
    command.add_argument("--output", metavar="FILE", required=True, help="where the events go")
    command.add_argument(
        "--shop",
        choices=("small", "fashion"),
        default="small",
        help="small: one site, with duplicates, late and broken records; fashion: web, app, mail, "
        "push, call centre, store and posts in four languages, in order unless asked (small)",
    )
    command.add_argument(
        "--people", type=count, default=500, help="size of the shop's public (500)"
    )
    command.add_argument("--days", type=float, default=1.0, help="length of the history (1)")
    command.add_argument("--seed", type=int, default=1, help="another seed, another history (1)")
    command.add_argument(
        "--start", default="2026-03-02T00:00:00Z", help="first moment, RFC 3339 (2026-03-02)"
    )
    command.add_argument(
        "--duplicates", type=float, help="share told twice (0.01 of the small shop, else 0)"
    )
    command.add_argument(
        "--late", type=float, help="share far too late (0.003 of the small shop, else 0)"
    )
    command.add_argument(
        "--broken", type=float, help="share of broken records (0.002 of the small shop, else 0)"
    )
    command.add_argument(
        "--truth",
        metavar="FILE.parquet",
        type=ending_in(".parquet"),
        help="of the fashion shop: write what is true of each visit too",
    )
    command.add_argument(
        "--answer",
        metavar="RUN",
        help="of the fashion shop: write what comes of the decisions in this output folder "
        "instead, and tell what they are truly worth; the other settings are those of its events",
    )


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < _DAY:
        msg = f"wants a number of seconds above 0, below a day; got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return value
