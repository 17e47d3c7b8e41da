"""What each action has added, as a shop can measure it: by an experiment, in its own books.

Run it with `python -m benchmarks.action_values`: it simulates fashion shops, decides at random
among what the rules and limits let pass, carries it out for one half of the people and withholds
it from the other (nobody but who delivers knows), and compares what followed. It prints the
`value` and the `context` of each action of `examples/fashion.toml`. The truth is not asked.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

import rtm_flows as rtm
from rtm_flows.config import Job
from rtm_flows.decisions.catalogue import NO_ACTION
from rtm_flows.policy.experiments import Arm, Experiment
from rtm_flows.policy.groups import parts
from rtm_flows.simulate import Fashion, simulate_fashion
from rtm_flows.simulate.fashion.answers import respond
from rtm_flows.simulate.fashion.books import books
from rtm_flows.simulate.fashion.course import course_of
from rtm_flows.simulate.fashion.decided import Asked
from rtm_flows.simulate.fashion.goods import MARGIN

JOB = Path(__file__).resolve().parents[1] / "examples" / "fashion.toml"
FIELDS: Final = (*Asked.__struct_fields__, "score")
HALF: Final = 500_000
FEW: Final = 20
"""With fewer people in either half nothing is said."""
LOST: Final = 20.0
"""What somebody who is lost would have brought, in pounds: about what one brings in four weeks."""
BEFORE: Final = 10.0
"""What an action that is taken up was believed to add before anything was measured, in pounds: a
quarter of the margin of a mean order."""
EDGES: Final = (0.05, 0.2)
"""Where one band of intent ends and the next begins."""
BANDED: Final = ("help_with_checkout", "discount_now", "show_similar_items")
"""The actions that are looked at band by band: what is shown to who is there."""
_WHEN: Final = {0: "intent < 0.05", 1: "0.05 <= intent < 0.2", 2: "intent >= 0.2"}

Floats = NDArray[np.float64]


class Row(Asked, frozen=True, gc=False):
    """A decision with the score that it was made with."""

    score: float = 0.0


def experiment(job: Job, shop: Fashion) -> pl.DataFrame:
    """Decide at random, withhold it from half of the people, and return what followed.

    Returns
    -------
    pl.DataFrame
        A row an action: `person`, `name`, `treatment`, `score`, `held_out`, `spent`, `given`,
        `left`, `shown`, `taken`.
    """
    everybody = Experiment(name="all", arms=(Arm(name="random", share=1.0, policy="random"),))
    told = msgspec.structs.replace(job.outputs.decisions, fields=FIELDS)
    outputs = msgspec.structs.replace(job.outputs, decisions=told, scores=False, sessions=False)
    with TemporaryDirectory(prefix="rtm-values-") as folder:
        events = Path(folder, "events.jsonl")
        with events.open("wb") as file:
            simulate_fashion(shop, file.write)
        chosen = msgspec.structs.replace(job, experiments=(everybody,), outputs=outputs)
        rows = rtm.replay(chosen, events).decisions.filter(pl.col("name") != NO_ACTION)
    decisions = _withheld([Row(**row) for row in rows.iter_rows(named=True)])
    moments = course_of(shop)
    answers = [msgspec.json.decode(line) for line in respond(list(decisions), shop)]
    assert job.responses is not None
    shown = {one["decision_id"] for one in answers}
    taken = {one["decision_id"] for one in answers if one["type"] in job.responses.positive}
    followed = books(list(decisions), shop, moments=moments)
    ids = [one.decision_id for one in decisions]
    return pl.DataFrame(
        {
            "person": [f"{shop.seed}:{one.subject_id}" for one in decisions],
            "name": [one.name for one in decisions],
            "treatment": [one.treatment for one in decisions],
            "score": [one.score for one in decisions],
            "held_out": [one.held_out for one in decisions],
            **followed._asdict(),
            "shown": [one in shown for one in ids],
            "taken": [one in taken for one in ids],
        }
    )


def _withheld(decisions: list[Row]) -> list[Row]:
    held = np.array(parts("withheld", [one.subject_id for one in decisions])) < HALF
    return [
        msgspec.structs.replace(one, held_out=bool(out))
        for one, out in zip(decisions, held, strict=True)
    ]


def effects(rows: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Return what carrying actions out has added, in each group of rows.

    What is sold is valued at the mean purchase of the group, whichever half made it: so what chance
    does to the size of baskets makes no noise, and it is taken that the action does nothing to it.

    Returns
    -------
    pl.DataFrame
        The columns `by`, and `n` (carried out), `added` (pounds an action that was carried out,
        but for what the contact costs), `error` (its standard error; rows of one person count as
        one draw; infinite where `FEW` are not reached), `taken` (the share that was taken up of
        what was shown).
    """
    given = pl.col("given").sum() / pl.col("spent").sum()
    basket = pl.col("spent").filter(pl.col("spent") > 0).mean()
    earned = basket.over(by) * (MARGIN - given.over(*by, "held_out").fill_nan(0.0))
    valued = rows.with_columns(
        y=earned.fill_null(0.0) * (pl.col("spent") > 0) - LOST * pl.col("left")
    )
    people = valued.with_columns(off=pl.col("y") - pl.col("y").mean().over(*by, "held_out"))
    people = people.group_by(*by, "held_out", "person").agg(
        pl.len().cast(pl.Int64).alias("n"), pl.sum("y", "off", "shown", "taken")
    )
    arms = people.group_by(*by, "held_out").agg(
        pl.sum("n", "shown", "taken"),
        mean=pl.sum("y") / pl.sum("n"),
        variance=(pl.col("off") ** 2).sum() / pl.sum("n") ** 2,
        people=pl.len(),
    )
    done, held = arms.filter(~pl.col("held_out")), arms.filter(pl.col("held_out"))
    columns = (*by, "mean", "variance", "people")
    both = done.join(held.select(columns), on=by, suffix="_held").sort(by)
    variance = pl.col("variance") + pl.col("variance_held")
    few = (pl.min_horizontal("people", "people_held") < FEW) | (variance == 0.0)
    return both.select(
        *by,
        "n",
        added=pl.col("mean") - pl.col("mean_held"),
        error=pl.when(few).then(math.inf).otherwise(variance.sqrt()),
        taken=pl.col("taken") / pl.col("shown"),
    )


def believed(added: Floats, error: Floats, before: float) -> Floats:
    """Return what an action is believed to add in each band: from before, and by what was measured.

    Bands are drawn to their mean, the more the noisier they are; how far the true ones differ is
    estimated by the moments of DerSimonian and Laird (Controlled Clinical Trials 1986). The mean is
    drawn to the belief from before, whose standard deviation is as large as itself. So what was
    tried too seldom to be known stays where it was, and a clear result stands.

    Examples
    --------
    >>> believed(np.array([1.0, 3.0]), np.array([50.0, 50.0]), 0.2).round(2).tolist()
    [0.2, 0.2]
    >>> believed(np.array([1.0, 3.0]), np.array([0.01, 0.01]), 0.2).round(2).tolist()
    [1.0, 3.0]
    """
    known = 1.0 / error**2
    spread, room = 0.0, known.sum() - (known**2).sum() / max(known.sum(), 1e-300)
    if room > 0:
        beyond = (known * (added - (known * added).sum() / known.sum()) ** 2).sum()
        spread = max(0.0, (beyond - (len(added) - 1)) / room)
    weight = 1.0 / (error**2 + spread)
    mean = ((weight * added).sum() + 1.0 / before) / (weight.sum() + 1.0 / before**2)
    drawn: Floats = mean + (added - mean) * spread / (spread + error**2)
    return drawn


def settings(rows: pl.DataFrame, action: str) -> list[str]:
    """Return the `value` and the `context` of an action, as lines of TOML.

    The value is what one that is taken up adds where it adds most; elsewhere the context takes off
    what it adds less.
    """
    mine = rows.filter(pl.col("name") == action)
    mine = mine.with_columns(band=_band(pl.col("score")) if action in BANDED else pl.lit(0))
    found = effects(mine, ["band"])
    taken = sum(mine["taken"].to_list()) / max(sum(mine["shown"].to_list()), 1)
    if not taken:
        return [f"value = {BEFORE}"]
    adds = believed(found["added"].to_numpy(), found["error"].to_numpy(), taken * BEFORE)
    most = max(float(adds.max()), 0.0)
    lines = [f"value = {most / taken:.1f}"]
    for band, one in zip(found["band"].to_list(), adds.tolist(), strict=True):
        percent = round(100 * (max(one, 0.0) / most - 1.0)) if most else 0
        if percent:
            lines.append(f'  {{ when = "{_WHEN[band]}", percent = {percent} }},')
    return lines if len(lines) == 1 else [lines[0], "context = [", *lines[1:], "]"]


def main(arguments: list[str] | None = None) -> None:
    """Simulate, experiment, and print what each action has added, and what follows for the job."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=2500)
    options.add_argument("--days", type=int, default=28)
    options.add_argument("--seeds", type=int, nargs="+", default=list(range(101, 109)))
    options.add_argument("--job", type=Path, default=JOB)
    given = options.parse_args(arguments)
    job = rtm.load(given.job)
    shops = (Fashion(people=given.people, days=given.days, seed=seed) for seed in given.seeds)
    tell(pl.concat(experiment(job, shop) for shop in shops), [one.name for one in job.actions])


def tell(rows: pl.DataFrame, actions: list[str]) -> None:
    """Print what was found."""
    banded = rows.with_columns(
        intent=pl.when(pl.col("name").is_in(BANDED))
        .then(_band(pl.col("score")).replace_strict(_WHEN))
        .otherwise(pl.lit(""))
    )
    print(f"{'action':22}{'treatment':22}{'intent':26}{'times':>8}{'pounds each':>18}{'taken':>8}")
    for row in effects(banded, ["name", "treatment", "intent"]).iter_rows(named=True):
        each = f"{row['added']:+.3f} ± {1.96 * row['error']:.3f}"
        print(
            f"{row['name']:22}{row['treatment']:22}{row['intent']:26}{row['n']:8,}{each:>18}"
            f"{row['taken']:8.3f}"
        )
    for action in actions:
        print(f"\n# {action}", *settings(rows, action), sep="\n")


def _band(score: pl.Expr) -> pl.Expr:
    return pl.sum_horizontal((score >= edge).cast(pl.Int64) for edge in EDGES)


if __name__ == "__main__":
    main()
