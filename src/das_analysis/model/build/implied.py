"""The rules that slots imply: required, type, code, dated, range, identity, reference, unique."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from das_analysis.model.codes import CodeList, Text
from das_analysis.model.schema import Column, Rule, Supplier, Table

# check -> title nl, title en, what to do nl, what to do en
WORDS = {
    "required": ("ontbreekt", "is missing", "vul de waarde in", "fill in the value"),
    "type": (
        *("heeft niet de juiste vorm", "is not written as it should be"),
        *("schrijf de waarde zoals de kaart zegt", "write the value as the card says"),
    ),
    "code": (
        *("is geen code van de lijst", "is not a code of its list"),
        *("gebruik een code van de codelijst", "use a code of the code list"),
    ),
    "dated": (
        *("is een code die toen niet gold", "is a code that was not valid then"),
        *("gebruik een code die op die datum gold", "use a code that was valid on that date"),
    ),
    "range": ("valt buiten de grenzen", "is out of range", "controleer de waarde", "check the value"),
    "identity": (
        *("is geen bruikbaar nummer", "is not a usable number"),
        *("controleer het nummer bij de bron", "check the number at its source"),
    ),
    "reference": (
        *("verwijst naar niets in deze levering", "refers to nothing in this delivery"),
        *("lever de regel waarnaar verwezen wordt mee", "deliver the row that it refers to as well"),
    ),
    "unique": (
        "komt vaker voor",
        "occurs more than once",
        "lever elke sleutel eenmaal",
        "deliver each key once",
    ),
}


def implied_rules(
    tables: Mapping[str, Table], code_lists: Mapping[str, CodeList], *, suppliers: Iterable[Supplier]
) -> Iterator[Rule]:
    """Yield one rule for each thing that a slot says."""
    tightened = {
        (m.table, s) for c in suppliers for t in c.tables.values() for m in t.maps for s in m.required
    }
    for table in tables.values():
        for column in table.columns.values():
            if column.stage != "linked":
                required = column.required or (table.name, column.name) in tightened
                for check in _checks(table, column, code_lists=code_lists, required=required):
                    yield _rule(table, column, check=check)
        if table.unique:
            yield _rule(table, table.columns[table.unique[0][0]], check="unique")


def _checks(
    table: Table, column: Column, *, code_lists: Mapping[str, CodeList], required: bool
) -> Iterator[str]:
    if required:
        yield "required"
    if column.type == "code":
        yield "code"
        if table.dated_by and any(
            c.valid_from or c.valid_until for c in code_lists[column.codes or ""].codes.values()
        ):
            yield "dated"
    elif column.type == "key":
        yield "identity"
    else:
        yield "type"
    if column.minimum is not None or column.maximum is not None:
        yield "range"
    if column.references and not column.open:
        yield "reference"


def _rule(table: Table, column: Column, *, check: str) -> Rule:
    title_nl, title_en, todo_nl, todo_en = WORDS[check]
    soft = check == "dated" or (check == "identity" and not column.required)
    subject = Text(column.title.nl, column.title.en)
    return Rule(
        id=f"{table.name}.unique" if check == "unique" else f"{table.name}.{column.name}.{check}",
        table=table.name,
        column=column.name,
        severity="soft" if soft else "hard",
        check=check,
        title=Text(f"{subject.nl}: {title_nl}", f"{subject.en}: {title_en}"),
        message=Text(f"{column.name} {title_nl}; {todo_nl}", f"{column.name} {title_en}; {todo_en}"),
        source=f"model/{table.class_name}.{column.name}",
    )
