"""The gate of the host: packages in, deliveries kept whole and unread; or all refused, by name and reason."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from das_analysis.disk import sync
from das_analysis.errors import BadDelivery, Refused
from das_analysis.flow import Delivery, Provenance
from das_analysis.intake.package import MANIFEST, copy_hashed, partial_folder
from das_analysis.intake.shown import shown
from das_analysis.intake.signers import Trusted, trusted
from das_analysis.intake.unchanged import changed_files
from das_analysis.keys.holder import alliance_of
from das_analysis.lake import Room, enter, files, folder, hold, replace
from das_analysis.lake.provenance import actor, code_version, now
from das_analysis.model import Model, load_model

if TYPE_CHECKING:
    import pyarrow as pa

    from das_analysis.intake.trust import Checked

Progress = Callable[[str, int, int], None]
_ZONE, _TABLE = "received", "delivery"
_LISTED = 20  # refusals that are told one by one


def receive(
    packages: Iterable[Path | str],
    *,
    lake: Path,
    keys: Path,
    model: Model | None = None,
    progress: Progress | None = None,
) -> list[Delivery]:
    """Check packages whole, keep all of them or none, and return their deliveries in the order given.

    `keys` is the host's folder of keys: its `signers.json` says whose signature is believed. A package that
    was received before is returned as it is; what was damaged of it since is brought back. Raises
    BadDelivery, naming each package that is refused and why, also one whose size is far from its history;
    NoPermission when an agreement has ended or a signer is not trusted; TryAgain when the lake is being
    written or the disk is full.
    """
    paths = list(dict.fromkeys(Path(p) for p in packages))
    tell = progress or (lambda *_: None)
    if not paths:
        raise BadDelivery("no packages to receive", todo="give the folders that das deliver made")
    model = model or load_model()
    checked = _check_all(paths, model, signers=trusted(keys), tell=tell)
    room = enter(lake, "intake")
    with hold(room, "receive"):
        rows = _rows(room)
        known = {row["delivery_id"] for row in rows}
        fresh = {c.manifest.delivery_id: c for c in checked if c.manifest.delivery_id not in known}
        _check_conflicts(checked, rows)
        _check_volumes(room, list(fresh.values()), rows=rows, model=model)
        _keep(room, [*fresh.values(), *_damaged(room, checked, known=known)], tell=tell)
        if fresh:
            replace(room, _ZONE, table=_TABLE, rows=_new_rows(list(fresh.values())), deliveries=list(fresh))
    found = {d.delivery_id: d for d in find_deliveries(lake)}
    return [found[i] for i in dict.fromkeys(c.manifest.delivery_id for c in checked)]


def find_deliveries(lake: Path, supplier: str | None = None, *, period: str | None = None) -> list[Delivery]:
    """Return what a lake has received, by supplier, period and sequence number; of one of them if asked."""
    found = [_delivery(lake, row) for row in _rows(enter(lake, "intake"))]
    wanted = [d for d in found if supplier in (None, d.supplier) and period in (None, d.period)]
    return sorted(wanted, key=lambda d: (d.supplier, d.period, d.sequence))


def _check_all(
    paths: Sequence[Path], model: Model, *, signers: Sequence[Trusted], tell: Progress
) -> list[Checked]:
    from das_analysis.intake.trust import check_package

    checked: list[Checked] = []
    refused: list[tuple[str, Refused]] = []
    for done, path in enumerate(paths, 1):
        try:
            checked.append(check_package(path, model, signers=signers))
        except Refused as refusal:
            refused.append((shown(path.name), refusal))
        except OSError:
            refused.append(
                (shown(path.name), BadDelivery("a file cannot be read", todo="look at its rights"))
            )
        tell("check", done, len(paths))
    _raise_refusals(refused, len(paths))
    return checked


def _raise_refusals(refused: Sequence[tuple[str, Refused]], packages: int) -> None:
    """Raise one refusal for all: a single one as it is, with the package's name."""
    if len(refused) == 1:
        name, only = refused[0]
        where = f"package {name}" + (f": {only.where}" if only.where else "")
        raise type(only)(f"{only.what}; nothing was kept", where=where, todo=only.todo)
    if refused:
        lines = [
            f"  {name}: {r.what}" + (f" ({r.where})" if r.where else "") for name, r in refused[:_LISTED]
        ]
        more = [f"  and {len(refused) - _LISTED} more"] if len(refused) > _LISTED else []
        what = f"{len(refused)} of {packages} packages are refused; nothing was kept"
        raise BadDelivery("\n".join([what, *lines, *more]), todo="leave them out, or have them made again")


def _check_conflicts(checked: Sequence[Checked], rows: Sequence[dict[str, Any]]) -> None:
    """Two contents cannot have one name, and all suppliers of a lake have their keys from one alliance."""
    seen = {(r["supplier"], r["period"], r["sequence"]): r["delivery_id"] for r in rows}
    alliances = {alliance_of(r["key_id"]) for r in rows}
    refused: list[tuple[str, Refused]] = []
    for package in checked:
        m = package.manifest
        alliances = alliances or {alliance_of(m.key_id)}
        if seen.setdefault((m.supplier, m.period, m.sequence), m.delivery_id) != m.delivery_id:
            what = "other content was received under this supplier, period and sequence number"
            todo = f"send it as a correction with --sequence {m.sequence + 1}"
            refused.append((shown(package.path.name), BadDelivery(what, todo=todo)))
        elif alliance_of(m.key_id) not in alliances:
            what = "sealed with a key of another alliance: its persons and cases would not be found again"
            todo = "deliver again with the key that the key holder gave"
            refused.append((shown(package.path.name), BadDelivery(what, todo=todo)))
    _raise_refusals(refused, len(checked))


def _check_volumes(
    room: Room, packages: Sequence[Checked], *, rows: Sequence[dict[str, Any]], model: Model
) -> None:
    """A file whose size is far from its supplier's history is for a person to look at first."""
    from das_analysis.intake.trust import read_manifest
    from das_analysis.intake.volume import check_volume

    home, suppliers = folder(room, _ZONE), {p.manifest.supplier for p in packages}
    kept = [home / row["delivery_id"] for row in rows if row["supplier"] in suppliers]
    past = [read_manifest(path) for path in kept if (path / MANIFEST).is_file()]
    known = [*past, *(package.manifest for package in packages)]
    refused: list[tuple[str, Refused]] = []
    for package in packages:
        try:
            check_volume(model.suppliers[package.manifest.supplier], package.manifest, others=known)
        except Refused as refusal:
            refused.append((shown(package.path.name), refusal))
    _raise_refusals(refused, len(packages))


def _damaged(room: Room, checked: Sequence[Checked], *, known: Collection[str]) -> list[Checked]:
    """Return the packages that were received before, and whose files are no longer as they came."""
    home = folder(room, _ZONE)
    again = {c.manifest.delivery_id: c for c in checked if c.manifest.delivery_id in known}
    return [c for name, c in again.items() if changed_files(home / name, c.manifest.digest)]


def _keep(room: Room, packages: Sequence[Checked], *, tell: Progress) -> None:
    """Copy every package into the zone, then give all copies their names."""
    if not packages:
        return
    home = folder(room, _ZONE, write=True)
    with partial_folder(home) as partial:
        for done, package in enumerate(packages, 1):
            _copy(package, partial / package.manifest.delivery_id)
            tell("keep", done, len(packages))
        for copy in list(partial.iterdir()):
            final = home / copy.name
            if final.exists():  # renamed, but never committed
                shutil.rmtree(final)
            copy.rename(final)
        sync(home)


def _copy(package: Checked, target: Path) -> None:
    """Copy one package. What is written is hashed: a file that changed after its check is not kept."""
    target.mkdir()
    for file in package.manifest.files:
        if copy_hashed(package.path / file.name, target / file.name) != file.sha256:
            where = f"package {shown(package.path.name)}: {file.name}"
            raise BadDelivery(
                "a file changed while it was received; nothing was kept", where=where, todo="copy it again"
            )
    for name, content in package.papers.items():
        (target / name).write_bytes(content)
        sync(target / name)
    sync(target)


def _new_rows(packages: Sequence[Checked]) -> pa.Table:
    import pyarrow as pa

    moment, who, code = now(), actor(), code_version()
    rows = [
        {
            "delivery_id": m.delivery_id,
            "supplier": m.supplier,
            "period": m.period,
            "sequence": m.sequence,
            "model_version": f"{m.model}+{m.model_digest[:12]}",
            "card_version": m.card,
            "key_id": m.key_id,
            "package_sha256": m.digest,
            "rows": m.rows,
            "received_at": moment,
            "received_by": who,
            "code": code,
        }
        for m in (package.manifest for package in packages)
    ]
    numbers = {"sequence": pa.int32(), "rows": pa.int64()}
    return pa.Table.from_pylist(rows, pa.schema([(n, numbers.get(n, pa.string())) for n in rows[0]]))


def _rows(room: Room) -> list[dict[str, Any]]:
    paths = files(room, _ZONE, table=_TABLE)
    if not paths:
        return []
    import pyarrow.dataset as ds

    rows: list[dict[str, Any]] = ds.dataset(paths, format="parquet").to_table().to_pylist()
    return rows


def _delivery(lake: Path, row: dict[str, Any]) -> Delivery:
    made = Provenance(
        actor=row["received_by"],
        at=row["received_at"],
        code=row["code"],
        model=row["model_version"],
        inputs=(row["package_sha256"],),
    )
    return Delivery(
        lake=lake,
        delivery_id=row["delivery_id"],
        supplier=row["supplier"],
        period=row["period"],
        sequence=row["sequence"],
        rows=row["rows"],
        provenance=made,
    )
