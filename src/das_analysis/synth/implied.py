"""Faults that the model's slots imply: blank, unknown, ill-written, out of range, dangling, twice."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from das_analysis.model.schema import Column, Model, SlotMap
from das_analysis.synth.sheets import Sheet, file_columns

NEW_KEYS = {  # well-formed numbers that nothing has; {n} is a sequence
    "CaseNumber": "99{n:06d}01",
    "CrimeNumber": "1999{n:07d}",
    "CjibNumber": "51999{n:08d}",
    "PvNumber": "PL9900-1999{n:07d}",
    "CourtNumber": "RBALK-1999-{n}",
    "StayNumber": "1999{n:07d}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFault:
    """A text to put into one column of the file. `where`: SQL over the truth that says which rows it fits."""

    kind: str
    rule: str
    slot: str
    column: str
    text: str
    where: str = "true"
    also: tuple[str, ...] = ()
    last_digit_only: bool = False


def text_faults(sheet: Sheet, watched: frozenset[str]) -> Iterator[TextFault]:
    """Yield every fault that one text in one column makes, and that breaks no other hard rule.

    `watched` are the columns that rules look at.
    """
    users = file_columns(sheet)
    for slot in sheet.map.slots.values():
        package = sheet.source.package.get(slot.column or "")
        file_column = package.parts[0].column if package else None
        if package is None or file_column is None:
            continue
        column = sheet.table.columns[slot.slot]
        alone = users[file_column] == [slot.slot]
        if package.how == "verbatim" and alone:
            yield from _of_plain(
                sheet, column, slot=slot, file_column=file_column, free=column.name not in watched
            )
        elif package.how == "generalise":
            yield _of_birth(
                sheet, slot.slot, file_column=file_column, formats=package.parts[0].date or "%Y-%m-%d"
            )
        elif package.how == "seal" and len(package.parts) == 1 and not package.compared:
            others = tuple(f"{sheet.table.name}.{name}" for name in users[file_column] if name != slot.slot)
            yield from _of_number(sheet, column, file_column=file_column, others=others)


def _of_plain(
    sheet: Sheet, column: Column, *, slot: SlotMap, file_column: str, free: bool
) -> Iterator[TextFault]:
    name = f"{sheet.table.name}.{column.name}"
    base = TextFault(
        kind="", rule="", slot=column.name, column=file_column, text="", where=f"{column.name} is not null"
    )
    if column.required or column.name in sheet.map.required:
        yield replace(base, kind="required blank", rule=f"{name}.required", where=_unneeded(column))
    if column.type == "code":
        yield replace(base, kind="unknown code", rule=f"{name}.code", text="?9")
    elif column.type == "date":
        impossible = _impossible(slot.date or "%Y-%m-%d")
        yield replace(base, kind="impossible date", rule=f"{name}.type", text=impossible)
        yield replace(base, kind="other date format", rule=f"{name}.type", text="1 feb 2023")
    elif free and column.type == "integer":
        yield replace(base, kind="decimals in a whole number", rule=f"{name}.type", text="1.7")
    elif free and column.type == "decimal":
        yield replace(base, kind="ill-written number", rule=f"{name}.type", text="1.234,56")
    elif free and column.type == "boolean":
        yield replace(base, kind="neither yes nor no", rule=f"{name}.type", text="?")
    if (
        free
        and column.type in ("integer", "decimal")
        and (column.maximum is not None or column.minimum is not None)
    ):
        beyond = column.maximum + 1 if column.maximum is not None else (column.minimum or 0) - 1
        yield replace(base, kind="out of range", rule=f"{name}.range", text=str(beyond))


def _of_birth(sheet: Sheet, slot: str, *, file_column: str, formats: str) -> TextFault:
    return TextFault(
        kind="impossible date",
        rule=f"{sheet.table.name}.{slot}.type",
        slot=slot,
        column=file_column,
        text=_impossible(formats),
        where="birth_on is not null",
        also=(f"{sheet.table.name}.name_key.identity",),
    )


def _impossible(formats: str) -> str:
    """The 31st of February."""
    return formats.split("|", maxsplit=1)[0].replace("%d", "31").replace("%m", "02").replace("%Y", "2003")


def _of_number(
    sheet: Sheet, column: Column, *, file_column: str, others: tuple[str, ...]
) -> Iterator[TextFault]:
    name = f"{sheet.table.name}.{column.name}"
    known = f"{column.name} is not null"
    base = TextFault(
        kind="", rule=f"{name}.identity", slot=column.name, column=file_column, text="", where=known
    )
    if column.kind == "Bsn":
        yield replace(base, kind="eleven-test fails", last_digit_only=True)
    elif column.kind == "Skn":
        yield replace(base, kind="malformed number", text="1234567")
    elif column.required or column.name in sheet.map.required:
        also = tuple(f"{other}.identity" for other in others)
        extra = f"{name}.required" if not column.required else None
        where = known + (" and charge_number >= 2" if sheet.table.name == "charge" else "")
        also = (*also, extra) if extra else also
        yield replace(base, kind="malformed number", text="geen nummer", where=where, also=also)


def words_of_rules(delivered: set[str], model: Model) -> frozenset[str]:
    """Columns that a rule of these tables looks at: an odd value there would break that rule as well."""
    holds = " ".join(rule.holds for rule in model.rules.values() if rule.holds and rule.table in delivered)
    return frozenset(word.rpartition("__")[2] for word in re.findall(r"\w+", holds))


def _unneeded(column: Column) -> str:
    """Rows on which a blank breaks no other rule."""
    return "cleared_on is null" if column.name == "is_cleared" else f"{column.name} is not null"


def parents_of(sheet: Sheet, delivered: set[str]) -> list[tuple[Column, str]]:
    """References that must resolve within the delivery: the column, and the table that it refers to."""
    columns = [sheet.table.columns[name] for name in sheet.map.slots]
    return [(c, c.references) for c in columns if c.references in delivered and not c.open]


def new_key(kind: str, n: int) -> str | None:
    """A number of this kind that is well-formed and belongs to nothing."""
    pattern = NEW_KEYS.get(kind)
    return pattern.format(n=n) if pattern else None
