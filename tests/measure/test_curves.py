"""Curves: what was known at each place, and at the end the figures of the report."""

from __future__ import annotations

from hypothesis import given

from rtm_flows.measure.curves import PLACES, Stretch, curves
from rtm_flows.measure.figures import figures
from tests.measure.series import SERIES, Arrays, Series, arrays


def of(stretch: Stretch) -> dict[str, object]:
    """Return the figures of a stretch by name."""
    return {name: getattr(stretch, name) for name in Stretch.__struct_fields__}


def whole(part: Arrays) -> dict[str, object]:
    """Return the same figures as a report has them."""
    found = figures(*part)
    return {name: getattr(found, name) for name in Stretch.__struct_fields__}


@given(SERIES.filter(bool))
def test_each_point_has_the_figures_of_its_rows(series: Series) -> None:
    """Of all rows up to it, and of the latest tenth of the table; the last has the totals."""
    chances, labels = arrays(series)

    points = curves({"model": chances}, labels)["model"]

    assert len(points) == min(PLACES, len(series))
    assert points[-1].row == len(series)
    tenth = -(-len(series) // 10)
    for point in points:
        late = slice(max(0, point.row - tenth), point.row)
        assert of(point.running) == whole((chances[: point.row], labels[: point.row]))
        assert of(point.recent) == whole((chances[late], labels[late]))
