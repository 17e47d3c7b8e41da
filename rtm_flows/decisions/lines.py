"""Lines: decisions and scores as JSON, one object a row.

In: scored rows and what was chosen for them, in columns. Out: the lines, each with a line break.
It refuses to know in which order or to which place they are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, repeat
from typing import Any

import msgspec

from rtm_flows.columns import Table
from rtm_flows.decisions.arbitration import Choice
from rtm_flows.decisions.exploration import Exploration
from rtm_flows.decisions.fields import FIELDS, Constants, Rows, subject_ids, subject_types
from rtm_flows.decisions.funnel import Compiled, Dropped
from rtm_flows.decisions.record import Decision, Score
from rtm_flows.errors import ConfigError
from rtm_flows.policy.experiments import Experiment
from rtm_flows.policy.holds import Hold
from rtm_flows.policy.limits import compile_limits
from rtm_flows.policy.rules import Limit
from rtm_flows.times import format_times

_encode_lines = msgspec.json.Encoder().encode_lines


class DecisionLines:
    """Writes decisions of one job: whole records, or only the fields asked for.

    Parameters
    ----------
    compiled
        The catalogue that was decided by.
    job
        Name of the job.
    config
        Digest of its configuration.
    model
        Name of the model that scored.
    fields
        Fields to write, in this order, instead of all. Beside those of `Decision` there are
        `event_id`, `time` (the clock in milliseconds), `user_id` (the subject's id) and `action`
        (its name), so that flat records can be had.
    all_reasons
        Whether dropped candidates tell all rules that they fail, and not only the first.
    holds, limits, experiments
        What may hold offers back, in the order in which it is asked; of it the limits; and the
        experiments.
    exploration
        What is left to chance; nothing unless given.
    moments
        Names of the job's moments.

    Raises
    ------
    ConfigError
        If a field is unknown or given twice, or none is given.
    """

    def __init__(
        self,
        compiled: Compiled,
        *,
        job: str,
        config: str,
        model: str = "intent",
        fields: Sequence[str] | None = None,
        all_reasons: bool = False,
        holds: Sequence[Hold] = (),
        limits: Sequence[Limit] = (),
        experiments: Sequence[Experiment] = (),
        exploration: Exploration | None = None,
        moments: Sequence[str] = (),
    ) -> None:
        self._constants = Constants(
            compiled,
            job=job,
            config=config,
            model=model,
            all_reasons=all_reasons,
            limits=compile_limits(limits, compiled.offers),
            holds=holds,
            experiments=experiments,
            exploration=exploration or Exploration(),
            moments=moments,
        )
        self._fields = Decision.__struct_fields__ if fields is None else check_fields(fields)
        kinds: list[tuple[str, Any]] = [(name, Any) for name in self._fields]
        self._record = msgspec.defstruct("Line", kinds, gc=False)

    def encode(self, scored: Table, dropped: Dropped, choice: Choice) -> bytes:
        """Return one line a row, each with a line break.

        Parameters
        ----------
        scored
            Columns `time` (the person's clock), `person`, `id`, `type`, `source`, `event_time`,
            `x` (rows, features), `profile_version`, `score`, `version`, `snapshot_hash`,
            `evidence`, `positives`; and `number`, the
            running number of the person's event, where ids of events may occur again. Where there
            are: `own_id`, the decision's; `trigger` and `matched` of moments; `arms` (rows,
            experiments), `policy`, `held_out` (rows, offers) and `limit_counts` (rows, limits) of
            the contact policy; the items of what offers are about, as `Shoppers` tells them;
            `supersedes`, ids of decisions or None.
        dropped
            What the funnel kept out.
        choice
            What arbitration chose.
        """
        rows = Rows(self._constants, scored, dropped, choice)
        columns = [FIELDS[name](rows) for name in self._fields]
        return _encode_lines(list(map(self._record, *columns)))


def check_fields(fields: Sequence[str]) -> tuple[str, ...]:
    """Return the fields of a projection, or refuse them.

    Raises
    ------
    ConfigError
        If a field is unknown or given twice, or none is given.

    Examples
    --------
    >>> check_fields(["user_id", "action"])
    ('user_id', 'action')
    """
    if not fields or len(set(fields)) < len(fields) or not set(fields) <= set(FIELDS):
        msg = f"fields: must be some of {', '.join(FIELDS)}, each once; got {list(fields)}"
        raise ConfigError(msg)
    return tuple(fields)


def encode_scores(scored: Table, models: Sequence[str] = ("intent",)) -> bytes:
    """Return the lines of `scores.jsonl`, each with a line break: of each row one a model.

    `scored` needs the columns `time`, `person`, `id`, and with one column a model, in the order
    of their names, `versions` and `scores`.
    """
    persons = scored["person"].tolist()
    times = format_times(scored["time"])
    whose = times, subject_ids(persons), subject_types(persons), scored["id"].tolist()
    what = zip(models, scored["versions"].T.tolist(), scored["scores"].T.tolist(), strict=True)
    each = [map(Score, *whose, repeat(name), *columns) for name, *columns in what]
    return _encode_lines(list(chain.from_iterable(zip(*each, strict=True))))
