"""The tables that are learned, and what is known of each: its label and what may not be learned.

In: nothing. Out: where a table is, and how to read it. Refuses to hold any data.
"""

from __future__ import annotations

from typing import NamedTuple


class Set(NamedTuple):
    """A table with a label."""

    name: str
    file: str
    """Below the folder of the data."""
    label: str
    exclude: tuple[str, ...] = ()
    """Ids, and what was known only after the label."""
    delimiter: str | None = None
    least: float | None = None
    """ROC AUC that one pass is to reach."""
    chosen_on: bool = False
    """Whether the configuration was chosen with this table in sight."""


_SHOPPERS = "online_shoppers/online_shoppers_intention.csv.gz"

SETS = (
    Set("online_shoppers without PageValues", _SHOPPERS, "Revenue", ("PageValues",), None, 0.735),
    Set("online_shoppers", _SHOPPERS, "Revenue", (), None, 0.89),
    Set(
        "telco_churn_ibm",
        "telco_churn_ibm/wa_churn.csv",
        "churn",
        ("rownames",),
        None,
        0.837,
        chosen_on=True,
    ),
    Set(
        "bank_marketing without duration",
        "bank_marketing/bank-full_first_rows_clean.csv.gz",
        "y",
        ("duration",),
        ";",
        0.68,
    ),
    Set(
        "hillstrom (visit)",
        "hillstrom/hillstrom_half.csv.gz",
        "visit",
        ("conversion", "spend"),
        chosen_on=True,
    ),
)
