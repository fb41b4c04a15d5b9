"""das export: the data in the words of the web."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from das_analysis.cli.options import PATH, lake_option
from das_analysis.cli.terminal import progress, say

BASE_HELP = "What the IRIs of rows begin with."


@click.group()
def export() -> None:
    """Snapshots and releases as RDF, with their vocabulary."""


@export.command()
@lake_option
@click.option("--snapshot", default="latest", show_default=True)
@click.option("--to", "target", type=PATH, required=True, help="A folder: new, or of the same export.")
@click.option(
    "--format",
    "syntax",
    type=click.Choice(["nq", "nt", "ttl", "jsonld"]),
    default="nq",
    show_default=True,
    help="N-Quads and JSON-LD name the snapshot's graph; N-Triples and Turtle cannot.",
)
@click.option("--compress", type=click.Choice(["zstd", "gzip", "none"]), default="zstd", show_default=True)
@click.option("--base", default="https://w3id.org/das/id/", show_default=True, help=BASE_HELP)
@click.option("--tables", default="", help="Only these, apart by commas: cases,sanctions.")
@click.option("--cohort", type=PATH, help="A file with keys of persons or cases, one a line.")
def rdf(*, lake: Path, snapshot: str, target: Path, tables: str, cohort: Path | None, **form: Any) -> None:
    """Write a snapshot, or a cohort of it, as RDF; the same command goes on after a stop.

    \b
    Example:  das export rdf --to rdf/2026-09
              das export rdf --to rdf/women --cohort keys.txt --format ttl --compress none
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.lake import open_lake
    from das_analysis.semantic.cohort import read_cohort
    from das_analysis.semantic.export import Form, export_rdf

    opened, chosen = open_lake(snapshot, lake=lake), ""
    if cohort:
        opened, chosen = read_cohort(opened, cohort)
    wanted = tuple(filter(None, tables.split(",")))
    with progress() as tell:
        done = export_rdf(opened, target, form=Form(tables=wanted, cohort=chosen, **form), progress=tell)
    say(f"{done.rows:,} rows, {done.triples:,} triples in {len(done.files)} files: {target}/manifest.json")


@export.command()
@lake_option
@click.option("--to", "target", type=PATH, required=True, help="The file to write, Turtle.")
@click.option("--publisher", default="Data Alliantie Strafrechtketen", show_default=True)
@click.option("--mail", required=True, help="Where questions about the data go.")
@click.option("--base", default="https://w3id.org/das/id/", show_default=True, help=BASE_HELP)
def catalogue(*, lake: Path, target: Path, publisher: str, mail: str, base: str) -> None:
    """Write the catalogue of snapshots and releases, DCAT-AP-NL.

    \b
    Example:  das export catalogue --to catalogue.ttl --mail data@example.org
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.disclosure import find_releases
    from das_analysis.lake import snapshots
    from das_analysis.semantic.catalogue import Publisher
    from das_analysis.semantic.catalogue import catalogue as list_all
    from das_analysis.semantic.manifest import write_file
    from das_analysis.semantic.triples import write

    frozen, released = snapshots(lake), find_releases(lake)
    said = list_all(frozen, released, publisher=Publisher(name=publisher, mail=mail, base=base))
    write_file(target, [write(said, short={"id": base})])
    say(f"{len(frozen)} snapshots, {len(released)} releases: {target}")


@export.command()
@lake_option
@click.option("--to", "target", type=PATH, required=True, help="A folder: a file for each release, Turtle.")
@click.option("--base", default="https://w3id.org/das/id/", show_default=True, help=BASE_HELP)
def releases(*, lake: Path, target: Path, base: str) -> None:
    """Write each released table as an RDF Data Cube: its printed figures, never a nought for a hidden one.

    \b
    Example:  das export releases --to cubes
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.disclosure import find_releases
    from das_analysis.semantic.cube import cube
    from das_analysis.semantic.manifest import write_file
    from das_analysis.semantic.triples import write

    found = find_releases(lake)
    for release, _ in found:
        write_file(target / f"{release.digest}.ttl", [write(cube(release, base))])
    say(f"{len(found)} releases in {target}")
