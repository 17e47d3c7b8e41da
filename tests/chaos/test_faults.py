"""Each fault once: what must be refused is, and once mended nothing is lost, twice or different.

`python -m tests.chaos --fault NAME --seed NUMBER` plays any of them again, and many of them.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chaos.faults import FAULTS, CannotPlayError, meet
from tests.kafka.mock_cluster import mock_kafka

SEED = 3
LONG = {"damaged-state", "full-disk", "hot-key", "other-job", "slow-network"}
EACH = [pytest.param(one, marks=[pytest.mark.slow] * (one in LONG), id=one) for one in FAULTS]


@pytest.mark.no_cover
@pytest.mark.parametrize("fault", EACH)
def test_a_fault_changes_nothing_once_it_is_mended(fault: str, tmp_path: Path) -> None:
    """On the mock cluster: the outputs are those of a run over the exported topics."""
    try:
        with mock_kafka() as broker:
            found = meet(fault, SEED, broker, tmp_path)
    except CannotPlayError as error:
        pytest.skip(str(error))
    assert {output: str(one) for output, one in found.items() if not one.none} == {}
    assert found["decisions"].records > 500
