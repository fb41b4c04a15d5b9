"""A look at a sample file, for a first card: what each column seems to be.

What is kept of it are words of the model or of the short lists below (a code, a date format, a yes or no),
and the supplier's own codes. A text passes for a code only where nothing says that it could be of a person:
its column has no name that speaks of one, and few different texts, all short and in capitals or digits. One
that is in fewer than `OFTEN` rows is counted, never kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import BadDelivery
from das_analysis.model import CodeList, Kind, Model

if TYPE_CHECKING:
    import pyarrow as pa

Counts = Mapping[str, int]  # distinct value -> rows
FITS = 0.9  # the part of the filled rows that must agree; the rest is dirt
OFTEN, FEW = 10, 30  # a code is in so many rows, and a list has no more of them
SMALL, ENOUGH = 6, 20  # digits of a number that is nobody's; rows from which a column shows what it is
UNIQUE = 0.5  # more different values than this part of the rows: a number of somebody or something
DELIMITERS = (";", ",", "\t", "|")
SAMPLES = (".csv", ".csv.gz", ".parquet")
DATES = (
    *("%d-%m-%Y", "%-d-%-m-%Y", "%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%-d/%-m/%Y", "%m/%d/%Y", "%d.%m.%Y"),
    *("%d-%m-%y", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d-%m-%Y %H:%M:%S"),
)
BLANKS = (
    *("NULL", "null", "NaN", "nvt", "NVT", "n.v.t.", "-", ".", "?"),
    *("31-12-9999", "9999-12-31", "99991231", "31-12-2999", "01-01-1900"),
)
YES_NO = (("J", "N"), ("1", "0"), ("ja", "nee"), ("Ja", "Nee"), ("Y", "N"), ("true", "false"), ("T", "F"))
_PERSONAL = re.compile(
    r"bsn|skn|naam|name|geb|birth|adres|address|postcode|plaats|tel|mail|parket|client|cjib|dossier|number"
    r"|nummer|nr$|id$|sleutel|houder|medewerker|werker|contact|rechter|officier|verdachte|opmerking|toelichting",
    re.IGNORECASE,
)
_CODE = re.compile(r"[A-Z0-9][A-Z0-9_.+-]{0,7}")
_SEQUENCE = re.compile(r"volg|sequence", re.IGNORECASE)
_INTEGER, _ZEROS = re.compile(r"-?[0-9]{1,9}"), re.compile(r"-?[0-9]{1,9}[.,]0+")
_DECIMALS = {"comma": re.compile(r"-?[0-9]+(,[0-9]+)?"), "point": re.compile(r"-?[0-9]+([.][0-9]+)?")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one column of a sample seems to be.

    `number`: integer, comma or point (the decimal sign). `lists`: code list -> the column's words that are
    words of the list, to its codes; empty when they are its codes. `kinds`: kinds of identity that fit.
    `codes`: the supplier's own words, `rare` how many more there are that are not told.
    """

    name: str
    filled: float
    distinct: int
    dates: tuple[str, ...] = ()
    number: str | None = None
    zero_decimals: bool = False
    yes_no: Mapping[str, str] | None = None
    lists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    kinds: tuple[str, ...] = ()
    blanks: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    rare: int = 0
    padded: bool = False
    identifying: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A sample file: how it is written, and what its columns seem to be."""

    name: str
    delimiter: str
    rows: int
    columns: Mapping[str, Seen]


def look(path: Path, model: Model) -> Sample:
    """Look at the first rows of a file that das deliver could read. Raises BadDelivery when it could not."""
    from das_analysis.intake.blocks import stream_of
    from das_analysis.intake.delimited import csv_source
    from das_analysis.intake.parquet import parquet_source
    from das_analysis.intake.source import refuse

    if not path.is_file() or not path.name.lower().endswith(SAMPLES):
        refuse("not a sample that can be read", path.name, todo=f"give one of {', '.join(SAMPLES)}")
    if path.name.lower().endswith(".parquet"):
        sources = [(parquet_source(path), DELIMITERS[0])]
    else:
        sources = [(csv_source(stream_of(path), delimiter), delimiter) for delimiter in DELIMITERS]
    source, delimiter = max(sources, key=lambda found: len(found[0].header))
    batch = next(source.batches(lambda _: None), None)
    rows = batch.num_rows if batch is not None else 0
    columns = {
        name: _seen(name, _counts(batch.column(i)) if batch is not None else {}, model=model)
        for i, name in enumerate(source.header)
    }
    stem = re.sub(r"[^a-z0-9]+", "_", path.name.lower().partition(".")[0]).strip("_") or "file"
    return Sample(name=stem, delimiter=delimiter, rows=rows, columns=columns)


def look_all(paths: Iterable[Path], model: Model) -> dict[str, Sample]:
    """Look at files, one a table, by name. Raises BadDelivery for two of one name or of two delimiters."""
    samples = [look(path, model) for path in paths]
    if len({sample.name for sample in samples}) < len(samples):
        raise BadDelivery("two samples have one name", todo="give each its own: it names the table")
    if len({sample.delimiter for sample in samples}) > 1:
        raise BadDelivery("the samples have different delimiters", todo="a card knows one: write them alike")
    return {sample.name: sample for sample in samples}


def _counts(column: pa.ChunkedArray) -> Counts:
    found = column.value_counts()
    return {str(pair["values"]): pair["counts"] for pair in found.to_pylist() if pair["values"] is not None}


def _seen(name: str, raw: Counts, *, model: Model) -> Seen:
    values: dict[str, int] = {}
    for value, rows in raw.items():
        if value.strip() and value.strip() not in BLANKS:
            values[value.strip()] = values.get(value.strip(), 0) + rows
    dates = _dates(values)
    kinds = tuple(k.name for k in model.kinds.values() if _is_kind(values, k))
    lists = {} if dates else _lists(values, model.code_lists.values())
    number = None if dates else _number(values)
    plain = bool(dates or lists or (number and all(len(v) < SMALL for v in values)))
    identifying = _is_identifying(name, values, plain=plain)
    codes = () if identifying or dates else _codes(values)
    return Seen(
        name=name,
        filled=sum(values.values()) / max(1, sum(raw.values())),
        distinct=len(values),
        dates=dates,
        number=number,
        zero_decimals=number == "integer" and any(_ZEROS.fullmatch(v) for v in values),
        yes_no=_yes_no(values),
        lists=lists,
        kinds=kinds,
        blanks=tuple(b for b in BLANKS if any(v.strip() == b for v in raw)),
        codes=codes,
        rare=len(values) - len(codes) if codes else 0,
        padded=any(v != v.strip() for v in raw),
        identifying=identifying,
    )


def _share(values: Counts, fits: Sequence[str]) -> float:
    return sum(values[v] for v in fits) / sum(values.values()) if values else 0.0


def _dates(values: Counts) -> tuple[str, ...]:
    """Formats that together read the column, the one that reads most first; none when they do not.

    A format that reads nothing new is left out: what could be day-month and month-day stays the first.
    """
    from das_analysis.intake.identity import iso_date

    read = {f: {v for v in values if iso_date(f, v)[:1].isdigit()} for f in DATES}
    chosen: list[str] = []
    left = set(values)
    while left:
        best = max(DATES, key=lambda f: sum(values[v] for v in read[f] & left))
        if not read[best] & left:
            break
        chosen.append(best)
        left -= read[best]
    return tuple(chosen) if _share(values, [v for v in values if v not in left]) >= FITS else ()


def _codes(values: Counts) -> tuple[str, ...]:
    """What can be told of a column's texts as codes; nothing when they are many, long or of several words."""
    if len(values) > FEW or not all(_CODE.fullmatch(v) for v in values):
        return ()
    return tuple(sorted(v for v, rows in values.items() if rows >= OFTEN))


def _number(values: Counts) -> str | None:
    if _share(values, [v for v in values if _INTEGER.fullmatch(v) or _ZEROS.fullmatch(v)]) >= FITS:
        return "integer"
    for sign, pattern in _DECIMALS.items():
        if _share(values, [v for v in values if pattern.fullmatch(v)]) >= FITS:
            return sign
    return None


def _yes_no(values: Counts) -> Mapping[str, str] | None:
    for yes, no in YES_NO:
        if values and set(values) <= {yes, no}:
            return {yes: "true", no: "false"}
    return None


def _lists(values: Counts, code_lists: Iterable[CodeList]) -> dict[str, dict[str, str]]:
    """Code lists whose codes, or else whose titles, the values are."""
    found: dict[str, dict[str, str]] = {}
    for one in code_lists:
        titles = {
            title.casefold(): c.code for c in one.codes.values() for title in (c.title.nl, c.title.en, c.code)
        }
        known = [v for v in values if v.casefold() in titles]
        if _share(values, [v for v in values if v in one.codes]) >= FITS:
            found[one.name] = {}
        elif _share(values, known) >= FITS:
            found[one.name] = {v: titles[v.casefold()] for v in sorted(known)}
    return found


def _is_kind(values: Counts, kind: Kind) -> bool:
    import pyarrow as pa

    from das_analysis.intake.identity import faults, normalise

    if not values:
        return False
    texts = list(values)
    wrong = faults(normalise(pa.array(texts, pa.string()), kind), kind).to_pylist()
    return _share(values, [v for v, fault in zip(texts, wrong, strict=True) if fault is None]) >= FITS


def _is_identifying(name: str, values: Counts, *, plain: bool) -> bool:
    """By its name, or because nearly every row has another value that is no day, code or small number."""
    if _PERSONAL.search(name) and not _SEQUENCE.search(name):
        return True
    rows = sum(values.values())
    return not plain and rows >= ENOUGH and len(values) > UNIQUE * rows
