"""A desk to try deliveries at: a small made-up model of two suppliers, their files, and a host's lake.

`wijk` delivers two tables every quarter, with semicolons; `hof` one every day, with commas, blanks trimmed.
"""

import csv
import io
import json
import shutil
from dataclasses import dataclass, fields
from datetime import date
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from das_analysis.intake import deliver, find_deliveries, receive
from das_analysis.intake.package import sha256_of
from das_analysis.intake.signers import trust
from das_analysis.intake.signing import new_signer, read_signer, signer_file
from das_analysis.keys import new_holder, new_supplier
from das_analysis.model import Dossier, Kind, Model, PackageColumn, Part, Supplier, SupplierTable, Text
from das_analysis.model.schema import FileColumn

IT = Text("het", "it")
PERSONS = {"Bsn", "Skn", "BirthSexName", "RegisterNumber"}
LOCAL = {"RegisterNumber", "StayNumber"}
KINDS = {
    "Bsn": ("^[0-9]{9}$", "eleven_test"),
    "Skn": ("^[0-9]{8}$", None),
    "BirthSexName": (r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\|[MV]\|[A-Z]+$", None),
    "CaseNumber": ("^[0-9]{10}$", "case_number"),
    "ChargeNumber": ("^[0-9]{10}/[0-9]{1,3}$", "case_number"),
    "RegisterNumber": ("^[A-Za-z0-9-]{1,32}$", None),
    "StayNumber": ("^[A-Za-z0-9-]{6,32}$", None),
}
TERMS = {"reference": "A-1", "valid_from": "2026-01-01", "valid_until": "2099-12-31"}
BSN = (
    "111222333",
    "123456782",
    "010000008",
)  # pass the eleven-test and are nobody's: made up for tests everywhere


def seal(kind, *parts):
    name = f"{kind}:{'+'.join(p.column for p in parts if p.column)}"
    return PackageColumn(name=name, how="seal", parts=parts, kind=kind)


def plain(name):
    return PackageColumn(name=name, how="verbatim", parts=(Part(column=name),))


def table(name, columns, package, optional=()):
    known = {
        c.lstrip("!"): FileColumn(
            name=c.lstrip("!"), about=IT, identifying=c[0] == "!", optional=c.lstrip("!") in optional
        )
        for c in columns.split()
    }
    held = {column.name: column for column in package}
    return SupplierTable(name=name, title=IT, columns=known, package=held, maps=())


def supplier(name, tables, **changed):
    usual = {"id": name, "title": IT, "partner": "P", "version": "1.2", "legal_gate": "L"}
    terms = {"agreement": TERMS, "permission": TERMS, "retention_years": 1, "period": "quarter"}
    terms["purposes"] = ("monitor",)
    layout = {"delimiter": ";", "blank": ("",), "trim": False, "max_bad_identity_share": 0.3}
    return Supplier(**{**usual, **terms, **layout, "tables": {t.name: t for t in tables}, **changed})


def dossier(**changed):
    usual = {"contact": IT, "retention": IT, "transport": IT, "due_days": 30, "volume": {}}
    return Dossier(**{**usual, "permission_by": "Minister", **changed})


BAR = Part(text="|")
WIJK = supplier(
    "wijk",
    [
        table(
            "personen",
            "!BSN !SKN !NAAM !GEBOREN GESLACHT ROL OPMERKING",
            [
                seal("Bsn", Part(column="BSN")),
                seal("Skn", Part(column="SKN")),
                seal(
                    "BirthSexName",
                    *(Part(column="GEBOREN", date="%d-%m-%Y"), BAR, Part(column="GESLACHT"), BAR),
                    Part(column="NAAM", surname=True),
                ),
                PackageColumn(
                    name="month:GEBOREN", how="generalise", parts=(Part(column="GEBOREN", date="%d-%m-%Y"),)
                ),
                *(plain("GESLACHT"), plain("ROL"), plain("OPMERKING")),
            ],
            optional=("OPMERKING",),
        ),
        table(
            "zaken",
            "!PARKETNR VOLGNR DATUM",
            [
                seal("CaseNumber", Part(column="PARKETNR")),
                seal("ChargeNumber", Part(column="PARKETNR"), Part(text="/"), Part(column="VOLGNR")),
                plain("DATUM"),
            ],
        ),
    ],
)
HOF = supplier(
    "hof",
    [
        table(
            "zittingen",
            "!nr !bsn !zaak !naam !geboren sekse",
            [
                seal("RegisterNumber", Part(column="nr")),
                seal("Bsn", Part(column="bsn")),
                seal("CaseNumber", Part(column="zaak")),
                seal(
                    "BirthSexName",
                    *(Part(column="geboren", date="%Y%m%d|%Y-%m-%dT%H:%M:%S"), BAR),
                    *(Part(column="sekse", values={"man": "M", "vrouw": "V", "onbekend": ""}), BAR),
                    Part(column="naam", surname=True),
                ),
                plain("sekse"),
            ],
        )
    ],
    period="day",
    delimiter=",",
    trim=True,
    blank=("", "NULL"),
)


def kind(name):
    pattern, check = KINDS[name]
    about = {"name": name, "title": IT, "definition": IT, "person": name in PERSONS, "local": name in LOCAL}
    return Kind(**about, sealed_pattern=pattern, check=check)


def make_model(*suppliers, version="1.4.0"):
    given = {
        "version": version,
        "digest": "d" * 64,
        "kinds": {name: kind(name) for name in KINDS},
        "suppliers": {s.id: s for s in suppliers or (WIJK, HOF)},
    }
    return Model(**{f.name: given.get(f.name, {}) for f in fields(Model)})


def new_keys(keys, *suppliers, signers=None):
    """Make every key of both sides in one folder; with `signers`, those of that folder sign."""
    new_holder(keys)
    for name in suppliers or ("wijk", "hof"):
        new_supplier(keys, name)
        if not signers:
            trusted(keys, name, new_signer(keys, name))
    if signers:
        shutil.copytree(signers / "signers", keys / "signers")


def trusted(keys, supplier, name, since=date(1900, 1, 1), until=date(2199, 12, 31)):
    """Have the host trust a supplier's key that signs."""
    return trust(keys, signer_file(keys, supplier).with_suffix(".pub"), name=name, since=since, until=until)


def text(rows, delimiter=";"):
    """CSV out of rows that are dictionaries; the first one names the columns."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def person(**changed):
    right = {"BSN": BSN[0], "SKN": "12345678", "NAAM": "de Wit", "GEBOREN": "01-02-1990", "GESLACHT": "M"}
    return {**right, "ROL": "dader", "OPMERKING": "geen", **changed}


def case(**changed):
    return {"PARKETNR": "05/780109-15", "VOLGNR": "1", "DATUM": "20260703", **changed}


def hearing(**changed):
    right = {"nr": "7", "bsn": BSN[0], "zaak": "05-780109-15", "naam": "DE WIT", "geboren": "19900201"}
    return {**right, "sekse": "man", **changed}


@dataclass
class Desk:
    """A folder with a key, files, packages and a lake."""

    home: Path
    model: Model
    key: bool = True

    def __post_init__(self):
        self.keys, self.out, self.lake = self.home / "keys", self.home / "out", self.home / "lake"
        (self.home / "in").mkdir(parents=True, exist_ok=True)
        if self.key and not self.keys.exists():
            new_keys(self.keys, *self.model.suppliers)

    def file(self, name, content):
        """Write an input file: text, bytes, or rows that are dictionaries."""
        path = self.home / "in" / name
        if isinstance(content, list):
            content = text(content, "," if "nr" in content[0] else ";")
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def deliver(self, *contents, supplier="wijk", period=None, **options):
        """Deliver contents (see `file`) or paths. Returns the package."""
        paths = [c if isinstance(c, Path) else self.file(f"{i}.csv", c) for i, c in enumerate(contents)]
        period = period or {"wijk": "2026-Q3", "hof": "2026-09-30"}[supplier]
        given = {"keys": self.keys, "target": self.out, "model": self.model, **options}
        return deliver(supplier, paths, period=period, **given)

    def rows(self, package, name="personen"):
        return pq.read_table(package.path / f"{name}.parquet").to_pylist()

    def receive(self, *packages):
        return receive(
            [getattr(p, "path", p) for p in packages], lake=self.lake, keys=self.keys, model=self.model
        )

    def received(self):
        return find_deliveries(self.lake)

    def state(self):
        """Every file in the target folder and the lake, with its hash; a lock is no content."""
        folders = (self.out, self.lake)
        paths = [p for f in folders for p in f.rglob("*") if p.is_file() and p.name != ".lock"]
        return {str(p.relative_to(self.home)): sha256_of(p) for p in paths}

    def manifest(self, package):
        return json.loads((package.path / "manifest.json").read_text(encoding="utf-8"))

    def forge(self, package, **changed):
        """Change fields of a package's manifest and sign it, as a supplier who means no good would."""
        return self.signed(package, json.dumps({**self.manifest(package), **changed}).encode())

    def signed(self, package, manifest=None):
        """Put the supplier's signature under whatever a package's manifest is, or becomes."""
        path = package.path / "manifest.json"
        path.write_bytes(path.read_bytes() if manifest is None else manifest)
        signature = read_signer(self.keys, package.supplier).sign(path.read_bytes())
        (package.path / "manifest.sig").write_text(signature)
        return package

    def forge_table(self, package, name="personen", **columns):
        """Replace or add columns in a table of a package (cells, or an array); its manifest fits again."""
        path = package.path / f"{name}.parquet"
        found = pq.read_table(path)
        held = {n: found[n] for n in found.column_names}
        given = {n: c if isinstance(c, pa.Array) else pa.array(c, pa.string()) for n, c in columns.items()}
        pq.write_table(pa.table({**held, **given}), path)
        return self.refit(package)

    def refit(self, package):
        """Make hashes of the manifest fit the files again."""
        content = self.manifest(package)
        for file in content["files"]:
            file["sha256"] = sha256((package.path / file["name"]).read_bytes()).hexdigest()
        return self.forge(package, files=content["files"])
