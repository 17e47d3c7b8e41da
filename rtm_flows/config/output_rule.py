"""The outputs of a job: the keys under `[outputs]` as typed records.

In: values that are of the right types. Out: records of them.
"""

from __future__ import annotations

from typing import Literal

from rtm_flows.config.input_rule import Section


class DecisionLog(Section, frozen=True, kw_only=True):
    """The decision output.

    Attributes
    ----------
    fields
        Fields of flat records; left out, the whole record is written.
    all_reasons
        Whether dropped candidates tell all rules that they fail, and not only the first.
    contributions
        Of how many features it is told what they add to the score; 0 leaves it out.
    """

    fields: tuple[str, ...] | None = None
    all_reasons: bool = False
    contributions: int = 5


class Outputs(Section, frozen=True, kw_only=True):
    """What is written.

    Attributes
    ----------
    kind
        Where to: files, or topics as under `[kafka.written]`; left out, as `input.kind`.
    format
        How outputs are written: JSON Lines, or Parquet with typed columns. The rows are the same;
        learning and the summary are JSON in both.
    decisions
        What decisions look like.
    scores
        Whether the score of every event is written.
    sessions
        Whether sessions are written.
    learning
        Whether it is written by period how well the models predict.
    """

    kind: Literal["files", "kafka"] | None = None
    format: Literal["jsonl", "parquet"] = "jsonl"
    decisions: DecisionLog = DecisionLog()
    scores: bool = True
    sessions: bool = True
    learning: bool = True
