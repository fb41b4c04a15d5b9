"""The supplier's side: files in, a package without identities out. Offline; nothing of it knows the lake."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from das_analysis.errors import BadDelivery, BadModel
from das_analysis.flow import Package
from das_analysis.intake.layout import Layout, match_header
from das_analysis.intake.package import Manifest, PackageFile, partial_folder, seal_folder, sha256_of
from das_analysis.intake.signing import read_signer
from das_analysis.intake.terms import check_in_force, check_key, check_period, check_sequence, find_card
from das_analysis.keys.holder import read_supplier
from das_analysis.model import Model, Supplier, SupplierTable, load_model

if TYPE_CHECKING:
    import pyarrow as pa

    from das_analysis.intake.markup import MarkupSource
    from das_analysis.intake.sealing import Sealer
    from das_analysis.intake.source import Source

Progress = Callable[[str, int, int], None]


class DeliverOptions(TypedDict, total=False):
    """What `deliver` can do without.

    `sequence`: 1 for a delivery, 2 for its first correction. `model`: another one than the compiled model.
    `progress`: called with a table's name, how far its file is and how long that file is. `look`: called with
    the folder and the manifest before they are signed; what it raises refuses the package.
    """

    sequence: int
    model: Model
    progress: Progress
    look: Callable[[Path, Manifest], None]


@dataclass(frozen=True, slots=True)
class _Desk:
    """What one delivery needs at hand."""

    card: Supplier
    sealer: Sealer
    tell: Progress


@dataclass(frozen=True, slots=True)
class _Input:
    """A file whose table is known."""

    source: Source | MarkupSource
    layout: Layout

    @property
    def table(self) -> SupplierTable:
        return self.layout.table


def deliver(
    supplier_id: str,
    files: Iterable[Path | str],
    *,
    period: str,
    keys: Path,
    target: Path,
    **options: Unpack[DeliverOptions],
) -> Package:
    """Check a supplier's files, swap identities for pre-pseudonyms and write a package.

    It becomes the folder `target`/<supplier>-<period>-<sequence>. `files` are CSV or JSON lines, plain, as
    .gz or in a zip, Parquet, or sheets of XLSX; one a table: the header decides which table of the
    supplier's card each one is. Of a card for XML they are any number of files, read in the order of their
    names. `keys` is the folder with the supplier's keys, to seal and to sign with. Rows keep their
    order; identities stay in memory and are never written. The same files give the same bytes, and an equal
    package is left as it is.

    Raises BadDelivery, naming file and line, for input that cannot be trusted; NoPermission when the
    agreement or the permission is not in force, or there is no purpose; Refused without a key; TryAgain when
    the disk did not take it. Then nothing is written.
    """
    from das_analysis.intake.sealing import Sealer

    model = options.get("model") or load_model()
    sequence = options.get("sequence", 1)
    card = find_card(model, supplier_id)
    check_in_force(card)
    check_period(card, period)
    check_sequence(sequence)
    key = read_supplier(keys, card.id)
    check_key(card, key.key_id)
    signer = read_signer(keys, card.id)
    desk = _Desk(card, Sealer(card, kinds=model.kinds, key=key), options.get("progress") or _silent)
    inputs = _inputs([Path(f) for f in files], card)
    with partial_folder(target) as partial:
        written = [_write(desk, i, folder=partial) for i in inputs]
        manifest = Manifest(
            supplier=card.id,
            period=period,
            sequence=sequence,
            model=model.version,
            model_digest=model.digest,
            card=card.version,
            key_id=key.key_id,
            files=tuple(sorted(written, key=lambda file: file.table)),
        )
        options.get("look", _no_look)(partial, manifest)
        path = seal_folder(partial, manifest, signature=signer.sign(manifest.text().encode()), target=target)
    return Package(
        path=path,
        supplier=card.id,
        period=period,
        sequence=sequence,
        digest=manifest.digest,
        rows=manifest.rows,
    )


def _silent(_what: str, _done: int, *_total: int) -> None:
    """Tell nobody how far it is."""


def _no_look(_folder: Path, _manifest: Manifest) -> None:
    """Seal what is there: the host looks anyway."""


def _inputs(files: list[Path], card: Supplier) -> list[_Input]:
    """Open every file and find the tables. Raises BadDelivery for none."""
    if not files:
        raise BadDelivery("no files to deliver", todo=f"give the files of {', '.join(card.tables)}")
    found = _of_markup(files, card) if card.format == "xml" else _one_a_table(files, card)
    for given in found:
        _check_card(given.table)
    return found


def _of_markup(files: list[Path], card: Supplier) -> list[_Input]:
    """Every table can be in every file."""
    from das_analysis.intake.markup import open_markup

    sources = open_markup(files, card)
    return [_Input(s, Layout(s.table, {name: i for i, name in enumerate(s.table.columns)})) for s in sources]


def _one_a_table(files: list[Path], card: Supplier) -> list[_Input]:
    """Find the table of every file by its header. Raises BadDelivery for two files of one table."""
    from das_analysis.intake.reading import open_sources

    found: dict[str, _Input] = {}
    for given in (given for path in files for given in _of_sources(open_sources(path, card), card)):
        name = given.table.name
        if name in found:
            where = f"{found[name].source.name}, {given.source.name}"
            raise BadDelivery(f"two files of table {name!r}", where=where, todo="deliver one of them")
        found[name] = given
    return list(found.values())


def _of_sources(sources: list[Source], card: Supplier) -> list[_Input]:
    """Find the table of each source. One that stands beside others may be none, unless none is one."""
    found, faults = [], []
    for source in sources:
        try:
            found.append(_Input(source, match_header(source.header, card, where=source.name)))
        except BadDelivery as fault:
            if not source.aside:
                raise
            faults.append(fault)
    if not found:
        raise faults[0]
    return found


def _check_card(table: SupplierTable) -> None:
    """Raise BadModel when the card would let an identifying column travel as it is."""
    for column in table.package.values():
        sources = [table.columns[p.column] for p in column.parts if p.column]
        if column.how == "verbatim" and (len(sources) != 1 or sources[0].identifying):
            where = f"{table.name}: {column.name}"
            raise BadModel("an identifying column would travel as it is", where=where, todo="mend the card")


def _write(desk: _Desk, given: _Input, *, folder: Path) -> PackageFile:
    """Write one table of the package, batch by batch."""
    import pyarrow.parquet as pq

    table, source, rows = given.table, given.source, 0
    path = folder / f"{table.name}.parquet"
    repeats = [name for name, column in table.package.items() if column.how != "seal"]
    desk.sealer.tallies.clear()
    with pq.ParquetWriter(path, _schema(table), compression="zstd", use_dictionary=repeats) as writer:
        for batch in source.batches(lambda done: desk.tell(table.name, done, source.size)):
            writer.write_table(_packed(desk, given, rows=_named(desk, given, batch=batch)))
            rows += batch.num_rows
    _check_tallies(desk, given)
    columns = tuple(given.layout.places)
    return PackageFile(
        table=table.name, name=path.name, sha256=sha256_of(path), rows=rows, source_columns=columns
    )


def _schema(table: SupplierTable) -> pa.Schema:
    import pyarrow as pa

    return pa.schema([(name, pa.string()) for name in table.package])


def _named(desk: _Desk, given: _Input, *, batch: pa.Table) -> pa.Table:
    """Take the columns of the card out of a batch, under the card's names; trimmed when the card says so."""
    import pyarrow as pa
    import pyarrow.compute as pc

    columns = {name: batch.column(place) for name, place in given.layout.places.items()}
    if desk.card.trim:
        columns = {name: pc.utf8_trim_whitespace(values) for name, values in columns.items()}
    return pa.table(columns)


def _packed(desk: _Desk, given: _Input, *, rows: pa.Table) -> pa.Table:
    """Return the package columns of some rows. Raises BadDelivery when a verbatim one holds an identity."""
    import pyarrow as pa

    from das_analysis.intake.plain import distinct, fault_of_plain

    columns = {name: desk.sealer.column(rows, column) for name, column in given.table.package.items()}
    for name, column in given.table.package.items():
        fault = fault_of_plain(distinct(columns[name])) if column.how == "verbatim" else None
        if fault:
            where = f"{given.source.name}, column {name}"
            raise BadDelivery(
                f"a column holds {fault}", where=where, todo="take it out: this column travels as it is"
            )
    return pa.table(columns, schema=_schema(given.table))


def _check_tallies(desk: _Desk, given: _Input) -> None:
    """Raise BadDelivery when so many numbers of one column are unusable that columns must have been swapped.

    One unusable number never refuses a file: that is a typing error, and its row is marked.
    """
    for name, tally in desk.sealer.tallies.items():
        if tally.unusable > max(1, desk.card.max_bad_identity_share * tally.filled):
            column = given.table.package[name]
            columns = ", ".join(p.column for p in column.parts if p.column)
            raise BadDelivery(
                f"{tally.unusable} of {tally.filled} values cannot be used as {column.kind}",
                where=f"{given.source.name}, column {columns}",
                todo="look whether columns were swapped, or numbers were changed by a spreadsheet",
            )
