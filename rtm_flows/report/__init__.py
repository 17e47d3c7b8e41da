"""Report: what was measured, as pages of HTML that need nothing else: a model card, a run (`run`).

from rtm_flows.measure.evaluate import evaluate
from rtm_flows.report import page

html = page(evaluate("sessions.csv", label="Revenue", card=True))
"""

from __future__ import annotations

from rtm_flows.report.page import page

__all__ = ["page"]
