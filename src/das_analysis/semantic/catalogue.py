"""A DCAT-AP-NL catalogue: a dataset for each snapshot, under restrictions, and for each release, open."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from das_analysis.model import Text
from das_analysis.semantic.cube import cube_name
from das_analysis.semantic.ontology import LICENCE, MODEL
from das_analysis.semantic.origin import snapshot_name
from das_analysis.semantic.terms import BASE, graph_iri
from das_analysis.semantic.triples import Said, Value, both
from das_analysis.words import LANGUAGES, t

if TYPE_CHECKING:
    from das_analysis.flow import Release, Snapshot

EU = "http://publications.europa.eu/resource/authority/"
CLOSED = "http://standaarden.overheid.nl/owms/terms/geslotenlicentie"
YEAR = re.compile(r"(?<![0-9a-f])(?:19|20)[0-9]{2}(?![0-9a-f])")
Entered = tuple["Release", str]  # a release, and when it was entered in the ledger


@dataclass(frozen=True, slots=True, kw_only=True)
class Publisher:
    """Who answers for the catalogue, and where questions go."""

    name: str
    mail: str
    base: str = BASE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dataset:
    """What one dataset says of itself; `texts`: title and description in the languages there are."""

    name: str
    identifier: str
    titles: dict[str, str]
    about: dict[str, str]
    right: str
    modified: str
    years: Sequence[str]
    file: str = ""


def catalogue(
    snapshots: Iterable[Snapshot], releases: Iterable[Entered], *, publisher: Publisher
) -> Iterator[Said]:
    """Give the catalogue of a lake: what DCAT-AP-NL asks of a catalogue, its datasets and their files."""
    name = f"{publisher.base}catalogue"
    sets = [_of_snapshot(s, publisher.base) for s in sorted(snapshots, key=lambda s: s.number)]
    sets += [_of_release(r, when, base=publisher.base) for r, when in releases]
    yield name, "rdf:type", "dcat:Catalog"
    yield from both(name, "dcterms:title", text=_text("catalogue_title"))
    yield from both(name, "dcterms:description", text=_text("catalogue_about"))
    yield name, "dcterms:license", LICENCE
    yield from _answerable(name, publisher)
    for one in sets:
        yield name, "dcat:dataset", one.name
        yield from _dataset(one)
        yield from _answerable(one.name, publisher)
    if sets:
        yield name, "dcterms:modified", _moment(max(one.modified for one in sets))


def _text(key: str, **values: str) -> Text:
    return Text(*(t(key, lang, **values) for lang in LANGUAGES))


def _moment(at: str) -> Value:
    return Value(at, "", "xsd:dateTime")


def _of_snapshot(snapshot: Snapshot, base: str) -> _Dataset:
    name, rows = snapshot_name(snapshot), sum(ref.rows for ref in snapshot.tables.values())
    return _Dataset(
        name=graph_iri(name, base),
        identifier=name,
        titles={lang: t("catalogue_snapshot", lang, name=name) for lang in LANGUAGES},
        about={lang: t("catalogue_snapshot_about", lang, rows=f"{rows:,}") for lang in LANGUAGES},
        right="RESTRICTED",
        modified=snapshot.provenance.at,
        years=[year for delivery in snapshot.provenance.inputs for year in YEAR.findall(delivery)],
    )


def _of_release(release: Release, when: str, *, base: str) -> _Dataset:
    """A release speaks one language: its title and definitions stand in that one."""
    content, lang = release.content, release.content["lang"]
    told = dict.fromkeys([*(i["definition"] for i in content["indicators"]), *content["notes"]])
    return _Dataset(
        name=cube_name(release, base),
        identifier=release.digest,
        titles={lang: release.title},
        about={lang: " ".join(told) or release.title},
        right="PUBLIC",
        modified=when,
        years=YEAR.findall(content["period"]),
        file=f"{release.digest}.ttl",
    )


def _dataset(one: _Dataset) -> Iterator[Said]:
    yield one.name, "rdf:type", "dcat:Dataset"
    yield one.name, "dcterms:identifier", Value(one.identifier)
    yield from ((one.name, "dcterms:title", Value(text, lang)) for lang, text in one.titles.items())
    yield from ((one.name, "dcterms:description", Value(text, lang)) for lang, text in one.about.items())
    yield one.name, "dcterms:accessRights", f"{EU}access-right/{one.right}"
    yield one.name, "dcat:theme", f"{EU}data-theme/JUST"
    yield one.name, "dcterms:license", LICENCE if one.file else CLOSED
    yield one.name, "dcterms:conformsTo", MODEL
    yield one.name, "dcterms:spatial", f"{EU}country/NLD"
    yield one.name, "dcterms:modified", _moment(one.modified)
    for lang in one.titles:
        yield one.name, "dcterms:language", f"{EU}language/{'NLD' if lang == 'nl' else 'ENG'}"
    if one.years:
        time = f"{one.name}#time"
        yield one.name, "dcterms:temporal", time
        yield time, "rdf:type", "dcterms:PeriodOfTime"
        yield time, "dcat:startDate", Value(f"{min(one.years)}-01-01", "", "xsd:date")
        yield time, "dcat:endDate", Value(f"{max(one.years)}-12-31", "", "xsd:date")
    if one.file:
        yield from _distribution(one)


def _distribution(one: _Dataset) -> Iterator[Said]:
    name = f"{one.name}#file"
    yield one.name, "dcat:distribution", name
    yield name, "rdf:type", "dcat:Distribution"
    yield from ((name, "dcterms:title", Value(text, lang)) for lang, text in one.titles.items())
    yield name, "dcat:accessURL", f"{one.name.rpartition('/')[0]}/{one.file}"
    yield name, "dcterms:license", LICENCE
    yield name, "dcterms:format", f"{EU}file-type/RDF_TURTLE"
    yield name, "dcat:mediaType", "https://www.iana.org/assignments/media-types/text/turtle"


def _answerable(name: str, publisher: Publisher) -> Iterator[Said]:
    who, contact = f"{publisher.base}publisher", f"{publisher.base}publisher#contact"
    yield name, "dcterms:publisher", who
    yield name, "dcat:contactPoint", contact
    yield who, "rdf:type", "foaf:Agent"
    yield who, "foaf:name", Value(publisher.name)
    yield contact, "rdf:type", "vcard:Organization"
    yield contact, "vcard:fn", Value(publisher.name)
    yield contact, "vcard:hasEmail", f"mailto:{publisher.mail}"
