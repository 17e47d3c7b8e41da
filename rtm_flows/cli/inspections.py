"""The arguments of the commands that read what runs have written."""

from __future__ import annotations

import argparse

from rtm_flows.cli.command_line import Commands, add_command, count, ending_in

_EXPLAIN = """Explain one decision: what was decided for whom and when, what triggered it, why this
action and not the others, by which score, from which features.

An id is in every line of decisions.jsonl (decision_id), and `rtm person` lists those of a person.
Its first digits are enough, 4 or more, if no other id begins so. Without an id the decision of the
highest priority is explained, as an example. What a page shows:

  priority    the factors, and their product with every decimal
  candidates  every action and treatment: where it fell, by which rule, and what names stood at
  score       by which version of the model, and what that had learned; of a model that had not
              learned enough, the prior is served, the rate of positives so far
  features    as they were served, first those that the rules speak of

The run may still be going on; what it has written so far is searched.

  rtm explain de248d8a64905889d6d7c4af944b0bd1
  rtm explain de248d8a --run out/shop --json"""

_PERSON = """Show one person's life in a run: sessions with what was decided in each, decisions by
action and reason, scores over time, the features as last served, the latest decisions.

The id is that of the outputs, `subject_id`: a user_id or an anonymous_id, without a prefix. The
same id may be somebody's as a user and somebody else's as a browser; both are shown then, one
after the other, unless --type says which is meant.

The bars behind a score are its means by day, of days with events, from 0 to the highest.

  rtm person u288
  rtm person f0d1fde0 --type anonymous --run out/shop --last 30
  rtm person u288 --json"""

_DIFF = """Compare two runs of one history, decision by decision: after a rule was changed, what is
decided otherwise, where it first differs, and how much of each action and channel to expect.

  rtm replay shop.toml --output before
  rtm replay shop.toml --config shop-with-another-rule.toml --output after
  rtm diff before after

Decisions are matched by their id, which is made from the job's name, the person, the trigger and
the event; so both jobs must have one name, and read the same records (a warning says if not). A
changed decision is counted at the first stage that differs: trigger, features, score, catalogue
(actions that only one job has), the stages that drop candidates, arbitration, floor, delivery,
record (anything else). The digest of the configuration does not count. Volumes to expect, by action
and by channel, are the mean and the highest of the days (UTC) on which anything was decided.

Exit status: 0 if every decision is the same, 1 if any differs, 2 if they cannot be compared."""

_WORTH = """Value a run's decisions by what came of them, and those that another configuration would
have made instead, before it goes live: reward a decision and a person, with 95 % intervals.

The log is a run with [responses], which tell what was welcome. Another configuration is valued by
its chances for the same decisions, so replay it over what the log read. Only what the log left to
chance can be told: let it explore ([exploration]), or give some people an arm with policy "random"
and value these alone (--arm).

  rtm replay shop.toml --config other.toml --output other
  rtm worth out/shop other
  rtm worth out/shop                     # what the log itself brought
  rtm worth out/shop other --reward value --json

Read DR first and IPS beside it, then the warnings; docs/off-policy.md says what each needs. Left
out are decisions so late that they may still be answered when the log ends; one that was never
shown, or not welcome, brought 0. Refused, with what to do: a log without responses, a choice that
the log could never make there, and too few effective decisions."""

_AUDIT = """Prove a run from its files, by code that shares nothing with what decided.

Every decision has an id of its own and stands in order; its priority is the product of its
factors; chances add up to 1 where something is done, else to 0; the winner passed; nothing is done
exactly where no candidate is open; contributions add up to the score; what is done may be delivered
until it expires; the summary counts what the files hold.

With --config also: offers, floor, costs, chances and draws, arms, and limits of contacts; with
--input, canonical JSON Lines (.gz too): the count of records, the ids of decisions, for limits what
became of deliveries, and people's zones; and by living every person's life again from it:
suppressions and items, pauses, and which decision makes which other one void.

  rtm audit out/shop
  rtm audit out/shop --config shop.toml --input events.jsonl
  rtm audit out/shop --recovery state --input events.jsonl   # it was upgraded on the way

A run that went on under other configurations is judged by each in its turn, as every decision names
its own; what cannot be judged then is told. A line tells each violation, with the id of its
decision; the last one is the certificate. Exit status: 0 if nothing is violated, 1 if anything is,
2 if the run cannot be audited."""

_REPORT = """Report on one run: a page of HTML for whoever wants to know what came in, what was
decided and why mostly nothing, which rule kept which action out, how good the scores are, and where
to look first.

The page is one file without scripts and without anything from elsewhere: it opens in any browser,
without a network, in light or dark, and prints. Behind every chart are its numbers. It shows ids of
decisions, to go on with (`rtm explain ID`), and none of people. The same run gives the same bytes.

  rtm report                         # of the newest run, into NAME-report.html
  rtm report out/shop --output shop.html --overwrite
  rtm report out/shop --json | jq .notable

The run must be finished. Parts that its outputs cannot tell say so: a run that wrote no scores, or
decisions with fewer fields."""


def add_inspections(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add the commands."""
    _add_explain(commands)
    _add_person(commands)
    _add_diff(commands)
    _add_worth(commands)
    _add_audit(commands)
    _add_report(commands)


def _add_explain(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "explain", _EXPLAIN)
    command.add_argument(
        "id",
        metavar="DECISION_ID",
        nargs="?",
        help="of the decision, or its first digits (default: the one of the highest priority)",
    )
    _add_run(command)
    command.add_argument(
        "--json", action="store_true", help="print the record and the explanation as JSON"
    )


def _add_person(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "person", _PERSON)
    command.add_argument("id", metavar="ID", help="a user_id or an anonymous_id")
    _add_run(command)
    command.add_argument(
        "--type", choices=("user", "anonymous"), help="which kind of id it is (both are looked for)"
    )
    command.add_argument(
        "--last",
        metavar="N",
        type=count,
        default=10,
        help="how many sessions and decisions to list (10)",
    )
    command.add_argument("--json", action="store_true", help="print the same as JSON")


def _add_diff(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "diff", _DIFF)
    command.add_argument(
        "runs", metavar="RUN", nargs=2, help="the output folders of two finished runs"
    )
    command.add_argument(
        "--limit", metavar="N", type=count, default=5, help="how many examples to show (5)"
    )
    command.add_argument(
        "--json", action="store_true", help="print all counts, and examples whole, as JSON"
    )


def _add_worth(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "worth", _WORTH)
    command.add_argument("run", metavar="RUN", help="the log: the output folder of a finished run")
    command.add_argument(
        "other",
        metavar="OTHER_RUN",
        nargs="?",
        help="the other configuration, replayed over the same records (default: the log alone)",
    )
    command.add_argument(
        "--reward",
        choices=("success", "value"),
        default="success",
        help="a success counts 1, or the value of its action in the log (success)",
    )
    command.add_argument(
        "--arm",
        metavar="EXPERIMENT:ARM",
        help="value only people who are in this arm of the log",
    )
    command.add_argument(
        "--supported",
        action="store_true",
        help="leave out decisions that the log cannot tell of, instead of refusing",
    )
    command.add_argument("--json", action="store_true", help="print all figures as JSON")


def _add_audit(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "audit", _AUDIT)
    command.add_argument("run", metavar="RUN", help="the output folder of a run")
    command.add_argument(
        "--config",
        metavar="JOB.toml",
        action="append",
        help="the configuration that it ran by; each of them, if it was changed on the way",
    )
    command.add_argument(
        "--recovery", metavar="DIR", help="its recovery folder, which holds all of them"
    )
    command.add_argument(
        "--input", metavar="FILE", action="append", help="what it read; may be repeated"
    )
    command.add_argument(
        "--limit", metavar="N", type=count, default=20, help="how many violations to tell (20)"
    )
    command.add_argument("--json", action="store_true", help="print the certificate as JSON")


def _add_report(commands: Commands[argparse.ArgumentParser]) -> None:
    command = add_command(commands, "report", _REPORT)
    command.add_argument(
        "run", metavar="RUN", nargs="?", help="the run's output folder (default: the newest)"
    )
    command.add_argument(
        "--output",
        metavar="FILE.html",
        type=ending_in(".html"),
        help="where the page goes (default: NAME-report.html, NAME being the run's folder)",
    )
    command.add_argument("--overwrite", action="store_true", help="replace the page that is there")
    command.add_argument(
        "--json", action="store_true", help="print the same numbers as JSON, and write no page"
    )


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--run",
        metavar="DIR",
        help="the run's output folder (default: of this folder, those in it, and those in out and "
        "runs, the one whose decisions or summary were written last)",
    )
