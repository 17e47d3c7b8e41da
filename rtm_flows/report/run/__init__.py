"""Run: the page that an analyst reads of one run."""

from __future__ import annotations

from rtm_flows.report.run.page import run_page

__all__ = ["run_page"]
