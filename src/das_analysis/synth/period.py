"""What a supplier knows at the end of a period: records with an event in it, without what came later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from das_analysis.synth.frame import Array, day

# The table whose row makes a record, and by which column the others belong to it.
RECORDS: Mapping[str, Mapping[str, str]] = {
    "registered_crime": {
        "registered_crime": "crime_key",
        "suspect_registration": "crime_key",
        "police_report": "true_crime_key",
    },
    "case": {
        "case": "case_key",
        "charge": "case_key",
        "pre_trial_detention": "case_key",
        "prosecution_decision": "case_key",
        "sanction": "case_key",
    },
    "court_case": {"court_case": "court_case_key", "verdict": "court_case_key", "sanction": "court_case_key"},
    "execution_order": {"execution_order": "order_key", "execution_event": "order_key"},
    "detention_spell": {"detention_spell": "stay_key"},
}
# The day on which a row comes into being; a charge comes with its case.
BORN = {
    "registered_crime": "registered_on",
    "suspect_registration": "marked_on",
    "police_report": "closed_on",
    "case": "registered_on",
    "pre_trial_detention": "started_on",
    "prosecution_decision": "decided_on",
    "sanction": "imposed_on",
    "court_case": "first_hearing_on",
    "verdict": "pronounced_on",
    "execution_order": "received_on",
    "execution_event": "occurred_on",
    "detention_spell": "started_on",
}
# What else is known only from a later day on: the day, and the columns that are blank before it.
LATER: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "registered_crime": {"cleared_on": ()},
    "suspect_registration": {"true_disposed_on": ("police_disposal_code", "pv_key")},
    "police_report": {"sent_on": ()},
    "pre_trial_detention": {"ended_on": ("is_suspended",)},
    "court_case": {"verdict_on": ("presence_code", "ecli"), "appealed_on": (), "irrevocable_on": ()},
    "execution_order": {"handed_over_on": (), "closed_on": ()},
    "detention_spell": {"ended_on": ("outflow_code",)},
}


@dataclass(frozen=True, slots=True)
class Member:
    """One table of a supplier's records: its rows, the record of each, and when each event happened."""

    table: pa.Table
    record: Array
    events: dict[str, Array]
    born: Array | None


class Register:
    """The records of one supplier, ready to be asked for any year."""

    def __init__(self, tables: Mapping[str, pa.Table]) -> None:
        self._root = next(name for name in RECORDS if name in tables)
        columns = RECORDS[self._root]
        ids = pc.unique(tables[self._root][columns[self._root]])
        self._count = len(ids)
        self._members = {
            name: _member(name, table, keys=table[columns[name]], ids=ids) for name, table in tables.items()
        }

    def during(self, year: int) -> dict[str, tuple[pa.Table, Array]]:
        """The tables of the delivery of a year, as known on its last day, and each row's record by number."""
        first, after = day(year), day(year + 1)
        live = np.zeros(self._count, dtype=bool)
        for member in self._members.values():
            happened = np.zeros(len(member.record), dtype=bool)
            for days in member.events.values():
                happened |= (days >= first) & (days < after)
            live[member.record[happened]] = True
        live &= self._open_before(after)
        return {
            name: _as_known(name, member, live=live, after=after) for name, member in self._members.items()
        }

    def _open_before(self, after: int) -> Array:
        """Records that the supplier has opened: a case that is not registered yet is in no delivery."""
        root = self._members[self._root]
        known = np.zeros(self._count, dtype=bool)
        known[root.record[root.events[BORN[self._root]] < after]] = True
        return known


def _member(name: str, table: pa.Table, *, keys: pa.ChunkedArray, ids: pa.Array) -> Member:
    record = pc.index_in(keys, value_set=ids).to_numpy()
    names = [BORN[name]] if name in BORN else []
    events = {column: _days(table[column]) for column in (*names, *LATER.get(name, {}))}
    return Member(
        table=table, record=record, events=events, born=events[BORN[name]] if name in BORN else None
    )


def _days(column: pa.ChunkedArray) -> Array:
    """Days since 1970 as whole numbers; a day that is not there lies in no year."""
    days: Array = pc.fill_null(column.cast(pa.int32()), -(2**31)).to_numpy()
    return days


def _as_known(name: str, member: Member, *, live: Array, after: int) -> tuple[pa.Table, Array]:
    kept = live[member.record]
    if member.born is not None:
        kept &= member.born < after
    rows = np.flatnonzero(kept)
    table = member.table.take(pa.array(rows))
    for column, others in LATER.get(name, {}).items():
        known = pa.array(member.events[column][rows] < after)
        for blanked in (column, *others):
            table = _blank(table, blanked, known=known)
    if name == "registered_crime":
        cleared = pc.is_valid(table["cleared_on"])
        table = table.set_column(table.column_names.index("is_cleared"), "is_cleared", cleared)
    return table, member.record[rows]


def _blank(table: pa.Table, column: str, *, known: pa.Array) -> pa.Table:
    values = table[column]
    nothing: Any = pa.scalar(None, values.type)
    if pa.types.is_dictionary(values.type):
        values = pa.chunked_array(
            [_blank_code(chunk, part) for chunk, part in _aligned(values, known)], values.type
        )
    else:
        values = pc.if_else(known, values, nothing)
    return table.set_column(table.column_names.index(column), column, values)


def _aligned(values: pa.ChunkedArray, known: pa.Array) -> list[tuple[pa.Array, pa.Array]]:
    parts, start = [], 0
    for chunk in values.chunks:
        parts.append((chunk, known.slice(start, len(chunk))))
        start += len(chunk)
    return parts


def _blank_code(codes: pa.DictionaryArray, known: pa.Array) -> pa.DictionaryArray:
    nothing = pa.scalar(None, codes.indices.type)
    return pa.DictionaryArray.from_arrays(pc.if_else(known, codes.indices, nothing), codes.dictionary)
