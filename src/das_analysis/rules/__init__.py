"""Applies the compiled rules to tables: text becomes typed columns; a fault gets a row number, no value."""

from das_analysis.rules.books import check_books
from das_analysis.rules.cast import package_column, period_start
from das_analysis.rules.checking import check_folder, check_snapshot
from das_analysis.rules.rows import row_checks, stage_sql
from das_analysis.rules.sets import held_references, set_checks
from das_analysis.rules.typed import Finding, check_files, check_rows

__all__ = [
    "Finding",
    "check_books",
    "check_files",
    "check_folder",
    "check_rows",
    "check_snapshot",
    "held_references",
    "package_column",
    "period_start",
    "row_checks",
    "set_checks",
    "stage_sql",
]
