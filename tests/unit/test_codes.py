"""The code lists say what the sources say: every code, both languages, dates, crosswalks that arrive."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from das_analysis.model import load_model

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "model" / "codes").glob("*.yaml"))
SOURCES = ROOT.parent / "shared" / "domain" / "codes"

# The codes the sources name. A list that others add later is checked for form, not for its codes.
CODES = {
    "AgeClass": "LT18 18_24 25_44 45_64 GE65 ONB",
    "Appellant": "VD OM BEIDE",
    "AppealOutcome": "BEV VERN TW NOV INTR",
    "CaseStream": "EENV INT OND ONDM HB",
    "CassationOutcome": "VERW RO81 RO80A NOV VERN_ZA VERN_VW INTR",
    "ChainPartner": "POL KMAR BOD OM ZM RVDR CJIB AICE DJI 3RO RVDK GI HALT JUSTID NIFP SHN DSK CBS WODC",
    "Chamber": "MK PR KR MKJ EPR MEK MIL RK RC KTR HMK HEK HR ONB",
    "ChargeAlternative": "PRIMAIR SUBSIDIAIR MEER_SUBSIDIAIR",
    "ColumnNeed": "PERSOON KOPPELING TELEENHEID TIJD UITSPLITSING MAAT CONTROLE GEEN",
    "Court": (
        "RBAMS RBDHA RBGEL RBLIM RBMNE RBNHO RBNNE RBOBR RBOVE RBROT RBZWB RBALK RBALM RBARN RBASS RBBRE "
        "RBDOR RBGRO RBHAA RBLEE RBMAA RBMID RBROE RBSGR RBSHE RBUTR RBZLY RBZUT RBONE GHAMS GHARL GHDHA "
        "GHSHE GHARN GHLEE GHSGR HR PHR"
    ),
    "CrimeSource": "POL KMAR BOD",
    "CriminalLaw": "JSR ASR ADO 77B",
    "DetentionInflow": "VH ARR ZM OVP TERUG",
    "DetentionOutflow": "VRIJ VI SCH OVP PP FPC UITZ OVL ONT",
    "DetentionTitle": "VH GS HC VVH_B VVH_T VVH_S GIJZ LIJF ISD TBSP TBS HRVI JVH JD PIJ UITL VB OV",
    "DismissalGround": (
        "01 02 03 04 05 06 07 08 09 20 21 22 23 30 31 32 40 41 42 43 44 50 51 52 53 54 55 56 58 59 70 71 "
        "72 73 74 77 82 83 84 85 86 90 91 92 93 94 95 96 97 98 99"
    ),
    "ExecutionEventKind": (
        "ONTVANGEN_AICE ONHERROEPELIJK OVERGEDRAGEN RETOUR_OM VERJAARD GRATIE OVERLEDEN AANSCHRIJVING "
        "BETAALD BETALINGSREGELING AANMANING_1 AANMANING_2 VERHAAL_MET_DWANGBEVEL "
        "VERHAAL_ZONDER_DWANGBEVEL BUITEN_GEBRUIKSTELLING GIJZELING VERVANGENDE_HECHTENIS ONINBAAR "
        "KWIJTGESCHOLDEN GERETOURNEERD_OM ZELFMELDOPROEP ZELFMELDING SIGNALERING_OPSPORING AANHOUDING "
        "PLAATSING ONVINDBAAR STRAFRESTANT OPDRACHT INTAKE START_TAAKSTRAF GESLAAGD MISLUKT "
        "OMZETTING_VERVANGENDE_HECHTENIS AFGESLOTEN_OVERIG START_TOEZICHT NIVEAU_1 NIVEAU_2 NIVEAU_3 "
        "WAARSCHUWING SCHORSING POSITIEF_BEEINDIGD NEGATIEF_BEEINDIGD OVERIG"
    ),
    "Executor": "DJI 3RO RVDK GI CJIB FPC HALT",
    "ExecutionResult": "GESLAAGD MISLUKT OVERIG",
    "FacilityType": "HVB GEV ISDI PPC JJI FPC FPK PP ED DC",
    "HaltOffence": ("GEWELD VERNIELING VERMOGEN MISDRIJF_OV BALDADIGHEID LEERPLICHT VUURWERK OVERTREDING_OV"),
    "Iccs1": "01 02 03 04 05 06 07 08 09 10 11",
    "Iccs2": (
        "0101 0102 0103 0201 0202 0203 0204 0205 0206 0207 0208 0209 0210 0211 0219 0301 0302 0309 0401 "
        "0409 0501 0502 0503 0504 0509 0601 0602 0609 0701 0702 0703 0704 0709 0801 0802 0803 0804 0805 "
        "0806 0807 0808 0809 0901 0902 0903 0904 0905 0906 0907 0909 1001 1109"
    ),
    "Instance": "EA HB CAS",
    "LegalBasis": "WPG22 WJSG15J WJSG15S CBS33 CBS41 OVERIG",
    "PardonOutcome": "KWIJT VERMIND VERAND AFGEW",
    "PersonKind": "N R",
    "PoliceDisposal": "REPRIMANDE HALT PV GEEN",
    "PoliceOffence": (
        "0.0.0 1.1.1 1.1.2 1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.3.1 1.4.1 1.4.2 1.4.3 1.4.4 1.4.5 1.4.6 1.4.7 "
        "1.5.2 1.6.1 1.6.2 1.6.3 2.1.1 2.2.1 2.4.1 2.4.2 2.5.1 2.5.2 2.6.1 2.6.2 2.6.3 2.6.4 2.6.5 2.6.7 "
        "2.6.8 2.6.9 2.6.10 2.6.11 2.6.12 2.6.13 2.6.14 2.7.2 2.7.3 3.1.1 3.1.2 3.1.3 3.2.1 3.2.2 3.3.2 "
        "3.3.5 3.4.2 3.5.2 3.5.5 3.6.4 3.7.1 3.7.2 3.7.3 3.7.4 3.9.1 3.9.2 3.9.3"
    ),
    "PoliceUnit": "PE01 PE02 PE03 PE04 PE05 PE06 PE07 PE08 PE09 PE10 LE KMAR",
    "PreTrialPhase": "IVZ BEW GVH GVN",
    "Presence": "TEG VER",
    "PriorityCrime": (
        "CYBERCRIME ERNSTIGE_ZEDEN HORIZONTALE_FRAUDE HUISELIJK_GEWELD JIHADISME_TERRORISME KINDERPORNO "
        "MENSENHANDEL MENSENSMOKKEL WITWASSEN WONINGINBRAAK STRAATROOF OVERVAL"
    ),
    "ProsecutionDecisionKind": "DAG OPV SB TRA SEP_T SEP_B SEP_V SEP_A SEP_X VTB VAI OVD ONB",
    "ProsecutionOffice": "AP_NN AP_ON AP_MN AP_NH AP_AMS AP_DHA AP_ROT AP_ZWB AP_OB AP_LIM LP FP CVOM RP PAG",
    "Purpose": "statistiek monitor wetenschappelijk_onderzoek beleidsinformatie",
    "ReinflowReason": "VERZET SB_MISLUKT VOORWAARDEN TRANSACTIE KLACHT NIEUW_FEIT INTREKKING",
    "RiskLevel": "LOW MEDIUM HIGH",
    "RecidivismMeasure": "ALG ERN ZEER VRIJ SPEC",
    "SanctionKind": (
        "GEV GEV_L HEC TAAK_W TAAK_L BOE JDT MDT ORR OBM VBV OPU STO SWF TBS_V TBS_VW PSY PIJ GBM ISD "
        "ONTT ONTN SVM VBM GVM AANW TRA_G TRA_D"
    ),
    "SanctionMode": "OV GV VW",
    "SanctionSource": "OM ZM",
    "SanctionUnit": "DAG MAAND JAAR UUR EUR LEVENSLANG GEEN",
    "Scm2010": (
        "0 1 1.1 1.1.1 1.1.2 1.2 1.2.1 1.2.2 1.2.3 1.3 1.3.1 1.3.2 1.3.3 1.4 1.5 1.6 1.7 1.8 2 2.1 2.1.1 "
        "2.1.2 2.1.3 2.1.5 2.2 2.2.1 2.2.1.1 2.2.1.2 2.2.2 2.2.3 2.2.4 2.2.5 2.2.6 2.3 2.4 2.4.1 2.4.2 "
        "2.4.3 2.4.4 2.4.5 2.4.6 3 3.1 3.2 3.2.1 3.2.2 3.3 3.3.1 3.3.2 3.3.3 3.3.4 3.3.5 3.3.6 3.3.7 3.4 "
        "3.5 3.6 3.7 4 5 5.1 5.2 5.3 5.4 5.5 5.6 5.7 5.8 6 6.1 6.2 6.3 7 9 9.1 9.2"
    ),
    "SecurityLevel": "ZB B N U E",
    "Sex": "M V O",
    "SupervisionGround": "VW SCHORS VI SEP_V SB TBS_VW GBM GVM PP",
    "SupervisionLevel": "1 2 3",
    "SuspectKind": "M V NPO RP",
    "SuspectRole": "DADER MEDEPLEGER MEDEPLICHTIGE UITLOKKER",
    "VictimKind": "N R NAB",
    "VerdictOutcome": "NIET ONBEV NO_OM NO_VD SCHORS VRIJ OVAR_Z OVAR_M SCH_S SCH_Z ONB",
}
LAWS = {
    "Sr": (
        "131 137c 137d 138 138ab 139 140 140a 141 157 177 180 184 188 197 197a 207 208 209 216 225 231 "
        "239 240 240b 241 242 243 244 245 246 247 248 248e 249 250 251 252 253 254b "
        "261 266 273f 282 282a 284 285 285b 287 288 289 300 301 302 "
        "303 306 307 308 310 311 312 317 318 321 322 326 326a 341 350 350a 352 416 417 417bis 420bis "
        "420ter 420quater"
    ),
    "Opw": "10 10a 11 11a 11b",
    "WVW1994": "6 7 8 9 11 41 162 163 175 176",
    "WWM": "55",
    "WED": "6",
}
LISTS, TOTAL = 53, 739

# Dutch name of a source list -> our name; and the two codes that the source had joined into one.
DUTCH = {
    "SCM2010": "Scm2010",
    "Sepotgrond": "DismissalGround",
    "OMBeslissing": "ProsecutionDecisionKind",
    "Einduitspraak": "VerdictOutcome",
    "UitspraakHogerBeroep": "AppealOutcome",
    "UitspraakCassatie": "CassationOutcome",
    "SoortRechter": "Chamber",
    "Instantie": "Instance",
    "WijzeBerechting": "Presence",
    "SoortSanctie": "SanctionKind",
    "SanctieModus": "SanctionMode",
    "DetentieTitel": "DetentionTitle",
    "SoortInrichting": "FacilityType",
    "Beveiligingsniveau": "SecurityLevel",
    "InstroomDetentie": "DetentionInflow",
    "UitstroomDetentie": "DetentionOutflow",
    "PolitieEenheid": "PoliceUnit",
    "Parket": "ProsecutionOffice",
    "Gerecht": "Court",
    "ICCS1": "Iccs1",
    "ICCS2": "Iccs2",
    "Ketenpartner": "ChainPartner",
    "Verwerkingsdoel": "Purpose",
    "WettelijkeGrondslag": "LegalBasis",
    "SoortVerdachte": "SuspectKind",
    "LeeftijdsklasseCBS": "AgeClass",
    "Strafrechtstoepassing": "CriminalLaw",
    "RecidiveMaat": "RecidivismMeasure",
    "Werkstroom": "CaseStream",
}
SPLIT = {"TRA_G___TRA_D": ["TRA_G", "TRA_D"]}

# fact -> the list its codes come from; a fact may name several codes, with a space between them
FACTS = {"hof": "Court", "same_ground_as": "DismissalGround"}


@cache
def lists() -> dict[str, dict[str, Any]]:
    """Name of each enum -> the enum."""
    schemas = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in FILES]
    return {name: enum for schema in schemas for name, enum in schema["enums"].items()}


def codes(name: str) -> dict[str, Any]:
    return lists()[name]["permissible_values"]


def expected() -> dict[str, list[str]]:
    laws = [f"{law} {article}" for law, articles in LAWS.items() for article in articles.split()]
    return {name: text.split() for name, text in CODES.items()} | {"LawArticle": laws}


def facts(code: dict[str, Any]) -> dict[str, str]:
    return code["annotations"]


def everything() -> list[Any]:
    return [(name, code, value) for name in lists() for code, value in codes(name).items()]


def same(what: object, *, where: str) -> None:
    """Nothing is wrong; or the test names what is."""
    assert not what, f"{where}: {what}"


# ------------------------------------------------------------------------------------------ form


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_holds_one_list_named_after_it(path: Path) -> None:
    schema = yaml.safe_load(path.read_text(encoding="utf-8"))
    (name,) = schema["enums"]
    assert name.lower() == path.stem.replace("_", "")
    assert schema["name"] == path.stem
    assert schema["id"] == f"https://w3id.org/das/codes/{path.stem}"
    assert schema["default_prefix"] == "das"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_key_is_written_twice(path: Path) -> None:
    waiting = [yaml.compose(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            twice = [key for key, n in Counter(key.value for key, _ in node.value).items() if n > 1]
            same(twice, where=path.name)
            waiting += [value for _, value in node.value]


def test_codes_and_facts_are_text() -> None:
    same([(n, c) for n, c, _ in everything() if not isinstance(c, str) or not c.strip()], where="codes")
    loose = [
        (n, c) for n, c, v in everything() if not all(f and isinstance(f, str) for f in facts(v).values())
    ]
    same(loose, where="facts")


def test_every_list_and_code_speaks_both_languages() -> None:
    entries = [(name, "", enum) for name, enum in lists().items()] + everything()
    mute = [
        (name, code)
        for name, code, entry in entries
        for text in (
            entry.get("title"),
            entry.get("description"),
            facts(entry).get("title_nl"),
            facts(entry).get("description_nl"),
        )
        if not text or text != text.strip() or "\n" in text
    ]
    same(mute, where="texts")


def test_every_list_names_its_source() -> None:
    same([name for name, enum in lists().items() if not facts(enum).get("source")], where="source")


def test_no_mark_of_the_working_notes_is_left() -> None:
    marked = [p.name for p in FILES if any(m in p.read_text("utf-8") for m in ("[R]", "[V]", "[D]"))]
    same(marked, where="marks")


def test_titles_are_distinct_within_a_list() -> None:
    for name in lists():
        english = Counter(value["title"] for value in codes(name).values())
        dutch = Counter(facts(value)["title_nl"] for value in codes(name).values())
        same([title for title, n in [*english.items(), *dutch.items()] if n > 1], where=name)


# ------------------------------------------------------------------------------------------ dates


def test_dates_are_iso_and_in_order() -> None:
    for name, code, value in everything():
        start, end = (facts(value).get(key) for key in ("valid_from", "valid_until"))
        days = [date.fromisoformat(day) for day in (start, end) if day]
        assert all(len(day) == 10 for day in (start, end) if day), (name, code)
        assert days == sorted(days), (name, code)


def test_dated_codes() -> None:
    assert facts(codes("DismissalGround")["04"])["valid_until"] == "2022-06-30"
    ended = [c for c, v in codes("DismissalGround").items() if "valid_until" in facts(v)]
    assert ended == ["04"]
    assert {facts(codes("Court")[c])["valid_from"] for c in ("RBGEL", "RBOVE")} == {"2013-04-01"}
    old = [c for c, v in codes("LawArticle").items() if "(old)" in v["title"]]
    assert {facts(codes("LawArticle")[c])["valid_until"] for c in old} == {"2024-06-30"}
    assert old == ["Sr 239", "Sr 240b", "Sr 244", "Sr 248e"]
    new = {c for c, v in codes("LawArticle").items() if facts(v).get("valid_from") == "2024-07-01"}
    articles = ("240", "241", "243", "248", "250", "251", "252", "253", "254b")
    assert new == {f"Sr {article}" for article in articles}


@pytest.mark.parametrize("list_", ["Court", "LawArticle"])
def test_a_code_that_ended_hands_over_to_one_that_had_begun_by_then(list_: str) -> None:
    ended = {c: v for c, v in codes(list_).items() if "replaced_by" in facts(v)}
    assert len(ended) == {"Court": 21, "LawArticle": 4}[list_]
    for code, value in ended.items():
        day = date.fromisoformat(facts(value)["valid_until"]) + timedelta(days=1)
        for heir in facts(value)["replaced_by"].split(", "):
            start, end = (facts(codes(list_)[heir]).get(key) for key in ("valid_from", "valid_until"))
            assert (start or "") <= day.isoformat() <= (end or "9999"), (code, heir)


def test_one_article_means_two_things_by_date() -> None:
    articles = load_model().code_lists["LawArticle"].codes
    said = {c: (code.on("2024-06-30"), code.on("2024-07-01")) for c, code in articles.items()}
    changed = {c for c, (old, new) in said.items() if old.title != new.title}
    assert changed == {"Sr 242", "Sr 245", "Sr 246", "Sr 247", "Sr 249"}
    moved = {c: [x.crosswalks["Scm2010"] for x in both] for c, both in said.items() if c in changed}
    assert moved["Sr 246"] == [("3.3.1",), ("3.3.4",)]
    assert moved["Sr 249"] == [("3.3.6",), ("3.3.4",)]
    assert moved["Sr 242"] == [("3.3.2",), ("3.3.2",)]


def test_maxima_change_on_the_day_that_the_law_does() -> None:
    lists = load_model().code_lists
    days = ("2019-12-31", "2020-01-01", "2023-06-30", "2023-07-01")
    said = {
        code: [lists["LawArticle"].codes[code].on(day).facts["first_max_months"] for day in days]
        for code in ("Sr 287", "Sr 285", "WVW1994 8")
    }
    assert said == {
        "Sr 287": ["180", "180", "180", "300"],
        "Sr 285": ["24", "36", "36", "36"],
        "WVW1994 8": ["3", "12", "12", "12"],
    }
    prison, fine = (lists["SanctionKind"].codes[code] for code in ("GEV", "BOE"))
    assert [prison.on(day).facts["max_years"] for day in days] == ["18", "18", "18", "25"]
    assert fine.on("2018-06-01").facts["category_maxima_eur"].split()[:2] == ["415", "4150"]


# ------------------------------------------------------------------------------------------ crosswalks


def test_parents_exist_and_levels_descend() -> None:
    for name, code, value in everything():
        parent = facts(value).get("parent")
        if parent is None:
            continue
        home = lists()[name]["annotations"].get("parent_list", name)
        assert parent in codes(home), (name, code)
        if home == name and "level" in facts(value):
            assert int(facts(codes(name)[parent])["level"]) == int(facts(value)["level"]) - 1, (name, code)


def crosswalks(value: dict[str, Any]) -> dict[str, list[str]]:
    """A fact that begins with a capital is a crosswalk to the list of that name."""
    return {key: text.split(", ") for key, text in facts(value).items() if key[0].isupper()}


def test_crosswalks_arrive() -> None:
    """The compiler refuses a crosswalk that does not; this reads the source without it."""
    named = [(n, c, home, t) for n, c, v in everything() for home, ts in crosswalks(v).items() for t in ts]
    named += [
        (name, code, home, target)
        for name, code, value in everything()
        for key, home in FACTS.items()
        for target in facts(value).get(key, "").split()
    ]
    same([n for n in named if n[2] not in lists() or n[3] not in codes(n[2])], where="crosswalks")
    pairs = {(name, home) for name, _, home, _ in named}
    assert {("PoliceOffence", "Scm2010"), ("Scm2010", "Iccs2"), ("LawArticle", "Scm2010")} <= pairs


def test_iccs_codes_below_a_division_lie_in_it() -> None:
    for name, code, value in everything():
        for iccs in facts(value).get("iccs", "").split():
            assert len(iccs) > 4, (name, code)
            assert iccs[:4] in crosswalks(value)["Iccs2"], (name, code)


def test_dismissals_are_grouped() -> None:
    groups = Counter(facts(v)["group"] for v in codes("DismissalGround").values())
    assert groups == {"technical": 9, "policy": 26, "end_of_penal_order": 15, "administrative": 1}
    for code, value in codes("DismissalGround").items():
        assert ("subgroup" in facts(value)) == (facts(value)["group"] == "policy"), code
    decisions = {facts(v).get("dismissal_group") for v in codes("ProsecutionDecisionKind").values()} - {None}
    assert decisions == set(groups)


def test_sanctions_are_grouped() -> None:
    groups = Counter(facts(v)["group"] for v in codes("SanctionKind").values())
    assert groups == {"main": 8, "additional": 6, "measure": 11, "prosecution": 3}


def test_execution_events_have_a_domain() -> None:
    domains = Counter(facts(v)["domain"] for v in codes("ExecutionEventKind").values())
    assert domains == {"order": 7, "money": 13, "custody": 7, "community_service": 7, "supervision": 9}


def test_the_law_limits_custody_before_trial() -> None:
    days = {code: facts(value)["max_days"] for code, value in codes("PreTrialPhase").items()}
    assert days == {"IVZ": "3", "BEW": "14", "GVH": "90", "GVN": "90"}


def test_maxima_are_months() -> None:
    for code, value in codes("LawArticle").items():
        assert code.endswith(" " + facts(value)["article"]), code
        first, highest = (facts(value).get(key) for key in ("first_max_months", "max_months"))
        assert first is not None or facts(value)["max_months_verified"] == "no", code
        assert 0 < int(first or 1) <= int(highest or 1) <= 360, code


# ------------------------------------------------------------------------------------------ complete


@pytest.mark.parametrize("name", sorted(expected()))
def test_no_code_is_lost_or_made_up(name: str) -> None:
    assert list(codes(name)) == expected()[name]


def test_totals() -> None:
    assert len(expected()) == LISTS
    assert sum(len(codes(name)) for name in expected()) == TOTAL


shared = pytest.mark.skipif(not SOURCES.is_dir(), reason="the source lists are not beside the checkout")


@pytest.mark.shared
@shared
def test_the_lists_agree_with_the_source_enums() -> None:
    source = yaml.safe_load((SOURCES / "enums.yaml").read_text(encoding="utf-8"))["enums"]
    assert set(source) == set(DUTCH)
    for dutch, ours in DUTCH.items():
        theirs = [c for code in source[dutch]["permissible_values"] for c in SPLIT.get(code, [code])]
        later = {"Court": "replaced_by"}.get(ours)  # old courts came later, from the text
        assert [c for c, v in codes(ours).items() if later not in facts(v)] == theirs, dutch


def rows(file: str) -> list[dict[str, str]]:
    with (SOURCES / file).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def picked(row: dict[str, str], keys: tuple[str, ...]) -> list[str]:
    return [row.get(key, "") for key in keys]


@pytest.mark.shared
@shared
def test_police_offences_agree_with_the_source() -> None:
    theirs = {row["code"]: picked(row, ("nl", "bvh_codes")) for row in rows("politie_47018NED.csv")}
    keys = ("title_nl", "bvh_codes")
    assert {code: picked(facts(value), keys) for code, value in codes("PoliceOffence").items()} == theirs


@pytest.mark.shared
@shared
def test_law_articles_agree_with_the_source() -> None:
    columns = ("bwb_id", "highest_max_months_2017", "first_max_months_2017")
    keys = ("bwb_id", "max_months", "first_max_months")
    ours = {c: code.on("2017-05-10") for c, code in load_model().code_lists["LawArticle"].codes.items()}
    theirs = {f"{row['law']} {row['article']}": picked(row, columns) for row in rows("law_articles.csv")}
    assert {c: picked(dict(ours[c].facts), keys) for c in theirs} == theirs


@pytest.mark.shared
@shared
def test_crime_classes_agree_with_the_source() -> None:
    columns = ("parent", "level", "statline_key", "iccs2_design", "iccs1_design")
    theirs = {row["code"]: picked(row, columns) for row in rows("scm2010.csv")}
    ours = {
        code: [
            *picked(facts(value), ("parent", "level", "statline_key")),
            facts(value).get("iccs") or facts(value).get("Iccs2", ""),
            facts(value).get("Iccs1", ""),
        ]
        for code, value in codes("Scm2010").items()
    }
    assert ours == theirs
