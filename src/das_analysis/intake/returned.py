"""What goes back to a supplier: the rows that are held back, by number, with what to mend; never a value.

Of a period only the delivery with the highest sequence number counts: a resubmission closes the return of the
one before it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import Refused
from das_analysis.intake.held import findings
from das_analysis.intake.receive import find_deliveries
from das_analysis.model import load_model

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = {  # column of the findings -> of the file that goes back
    "source_table": "bestand",
    "row": "rij",
    "column": "kolom",
    "rule_id": "regel",
    "message": "melding",
}


def returned(lake: Path, supplier: str, *, period: str) -> pd.DataFrame:
    """Return what a supplier must mend in its newest delivery of a period, one row a fault.

    Columns: bestand, rij (1-based data row of the supplier's file), kolom (of the model), regel, melding (in
    Dutch). No rows: nothing is open. Raises Refused when nothing of that period was received, or its newest
    delivery is not validated.
    """
    from das_analysis.intake.validate import find_validated

    received = find_deliveries(lake, supplier, period=period)
    if not received:
        raise Refused("no such delivery was received", todo="see das status")
    newest = received[-1].delivery_id
    if newest not in find_validated(lake, supplier=supplier, period=period).delivery_ids:
        raise Refused("the newest delivery of the period is not validated", where=newest, todo="das validate")
    found = findings(lake, supplier=supplier, period=period, lang="nl")
    found = found[(found["delivery_id"] == newest) & (found["severity"] == "hard")]
    rules = load_model().rules
    found = found.assign(column=[rules[r].column if r in rules else "" for r in found["rule_id"]])
    return found[list(COLUMNS)].rename(columns=COLUMNS).reset_index(drop=True)
