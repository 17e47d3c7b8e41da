"""The arguments of `rtm evaluate`, with the help that teaches them."""

from __future__ import annotations

import argparse

from rtm_flows.cli.command_line import Commands, add_command, ending_in

_EVALUATE = """Learn a plain table in one pass, and tell how well each row was predicted before it
was learned. The rows are taken in the order of the file, as they would come in life: nothing is
shuffled, split or looked at twice, so the figures are those the model would have had.

Numbers, times and yes-or-no columns are learned as numbers, all others as texts; a missing value
may stand anywhere. Leave out ids, and whatever was known only after the label was (--exclude):
a column that tells the label makes any model look good.

  rtm evaluate --frame sessions.csv --label Revenue --model intent --exclude PageValues
  rtm evaluate --frame customers.parquet --label status --positive left --model churn --json

ROC AUC is 0.5 for guessing and 1 for a perfect order; the log loss should be below that of
`prior`, which knows only the rate so far; ECE is how far chances are from what came true.

With --report it also writes a model card: one page for those who must decide whether to trust the
model, with warnings in words, curves over the pass, calibration, the figures of parts of the table,
what changed over the file, and what the columns hold (of what looks like an id, nothing). Plain
River learns the table too then, to compare with; --json prints the same numbers.

  rtm evaluate --frame sessions.csv --label Revenue --model intent --report c.html --slice Month"""


def add_evaluate(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the command."""
    command = add_command(commands, "evaluate", _EVALUATE)
    command.add_argument(
        "--frame",
        metavar="FILE",
        required=True,
        help="the table: .csv, .tsv, .jsonl or .parquet, any also with .gz or .zst",
    )
    command.add_argument(
        "--label", metavar="COLUMN", required=True, help="the column to predict, of two values"
    )
    command.add_argument(
        "--model",
        metavar="NAME",
        required=True,
        help="intent or churn (both the default learner), or river (the plain baseline)",
    )
    command.add_argument(
        "--positive", metavar="VALUE", help="the label that counts as positive (yes, true or 1)"
    )
    command.add_argument(
        "--exclude",
        metavar="COLUMN",
        action="append",
        help="leave this column out; may be repeated",
    )
    command.add_argument(
        "--delimiter", metavar="C", help="between the fields of a CSV file (comma; tab in .tsv)"
    )
    command.add_argument("--json", action="store_true", help="print the whole report as JSON")
    _add_card(command)


def _add_card(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--report",
        metavar="FILE.html",
        type=ending_in(".html"),
        help="write a model card: one page that needs nothing else",
    )
    command.add_argument(
        "--slice",
        metavar="COLUMN",
        action="append",
        help="with --report: show the figures by this column, also one that is left out; may be "
        "repeated (the eight columns that tell most)",
    )
    command.add_argument(
        "--overwrite", action="store_true", help="replace the model card that is there"
    )
