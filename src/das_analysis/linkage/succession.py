"""Who was who, carried over a rotation of the host's key: marks of old pseudonyms become marks of the new."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from das_analysis.errors import Refused
from das_analysis.lake import Room, files
from das_analysis.lake.sql import literal, scan
from das_analysis.linkage.kept import find_linked
from das_analysis.linkage.work import Before
from das_analysis.model import Model

HEADS = {"skn_key": "'1'", "bsn_key": "'2'", "register_key": "'3' || supplier || ':'", "name_key": "'4'"}


def carried_over(before: Before, room: Room, *, model: Model, version: int) -> Before:
    """Return who was who in terms of the pseudonyms of `version`; what has no successor keeps its mark.

    Raises Refused when the vault has not noted successors for every delivery of the last run: without them
    everybody of theirs would become somebody else.
    """
    if before.key_version == version:
        return before
    paths = files(room, "succession", table="succession")
    if not paths or _without(room, paths, versions=(before.key_version, version)):
        raise Refused(
            "the host's key was changed, and nothing says which pseudonym followed which",
            where=f"versions {before.key_version} and {version}",
            todo="bring back the key file with both versions, and run das pseudonymise again",
        )
    steps = f"from_version = {before.key_version:d} AND to_version = {version:d}"
    renamed = " UNION ".join(
        f"""SELECT md5({head} || old_key) AS marker, md5({head} || new_key) AS new_marker
            FROM {scan(paths)} WHERE {steps} AND kind = {literal(kind)}"""
        for kind, head in sorted(set(_heads(model)))
    )
    register = f"""SELECT coalesce(new_marker, marker) AS marker, person_key, is_live
        FROM ({before.register}) LEFT JOIN ({renamed}) USING (marker)"""
    return replace(before, register=register)


def _without(room: Room, paths: Sequence[str], *, versions: tuple[int, int]) -> set[str]:
    """Deliveries of the last run with rows in the lake that no pair of these versions was noted for."""
    import pyarrow.dataset as ds

    steps = (ds.field("from_version") == versions[0]) & (ds.field("to_version") == versions[1])
    noted = ds.dataset(paths, format="parquet").to_table(["delivery_id"], filter=steps)["delivery_id"]
    there = ds.dataset(files(room, "pseudonymised", table="delivery"), format="parquet")
    held = there.to_table(["delivery_id"], filter=ds.field("rows") > 0)["delivery_id"]
    return {*held.to_pylist()} & {*find_linked(room.root).provenance.inputs} - {*noted.unique().to_pylist()}


def _heads(model: Model) -> Iterator[tuple[str, str]]:
    """By kind what stands before a pseudonym in a text that leads to a person (see persons.py), as SQL."""
    for table in (t for t in model.tables.values() if "person_key" in t.columns):
        for column, head in HEADS.items():
            if column in table.columns:
                yield table.columns[column].kind or "", head
        if table.key:
            yield table.columns[table.key].kind or "", f"'5/{table.name}/' || supplier || '/'"
