"""The arguments of the commands that need a broker, or are one."""

from __future__ import annotations

import argparse

from rtm_flows.cli.command_line import Commands, add_command, count

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

PARTITIONS = 4
"""Of a topic of which nobody says how many it shall have."""
_PORT = 9092


def add_broker_commands(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    _add_broker(commands)


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
