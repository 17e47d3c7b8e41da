"""Off-policy evaluation, measured: the Thompson strategy of a shop, valued from its random log.

In: the two logs of the Open Bandit Dataset (small, campaign "all"), and the published parameters of
the strategy. Out: its value by every estimator beside what was published and what its own log says.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from rtm_flows.measure.logged import LogColumns
from rtm_flows.measure.off_policy import OffPolicy, evaluate
from rtm_flows.measure.strategy_values import Estimate, ips

HERE = Path(__file__).resolve().parent
DATA = HERE.parents[1] / "shared" / "data" / "open_bandit_small"
PLACES = 3
"""Items shown at once: the three with the largest draws, in that order."""

DRAWS, SEED = 100_000, 1
NOTEBOOK_SEED = 12345
PUBLISHED = {"ips": "0.004553", "dm": "0.003399 or 0.003545", "dr": "0.004647 or 0.004727"}
TOLERANCE = 0.0003

PROBABILITY = "propensity_score"

COLUMNS = LogColumns(
    action="item_id",
    action_prob=PROBABILITY,
    candidates=None,
    reward="click",
    person=None,
    context=("position",),
)

Vector = NDArray[np.float64]
Beta = Callable[[Vector, Vector, tuple[int, int]], Vector]


class Strategy(msgspec.Struct, frozen=True):
    """Which item a strategy shows at which place."""

    tops: NDArray[np.intp]
    """Of each draw the items shown, best first."""
    items: int

    def chances(self) -> Vector:
        """Return the share of draws, shaped (place, item)."""
        counts = [np.bincount(column, minlength=self.items) for column in self.tops.T]
        return np.array(counts) / len(self.tops)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """What was found.

    Attributes
    ----------
    thompson
        The strategy valued from the random log.
    draws_error
        Standard error of its IPS value that comes from drawing its probabilities.
    with_published_draws
        The IPS value with the very draws of the publication.
    thompson_log, random_log
        Mean reward in each strategy's own log.
    uniform
        The uniform strategy valued from the log of the Thompson strategy.
    """

    thompson: OffPolicy
    draws_error: float
    with_published_draws: float
    thompson_log: Estimate
    random_log: Estimate
    uniform: OffPolicy


def thompson(beta: Beta, draws: int) -> Strategy:
    """Draw what the Thompson strategy shows: a rate for every item, and the three largest."""
    prior = pl.read_csv(HERE / "open_bandit" / "prior.csv")
    alpha, other = (prior[name].cast(pl.Float64).to_numpy() for name in ("alpha", "beta"))
    rates = beta(alpha, other, (draws, len(alpha)))
    return Strategy(np.argsort(-rates, axis=1)[:, :PLACES], len(alpha))


def slates(chances: Vector) -> pl.DataFrame:
    """Return one slate for every position, which counts from 1."""
    rows = [
        [
            {"name": str(item), "action_prob": chance}
            for item, chance in enumerate(row)
            if chance > 0.0
        ]
        for row in chances.tolist()
    ]
    return pl.DataFrame(
        {"position": np.arange(1, len(rows) + 1), "strategy_candidates": rows},
        schema_overrides={
            "strategy_candidates": pl.List(
                pl.Struct({"name": pl.String, "action_prob": pl.Float64})
            )
        },
    )


def value(log: pl.DataFrame, chances: Vector, seed: int) -> OffPolicy:
    """Return the value of a strategy from a log."""
    rows = log.join(slates(chances), on="position", how="left", maintain_order="left")
    return evaluate(rows, COLUMNS, otherwise=None, seed=seed)


def by_ips(log: pl.DataFrame, strategy: Strategy) -> float:
    """Return the IPS value alone, by its definition."""
    place, item, click, logged = _arrays(log)
    return ips(strategy.chances()[place, item] / logged, click).value


def draws_error(log: pl.DataFrame, strategy: Strategy) -> float:
    """Return the standard error of the IPS value by which the draws of the strategy move it.

    The value is a mean over draws: of what the clicks of the items on top bring.
    """
    place, item, click, logged = _arrays(log)
    brought = np.zeros((PLACES, strategy.items))
    np.add.at(brought, (place, item), click / logged / len(log))
    of_draw = brought[np.arange(PLACES), strategy.tops].sum(axis=1)
    return float(of_draw.std(ddof=1)) / math.sqrt(len(of_draw))


def _arrays(
    log: pl.DataFrame,
) -> tuple[NDArray[np.int64], NDArray[np.int64], Vector, Vector]:
    """Return of each row its place from 0, item, click and probability."""
    click, logged = (log[name].cast(pl.Float64).to_numpy() for name in ("click", PROBABILITY))
    return log["position"].to_numpy() - 1, log["item_id"].to_numpy(), click, logged


def measure(folder: Path, draws: int = DRAWS, seed: int = SEED) -> Measured:
    """Value each strategy from the other's log."""
    wanted = ["item_id", "position", "click", PROBABILITY]
    random, own = (
        pl.read_csv(folder / f"{name}_all.csv.gz", columns=wanted) for name in ("random", "bts")
    )
    strategy = thompson(np.random.default_rng(seed).beta, draws)
    published = thompson(np.random.RandomState(NOTEBOOK_SEED).beta, DRAWS)
    found = value(random, strategy.chances(), seed)
    uniform = value(own, np.full((PLACES, strategy.items), 1 / strategy.items), seed)
    return Measured(
        thompson=found,
        draws_error=draws_error(random, strategy),
        with_published_draws=by_ips(random, published),
        thompson_log=uniform.logged,
        random_log=found.logged,
        uniform=uniform,
    )


def report(found: Measured) -> str:
    """Return the figures as the page shows them."""
    away = found.thompson.ips.value - float(PUBLISHED["ips"])
    return "\n".join(
        [
            "The Thompson strategy, from the random log:",
            _table(found.thompson, found.thompson_log, PUBLISHED),
            f"IPS is {away:+.6f} from the published value (tolerance {TOLERANCE}); drawing the"
            f" strategy's probabilities moves it by {found.draws_error:.6f} (standard error)",
            f"IPS with the published draws: {found.with_published_draws:.6f}",
            "",
            "The uniform strategy, from the log of the Thompson strategy:",
            _table(found.uniform, found.random_log, {}),
        ]
    )


def _table(found: OffPolicy, own: Estimate, published: dict[str, str]) -> str:
    rows = [("its own log", own), ("the log", found.logged)]
    rows += [(name.upper(), getattr(found, name)) for name in ("ips", "snips", "dm", "dr")]
    told = ["| by | value | standard error | 95 % | published |", "|---|---|---|---|---|"]
    told += [
        f"| {name} | {e.value:.6f} | {e.standard_error:.6f} |"
        f" {e.interval_95[0]:.5f} to {e.interval_95[1]:.5f} | {published.get(name.lower(), '')} |"
        for name, e in rows
    ]
    weight = found.weight
    told += [
        f"effective rows {weight.effective_rows:,.0f} of {found.rows:,}, effective rewards"
        f" {weight.effective_rewards:.1f}, largest weight {weight.largest:.1f}"
        f" ({weight.largest_share:.2%} of all), mean weight {weight.mean:.3f}"
        f" (standard error {weight.mean_error:.3f})",
        *(f"warning: {warning}" for warning in found.warnings),
    ]
    return "\n".join(told)


def main(arguments: list[str] | None = None) -> int:
    """Measure and print; the status says whether the published value was reached."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.off_policy", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the logs")
    parser.add_argument("--draws", type=int, default=DRAWS, help="of the strategy (%(default)s)")
    parser.add_argument("--seed", type=int, default=SEED, help="of everything (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print every figure as JSON")
    options = parser.parse_args(arguments)
    if not options.data.exists():
        print(f"skipped: {options.data} is not there", file=sys.stderr)
        return 0
    found = measure(options.data, options.draws, options.seed)
    if options.json:
        print(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        print(report(found))
    return 0 if abs(found.thompson.ips.value - float(PUBLISHED["ips"])) <= TOLERANCE else 1


if __name__ == "__main__":
    sys.exit(main())
