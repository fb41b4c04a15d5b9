"""What `das model show` shows of each kind of thing in the model."""

from __future__ import annotations

from collections.abc import Sequence

from das_analysis.errors import Refused
from das_analysis.model import CodeList, Indicator, Model, Supplier, Table, load_model

Page = tuple[str, Sequence[tuple[str, ...]], list[str]]


def page(name: str | None, lang: str) -> Page:
    """Return title, rows and column names for a thing of the model. Raises Refused when there is none."""
    model = load_model()
    if name is None:
        return _overview(model, lang)
    if name in model.tables:
        return _table(model.tables[name], lang)
    if name in model.code_lists:
        return _code_list(model.code_lists[name], lang)
    if name in model.suppliers:
        return _supplier(model.suppliers[name], lang)
    if name in model.indicators:
        return _indicator(model.indicators[name], lang)
    raise Refused(
        f"the model has no {name!r}", todo="das model show lists its tables, suppliers and indicators"
    )


def _overview(model: Model, lang: str) -> Page:
    parts = (
        ("table", model.tables),
        ("code list", model.code_lists),
        ("supplier", model.suppliers),
        ("indicator", model.indicators),
    )
    rows = [(kind, name, thing.title[lang]) for kind, things in parts for name, thing in things.items()]
    return f"model {model.version}, {model.digest[:12]}", rows, ["kind", "name", "title"]


def _table(table: Table, lang: str) -> Page:
    rows = [
        (
            c.name,
            f"{c.title[lang]}: {c.definition[lang]}",
            " ".join(filter(None, (c.codes or c.kind or c.type, c.unit))),
            c.privacy,
        )
        for c in table.columns.values()
    ]
    return f"{table.title[lang]}: {table.definition[lang]}", rows, ["column", "what", "type", "privacy"]


def _code_list(codes: CodeList, lang: str) -> Page:
    rows = [
        (c.code, f"{c.title[lang]}: {c.definition[lang]}", c.valid_from or "", c.valid_until or "")
        for c in codes.codes.values()
    ]
    return f"{codes.title[lang]}: {codes.definition[lang]}", rows, ["code", "what", "from", "until"]


def _supplier(supplier: Supplier, lang: str) -> Page:
    rows = [
        (
            t.name,
            c.name,
            c.about[lang],
            "sealed" if c.identifying else "",
            "may be absent" if c.optional else "",
        )
        for t in supplier.tables.values()
        for c in t.columns.values()
    ]
    return (
        f"{supplier.title[lang]} delivers each {supplier.period}",
        rows,
        ["file", "column", "what", "identifying", "optional"],
    )


def _indicator(indicator: Indicator, lang: str) -> Page:
    rows = [
        ("definition", indicator.definition[lang]),
        ("counting unit", indicator.counting_unit[lang]),
        ("counting moment", indicator.counting_moment[lang]),
        ("owner", indicator.owner),
        ("unit", indicator.unit),
        ("breakdowns", ", ".join(indicator.breakdowns)),
    ]
    return indicator.title[lang], rows, ["", "text"]
