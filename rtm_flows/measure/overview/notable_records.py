"""What stands out in the records that came in: what is lost, or does not add up.

In: an overview. Out: sentences. It refuses to look at decisions and scores.
"""

from __future__ import annotations

from collections.abc import Iterator

from rtm_flows.measure.overview.accounting import checks
from rtm_flows.measure.overview.overview import Overview
from rtm_flows.measure.overview.sentences import Notable, percent, some

MUCH_LOST = 0.01
"""More late records or dead letters than this share are worth a word."""

_SHOWN = 3


def in_records(run: Overview) -> Iterator[Notable]:
    """Tell whether all records are accounted for, and which took no part."""
    yield from _accounted(run)
    yield from _lost(run)
    yield from _forgotten(run)


def _accounted(run: Overview) -> Iterator[Notable]:
    made = checks(run)
    broken = [check for check in made if not check.holds]
    if broken:
        first = broken[0]
        more = f", and {some(len(broken) - 1, 'more check')}" if len(broken) > 1 else ""
        yield Notable(
            "warning",
            "accounting",
            f"The counts do not add up: {first.what} {first.said:,}, but {first.found:,} by "
            f"{first.how}{more}. A file was changed or cut.",
        )
    elif not run.summary.input:
        yield Notable(
            "warning", "accounting", "No record was read at all: is the input the right one?"
        )
    else:
        text = f"Every record and every decision is accounted for: all {len(made)} checks hold."
        yield Notable("good", "accounting", text)


def _lost(run: Overview) -> Iterator[Notable]:
    own = run.summary
    if not own.input:
        return
    if own.late / own.input > MUCH_LOST:
        yield Notable(
            "warning",
            "accounting",
            f"{percent(own.late, own.input)} of the records came late and took no part. Set "
            "input.sort = true if the input is files, or raise time.lateness.",
        )
    if own.dead_letter / own.input > MUCH_LOST:
        reasons = sorted(own.dead_letters.items(), key=lambda pair: (-pair[1], pair[0]))
        why = ", ".join(f"{name} {n:,}" for name, n in reasons[:_SHOWN])
        yield Notable(
            "warning",
            "accounting",
            f"{percent(own.dead_letter, own.input)} of the records are dead letters: {why}.",
        )
    if own.conflicting:
        text = (
            f"{some(own.conflicting, 'duplicate')} told something else than the record of the "
            "same id: does the source use ids twice?"
        )
        yield Notable("caution", "accounting", text)


def _forgotten(run: Overview) -> Iterator[Notable]:
    """Tell of people who left though something may have been open: a full lane asks nobody."""
    crowded = run.summary.evicted.get("most_per_lane", 0)
    if crowded:
        text = (
            f"A full lane made {crowded:,} {'person' if crowded == 1 else 'people'} leave: their "
            "contact counts, pauses and suppressions are forgotten. Raise people.most_per_lane, or "
            "lower people.inactive."
        )
        yield Notable("caution", "accounting", text)
