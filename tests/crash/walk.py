"""A small chain, ready before every step that writes, and what a reader sees of it.

Each step finds something older of its own to replace, so that a mixture of old and new would show.
"""

import hashlib
import json
import os
import pickle
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow.dataset
import pyarrow.parquet as pq

from das_analysis.cli.keys import make_keys
from das_analysis.intake import deliver, find_deliveries, receive, validate
from das_analysis.intake.validate import find_validated
from das_analysis.lake import enter, files, freeze, frozen, snapshots, status
from das_analysis.linkage import link
from das_analysis.linkage.kept import find_linked
from das_analysis.report.provenance import Origin
from das_analysis.report.publish import alone, write_report
from das_analysis.synth import make_deliveries
from das_analysis.vault import find_pseudonymised, pseudonymise, rotate_host_key

CHAIN = {"scale": 0.0002, "years": [2024, 2025], "seed": 7}
COURT, JAIL = "rechtspraak", "dji"
MOMENTS = ("received_at", "received_by", "validated_at", "pseudonymised_at", "valid_from")
RELEASES = Path(__file__).parents[1] / "spec" / "run" / "made_up" / "contents.json"


@dataclass(frozen=True)
class Home:
    """One copy of the chain's folders."""

    root: Path

    @property
    def lake(self):
        return self.root / "lake"

    def seal(self, supplier, year, source="made"):
        given = sorted((self.root / source / supplier / year).glob("*.csv"))
        keys, target = self.root / "keys", self.root / "packages"
        return deliver(supplier, given, period=year, keys=keys, target=target).path

    def deliveries(self, supplier=COURT):
        """The deliveries with as many rows as their files hold today."""
        return [replace(d, rows=self.rows(d)) for d in find_deliveries(self.lake, supplier)]

    def rows(self, delivery):
        kept = (self.lake / "received" / delivery.delivery_id).glob("*.parquet")
        return sum(pq.read_metadata(path).num_rows for path in kept)

    def pseudonymise(self, supplier: str | None = COURT):
        pseudonymise(find_validated(self.lake, supplier=supplier), keys=self.root / "keys")

    def report(self, releases):
        with alone(self.root / "reports" / "made"):
            folder = self.root / "reports" / "made" / "2025" / "0001-a"
            write_report(folder, ORIGIN, contents=releases, period="2025")


ORIGIN = Origin(
    monitor="made",
    notebook="0" * 64,
    parameters={"period": "2025"},
    languages=("nl", "en"),
    snapshot="0001-a",
    snapshot_digest="0" * 64,
    model="1",
    package="1",
    code="1",
    libraries={},
)


def prepare(home):
    """Make the files and the first packages."""
    make_deliveries(home.root / "made", faults=True, **CHAIN)
    make_keys(home.root / "keys")
    for supplier in (COURT, JAIL):
        home.seal(supplier, "2024")
    receive(sorted((home.root / "packages").iterdir()), lake=home.lake, keys=home.root / "keys")


def grow(home):
    """Let the files of the courts hold two rows each, and walk them to a snapshot and a report."""
    whole = home.root / "whole"
    shutil.copytree(home.lake / "received", whole)
    for path in (home.lake / "received").glob(f"{COURT}-*/*.parquet"):
        pq.write_table(pq.read_table(path).slice(0, 2), path)
    validate([without_digest(d) for d in home.deliveries()])
    validate(home.deliveries(JAIL))
    home.pseudonymise()
    home.pseudonymise(JAIL)
    freeze(link(find_pseudonymised(home.lake)), "a")
    for path in (home.lake / "received").glob(f"{COURT}-*/*.parquet"):
        shutil.copy(whole / path.relative_to(home.lake / "received"), path)
    shutil.rmtree(whole)
    home.report({lang: found[:2] for lang, found in releases().items()})


def without_digest(delivery):
    """The delivery as it would be said to be if its cut files were those that came."""
    return replace(delivery, provenance=replace(delivery.provenance, inputs=()))


def releases():
    found = json.loads(RELEASES.read_text(encoding="utf-8"))
    return {
        lang: [{**c, "digest": sha(json.dumps(c).encode())} for c in made] for lang, made in found.items()
    }


# step -> (what must be done before it, the step)
STEPS: dict[str, tuple[Callable[[Home], object], Callable[[Home], object]]] = {
    "deliver": (lambda home: None, lambda home: home.seal(COURT, "2025")),
    "receive": (
        lambda home: (home.seal(COURT, "2025"), home.seal(JAIL, "2025")),
        lambda home: receive(
            sorted((home.root / "packages").iterdir()), lake=home.lake, keys=home.root / "keys"
        ),
    ),
    "validate": (
        lambda home: receive(
            sorted((home.root / "packages").iterdir()), lake=home.lake, keys=home.root / "keys"
        ),
        lambda home: validate(home.deliveries()),
    ),
    "pseudonymise": (lambda home: validate(home.deliveries()), lambda home: home.pseudonymise()),
    "link": (lambda home: home.pseudonymise(), lambda home: link(find_pseudonymised(home.lake))),
    "rotate": (
        lambda home: rotate_host_key(home.root / "keys"),
        lambda home: home.pseudonymise(supplier=None),
    ),
    "freeze": (
        lambda home: link(find_pseudonymised(home.lake)),
        lambda home: [s.name for s in snapshots(home.lake)] == ["a"] and freeze(find_linked(home.lake), "b"),
    ),
    "publish": (lambda home: None, lambda home: home.report(releases())),
}


# ---------------------------------------------------------------- what a reader sees


def look(home):
    """Everything that a reader can see, as digests by name."""
    seen = {f"received/{p}": digest for p, digest in _received(home).items()}
    for zone in ("received", "validated", "quarantine", "pseudonymised", "succession"):
        for table in sorted(p.name for p in (home.lake / zone).glob("*") if (p / "_delta_log").is_dir()):
            seen |= _rows(home, zone, table)
    seen |= _linked(home)
    for snapshot in snapshots(home.lake):
        tables = {name: ref.digest for name, ref in snapshot.tables.items()}
        seen[f"snapshot {snapshot.number}"] = f"{snapshot.name} {snapshot.digest} {sorted(tables.items())}"
    seen["status"] = status(home.lake).to_csv()
    seen["frozen"] = frozen(home.lake).drop(columns="made_at").to_csv()
    seen |= _files(home.root / "packages") | _files(home.root / "reports", whole={"provenance.json"})
    return seen


def _received(home):
    return {
        f"{d.delivery_id}/{path.name}": sha(path.read_bytes())
        for d in find_deliveries(home.lake)
        for path in sorted((home.lake / "received" / d.delivery_id).iterdir())
    }


def _rows(home, zone, table, version=None):
    paths = files(enter(home.lake, "lake"), zone, table=table, version=version)
    if not paths:
        return {}
    rows = sorted(repr(sorted(row.items())) for row in _without_moments(paths).to_pylist())
    return {f"{zone}/{table}": f"{len(rows)} rows, {sha(chr(10).join(rows).encode())}"} if rows else {}


def _without_moments(paths):
    found = pyarrow.dataset.dataset(paths, format="parquet").to_table()
    return found.drop_columns([n for n in found.column_names if n in MOMENTS])


def _linked(home):
    if not (home.lake / "linked" / "linked.json").exists():
        return {}
    seen = {}
    for name, ref in find_linked(home.lake).tables.items():
        seen |= _rows(home, "linked", name, ref.version) | {f"linked {name}": f"{ref.rows} {ref.digest}"}
    return seen


def _files(folder, whole=frozenset()):
    """Files that are not in a hidden folder; of some the name alone, for they hold the moment."""
    paths = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    shown = [p for p in paths if not any(part.startswith(".") for part in p.relative_to(folder).parts)]
    return {
        f"{folder.name}/{p.relative_to(folder)}": "" if p.name in whole else sha(p.read_bytes())
        for p in shown
    }


def sha(data):
    return hashlib.sha256(data).hexdigest()[:16]


# ---------------------------------------------------------------- in a child of its own


def apart(action):
    """Return what `action` returns, out of a child: this process starts no threads, so that it can fork."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        try:
            answer = (True, action())
        except BaseException as error:  # noqa: BLE001 - the parent is told, whatever it was
            answer = (False, f"{type(error).__name__}: {error}")
        with os.fdopen(write, "wb") as pipe:
            pickle.dump(answer, pipe)
        sys.stderr.flush()
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        good, answer = pickle.load(pipe)  # noqa: S301 - what this program's own child wrote
    os.waitpid(child, 0)
    if not good:
        raise RuntimeError(answer)
    return answer
