"""What the host asks of a package before it keeps any: nothing it says is believed, all is looked at."""

from __future__ import annotations

import contextlib
import json
import os
import re
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from das_analysis.errors import BadDelivery, NoPermission
from das_analysis.intake import terms
from das_analysis.intake.package import MANIFEST, SIGNATURE, Manifest, PackageFile, sha256_of
from das_analysis.intake.parquet import parquet_at, sound_batches
from das_analysis.intake.plain import distinct, fault_of_plain
from das_analysis.intake.signers import Trusted, check_signature
from das_analysis.intake.signing import MOST
from das_analysis.intake.terms import check_in_force, check_key, check_period, check_sequence
from das_analysis.keys.keyed import THING
from das_analysis.keys.points import PERSON
from das_analysis.model import Kind, Model, PackageColumn, Supplier, SupplierTable

MAX_MANIFEST = 1 << 20  # bytes
_BATCH = 131_072  # rows
_ASK = "ask the supplier for the package as das deliver made it"
_MARK = r"\A!(?:format|check)\z"
_MONTH = r"\A[0-9]{4}-(?:0[1-9]|1[0-2])\z|\A!format\z"
_HASH = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,80}")
_FIELDS: dict[str, type] = {
    "supplier": str,
    "period": str,
    "sequence": int,
    "model": dict,
    "card": str,
    "key_id": str,
    "files": list,
}
_MODEL_FIELDS: dict[str, type] = {"version": str, "digest": str}
_FILE_FIELDS: dict[str, type] = {
    "table": str,
    "name": str,
    "sha256": str,
    "rows": int,
    "source_columns": list,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A package that can be trusted. `papers`: its manifest and the signature under it, byte for byte."""

    path: Path
    manifest: Manifest
    papers: Mapping[str, bytes]


def check_package(package: Path, model: Model, *, signers: Iterable[Trusted]) -> Checked:
    """Check a package whole; who signed it comes first.

    Raises BadDelivery with the reason; NoPermission when an agreement has ended or the signer is not
    trusted. No text out of the package gets into a message unless the supplier's card holds it too.
    """
    names = _names(package, limit=2 + max(len(card.tables) for card in model.suppliers.values()))
    papers = _papers(package, names)
    signed_by = check_signature(papers[MANIFEST], papers[SIGNATURE], known=signers, on=terms.today())
    manifest = _manifest(papers[MANIFEST])
    card = model.suppliers.get(manifest.supplier)
    if card is None:
        _refuse(
            "the manifest names a supplier that the model does not know", todo="put its card into the model"
        )
    _check_signed_by(signed_by, card)
    check_in_force(card)
    check_key(card, manifest.key_id)
    check_period(card, manifest.period)
    check_sequence(manifest.sequence)
    _check_versions(manifest, card, model=model)
    _check_names(manifest, card, names=names)
    for file in manifest.files:
        _check_file(package, file, table=card.tables[file.table], kinds=model.kinds)
    return Checked(package, manifest, papers)


def read_manifest(package: Path) -> Manifest:
    """Return the manifest of a package that was checked before."""
    return _manifest(_read(package / MANIFEST))


def _refuse(what: str, *, where: str = "", todo: str = _ASK) -> NoReturn:
    raise BadDelivery(what, where=where, todo=todo)


def _names(package: Path, limit: int) -> set[str]:
    """Return the names in the folder: plain files only, and no more of them than a supplier has tables."""
    if package.is_symlink() or not package.is_dir():
        _refuse("not a folder", todo="give the folder that das deliver made, no link to it")
    names: set[str] = set()
    with os.scandir(package) as entries:
        for entry in entries:
            if not stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
                _refuse("a link, a folder or a device in the package")
            names.add(entry.name)
            if len(names) > limit:
                _refuse("more files in the package than any supplier has tables")
    return names


def _papers(package: Path, names: set[str]) -> dict[str, bytes]:
    """Read the manifest and its signature once: what is checked is what is kept."""
    for name, what, most in ((MANIFEST, "manifest", MAX_MANIFEST), (SIGNATURE, "signature", MOST)):
        if name not in names:
            _refuse(f"the package has no {what}")
        if (package / name).stat(follow_symlinks=False).st_size > most:
            _refuse(f"the {what} is larger than {most >> 10} KiB", where=name)
    return {MANIFEST: _read(package / MANIFEST), SIGNATURE: _read(package / SIGNATURE)}


def _read(path: Path) -> bytes:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        return file.read(MAX_MANIFEST + 1)


def _check_signed_by(supplier: str, card: Supplier) -> None:
    if supplier != card.id:
        what = f"the package of supplier {card.id!r} is signed by supplier {supplier!r}"
        raise NoPermission(what, todo=f"only {card.id!r} signs its own packages; find out who made this one")


def _manifest(raw: bytes) -> Manifest:
    content = _fields(_json(raw), _FIELDS)
    made_with = _fields(content["model"], _MODEL_FIELDS)
    files = [_fields(file, _FILE_FIELDS) for file in content["files"]]
    if not all(_WORD.fullmatch(text) for text in (content["card"], content["key_id"], *made_with.values())):
        _refuse("the manifest has a version or a key id that is no word", where=MANIFEST)
    return Manifest(
        supplier=content["supplier"],
        period=content["period"],
        sequence=content["sequence"],
        model=made_with["version"],
        model_digest=made_with["digest"],
        card=content["card"],
        key_id=content["key_id"],
        files=tuple(
            PackageFile(**{**f, "source_columns": tuple(map(str, f["source_columns"]))}) for f in files
        ),
    )


def _json(raw: bytes) -> object:
    found: object = None
    with contextlib.suppress(ValueError, RecursionError):
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_no_name_twice)
    if found is None:
        _refuse("the manifest is not JSON", where=MANIFEST)
    return found


def _no_name_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)


def _fields(value: object, wanted: Mapping[str, type]) -> dict[str, Any]:
    """Return a part of the manifest that has exactly these fields, of these types."""
    if not isinstance(value, dict):
        _refuse("the manifest is not built as a manifest", where=MANIFEST)
    if missing := sorted(wanted.keys() - value.keys()):
        _refuse(f"the manifest misses {', '.join(missing)}", where=MANIFEST)
    if unknown := value.keys() - wanted.keys():
        _refuse(f"the manifest has unknown fields ({len(unknown)})", where=MANIFEST)
    for name, kind in wanted.items():
        if not isinstance(value[name], kind) or isinstance(value[name], bool):
            _refuse(f"the manifest's {name} is not of the right type", where=MANIFEST)
    return value


def _check_versions(manifest: Manifest, card: Supplier, *, model: Model) -> None:
    for what, theirs, ours in (
        ("model", manifest.model, model.version),
        ("card", manifest.card, card.version),
    ):
        if theirs.split(".")[0] != ours.split(".")[0]:
            _refuse(
                f"the package was made with another edition of the {what}",
                where=f"supplier {card.id!r}, here: {what} {ours}",
                todo="bring the older side up to date and deliver again",
            )


def _check_names(manifest: Manifest, card: Supplier, *, names: set[str]) -> None:
    """Refuse unless the files of the folder and of the manifest are the same, and are tables of the card."""
    for file in manifest.files:
        _check_entry(file, card)
    listed = [file.name for file in manifest.files]
    if not listed or len(set(listed)) < len(listed):
        _refuse("the manifest lists no file, or one twice", where=MANIFEST)
    if missing := sorted(set(listed) - names):
        _refuse(f"files of the manifest are not in the package: {', '.join(missing)}")
    if extra := names - {MANIFEST, SIGNATURE, *listed}:
        _refuse(f"files in the package that the manifest does not list ({len(extra)})")


def _check_entry(file: PackageFile, card: Supplier) -> None:
    if "/" in file.name or "\\" in file.name or ".." in file.name:
        _refuse("the manifest names a path instead of a file", where=MANIFEST)
    if file.table not in card.tables or file.name != f"{file.table}.parquet":
        _refuse("the manifest names a file that is no table of the card", where=MANIFEST)
    if not _HASH.fullmatch(file.sha256) or file.rows < 0:
        _refuse("the manifest has a hash or a count that cannot be one", where=f"{MANIFEST}, {file.table}")
    if not set(file.source_columns) <= card.tables[file.table].columns.keys():
        _refuse("the manifest names columns that the card does not have", where=f"{MANIFEST}, {file.table}")


def _check_file(package: Path, file: PackageFile, *, table: SupplierTable, kinds: Mapping[str, Kind]) -> None:
    path = package / file.name
    if sha256_of(path) != file.sha256:
        todo = "copy the package again"
        _refuse("a file is not the one that was sealed: its hash differs", where=file.name, todo=todo)
    with _opened(path, table) as parquet:
        rows = sum(
            _check_batch(b, table, kinds=kinds) for b in sound_batches(parquet, file.name, rows=_BATCH)
        )
    if rows != file.rows:
        where = f"{file.name}: {rows}, manifest: {file.rows}"
        _refuse("the number of rows is not that of the manifest", where=where)
    _check_engine(path, rows=rows)


def _check_engine(path: Path, *, rows: int) -> None:
    """Read a file whole by the engine of the next step too: it refuses damage that Arrow reads past."""
    import duckdb

    every, found = "SELECT hash(*COLUMNS(*)) AS row FROM read_parquet($1)", -1
    with contextlib.suppress(duckdb.Error), duckdb.connect() as con:
        ((found,),) = con.execute(f"SELECT count(row) FROM ({every})", [str(path)]).fetchall()
    if found != rows:
        _refuse("the Parquet file is damaged", where=path.name)


@contextlib.contextmanager
def _opened(path: Path, table: SupplierTable) -> Iterator[pq.ParquetFile]:
    """Open a file of text in the columns of the card. What repeats is read as a dictionary."""
    plain = parquet_at(path)
    if plain is None:
        _refuse("not a Parquet file", where=path.name)
    with plain:
        if sorted(plain.schema_arrow.names) != sorted(table.package):
            _refuse("the columns are not those of the card", where=path.name)
        if any(field.type != pa.string() for field in plain.schema_arrow):
            _refuse("not every column is text", where=path.name)
    repeats = [name for name, column in table.package.items() if column.how == "verbatim"]
    with pq.ParquetFile(path, read_dictionary=repeats) as file:
        yield file


def _check_batch(batch: pa.RecordBatch, table: SupplierTable, *, kinds: Mapping[str, Kind]) -> int:
    """Look at the distinct values of every column, and return the number of rows."""
    for name, column in table.package.items():
        fault = _fault(distinct(batch.column(name)), column, kinds=kinds)
        if fault:
            _refuse(f"{fault} in a package", where=f"{table.name}.parquet, column {name}")
    return int(batch.num_rows)


def _fault(values: pa.Array, column: PackageColumn, *, kinds: Mapping[str, Kind]) -> str | None:
    if column.how == "verbatim":
        return fault_of_plain(values)
    pattern, fault = _MONTH, "a date that was not made a month"
    if column.how == "seal":
        form = PERSON if kinds[column.kind or ""].person else THING
        pattern, fault = f"{form}|{_MARK}", "a raw identity"
    fits = pc.all(pc.match_substring_regex(values, pattern), min_count=0).as_py()
    return None if fits else fault
