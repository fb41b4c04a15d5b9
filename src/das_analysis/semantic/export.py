"""A snapshot as RDF: a folder with files a table, each a part of it, and a manifest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from das_analysis.errors import Refused
from das_analysis.lake.provenance import code_version
from das_analysis.model import Table, load_model
from das_analysis.semantic.lines import said
from das_analysis.semantic.manifest import File, Manifest, add, begin, find_whole, save, write_file
from das_analysis.semantic.origin import origin, snapshot_name
from das_analysis.semantic.packing import ENDINGS, packer, pieces
from das_analysis.semantic.syntax import Syntax, find_syntax
from das_analysis.semantic.terms import BASE, graph_iri, named_tables, naming, told_columns
from das_analysis.semantic.triples import write

if TYPE_CHECKING:
    import ibis

    from das_analysis.lake import Lake

Tell = Callable[[str, int, int], None]
BEGINNING = 5  # characters of a key that parts are cut at: a pseudonym has 1,024 beginnings of this length


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How an export is written: format, compression, base of the IRIs, most rows a part.

    `tables`: their plurals, all when empty. `cohort` says which rows were chosen, where not all were.
    """

    syntax: str = "nq"
    compress: str = "zstd"
    base: str = BASE
    rows: int = 1_000_000
    tables: tuple[str, ...] = ()
    cohort: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """Some rows of a table, and the file that they go to."""

    file: str
    table: Table
    rows: ibis.Table


def export_rdf(lake: Lake, to: Path, *, form: Form | None = None, progress: Tell | None = None) -> Manifest:
    """Write a snapshot, or a cohort of it, as RDF into the folder `to`; return the manifest.

    Memory stays the same however many rows there are. Doing it again after a stop goes on where it was.
    Raises Refused for a folder that holds something else and for a format, compression or table that does not
    exist; TryAgain when the disk or the engine stops.
    """
    form, tell = form or Form(), progress or (lambda *_: None)
    syntax = find_syntax(
        form.syntax, graph=graph_iri(snapshot_name(lake.snapshot), form.base), base=form.base
    )
    packer(form.compress)
    tables = _chosen(lake, form)
    done = begin(to, _decides(lake, form, tables=tables))
    lake.note("export rdf", asked=asdict(form), tables=[t.plural for t in tables])
    total, rows = sum(lake.snapshot.tables[t.name].rows for t in tables), 0
    for table in tables:
        tell(f"rdf {table.plural}", rows, total)
        for part in _parts(lake.tables[table.plural], table, form=form):
            file = find_whole(to, done, name=part.file)
            if file is None:
                file = _write(to, part, syntax=syntax, form=form)
                done = add(to, done, file=file)
            rows += file.rows
            tell(f"rdf {table.plural}", rows, total)
    return _finish(to, done, lake=lake, form=form)


def _chosen(lake: Lake, form: Form) -> list[Table]:
    there = {t.plural: t for t in named_tables(load_model()) if t.plural in lake.tables}
    unknown = sorted(set(form.tables) - set(there))
    if unknown:
        raise Refused(
            f"no such table to export: {', '.join(unknown)}", todo=f"use some of {', '.join(there)}"
        )
    return [t for plural, t in there.items() if plural in (form.tables or there)]


def _decides(lake: Lake, form: Form, *, tables: list[Table]) -> dict[str, Any]:
    return asdict(form) | {
        "tables": [t.plural for t in tables],
        "snapshot": snapshot_name(lake.snapshot),
        "digest": lake.snapshot.digest,
        "model": load_model().digest,
        "code": code_version(),
    }


def _parts(rows: ibis.Table, table: Table, *, form: Form) -> Iterator[Part]:
    """Cut a table at beginnings of its key: rows are stored by key, so a part reads little else."""
    key, ending = naming(table)[0], f".{form.syntax}{ENDINGS[form.compress]}"
    bounds = _bounds(rows, key, most=form.rows)
    for number, (low, high) in enumerate(zip(bounds, [*bounds[1:], None], strict=True), start=1):
        some = rows.filter(rows[key] >= low) if number > 1 else rows
        some = some.filter(some[key] < high) if high is not None else some
        yield Part(f"{table.plural}/{number:04d}{ending}", table, some)


def _bounds(rows: ibis.Table, key: str, *, most: int) -> list[str]:
    """Return the least key of each part; parts have at most `most` rows as far as beginnings tell apart."""
    if not rows[key].type().is_string() or rows.count().execute() <= most:
        return [""]
    beginning = rows[key].substr(0, BEGINNING)
    counted = rows.group_by(beginning=beginning).aggregate(rows=rows.count()).order_by("beginning")
    bounds, held = [""], 0
    for group in counted.to_pyarrow().to_pylist():
        if held and held + group["rows"] > most:
            bounds.append(group["beginning"])
            held = 0
        held += group["rows"]
    return bounds


def _write(to: Path, part: Part, *, syntax: Syntax, form: Form) -> File:
    rows = part.rows
    told = [c.name for c in told_columns(part.table) if c.name in rows.columns]
    counts = (
        rows.aggregate(**{"rows of all": rows.count()}, **{name: rows[name].count() for name in told})
        .to_pyarrow()
        .to_pylist()[0]
    )
    count = counts.pop("rows of all")
    filled = {name for name, known in counts.items() if known == count}
    empty = {name for name, known in counts.items() if not known} - set(naming(part.table))
    texts = said(rows.drop(*empty), part.table, syntax=syntax, filled=filled)
    size, digest = write_file(to / part.file, _content(texts, part, syntax=syntax, form=form))
    triples = count + sum(counts.values())
    return File(
        name=part.file, table=part.table.plural, rows=count, triples=triples, bytes=size, sha256=digest
    )


def _content(texts: ibis.Table, part: Part, *, syntax: Syntax, form: Form) -> Iterator[bytes]:
    pack = packer(form.compress)
    yield pack(syntax.header(part.table).encode())
    yield from pieces(texts, form.compress)
    yield pack(syntax.footer().encode())


def _finish(to: Path, done: Manifest, *, lake: Lake, form: Form) -> Manifest:
    """Write last what the rows are of, and say that nothing is missing."""
    told = list(origin(lake.snapshot, base=form.base))
    name = f"snapshot.{form.syntax}{ENDINGS[form.compress]}"
    content = packer(form.compress)(write(told, form.syntax, short={"id": form.base}))
    size, digest = write_file(to / name, [content])
    file = File(name=name, table="", rows=0, triples=len(told), bytes=size, sha256=digest)
    return save(to, replace(add(to, done, file=file), whole=True))
