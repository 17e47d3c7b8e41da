"""Models of one's own: what may learn in the shadow of the model that is served.

A class made from `OwnModel` in a module of one's own is a challenger of kind `python`: it learns
what the model learns, is measured beside it, and is never served. docs/own-models.md explains.
"""

from __future__ import annotations

from rtm_flows.models.own.contract import OwnModel, Row

__all__ = ["OwnModel", "Row"]
