"""Customer value, measured: who buys again, as the features of a stream have it.

In: the CDNOW sample. Out: fitted parameters, and how well the features of `examples/cdnow.toml`
rank the customers. Every number is taken from features as served: the history is played up to a
day, and on that day each customer is asked for (`decision_requested`).
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

import rtm_flows as rtm
from rtm_flows.models.bgnbd import Fit, fit, histories
from rtm_flows.models.gamma_gamma import SpendFit, fit_spend

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "cdnow.toml"
END = dt.date(1997, 9, 30)
LATER = END + dt.timedelta(weeks=39)
WEEK = 7 * 86_400.0

Floats = NDArray[np.float64]


def features_at(job: rtm.Job, path: Path, day: dt.date) -> pl.DataFrame:
    """Return the features of every customer at the start of a day, what that day brings included.

    The job is the example with a column `type` in place of its constant, so that purchases and
    questions can stand in one history. Customers are in order of their number.
    """
    columns = list(job.input.csv.columns)
    lines = path.read_text(encoding="ascii").splitlines()
    orders = pl.DataFrame([line.split() for line in lines], schema=columns, orient="row")
    until = f"{day:%Y%m%d}"
    orders = orders.filter(pl.col("day") <= until).with_columns(type=pl.lit("purchase"))
    asked = orders.select("customer").unique()
    asked = asked.with_columns(day=pl.lit(until), type=pl.lit("decision_requested"))
    told = pl.concat([orders, asked], how="diagonal")
    found = rtm.replay(_with_types(job), told)
    # Orders of the day itself may stand before or after the question: the last row has them all.
    return found.features.group_by("person", maintain_order=True).last().sort("person")


def _with_types(job: rtm.Job) -> rtm.Job:
    """Return the job reading the type of a record from a column."""
    if job.input.mapping is None:
        msg = f"the job {job.name} has no mapping to give a column `type` to"
        raise ValueError(msg)
    mapping = msgspec.structs.replace(job.input.mapping, constants={}, type="type")
    rule = msgspec.structs.replace(job.input, mapping=mapping)
    return msgspec.structs.replace(job, input=rule)


def statistics(features: pl.DataFrame) -> tuple[Floats, Floats, Floats]:
    """Return x, t_x and T in weeks."""
    occasions, first, last = (
        features[name].to_numpy() for name in ("occasions", "first_seconds", "last_seconds")
    )
    return occasions - 1.0, (first - last) / WEEK, first / WEEK


def roc_auc(scores: Floats, happened: NDArray[np.bool_]) -> float:
    """Return the chance that one to whom it happened has the larger score; ties count half."""
    yes, no = scores[happened], np.sort(scores[~happened])
    below = np.searchsorted(no, yes, side="left") + np.searchsorted(no, yes, side="right")
    return float(below.sum() / (2 * len(yes) * len(no)))


class Measured(msgspec.Struct, frozen=True):
    """What was found."""

    known: pl.DataFrame
    """Features at the end of the first 39 weeks."""
    later: Floats
    """Occasions of each customer in the 39 weeks that follow."""
    fitted: Fit
    spend: SpendFit

    def ranking(self) -> dict[str, float]:
        """Return ROC AUC of "buys again", by what the customers are ranked."""
        again = self.later > 0
        by = {
            "expected purchases": self.known["purchases_39w"],
            "time since the last": -self.known["last_seconds"],
            "occasions so far": self.known["occasions"],
            "P(alive)": self.known["alive"],
        }
        return {name: roc_auc(column.to_numpy(), again) for name, column in by.items()}


def measure(path: Path) -> Measured:
    """Play the file and look at the customers on both days."""
    job = rtm.load(EXAMPLE)
    known, after = features_at(job, path, END), features_at(job, path, LATER)
    later = (after["occasions"] - known["occasions"]).to_numpy()
    paid = known.filter(pl.col("spent") > 0)
    return Measured(
        known,
        later,
        fit(histories(*statistics(known))),
        fit_spend(paid["occasions"].to_numpy(), paid["spent"].to_numpy()),
    )


def report(found: Measured) -> str:
    """Return the figures as the page shows them."""
    parameters, spend = found.fitted.parameters, found.spend.parameters
    expected = found.known["purchases_39w"].to_numpy()
    error = np.abs(expected - found.later)
    told = [
        f"customers {len(found.later):,}, of whom {int((found.later > 0).sum())} buy again",
        "BG/NBD fitted: " + ", ".join(f"{n} {v:.4f}" for n, v in parameters._asdict().items()),
        f"log likelihood {found.fitted.log_likelihood:.1f}",
        "Gamma-Gamma fitted: " + ", ".join(f"{n} {v:.3f}" for n, v in spend._asdict().items()),
        f"occasions in 39 weeks: {expected.mean():.3f} expected, {found.later.mean():.3f} came,"
        f" mean absolute error {error.mean():.3f}",
    ]
    ranking = found.ranking().items()
    return "\n".join([*told, *(f"ROC AUC by {name}: {auc:.4f}" for name, auc in ranking)])


if __name__ == "__main__":
    print(report(measure(Path(sys.argv[1]))))
