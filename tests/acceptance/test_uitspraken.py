"""Published decisions from XML to a snapshot and to RDF: made-up ones, and fifteen real ones where they are.

The real files stay where they are; nothing of them is in this repository.
"""

import re
from collections import Counter
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

import pytest

from das_analysis.cli.keys import make_keys
from das_analysis.intake import deliver, findings, receive, validate
from das_analysis.lake import freeze, open_lake
from das_analysis.linkage import link
from das_analysis.model import load_model
from das_analysis.query import measure, years
from das_analysis.semantic.terms import code_iri, row_prefix, slot_iri, term
from das_analysis.vault import pseudonymise

SPEC = spec_from_file_location(
    "judgments_of_acceptance", Path(__file__).parents[1] / "spec" / "deliver" / "judgments.py"
)
made_up = module_from_spec(SPEC)
SPEC.loader.exec_module(made_up)

LINKS = "http://deeplink.rechtspraak.nl/uitspraak?id="
FIRST, APPEAL, OPINION = "ECLI:NL:RBAMS:2024:1", "ECLI:NL:GHAMS:2024:22", "ECLI:NL:PHR:2024:333"
OTHER = "ECLI:NL:RBAMS:2024:55555"
CONCLUSIE = f'<dcterms:type resourceIdentifier="{made_up.PSI}conclusie">Conclusie</dcterms:type>'
NUMBER = "13/654321-23"
ROLL = (
    "ROLNR;PARKETNR;INSTANTIE;GERECHT;KAMER;EERSTE_ZITTING;UITSPRAAKDATUM;WIJZE;ECLI;HOGER_BEROEP_OP;"
    "ONHERROEPELIJK_OP"
)
REGISTERED = f"RBAMS-2024-7;{NUMBER};1;RBAMS;MEERV;2024-02-01;2024-03-01;T;{FIRST};;"


def send(home, supplier, *files, period):
    package = deliver(supplier, files, period=period, keys=home / "keys", target=home / "packages")
    validated = validate(receive([package.path], lake=home / "lake", keys=home / "keys"))
    return validated, pseudonymise(validated, keys=home / "keys")


def keyed(home):
    make_keys(home / "keys")
    return home


@pytest.fixture(scope="module")
def walked(tmp_path_factory):
    """Made-up decisions on one case, three with a fault, and the case as the court registered it."""
    home = keyed(tmp_path_factory.mktemp("uitspraken"))
    appeal = made_up.relation(APPEAL, "hogerBeroep", "latereAanleg", "vernietiging")
    texts = {
        "first": made_up.judgment(
            FIRST,
            "Rechtbank_Amsterdam",
            number=f"{NUMBER} (tul)",
            extra=appeal
            + made_up.law("1.0:v:BWB:BWBR0001854&amp;artikel=310", "Wetboek van Strafrecht 310")
            + made_up.law("CVDR1/1", "Apv 2:1", "cvdr"),
            subject="<dcterms:subject>Strafrecht</dcterms:subject><dcterms:subject>Anders</dcterms:subject>",
        ),
        "second": made_up.judgment(
            APPEAL,
            "Gerechtshof_Amsterdam",
            number="23-000001-24",
            procedure="<psi:procedure>Hoger beroep</psi:procedure>",
        ),
        "third": made_up.judgment(
            OPINION,
            "Parket_bij_de_Hoge_Raad",
            number="24/00001",
            procedure="",
            type=CONCLUSIE,
        ),
        "wrong": made_up.judgment(
            "ECLI:NL:HR:2024:4444", "Hoge_Raad_der_Nederlanden", number="24/00002", type=CONCLUSIE
        ),
        "other": made_up.judgment(
            OTHER,
            "Rechtbank_Amsterdam",
            number="AWB 24/1",
            subject="<dcterms:subject>Bestuursrecht; Vreemdelingenrecht</dcterms:subject>",
        ),
        "unknown": made_up.judgment(
            "ECLI:NL:RVS:2024:4", "Raad_van_State", number="202400001/1", extra=appeal
        ),
    }
    for name, text in texts.items():
        (home / f"{name}.xml").write_text(text, encoding="utf-8")
    (home / "zaken.csv").write_text(f"{ROLL}\n{REGISTERED}\n", encoding="utf-8")
    published, one = send(home, "uitspraken", *(home / f"{name}.xml" for name in texts), period="2024")
    _, other = send(home, "rechtspraak", home / "zaken.csv", period="2024")
    linked = link([one, other])
    freeze(linked, "made-up")
    return SimpleNamespace(lake=home / "lake", validated=published, tables=open_lake(lake=home / "lake"))


def by_ecli(lake):
    published = lake.court_cases.filter(lake.court_cases.publication_code.notnull()).to_pandas()
    return published.set_index("ecli").astype(object).where(lambda frame: frame.notna(), None)


def test_every_row_is_accounted_for(walked):
    done = walked.validated
    assert (done.rows_in, done.rows_validated, done.rows_held) == (6 + 2 + 2, 4 + 1 + 2, 2 + 1)
    found = findings(walked.lake, supplier="uitspraken")
    places = found["source_table"] + " " + found["row"].astype(str)  # rows are in the order of file names
    rules = set(zip(places, found["rule_id"], strict=True))
    assert {place for place, hard in zip(places, found["severity"] == "hard", strict=True) if hard} == {
        "uitspraken 5",
        "uitspraken 6",
        "relaties 2",
    }
    assert ("uitspraken 5", "court_case.court_code.code") in rules
    assert ("uitspraken 6", "opinion_of_a_court") in rules
    assert [place for place, rule in rules if rule == "publication_outside_criminal_law"] == ["uitspraken 2"]


def test_a_decision_is_a_court_case(walked):
    rows = by_ecli(walked.tables)
    assert set(rows.index) == {FIRST, APPEAL, OPINION, OTHER}
    columns = ["court_code", "instance_code", "publication_code", "procedure_text", "subject_text"]
    assert rows.loc[FIRST, columns].to_list() == [
        "RBAMS",
        "EA",
        "UIT",
        "Eerste aanleg - meervoudig",
        "Strafrecht; Anders",
    ]
    assert rows.loc[APPEAL, columns].to_list() == ["GHAMS", "HB", "UIT", "Hoger beroep", "Strafrecht"]
    assert rows.loc[OPINION, columns].to_list() == ["PHR", "CAS", "CON", None, "Strafrecht"]
    assert {str(day)[:10] for day in rows["verdict_on"]} == {"2024-03-01"}
    assert rows["docket_key"].is_unique
    assert rows["docket_key"].notna().all()


def test_its_relations_and_laws_are_read_without_loss(walked):
    (relation,) = walked.tables.case_relations.to_pandas().to_dict("records")
    assert relation["court_case_key"] == by_ecli(walked.tables).loc[FIRST, "court_case_key"]
    assert relation["related_ecli"] == APPEAL
    assert (relation["relation_code"], relation["order_code"]) == ("HB", "LATER")
    assert relation["effect_text"].endswith("gevolg#vernietiging")
    laws = walked.tables.law_references.to_pandas().sort_values("reference_number")
    assert laws["law_text"].to_list() == ["1.0:v:BWB:BWBR0001854&artikel=310", "CVDR1/1"]
    assert laws["citation_text"].to_list() == ["Wetboek van Strafrecht 310", "Apv 2:1"]


def test_it_meets_the_case_that_the_court_registered_and_does_not_count_again(walked):
    cases = walked.tables.court_cases.to_pandas()
    assert Counter(cases["ecli"])[FIRST] == 2
    assert cases["court_case_key"].is_unique
    found = measure("court_verdicts", walked.tables, over=years(2024, 2024))
    assert found.frame["value"].to_list() == [1]


def test_nothing_of_the_text_or_the_number_is_in_the_lake(walked):
    held = b"".join(p.read_bytes() for p in walked.lake.rglob("*") if p.is_file())
    assert b"veroordeeld" not in held
    for number in (NUMBER, NUMBER.replace("/", "").replace("-", ""), "202400001/1"):
        assert number.encode() not in held


def test_its_address_is_an_iri_in_rdf(walked):
    assert_addresses(walked.tables, {FIRST, APPEAL, OPINION, OTHER})


def assert_addresses(lake, eclis):
    """As semantic/terms has it: what the ECLI of a row is in RDF, written and read back by pyoxigraph."""
    import pyoxigraph

    columns = load_model().tables["court_case"].columns
    ecli, court = term(columns["ecli"]), term(columns["court_code"])
    assert (ecli.form, ecli.prefix) == ("iri", LINKS)
    rows = by_ecli(lake)
    lines = []
    for name, row in rows.iterrows():
        subject = f"<{row_prefix('court_case')}{row.court_case_key}>"
        lines += [f"{subject} <{slot_iri('ecli')}> <{ecli.prefix}{name}> ."]
        lines += [f"{subject} <{slot_iri('court_code')}> <{court.prefix}{row.court_code}> ."]
    store = pyoxigraph.Store()
    store.load("\n".join(lines).encode(), format=pyoxigraph.RdfFormat.N_TRIPLES)

    def objects(slot):
        return {
            q.object.value for q in store.quads_for_pattern(None, pyoxigraph.NamedNode(slot_iri(slot)), None)
        }

    assert objects("ecli") == {LINKS + name for name in eclis}
    assert objects("court_code") == {code_iri("Court", code) for code in rows["court_code"]}


# ------------------------------------------------------------------------------------------ the real ones


@pytest.fixture(scope="module")
def texts(shared):
    return {p.name: p.read_text(encoding="utf-8") for p in sorted((shared / "data" / "ecli").glob("*.xml"))}


@pytest.fixture(scope="module")
def real(shared, tmp_path_factory):
    home = keyed(tmp_path_factory.mktemp("real"))
    files = sorted((shared / "data" / "ecli").glob("*.xml"))
    validated, done = send(home, "uitspraken", *files, period="2014")
    freeze(link([done]), "real")
    return SimpleNamespace(lake=home / "lake", validated=validated, tables=open_lake(lake=home / "lake"))


def said(text, element):
    """What a plain reading of one file finds in its metadata, without any of our code."""
    head = text.partition("</rdf:Description>")[0]
    return re.findall(rf"<{element}(?: [^>]*)?>([^<]*)</{element}>", head)


@pytest.mark.shared
def test_all_fifteen_become_court_cases(real, texts):
    done = real.validated
    assert len(texts) == 15
    assert (done.rows_in, done.rows_validated, done.rows_held) == (30, 30, 0)
    rows = by_ecli(real.tables)
    found = {
        ecli: (row.court_code, str(row.verdict_on)[:10], row.procedure_text, row.subject_text)
        for ecli, row in rows.iterrows()
    }
    assert found == {
        said(text, "dcterms:identifier")[0]: (
            said(text, "dcterms:identifier")[0].split(":")[2],
            said(text, "dcterms:date")[0],
            next(iter(said(text, "psi:procedure")), None),
            said(text, "dcterms:subject")[0],
        )
        for text in texts.values()
    }
    assert rows["docket_key"].nunique() == len({said(t, "psi:zaaknummer")[0] for t in texts.values()}) == 15


@pytest.mark.shared
def test_opinions_are_told_from_decisions(real):
    rows = by_ecli(real.tables)
    assert Counter(rows["publication_code"]) == {"UIT": 12, "CON": 3}
    assert Counter(rows["instance_code"]) == {"CAS": 9, "EA": 4, "HB": 2}
    assert set(rows.query("publication_code == 'CON'")["court_code"]) == {"PHR"}


@pytest.mark.shared
def test_what_they_refer_to_is_read_without_loss(real, texts):
    relations, laws = real.tables.case_relations.to_pandas(), real.tables.law_references.to_pandas()
    whole = "\n".join(texts.values())
    assert Counter(relations["related_ecli"]) == Counter(
        re.findall(r'relation ecli:resourceIdentifier="([^"]+)"', whole)
    )
    given = [
        ref.replace("&amp;", "&") for ref in re.findall(r'references bwb:resourceIdentifier="([^"]+)"', whole)
    ]
    assert Counter(laws["law_text"]) == Counter(given)
    assert len(relations) == 6
    assert len(laws) == 9


@pytest.mark.shared
def test_the_one_outside_criminal_law_is_warned_of(real):
    found = findings(real.lake, supplier="uitspraken")
    assert set(found["severity"]) == {"soft"}
    assert Counter(found["rule_id"])["publication_outside_criminal_law"] == 1


@pytest.mark.shared
def test_all_fifteen_have_their_address_in_rdf(real, texts):
    assert_addresses(real.tables, {said(text, "dcterms:identifier")[0] for text in texts.values()})
