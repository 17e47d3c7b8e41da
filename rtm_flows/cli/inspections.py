"""The arguments of the commands that read what runs have written."""

from __future__ import annotations

import argparse

from rtm_flows.cli.command_line import Commands, add_command

_EXPLAIN = """Explain one decision: what was decided for whom and when, what triggered it, why this
action and not the others, by which score, from which features.

An id is in every line of decisions.jsonl (decision_id), and `rtm person` lists those of a person.
Its first digits are enough, 4 or more, if no other id begins so. What a page shows:

  priority    the factors, and their product with every decimal
  candidates  every action: where it fell, by which rule, and what the rule's names stood at
  score       by which version of the model, and what that had learned; of a model that had not
              learned enough, the prior is served, the rate of positives so far
  features    as they were served, first those that the rules speak of

The run may still be going on; what it has written so far is searched.

  rtm explain de248d8a64905889d6d7c4af944b0bd1
  rtm explain de248d8a --run out/shop --json"""


def add_inspections(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    _add_explain(commands)


def _add_explain(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "explain", _EXPLAIN)
    command.add_argument("id", metavar="DECISION_ID", help="of the decision, or its first digits")
    _add_run(command)
    command.add_argument(
        "--json", action="store_true", help="print the record and the explanation as JSON"
    )


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--run",
        metavar="DIR",
        help="the run's output folder (default: of this folder, those in it, and those in out and "
        "runs, the one whose decisions or summary were written last)",
    )
