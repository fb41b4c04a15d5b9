"""What travels as it is must not hold an identity: one look, at the supplier's desk and at the host's gate.

Only distinct values are looked at, so a column of codes costs next to nothing.
"""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc

from das_analysis.intake.eleven import passes_eleven_test

MAX_CELL = 10_000  # characters
CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{80}-\x{9f}\x{feff}]"

# Whole cells and words of a text. Digits beside a letter, a dot or a comma are another kind of number.
_BEFORE = r"(?:^|[^0-9A-Za-z.,_-])"
_AFTER = r"(?:$|[^0-9A-Za-z.,_-]|[.,](?:$|\s))"
_CASE = r"[0-9]{2}[-/.][0-9]{6}[-/.][0-9]{2}"
_REPORT = r"(?i:PL[ -]?[0-9]{4}[ -]?[0-9]{10,12})"
_NUMBERS = rf"^\s*[0-9]{{10}}\s*$|{_BEFORE}(?:{_CASE}|{_REPORT})(?:/[0-9A-Z/]*)?{_AFTER}"
_NINE = rf"{_BEFORE}[0-9]{{3,4}}[ .]?[0-9]{{2,3}}[ .]?[0-9]{{3}}{_AFTER}"
_EACH_NINE = re.compile(
    r"(?<![0-9A-Za-z.,_-])(?:[0-9]{9}|[0-9]{4}[ .][0-9]{2}[ .][0-9]{3}|[0-9]{3}[ .][0-9]{3}[ .][0-9]{3})"
    r"(?![0-9A-Za-z_-]|[.,]\S)"
)


def distinct(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Return the distinct values of a column of strings, nulls left out."""
    return pc.drop_null(pc.unique(column)).cast(pa.string())


def fault_of_plain(values: pa.Array) -> str | None:
    """Say what is wrong with the distinct values of a column that travels as it is; None when nothing is."""
    if _any(pc.greater(pc.utf8_length(values), MAX_CELL)):
        return f"a text of more than {MAX_CELL} characters"
    if _any(pc.match_substring_regex(values, CONTROL)):
        return "a control character"
    if _any(pc.match_substring_regex(values, _NUMBERS)):
        return "what looks like the number of a case or of a police report"
    suspect = pc.filter(values, pc.match_substring_regex(values, _NINE)).to_pylist()
    digits = [re.sub("[ .]", "", found) for text in suspect for found in _EACH_NINE.findall(text)]
    return (
        "what looks like a citizen service number"
        if _any(passes_eleven_test(pa.array(digits, pa.string())))
        else None
    )


def _any(flags: pa.Array) -> bool:
    return bool(pc.any(flags, min_count=0).as_py())
