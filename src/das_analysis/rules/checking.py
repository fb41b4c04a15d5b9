"""The verb `check`: typed tables, frozen or in a folder, against every rule of the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from das_analysis.errors import Refused
from das_analysis.lake import snapshot_files
from das_analysis.model import Model, Rule
from das_analysis.rules.typed import Progress, check_files, table_named

Counts = dict[str, int]  # id of a rule that is broken -> the number of rows that break it


def check_snapshot(
    name: str, model: Model, *, lake: Path | None = None, progress: Progress | None = None
) -> Counts:
    """Check a frozen snapshot; return the rules that it breaks, most rows first.

    Rules that ask whether a delivery is whole are left out: a snapshot lacks the rows that were held back and
    the links that were cut, each counted where that was done. Raises Refused for an unknown snapshot.
    """
    counted = _counts(snapshot_files(name, lake=lake), model, progress=progress)
    return {rule: rows for rule, rows in counted.items() if not of_delivery(model.rules[rule], model)}


def of_delivery(rule: Rule, model: Model) -> bool:
    """Whether a rule asks that a delivery is whole: that it holds rows of another table, or names them.

    Those rows can be held back, and a reference to another supplier's rows be cut, after the rule was kept.
    """
    parent = model.tables[rule.table].columns[rule.column].references if rule.check == "required" else None
    filled = [{m.table for t in s.tables.values() for m in t.maps} for s in model.suppliers.values()]
    return bool(rule.some) or any(parent and rule.table in f and parent not in f for f in filled)


def check_folder(folder: Path, model: Model, *, progress: Progress | None = None) -> Counts:
    """Check Parquet files named after tables, cases.parquet or cases/*.parquet, as `check_snapshot` does.

    Raises Refused for a folder without such files, for files of no table, and for what is no Parquet.
    """
    found: dict[str, list[Path]] = {}
    for path in sorted((*folder.glob("*.parquet"), *folder.glob("*/*.parquet"))):
        name = path.stem if path.parent == folder else path.parent.name
        found.setdefault(table_named(name, model).name, []).append(path)
    if not found:
        todo = "name files after tables: cases.parquet, or cases/*.parquet"
        raise Refused("the folder holds no Parquet files of tables", where=folder.name, todo=todo)
    return _counts(found, model, progress=progress)


def _counts(files: Mapping[str, Sequence[Path]], model: Model, *, progress: Progress | None) -> Counts:
    """Count rows by rule. What the engine says may quote a value, and is not repeated."""
    import duckdb
    import pyarrow as pa

    try:
        found = check_files(files, model, progress=progress)
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        todo = "see that each is whole, and Parquet"
        raise Refused(f"the files cannot be read: {type(error).__name__}", todo=todo) from None
    counted = found.group_by("rule").aggregate([("row", "count")]).to_pylist()
    by_rows = sorted(counted, key=lambda row: (-row["row_count"], row["rule"]))
    return {row["rule"]: row["row_count"] for row in by_rows}
