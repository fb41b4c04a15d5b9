"""The compiler: what it cannot turn into a check, and what contradicts itself, it refuses by name."""

import copy
import json

import pytest
import yaml

from das_analysis.errors import BadModel
from das_analysis.model.build import build, compile_model
from das_analysis.model.load import from_parts

NL = {"title_nl": "het", "description_nl": "het"}
TEXT = {"title": "it", "description": "it", "annotations": NL}
TYPES = {
    "Date": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "Integer": "^(0|-?[1-9][0-9]{0,8})$",
    "Boolean": "^(true|false)$",
    "Text": "^[a-z ]*$",
    "Pseudonym": "^[a-z][0-9]+[.][a-z2-7]{26}$",
}


def slot(range_, **more):
    notes = more.pop("notes", {})
    return {**TEXT, "range": range_, "in_subset": ["open"], **more, "annotations": {**NL, **notes}}


def kind(**more):
    return {**TEXT, "typeof": "Pseudonym", "annotations": {**NL, "sealed_pattern": "^[0-9]+$", **more}}


def enum(*codes, **more):
    return {**TEXT, "permissible_values": {code: copy.deepcopy(TEXT) for code in codes}, **more}


SCHEMA = {
    "id": "https://example.org/s",
    "name": "s",
    "version": "1.2.3",
    "default_prefix": "s",
    "prefixes": {"s": "https://example.org/s/", "linkml": "https://w3id.org/linkml/"},
    "subsets": {"open": {}, "identifying": {}},
    "types": {
        "string": {"base": "str", "uri": "xsd:string"},
        **{name: {"typeof": "string", "pattern": pattern} for name, pattern in TYPES.items()},
        "Address": {"typeof": "string", "pattern": "^[a-z ]*$", "annotations": {"iri_prefix": "https://a/"}},
        "CaseNumber": kind(),
        "ChargeNumber": kind(),
        "Bsn": kind(check="eleven_test"),
    },
    "enums": {
        "ChainPartner": enum("P"),
        "LegalBasis": enum("L"),
        "Purpose": enum("count", "study"),
        "ColumnNeed": enum("TIJD", "GEEN"),
        "Office": enum("A", "B"),
    },
    "classes": {
        "Case": {
            **TEXT,
            "annotations": {**NL, "dated_by": "registered_on", "record": "case_key"},
            "attributes": {
                "case_key": slot("CaseNumber", identifier=True, required=True),
                "bsn_key": slot("Bsn", notes={"stage": "linking"}),
                "registered_on": slot("Date", required=True),
                "office_code": slot("Office"),
                "weight": slot("Integer", minimum_value=0, maximum_value=9),
                "is_urgent": slot("Boolean"),
                "person_code": slot("Office", notes={"stage": "linked"}),
            },
        },
        "Charge": {
            **TEXT,
            "attributes": {
                "charge_key": slot("ChargeNumber", identifier=True, required=True),
                "case_key": slot("Case", required=True),
                "note": slot("Text"),
            },
        },
    },
}
RULE = {
    "id": "late",
    "class": "Case",
    "column": "weight",
    "severity": "hard",
    "holds": "weight > 0",
    "title": "it",
    "title_nl": "het",
    "message": "it",
    "message_nl": "het",
    "source": "made up",
}
PERIODS = [{"valid_until": "2019-12-31", "weight": "1"}, {"valid_from": "2020-01-01", "LegalBasis": "L"}]
MEANINGS = {"list": "Office", "meanings": {"A": PERIODS}}
ABOUT = {"about": "it", "about_nl": "het", "why": "TIJD"}
TERM = {"reference": "A-1", "valid_from": "2026-01-01", "valid_until": "2026-12-31"}
DOSSIER = {
    "due_days": 30,
    "dpia": TERM,
    **dict.fromkeys(("contact", "basis", "retention", "transport"), "it"),
    **{f"{word}_nl": "het" for word in ("contact", "basis", "retention", "transport")},
}
CARD = {
    "id": "court",
    "title": "it",
    "title_nl": "het",
    "partner": "P",
    "version": "1",
    "legal_gate": "L",
    "agreement": {},
    "permission": {},
    "retention_years": 1,
    "purposes": ["count"],
    "dossier": DOSSIER,
    "max_bad_identity_share": 1,
    "period": "year",
    "tables": {
        "cases": {
            "volume": {"rows": 10, "tolerance": 0.5},
            "title": "it",
            "title_nl": "het",
            "columns": {
                "NR": {**ABOUT, "identifying": True},
                "BSN": {**ABOUT, "identifying": True},
                "DAY": ABOUT,
                "OFFICE": ABOUT,
                "WEIGHT": ABOUT,
                "URGENT": ABOUT,
            },
            "maps": [
                {
                    "class": "Case",
                    "slots": {
                        "case_key": {"seal": "CaseNumber", "parts": [{"from": "NR"}]},
                        "bsn_key": {"seal": "Bsn", "parts": [{"from": "BSN"}]},
                        "registered_on": {"from": "DAY", "date": "%d-%m-%Y"},
                        "office_code": {"from": "OFFICE", "values": {"1": "A", "2": ""}},
                        "weight": {"from": "WEIGHT"},
                        "is_urgent": {"from": "URGENT", "values": {"J": "true"}},
                    },
                }
            ],
        }
    },
}


@pytest.fixture
def source(tmp_path):
    """Writes a small source, changed along a path of keys, and gives its folder."""

    def write(file=None, path=(), value=None):
        whole = {"das.yaml": SCHEMA, "partners/court.yaml": CARD, "rules/case.yaml": [RULE]}
        contents = copy.deepcopy({**whole, "meanings/office.yaml": MEANINGS})
        if file:
            place = contents[file]
            for step in path[:-1]:
                place = place[step]
            if value is None:
                del place[path[-1]]
            else:
                place[path[-1]] = value
        for name, content in contents.items():
            (tmp_path / "model" / name).parent.mkdir(parents=True, exist_ok=True)
            text = yaml.safe_dump(content, sort_keys=False)
            (tmp_path / "model" / name).write_text(text, encoding="utf-8")
        return tmp_path / "model"

    return write


def refuse(source, words, *change):
    with pytest.raises(BadModel, match=words):
        compile_model(source(*change))


CASE = ("classes", "Case")
WEIGHT = (*CASE, "attributes", "weight")


@pytest.mark.parametrize(
    ("construct", "value"),
    [
        *(
            ("multivalued", True),
            ("inlined", True),
            ("pattern", "^x$"),
            ("equals_string", "x"),
            ("ifabsent", "int(1)"),
        ),
        *(("any_of", [{"range": "Date"}]), ("all_of", [{"range": "Date"}]), ("none_of", [{"range": "Date"}])),
        *(
            ("exactly_one_of", [{"range": "Date"}]),
            ("minimum_cardinality", 1),
            ("equals_number", 1),
            ("key", True),
        ),
        ("value_presence", "PRESENT"),
    ],
)
def test_a_construct_of_a_slot_that_is_not_compiled_is_refused(source, construct, value):
    refuse(source, f"{construct} is not compiled", "das.yaml", (*WEIGHT, construct), value)


@pytest.mark.parametrize(
    ("construct", "value"),
    [
        *(("is_a", "Charge"), ("abstract", True), ("any_of", [{"is_a": "Charge"}]), ("union_of", ["Charge"])),
        ("rules", [{"preconditions": {"slot_conditions": {"weight": {"minimum_value": 1}}}}]),
        *(("slot_conditions", {"weight": {"minimum_value": 1}}), ("disjoint_with", ["Charge"])),
    ],
)
def test_a_construct_of_a_class_that_is_not_compiled_is_refused(source, construct, value):
    refuse(source, f"{construct} is not compiled", "das.yaml", (*CASE, construct), value)


@pytest.mark.parametrize(
    ("construct", "value"),
    [
        ("inherits", ["LegalBasis"]),
        ("minus", [{"permissible_values": {"A": {}}}]),
        ("reachable_from", {"source_nodes": ["s:x"]}),
    ],
)
def test_a_list_of_codes_that_is_not_written_out_is_refused(source, construct, value):
    refuse(source, f"{construct} is not compiled", "das.yaml", ("enums", "Office", construct), value)


@pytest.mark.parametrize(
    "pattern",
    [
        "^(?=a)b$",
        "^(?!a)b$",
        "^(?<=a)b$",
        r"^\d+$",
        r"^\w$",
        r"^\s*$",
        r"^\bx$",
        "[0-9]+",
        "^[0-9]+",
        "[0-9]+$",
        r"^x\Z$",
    ],
)
def test_a_pattern_that_engines_read_differently_is_refused(source, pattern):
    refuse(source, "anchored and use character classes", "das.yaml", ("types", "Integer", "pattern"), pattern)
    path = ("types", "Bsn", "annotations", "sealed_pattern")
    refuse(source, "anchored and use character classes", "das.yaml", path, pattern)


@pytest.mark.parametrize(
    ("words", "path", "value"),
    [
        ("title or definition is missing", (*WEIGHT, "description"), None),
        ("title or definition is missing", (*WEIGHT, "description"), "TODO"),
        ("title or definition is missing", (*WEIGHT, "annotations", "title_nl"), None),
        ("title or definition is missing", (*CASE, "title"), None),
        ("title or definition is missing", ("enums", "Office", "description"), None),
        ("title or definition is missing", ("enums", "Office", "permissible_values", "A", "title"), None),
        ("title or definition is missing", ("types", "Bsn", "description"), None),
        ("exactly one privacy subset", (*WEIGHT, "in_subset"), None),
        ("exactly one privacy subset", (*WEIGHT, "in_subset"), ["open", "identifying"]),
        ("exactly one privacy subset", (*WEIGHT, "in_subset"), ["opne"]),
        ("no stage linkd", (*WEIGHT, "annotations", "stage"), "linkd"),
        ("range string is not a type of the model", (*WEIGHT, "range"), "string"),
        ("no sealed_pattern", ("types", "Bsn", "annotations", "sealed_pattern"), None),
        ("class without an identifier", (*CASE, "attributes", "case_key", "identifier"), None),
        ("only a number has a minimum", (*CASE, "attributes", "registered_on", "minimum_value"), 1),
        ("names no slot", (*CASE, "annotations", "dated_by"), "registerd_on"),
        ("dated_by no date", (*CASE, "annotations", "dated_by"), "weight"),
        ("names no slot", (*CASE, "annotations", "record"), "nothing"),
        ("names no slot", (*CASE, "unique_keys"), {"k": {"unique_key_slots": ["weight", "nothing"]}}),
    ],
)
def test_a_schema_that_says_too_little_or_contradicts_itself_is_refused(source, words, path, value):
    refuse(source, words, "das.yaml", path, value)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("weight", slot("Text")),  # another type
        ("office_code", slot("LegalBasis")),  # another code list
        ("charge_key", slot("Case")),  # rows of another class
        ("case_key", slot("ChargeNumber")),  # no row of the model
        ("bsn_key", slot("CaseNumber")),  # another kind of identity
        ("note", slot("Address")),  # an address that others gave
    ],
)
def test_one_slot_name_with_values_of_two_kinds_is_refused(source, name, other):
    classes = copy.deepcopy(SCHEMA["classes"])
    owner = "Case" if name in classes["Charge"]["attributes"] and name != "case_key" else "Charge"
    classes[owner]["attributes"][name] = other
    home = source("das.yaml", ("classes",), classes)
    with pytest.raises(BadModel, match=f"the slot {name} has values of two kinds"):
        compile_model(home)


def test_a_slot_name_may_have_another_definition_or_limit(source):
    schema = copy.deepcopy(SCHEMA["classes"])
    schema["Charge"]["attributes"]["weight"] = slot("Integer", maximum_value=5, description="another")
    compile_model(source("das.yaml", ("classes",), schema))


OFFICE = ("enums", "Office", "permissible_values", "A")


@pytest.mark.parametrize(
    ("words", "path", "value"),
    [
        ("LegalBasis has no code X", (*OFFICE, "annotations", "LegalBasis"), "L, X"),
        ("LegalBases is not a code list", (*OFFICE, "annotations", "LegalBases"), "L"),
        ("Office has no code X", (*OFFICE, "annotations", "parent"), "X"),
        ("its own ancestor", (*OFFICE, "annotations", "parent"), "A"),
        ("Office has no code X", (*OFFICE, "annotations", "replaced_by"), "B, X"),
        ("LegalBasis has no code A", ("enums", "Office", "annotations"), {**NL, "parent_list": "LegalBasis"}),
        ("has no prefix of the model", (*CASE, "exact_mappings"), ["scheme:Case"]),
        ("has no prefix of the model", (*WEIGHT, "close_mappings"), ["weight"]),
    ],
)
def test_a_target_that_is_not_there_is_refused(source, words, path, value):
    home = source("das.yaml", path, value)
    if "parent_list" in value:  # a code whose parent is in the other list
        text = (home / "das.yaml").read_text(encoding="utf-8")
        schema = yaml.safe_load(text)
        schema["enums"]["Office"]["permissible_values"]["A"]["annotations"]["parent"] = "A"
        (home / "das.yaml").write_text(yaml.safe_dump(schema, sort_keys=False), encoding="utf-8")
    with pytest.raises(BadModel, match=words):
        compile_model(home)


@pytest.mark.parametrize(
    ("words", "path", "value"),
    [
        ("Offices is not a code list", ("list",), "Offices"),
        ("Office has no code X", ("meanings", "X"), PERIODS),
        ("LegalBasis has no code X", ("meanings", "A", 1, "LegalBasis"), "X"),
        ("one language only", ("meanings", "A", 0, "title"), "it"),
        ("periods overlap", ("meanings", "A", 1, "valid_from"), "2019-12-31"),
        ("periods overlap", ("meanings", "A", 1, "valid_until"), "2019-12-31"),
    ],
)
def test_a_meaning_that_fits_no_code_or_period_is_refused(source, words, path, value):
    refuse(source, words, "meanings/office.yaml", path, value)


def test_a_code_says_what_it_said_on_a_day(source):
    model = from_parts(compile_model(source("das.yaml", (*OFFICE, "annotations", "weight"), "2")))
    code = model.code_lists["Office"].codes["A"]
    assert [code.on(day).facts["weight"] for day in ("2019-12-31", "2020-01-01")] == ["1", "2"]
    assert [code.on(day).crosswalks for day in ("2019-12-31", "2020-01-01")] == [{}, {"LegalBasis": ("L",)}]
    assert code.on("2030-01-01").title == code.title


def test_other_words_and_known_vocabularies_are_compiled(source):
    schema = {**SCHEMA["classes"]["Case"], "aliases": ["file"], "exact_mappings": ["s:Case"]}
    schema["annotations"] = {**schema["annotations"], "aliases_nl": "strafzaak; dossier"}
    case = from_parts(compile_model(source("das.yaml", CASE, schema))).tables["case"]
    assert case.synonyms == {"nl": ("strafzaak", "dossier"), "en": ("file",)}
    assert case.mappings == {"exact": ("https://example.org/s/Case",)}


@pytest.mark.parametrize(
    ("words", "path", "value"),
    [
        ("lacks or does not know .*'hold'", (0, "hold"), "weight > 0"),
        ("lacks or does not know .*'source'", (0, "source"), None),
        ("exactly one of", (0, "some"), "Charge"),
        ("exactly one of", (0, "holds"), None),
        ("hard or soft", (0, "severity"), "medium"),
        ("class or column that is not in the model", (0, "class"), "Cases"),
        ("class or column that is not in the model", (0, "column"), "wieght"),
        ("wieght is not a delivered column", (0, "holds"), "wieght > 0"),
        ("person_code is not a delivered column", (0, "holds"), "person_code = 'A'"),
        ("charge.note is not a delivered column", (0, "holds"), "charge.note = 'a'"),
        ("Lower is not in the language", (0, "holds"), "lower(office_code) = 'a'"),
        ("Anonymous is not in the language", (0, "holds"), "getenv('HOME') = 'a'"),
        ("Anonymous is not in the language", (0, "holds"), "days_between(registered_on) > 1"),
        ("is not in the language", (0, "holds"), "weight in (select 1)"),
        ("is not in the language", (0, "holds"), "weight > 0; drop table x"),
        ("is not in the language", (0, "holds"), "cast(weight as text) = '1'"),
        ("is not in the language", (0, "holds"), "office_code like '%'"),
        ("is not in the language", (0, "holds"), "weight > > 0"),
        ("cannot be read", (0, "holds"), "(weight > 0"),
        ("a predicate fails", (0, "holds"), "registered_on > 5"),
        ("neither true nor false", (0, "holds"), "registered_on"),
        ("neither true nor false", (0, "holds"), "weight + 1"),
        ("a predicate fails", (0, "holds"), "weight = 'A'"),
        ("a predicate fails", (0, "holds"), "registered_on < '2026-13-01'"),
        ("a predicate fails", (0, "holds"), "days_between(weight, registered_on) > 1"),
    ],
)
def test_a_rule_that_is_none_is_refused(source, words, path, value):
    refuse(source, words, "rules/case.yaml", path, value)


@pytest.mark.parametrize(
    ("words", "kind", "body"),
    [
        ("does not refer to this one", "some", "Case"),
        ("does not refer to this one", "some", "Chrge"),
        ("no_overlap wants", "no_overlap", {"by": "case_key", "from": "weight", "until": "registered_on"}),
        (
            "no_overlap wants",
            "no_overlap",
            {"by": "nothing", "from": "registered_on", "until": "registered_on"},
        ),
        ("no_overlap wants", "no_overlap", {"by": "case_key", "from": "registered_on"}),
    ],
)
def test_a_rule_over_several_rows_must_fit_its_classes(source, words, kind, body):
    rule = {k: v for k, v in RULE.items() if k != "holds"}
    refuse(source, words, "rules/case.yaml", (0,), {**rule, kind: body})


def test_a_dated_rule_needs_a_class_with_a_date(source):
    rule = {**RULE, "class": "Charge", "column": "note", "holds": "note <> 'x'", "valid_from": "2026-01-01"}
    refuse(source, "rows have no date", "rules/case.yaml", (0,), rule)


def test_two_rules_with_one_id_are_refused(source):
    refuse(source, "two rules with one id", "rules/case.yaml", (0, "id"), "case.weight.type")


SLOTS = ("tables", "cases", "maps", 0, "slots")


@pytest.mark.parametrize(
    ("words", "path", "value"),
    [
        ("partner is not a code", ("partner",), "Q"),
        ("legal_gate is not a code", ("legal_gate",), "WPG"),
        ("lacks 'retention_years'", ("retention_years",), None),
        ("lacks 'about_nl'", ("tables", "cases", "columns", "DAY"), {"about": "it"}),
        ("no class Cases", ("tables", "cases", "maps", 0, "class"), "Cases"),
        ("no such slot", (*SLOTS, "weigth"), {"from": "WEIGHT"}),
        ("no such slot", (*SLOTS, "person_code"), {"from": "OFFICE"}),
        (r"unknown words \['form'\]", (*SLOTS, "weight"), {"form": "WEIGHT"}),
        ("column WIEGHT is not declared", (*SLOTS, "weight"), {"from": "WIEGHT"}),
        ("column BSNR is not declared", (*SLOTS, "bsn_key", "parts"), [{"from": "BSNR"}]),
        ("identifying column BSN would travel", (*SLOTS, "weight"), {"from": "BSN"}),
        ("identifying column NR would travel", (*SLOTS, "office_code"), {"from": "NR", "values": {"1": "A"}}),
        ("no kind of identity Bns", (*SLOTS, "bsn_key", "seal"), "Bns"),
        ("a key is sealed", (*SLOTS, "bsn_key"), {"from": "BSN"}),
        ("a key is sealed", (*SLOTS, "weight"), {"seal": "Bsn", "parts": [{"from": "BSN"}]}),
        (
            "only a date can be generalised",
            (*SLOTS, "weight"),
            {"from": "BSN", "generalise": "year", "date": "%Y"},
        ),
        ("only a date can be generalised", (*SLOTS, "weight"), {"from": "BSN", "generalise": "month"}),
        ("'C' is not a code of Office", (*SLOTS, "office_code", "values", "3"), "C"),
        ("'C' is not a code of Office", (*SLOTS, "office_code"), {"value": "C"}),
        ("'yes' is not a boolean", (*SLOTS, "is_urgent", "values", "J"), "yes"),
        ("'1.5' is not a integer", (*SLOTS, "weight"), {"value": "1.5"}),
        ("1 is not a integer", (*SLOTS, "weight"), {"value": 1}),
        ("a required slot has no mapping", (*SLOTS, "registered_on"), None),
        ("a required slot has no mapping", ("tables", "cases", "maps", 0, "required"), ["person_code"]),
        ("`when` names column X", ("tables", "cases", "maps", 0, "when"), {"not_blank": "X"}),
        ("differ in capitals", ("tables", "cases", "columns", "day"), ABOUT),
        ("names no written rule", ("exempt",), {"case.weight.type": "because"}),
        ("names no written rule", ("exempt",), {"nothing": "because"}),
        ("gives no reason", ("exempt",), {"late": ""}),
        ("have paths in a card for XML", ("tables", "cases", "rows"), "root/row"),
        ("have paths in a card for XML", ("tables", "cases", "columns", "DAY", "path"), "day"),
        ("have paths in a card for XML", ("file",), {"format": "xml"}),
        (
            "a pattern with one group",
            (*SLOTS, "case_key"),
            {"seal": "CaseNumber", "parts": [{"from": "NR", "match": "([0-9])(.*)"}]},
        ),
    ],
)
def test_a_card_that_does_not_fit_the_model_is_refused(source, words, path, value):
    refuse(source, words, "partners/court.yaml", path, value)


COLUMNS = ("tables", "cases", "columns")


@pytest.mark.parametrize(
    ("words", "path", "value"),
    [
        ("lacks 'agreement'", ("agreement",), None),
        ("a term is incomplete\n  where: .*court.yaml, agreement", ("agreement",), {"reference": "A-1"}),
        ("a term is incomplete", ("permission",), {**TERM, "reference": " "}),
        ("a term is incomplete", ("permission",), "yes"),
        ("not a day\n.*court.yaml, agreement, valid_until", ("agreement",), {**TERM, "valid_until": "2026"}),
        ("not a day", ("agreement",), {**TERM, "valid_until": 2026}),
        ("the last day lies before", ("agreement",), {**TERM, "valid_until": "2025-12-31"}),
        ("no purpose trace", ("purposes",), ["count", "trace"]),
        ("a purpose is there twice", ("purposes",), ["count", "count"]),
        ("not a number of years", ("retention_years",), "30"),
        ("not a number of years", ("retention_years",), True),
        ("lacks a dossier", ("dossier",), None),
        (r"unknown words \['phone'\]", ("dossier", "phone"), "1"),
        ("a text is missing\n  where: .*court.yaml, dossier, contact_nl", ("dossier", "contact_nl"), None),
        ("a text is missing\n  where: .*, retention\n", ("dossier", "retention"), "TODO"),
        ("a text is missing\n  where: .*, transport_nl", ("dossier", "transport_nl"), ""),
        ("a text is missing\n  where: .*, basis_nl", ("dossier", "basis_nl"), None),
        ("beside the role", ("dossier", "contact"), "steward, j@example.org"),
        ("beside the role", ("dossier", "contact_nl"), "beheerder 06-12 34 56 78"),
        ("not a number of days", ("dossier", "due_days"), 400),
        ("not a day\n  where: .*dpia, valid_from", ("dossier", "dpia"), {**TERM, "valid_from": "31-12-2025"}),
        ("a DPIA and a reason for none", ("dossier", "no_dpia"), "open data"),
        ("not the id of a key", ("dossier", "keys"), ["secret"]),
        ("an exemption is incomplete", ("dossier", "exemptions"), [{"table": "cases"}]),
        ("no expected volume\n  where: .*table cases, volume", ("tables", "cases", "volume"), None),
        ("a volume that is none", ("tables", "cases", "volume"), {"rows": 0, "tolerance": 0.5}),
        ("a volume that is none", ("tables", "cases", "volume"), {"rows": 10, "tolerance": 0}),
        ("no reason for the column\n  where: .*column DAY, why", (*COLUMNS, "DAY", "why"), None),
        ("no reason for the column", (*COLUMNS, "DAY", "why"), "curious"),
        ("is used and has no need", (*COLUMNS, "DAY", "why"), "GEEN"),
        ("is needed and not used", (*COLUMNS, "MORE"), ABOUT),
    ],
)
def test_a_dossier_that_is_not_whole_is_refused_by_file_and_field(source, words, path, value):
    refuse(source, words, "partners/court.yaml", path, value)


@pytest.mark.parametrize(
    ("path", "value"), [(("agreement",), {}), (("permission",), {}), (("purposes",), [])]
)
def test_a_card_in_preparation_compiles_without_its_terms(source, path, value):
    assert compile_model(source("partners/court.yaml", path, value))["suppliers"]["court"]


def test_a_column_that_nothing_needs_says_so(source):
    extra = {**ABOUT, "why": "GEEN"}
    card = compile_model(source("partners/court.yaml", (*COLUMNS, "MORE"), extra))["suppliers"]["court"]
    assert card["tables"]["cases"]["columns"]["MORE"]["why"] == "GEEN"
    assert "MORE" not in card["tables"]["cases"]["package"]


def of_xml(home, **changed):
    """Writes the card as of a supplier of XML, and gives the folder."""
    card = copy.deepcopy(CARD)
    card["file"] = {"format": "xml", "namespaces": {"x": "urn:x"}}
    card["tables"]["cases"]["rows"] = "root/x:row"
    for name, column in card["tables"]["cases"]["columns"].items():
        card["tables"]["cases"]["columns"][name] = {**column, "path": changed.get(name, f"../x:{name}")}
    (home / "partners" / "court.yaml").write_text(yaml.safe_dump(card), encoding="utf-8")
    return home


def test_a_card_of_xml_says_where_its_columns_are(source):
    compiled = compile_model(of_xml(source()))
    card = from_parts(json.loads(json.dumps(compiled))).suppliers["court"]
    assert (card.format, card.namespaces) == ("xml", {"x": "urn:x"})
    assert card.tables["cases"].rows == "root/x:row"
    assert card.tables["cases"].columns["DAY"].paths == ("../x:DAY",)


@pytest.mark.parametrize(
    ("words", "path"),
    [("unknown prefix", "y:day"), ("is not a path", "day[last()]"), ("out of the file", "../../day")],
)
def test_a_path_that_cannot_be_read_is_refused(source, words, path):
    with pytest.raises(BadModel, match=words):
        compile_model(of_xml(source(), DAY=path))


def test_one_package_column_cannot_be_made_in_two_ways(source):
    again = {"class": "Case", "slots": copy.deepcopy(CARD["tables"]["cases"]["maps"][0]["slots"])}
    again["slots"]["case_key"]["parts"].append({"text": "/2"})
    refuse(
        source,
        "made in two ways",
        "partners/court.yaml",
        ("tables", "cases", "maps"),
        [*CARD["tables"]["cases"]["maps"], again],
    )


def test_a_file_that_is_no_yaml_is_refused(source):
    home = source()
    (home / "rules" / "case.yaml").write_text("- id: [", encoding="utf-8")
    with pytest.raises(BadModel, match=r"a file is not YAML[\s\S]*model/rules/case.yaml"):
        compile_model(home)


def test_the_same_source_gives_the_same_bytes(source, tmp_path):
    home = source()
    for name in ("one", "two"):
        build(home, tmp_path / name)
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    assert {"model.json", "tables.json", "rules.json", "suppliers.json"} <= set(one)


def test_what_is_compiled_loads_and_a_change_of_source_changes_the_digest(source):
    first = from_parts(json.loads(json.dumps(compile_model(source()))))
    other = from_parts(
        json.loads(json.dumps(compile_model(source("rules/case.yaml", (0, "holds"), "weight > 1"))))
    )
    assert first.version == "1.2.3"
    assert first.digest != other.digest
    assert first.tables["charge"].columns["case_key"].references == "case"
    assert first.suppliers["court"].tables["cases"].package["Bsn:BSN"].how == "seal"


def test_slots_imply_the_rules_that_check_them(source):
    rules = from_parts(json.loads(json.dumps(compile_model(source())))).rules
    implied = {name: rule.severity for name, rule in rules.items() if name != "late"}
    assert implied == {
        **dict.fromkeys(["case.case_key.required", "case.case_key.identity", "case.unique"], "hard"),
        **dict.fromkeys(
            ["case.registered_on.required", "case.registered_on.type", "case.office_code.code"], "hard"
        ),
        **dict.fromkeys(["case.weight.type", "case.weight.range", "case.is_urgent.type"], "hard"),
        "case.bsn_key.identity": "soft",
        **dict.fromkeys(
            ["charge.charge_key.required", "charge.charge_key.identity", "charge.unique"], "hard"
        ),
        **dict.fromkeys(["charge.case_key.required", "charge.case_key.identity"], "hard"),
        **dict.fromkeys(["charge.case_key.reference", "charge.note.type"], "hard"),
    }


@pytest.mark.parametrize(
    ("written", "compiled", "reads"),
    [
        ("case.weight > 0", "case__weight > 0", ("case_key",)),
        ("note <> 'case.weight'", "note <> 'case.weight'", ()),
        ("not note is null", "NOT note IS NULL", ()),
        (
            "days_between(case.registered_on, case.registered_on) >= 0",
            "DATE_DIFF('DAY', case__registered_on",
            ("case_key",),
        ),
    ],
)
def test_a_predicate_becomes_one_canonical_sql(source, written, compiled, reads):
    rule = {**RULE, "class": "Charge", "column": "note", "holds": written}
    found = compile_model(source("rules/case.yaml", (0,), rule))["rules"]["late"]
    assert found["holds"].startswith(compiled)
    assert tuple(found.get("reads", ())) == reads


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("2000-05", "2012-05-01", 12),
        ("2000-05", "2012-04-30", 11),
        ("2000-05", "2012-12-31", 12),
        ("2000-12", "2012-12-01", 12),
    ],
)
def test_age_is_counted_in_months_of_birth_to_the_benefit_of_age(born, day, age):
    import duckdb

    from das_analysis.model.build.predicates import FUNCTIONS

    sql = FUNCTIONS["age_on"].format(f"'{born}'", f"DATE '{day}'")
    assert duckdb.execute(f"SELECT {sql}").fetchone() == (age,)
