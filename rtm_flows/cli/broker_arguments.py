"""The arguments of the commands that need a broker, or are one."""

from __future__ import annotations

import argparse

from rtm_flows.cli.command_line import Commands, add_command, count, zoned_time

_BROKER = """Run a broker on this machine: for trying a job out, with nothing else installed.

It speaks Kafka's protocol, so that any client can write and read, and has the topics that the job
reads (4 partitions unless --topic says otherwise) and writes. It lives until Ctrl-C or SIGTERM, and
what it holds is gone then. It keeps about 5 MB of each partition, as they were sent: what is older
is dropped, also if nobody has read it. So give a topic more partitions for a longer history, let
producers compress, and take a real Kafka for anything that matters.

  rtm broker shop.toml                                  # and in another window:
  rtm produce shop.toml events.jsonl
  rtm run shop.toml
  rtm consume shop.toml

  rtm broker --port 0 --topic clicks:16 --topic orders  # any free port, any topics"""

_PRODUCE = """Produce the events of files to a topic: so a history can be played through a job as if
it were happening.

The files are such as the job reads: JSON Lines (plain, .gz or .zst) go as they are, line by line,
also broken ones, which the job will count as dead letters; rows of CSV go as JSON. The key is the
person's id (user id, else anonymous id), so that all of a person stays in one partition. Nothing
counts as written before the broker says so; where it refuses one, the command fails.

  rtm produce shop.toml events.jsonl                       # as fast as possible
  rtm produce shop.toml events.jsonl.gz --speed 60 --from-now  # an hour a minute, as if it were now
  zcat shop-*.gz | rtm produce shop.toml -                 # from standard input"""

_CONSUME = """Show what a job writes, as it comes: on a terminal a line a decision (time, person,
trigger, action, score, reason), elsewhere the records themselves, one JSON line each.

It looks on: nothing is committed, and whoever reads the topic for good is not disturbed. Records of
one partition come in their order. It begins with what is written from now on, and ends with Ctrl-C
or SIGTERM.

  rtm consume shop.toml
  rtm consume shop.toml --from-start --count 10
  rtm consume shop.toml --topic dead_letters --to-end | jq .reason | sort | uniq -c"""

_EXPORT = """Export what a job has read: the records of its topics, and the rounds in which they
were read, into a folder from which the job gives the same answer again, without a broker.

The folder gets a Parquet file a partition, such as clicks/3.parquet, with offset, timestamp, key
and value (bytes: nothing is changed, broken records are there too), and rounds.jsonl. Where the
control log tells of several runs, the rounds are those of the last.

With --outputs it is what the job has written instead: a file an output, decisions.jsonl and so on,
in the order in which a run writes them. Two jobs that read the same topics are compared by them.

  rtm export shop.toml --output history
  rtm replay shop.toml --input history --output again
  rtm run shop.toml --input history --output again --workers 2

  rtm export shop.toml --outputs --output live --until 2026-11-22T12:00:00Z
  rtm export shadow.toml --outputs --output shadow --until 2026-11-22T12:00:00Z
  rtm diff live shadow"""

PARTITIONS = 4
"""Of a topic of which nobody says how many it shall have."""
_PORT = 9092


def add_broker_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    _add_broker(commands)
    _add_produce(commands)
    _add_consume(commands)
    _add_export(commands)


def _add_broker(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "broker", _BROKER)
    command.add_argument(
        "job", metavar="JOB.toml", nargs="?", help="a job, whose topics the broker shall have"
    )
    command.add_argument(
        "--port", metavar="N", type=_port, default=_PORT, help="where it listens (9092); 0: any"
    )
    command.add_argument(
        "--topic",
        metavar="NAME:PARTITIONS",
        type=_topic,
        action="append",
        default=[],
        help="a topic and its partitions (4), beside those of the job or instead of what they "
        "would have; may be repeated",
    )


def _add_produce(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "produce", _PRODUCE)
    _add_job(command)
    command.add_argument(
        "files", metavar="FILE", nargs="+", help="a file, a folder, a pattern, or -; in this order"
    )
    command.add_argument("--topic", metavar="NAME", help="the topic (the first that the job reads)")
    command.add_argument(
        "--speed",
        metavar="X",
        type=_speed,
        help="X times as fast as it happened, by the times of the events (as fast as possible)",
    )
    command.add_argument(
        "--from-now",
        action="store_true",
        help="move all times of the records so that the first event happens now",
    )
    command.add_argument(
        "--key",
        metavar="FIELD",
        help="the field of the records that is their key, dots leading into objects (the person)",
    )
    command.add_argument(
        "--quiet", action="store_true", help="no progress and no counts, errors only"
    )


def _add_consume(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "consume", _CONSUME)
    _add_job(command)
    command.add_argument(
        "--topic",
        metavar="OUTPUT",
        default="decisions",
        help="an output of the job, such as late or deliveries, or a topic that it reads "
        "(decisions)",
    )
    command.add_argument(
        "--from-start", action="store_true", help="begin with the first record that is there"
    )
    command.add_argument(
        "--to-end", action="store_true", help="show what is there now, from the first, and end"
    )
    command.add_argument("--count", metavar="N", type=count, help="end after N records")
    command.add_argument(
        "--json", action="store_true", help="show the records themselves on a terminal too"
    )


def _add_export(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "export", _EXPORT)
    _add_job(command)
    command.add_argument(
        "--output", metavar="DIR", required=True, help="where the files go: a new or empty folder"
    )
    command.add_argument(
        "--bootstrap",
        metavar="PATH",
        action="append",
        help="the history that the job began with: of a folder are the records that the broker no "
        "longer has; files are noted",
    )
    command.add_argument(
        "--outputs", action="store_true", help="export what the job has written, not what it read"
    )
    for option, what in (("--since", "at this time or later"), ("--until", "before this time")):
        command.add_argument(
            option,
            metavar="TIME",
            type=zoned_time,
            help=f"with --outputs: only what is about people {what}, by their clock (RFC 3339)",
        )
    command.add_argument(
        "--quiet", action="store_true", help="no progress and no counts, errors only"
    )


def _add_job(command: argparse.ArgumentParser) -> None:
    command.add_argument("job", metavar="JOB.toml", help="the job's configuration")


def _speed(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < float("inf"):
        msg = f"wants a number above 0; got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return value


def _port(text: str) -> int:
    if not (text.isdecimal() and int(text) < 1 << 16):
        msg = f"wants a number from 0 to 65535; got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _topic(text: str) -> tuple[str, int]:
    name, _, partitions = text.partition(":")
    if not name:
        msg = f"wants the name of a topic, then `:` and its partitions; got {text!r}"
        raise argparse.ArgumentTypeError(msg)
    return name, count(partitions) if partitions else PARTITIONS
