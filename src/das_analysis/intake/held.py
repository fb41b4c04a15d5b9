"""What was found and held back: counted, listed and returned, without a value."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.lake import connect, enter, files
from das_analysis.lake.sql import scan
from das_analysis.model import load_model

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("delivery_id", "source_table", "row", "rule_id", "severity")
WHOLE = "NULL::INTEGER AS row"
PARTS = {"finding": "row", "stale": WHOLE, "drift": WHOLE}  # table of the zone: its row number


def findings(lake: Path, *, supplier: str, period: str | None = None, lang: str = "nl") -> pd.DataFrame:
    """Return every finding of a supplier, one row each, with a message in `lang`.

    Columns: delivery_id, source_table, row, rule_id, severity, message. `row` is the 1-based data row of the
    supplier's file; it is empty for a finding on a whole file or column.
    """
    import pandas as pd

    room = enter(lake, "intake")
    frames = [pd.DataFrame(columns=list(COLUMNS)).astype({"row": "Int64"})]
    validated = files(room, "validated", table="delivery")
    with connect(room) as con:
        for table, row in PARTS.items():
            paths = files(room, "quarantine", table=table)
            if paths and validated:
                query = f"""SELECT delivery_id, source_table, {row}, rule_id, severity FROM {scan(paths)}
                    SEMI JOIN (FROM {scan(validated)} WHERE supplier = $1 AND coalesce(period = $2, true))
                    USING (delivery_id)"""
                frames.append(con.execute(query, [supplier, period]).df().astype({"row": "Int64"}))
    found = pd.concat(frames, ignore_index=True)
    found["message"] = [_message(rule, lang) for rule in found["rule_id"]]
    return found.sort_values(["delivery_id", "source_table", "row", "rule_id"], ignore_index=True)


def _message(rule_id: str, lang: str) -> str:
    from das_analysis.words import t

    rule = load_model().rules.get(rule_id)
    _, _, what = rule_id.rpartition(".")  # of a whole file or column: stale, blank, unknown
    return rule.message[lang] if rule else t(f"intake_{what}", lang)


def write_return_file(found: pd.DataFrame, target: Path) -> None:
    """Write findings as the CSV that goes back to the supplier: file, row, rule, what to do; no values."""
    found.to_csv(target, index=False, sep=";", encoding="utf-8")
