"""The compiled model as frozen values. Nothing here reads data or imports linkml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from das_analysis.model.codes import CodeList, Text
from das_analysis.model.dossier import Dossier

ColumnType = Literal["text", "date", "month", "integer", "decimal", "boolean", "key", "code", "moment"]
Stage = Literal["delivered", "linking", "linked"]
# What a card may make of a name, date or address for comparing; intake/derived.py says how.
DERIVE = ("given", "sound", "letters", "initial", "swapped", "birthday", "plain")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of identity (SKN, case number, ...): the pattern of its normalised value, and its check.

    `compared`: only compared with others; a value that cannot be one gives no key, and no fault.
    `person`: points to a person, so every supplier seals it with a key of its own; `local`: means nothing
    outside its supplier.
    """

    name: str
    title: Text
    definition: Text
    sealed_pattern: str
    check: str | None = None
    compared: bool = False
    person: bool = False
    local: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A slot of a class, as a column of its table.

    `stage` says when it exists: delivered (always), linking (until persons are linked), linked (from then
    on). `kind` is set for keys, `codes` for codes, `references` (a table) for keys of another table; an
    `open` reference may point outside the delivery even when its supplier delivers that class too. With
    `iri_prefix` before it a value is an address that others gave, such as that of a judgment. `synonyms`
    (language -> words) serve search; `mappings` (exact, close, ... -> IRIs) name it in known vocabularies.
    """

    name: str
    title: Text
    definition: Text
    type: ColumnType
    privacy: str
    pattern: str | None = None
    required: bool = False
    identifier: bool = False
    minimum: int | None = None
    maximum: int | None = None
    unit: str | None = None
    codes: str | None = None
    kind: str | None = None
    references: str | None = None
    stage: Stage = "delivered"
    open: bool = False
    iri_prefix: str | None = None
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mappings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A class of the model as a table.

    `record` names the key whose rows are delivered and replaced together. `synonyms` and `mappings` as in
    a Column.
    """

    name: str
    class_name: str
    plural: str
    title: Text
    definition: Text
    columns: Mapping[str, Column]
    unique: tuple[tuple[str, ...], ...] = ()
    record: str | None = None
    dated_by: str | None = None
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mappings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def key(self) -> str | None:
        """Name of the identifier column, if the class has one."""
        return next((c.name for c in self.columns.values() if c.identifier), None)

    def at(self, stage: Stage) -> tuple[Column, ...]:
        """Columns that exist at a stage: `linking` ones go when persons are linked, `linked` ones come."""
        absent = "linking" if stage == "linked" else "linked"
        return tuple(c for c in self.columns.values() if c.stage != absent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a table's rows must satisfy.

    `check`: holds (a predicate, SQL of the model's own columns, `parent.column` one step up), some (a child
    table that must have a row), no_overlap (by, from, until), or one that a slot implies: required, type,
    code, range, dated, unique, reference, identity. `reads` lists the reference columns whose parent the
    predicate looks at.
    """

    id: str
    table: str
    column: str
    severity: Literal["hard", "soft"]
    check: str
    title: Text
    message: Text
    source: str
    holds: str | None = None
    some: str | None = None
    no_overlap: tuple[str, str, str] | None = None
    reads: tuple[str, ...] = ()
    valid_from: str | None = None
    valid_until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of an expression: a column of the file, or a fixed text.

    `date`: strptime formats, apart by |. `match`: a pattern of the whole text whose one group is what counts;
    another text is blank. `derive`: what is made of a name, date or address for comparing, word by word
    (`DERIVE`); what cannot be made is blank.
    """

    column: str | None = None
    text: str | None = None
    date: str | None = None
    match: str | None = None
    values: Mapping[str, str] | None = None
    surname: bool = False
    derive: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PackageColumn:
    """A column of a package: verbatim from the file, sealed (an identity) or generalised (to the month).

    `compared` is that of its kind: whatever the file holds, it is no fault.
    """

    name: str
    how: Literal["verbatim", "seal", "generalise"]
    parts: tuple[Part, ...]
    kind: str | None = None
    compared: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotMap:
    """How one slot is made: out of a package column, a constant, or the period (`start`: its first day).

    `date` holds one or more strptime formats, apart by |.
    """

    slot: str
    column: str | None = None
    constant: str | None = None
    period: str | None = None
    date: str | None = None
    decimal_comma: bool = False
    strip_zero_decimals: bool = False
    values: Mapping[str, str] | None = None
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowMap:
    """How a row of the supplier's file becomes a row of one table of the model."""

    table: str
    slots: Mapping[str, SlotMap]
    required: tuple[str, ...] = ()
    when_not_blank: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileColumn:
    """A column of the supplier's file.

    `why` it is needed is a code of ColumnNeed. In XML, `paths` lead to it from the row's element (of several
    the first that is there counts), and `join` is what comes between when more than one element has it.
    """

    name: str
    about: Text
    identifying: bool = False
    optional: bool = False
    paths: tuple[str, ...] = ()
    join: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SupplierTable:
    """One table of a supplier: what it holds, what the package keeps of it, what it becomes.

    In CSV and Parquet it is one file. In XML its rows are the elements at the path `rows`, in any number of
    files.
    """

    name: str
    title: Text
    columns: Mapping[str, FileColumn]
    package: Mapping[str, PackageColumn]
    maps: tuple[RowMap, ...]
    stale_if_equal: bool = False
    rows: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplier:
    """A supplier's card. `exempt` names hard rules that only report here, each with the reason.

    `agreement` and `permission` have reference, valid_from and valid_until; empty: there is none yet.
    `format` csv stands for Parquet too; of xml, `namespaces` names by prefix what the paths use.
    """

    id: str
    title: Text
    partner: str
    version: str
    legal_gate: str
    agreement: Mapping[str, str] = field(default_factory=dict)
    permission: Mapping[str, str] = field(default_factory=dict)
    retention_years: int
    purposes: tuple[str, ...] = ()
    period: Literal["year", "quarter", "month", "day"]
    delimiter: str
    blank: tuple[str, ...]
    trim: bool
    max_bad_identity_share: float
    tables: Mapping[str, SupplierTable]
    derives: Mapping[str, str] = field(default_factory=dict)
    exempt: Mapping[str, str] = field(default_factory=dict)
    format: Literal["csv", "xml"] = "csv"
    namespaces: Mapping[str, str] = field(default_factory=dict)
    dossier: Dossier | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A date of a child table as a column of an indicator's table: the first or last `column` of its rows."""

    table: str
    column: str
    take: Literal["first", "last"] = "first"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """Of the rows with one value of `per` only one counts.

    take: the first by `moment`, the last (none while a row is open, without a moment), or the last of each
    period. Of two rows on one day the higher `order` is later.
    """

    per: str
    take: Literal["first", "last", "last_in_period"]
    order: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """A percentage of two other indicators; it exists only as a quotient of released, rounded figures."""

    of: str
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """One definition: what is counted, when, by whom it is defined, and how it is computed.

    kind: flow (rows whose `moment` falls in the period), stock (rows open at the end of the reference date:
    `moment` <= date < `until`), lead_time (days from `since` to `moment`, of rows whose `moment` falls in the
    period), rate (a percentage of two other indicators). `distinct` counts distinct values of a column
    instead of rows. `where` maps a column to the values it may have. A column may be a path over references:
    `case.registered_on`. A date may also be the name of an event, or several apart by `|`: the earliest of
    those that are known.
    """

    id: str
    title: Text
    definition: Text
    owner: str
    table: str
    kind: Literal["flow", "stock", "lead_time", "rate"]
    counting_unit: Text
    counting_moment: Text
    unit: str
    moment: str
    until: str | None = None
    since: str | None = None
    distinct: str | None = None
    where: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    where_not: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    events: Mapping[str, Event] = field(default_factory=dict)
    keep: Keep | None = None
    rate: Rate | None = None
    breakdowns: tuple[str, ...] = ()
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of codes in a breakdown."""

    code: str
    title: Text
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """A way to divide an indicator: for each table the column (or path) that divides its rows.

    kind: code (the code itself), level (the first `level` parts of a dotted code), age (the classes of
    AgeClass, from an age in years or from a month of birth at the indicator's moment), group (named groups of
    codes, in order of precedence: a path may lead to a child table, then the first group that any child row
    has). What belongs nowhere has the code `unknown`.
    """

    id: str
    title: Text
    kind: Literal["code", "level", "age", "group"]
    columns: Mapping[str, str]
    codes: str | None = None
    level: int = 1
    groups: tuple[Group, ...] = ()
    unknown: str = "ONB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The whole compiled model. `digest` names this edition in every provenance."""

    version: str
    digest: str
    tables: Mapping[str, Table]
    code_lists: Mapping[str, CodeList]
    kinds: Mapping[str, Kind]
    rules: Mapping[str, Rule]
    suppliers: Mapping[str, Supplier]
    indicators: Mapping[str, Indicator]
    breakdowns: Mapping[str, Breakdown] = field(default_factory=dict)

    def children(self, table: str) -> tuple[tuple[Table, Column], ...]:
        """Every (table, column) that references `table`."""
        return tuple(
            (t, c) for t in self.tables.values() for c in t.columns.values() if c.references == table
        )
