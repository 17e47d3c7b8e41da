"""The latency of decisions within a request: measured of real answers, and told in one table."""

from __future__ import annotations

import msgspec
import pytest

from benchmarks.in_process import history, main, peers_job, quantile, requests, shop_job
from rtm_flows.serve.decider import Decider
from rtm_flows.serve.profiles import profiles


def test_every_request_is_answered() -> None:
    """Both jobs decide on what is asked, for everybody."""
    records = history(5)
    for job in (shop_job(), peers_job()):
        known, asked = requests(profiles(job, records))
        lines = [Decider(job).decide(profile, asked).json for profile in known[:3]]

        assert len(known) > 3
        assert all(line and msgspec.json.decode(line) for line in lines)


def test_the_table_has_a_line_a_way_of_asking(capsys: pytest.CaptureFixture[str]) -> None:
    """Three for each job, each with both clocks, and what the profiles are."""
    main(["--calls", "2", "--people", "5"])
    lines = capsys.readouterr().out.splitlines()

    assert [line.split(":")[0] for line in lines[1:]] == ["shop"] * 4 + ["peers"] * 4
    assert len(lines[1].split()) == len(["shop:", "decide"]) + 6


def test_quantiles_are_values() -> None:
    """Of a hundred values the 99th percentile is the largest."""
    values = [float(n) for n in range(100)]

    assert (quantile(values, 0.5), quantile(values, 0.99), quantile([7.0], 0.99)) == (50, 99, 7)
