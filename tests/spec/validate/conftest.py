"""A small made-up model with its cards, package rows put in the received folder, and what came out."""

import json
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from das_analysis.flow import Delivery, Provenance
from das_analysis.intake.held import findings
from das_analysis.intake.validate import validate
from das_analysis.lake import connect, enter, files
from das_analysis.lake.sql import scan
from das_analysis.model import load

PATTERNS = {
    "Text": r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$",
    "Date": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
    "Integer": "^(0|-?[1-9][0-9]{0,8})$",
    "Decimal": "^-?(0|[1-9][0-9]{0,11})([.][0-9]{1,2})?$",
    "Boolean": "^(true|false)$",
    "Town": "^GM[0-9]{4}$",
    "Pseudonym": "^[a-z][0-9]+[.][a-z2-7]{26}$",
}
KINDS = ("CaseNumber", "ChargeNumber", "EventNumber", "StayNumber", "RegisterNumber")
CODES = {
    "ChainPartner": {"P": {}},
    "LegalBasis": {"L": {}},
    "Purpose": {"count": {}},
    "ColumnNeed": {"TIJD": {}, "GEEN": {}},
    "Office": {"A": {}, "B": {"valid_until": "2024-12-31"}, "C": {"valid_from": "2025-01-01"}},
}
WORDS = ("contact", "basis", "retention", "transport", "no_dpia")
DOSSIER = {"due_days": 30, **dict.fromkeys(WORDS, "it"), **{f"{word}_nl": "het" for word in WORDS}}
CLASSES = {
    "Case": {
        "case_key": {"range": "CaseNumber", "identifier": True, "required": True},
        "person_key": {"range": "RegisterNumber"},
        "registered_on": {"range": "Date", "required": True},
        "closed_on": {"range": "Date"},
        "office_code": {"range": "Office"},
        "weight": {"range": "Integer", "minimum_value": 0, "maximum_value": 100},
        "amount": {"range": "Decimal", "minimum_value": 0},
        "is_urgent": {"range": "Boolean"},
        "note_text": {"range": "Text"},
        "town_code": {"range": "Town"},
    },
    "Charge": {
        "charge_key": {"range": "ChargeNumber", "identifier": True, "required": True},
        "case_key": {"range": "Case", "required": True},
        "number": {"range": "Integer", "required": True},
        "committed_on": {"range": "Date"},
    },
    "Event": {
        "event_key": {"range": "EventNumber", "identifier": True, "required": True},
        "charge_key": {"range": "Charge", "required": True},
        "case_key": {"range": "Case", "annotations": {"open": True}},
    },
    "Stay": {
        "stay_key": {"range": "StayNumber", "identifier": True, "required": True},
        "person_key": {"range": "RegisterNumber"},
        "started_on": {"range": "Date", "required": True},
        "ended_on": {"range": "Date"},
    },
    "Present": {
        "person_key": {"range": "RegisterNumber"},
        "present_on": {"range": "Date", "required": True},
        "age_years": {"range": "Integer"},
        "sort_code": {"range": "Office"},
    },
}
NOTES = {"Case": {"dated_by": "registered_on"}, "Stay": {"dated_by": "started_on"}}
KEYS = {
    "Charge": {"of_case": {"unique_key_slots": ["case_key", "number"]}},
    "Present": {"of_day": {"unique_key_slots": ["person_key", "present_on"]}},
}
RULES = [
    ("closed_early", "Case", "closed_on", "hard", {"holds": "closed_on >= registered_on"}),
    ("case_without_charge", "Case", "case_key", "soft", {"some": "Charge"}),
    (
        *("urgent_without_note", "Case", "note_text", "soft"),
        {
            "holds": "not is_urgent or note_text is not null",
            "valid_from": "2025-02-01",
            "valid_until": "2025-02-28",
        },
    ),
    ("charge_after_case", "Charge", "committed_on", "hard", {"holds": "committed_on <= case.registered_on"}),
    (
        *("stays_overlap", "Stay", "started_on", "hard"),
        {"no_overlap": {"by": "person_key", "from": "started_on", "until": "ended_on"}},
    ),
]


def seal(kind, *columns):
    return {"seal": kind, "parts": [{"from": c} for c in columns]}


# court: plain texts; files that refer to each other
COURT = {
    "period": "month",
    "tables": {
        "cases": {
            "columns": [
                "NR",
                "PERSON",
                "REGISTERED",
                "CLOSED",
                "OFFICE",
                "WEIGHT",
                "AMOUNT",
                "URGENT",
                "NOTE",
                "TOWN",
            ],
            "maps": [
                {
                    "class": "Case",
                    "slots": {
                        "case_key": seal("CaseNumber", "NR"),
                        "person_key": seal("RegisterNumber", "PERSON"),
                        "registered_on": {"from": "REGISTERED", "date": "%d-%m-%Y"},
                        "closed_on": {"from": "CLOSED", "date": "%d-%m-%Y"},
                        "office_code": {"from": "OFFICE"},
                        "weight": {"from": "WEIGHT"},
                        "amount": {"from": "AMOUNT", "decimal": "comma"},
                        "is_urgent": {"from": "URGENT", "values": {"J": "true", "N": "false", "?": ""}},
                        "note_text": {"from": "NOTE"},
                        "town_code": {"from": "TOWN", "prefix": "GM"},
                    },
                }
            ],
        },
        "charges": {
            "columns": ["NR", "SEQ", "COMMITTED"],
            "maps": [
                {
                    "class": "Charge",
                    "slots": {
                        "charge_key": seal("ChargeNumber", "NR", "SEQ"),
                        "case_key": seal("CaseNumber", "NR"),
                        "number": {"from": "SEQ"},
                        "committed_on": {"from": "COMMITTED", "date": ["%Y%m%d", "%-d/%-m/%Y"]},
                    },
                }
            ],
        },
        "events": {
            "columns": ["ID", "NR", "SEQ", "OTHER"],
            "maps": [
                {
                    "class": "Event",
                    "slots": {
                        "event_key": seal("EventNumber", "ID"),
                        "charge_key": seal("ChargeNumber", "NR", "SEQ"),
                        "case_key": seal("CaseNumber", "OTHER"),
                    },
                }
            ],
        },
    },
}
# jail: trimmed texts, tokens for blank, columns named as our own are, two maps of one file, a file a day
JAIL = {
    "period": "day",
    "file": {"trim": True},
    "blank": ["", "NULL", "-"],
    "tables": {
        "stays": {
            "columns": ["row", "Supplier", "PERSON", "IN_1", "OUT_1", "IN_2", "OUT_2"],
            "maps": [
                {
                    "class": "Stay",
                    "when": {"not_blank": f"IN_{i}"},
                    "required": ["person_key"],
                    "slots": {
                        "stay_key": seal("StayNumber", column),
                        "person_key": seal("RegisterNumber", "PERSON"),
                        "started_on": {"from": f"IN_{i}", "date": "%Y-%m-%d %H:%M:%S"},
                        "ended_on": {"from": f"OUT_{i}", "date": "%Y-%m-%d %H:%M:%S"},
                    },
                }
                for i, column in ((1, "row"), (2, "Supplier"))
            ],
        },
        "days": {
            "stale_if_equal": True,
            "columns": ["PERSON", "AGE"],
            "maps": [
                {
                    "class": "Present",
                    "required": ["person_key"],
                    "slots": {
                        "person_key": seal("RegisterNumber", "PERSON"),
                        "present_on": {"period": "start"},
                        "age_years": {"from": "AGE", "strip_zero_decimals": True},
                        "sort_code": {"value": "A"},
                    },
                }
            ],
        },
    },
}
ANNEX = {**JAIL, "exempt": {"stays_overlap": "the source writes a stay down twice"}}
IDENTIFYING = {"NR", "PERSON", "ID", "OTHER", "row", "Supplier"}
TEXT = {"title": "it", "description": "it"}
TEXT_NL = {"title_nl": "het", "description_nl": "het"}


def told(body):
    """An element of the schema with texts in both languages."""
    return {**TEXT, **body, "annotations": {**TEXT_NL, **body.get("annotations", {})}}


def schema():
    types = {n: {"typeof": "string", "pattern": p} for n, p in PATTERNS.items()}
    kinds = {n: told({"typeof": "Pseudonym", "annotations": {"sealed_pattern": "^[0-9]+$"}}) for n in KINDS}
    classes = {
        name: {
            **told({"annotations": NOTES.get(name, {})}),
            "unique_keys": KEYS.get(name, {}),
            "attributes": {s: told({"in_subset": ["open"], **body}) for s, body in slots.items()},
        }
        for name, slots in CLASSES.items()
    }
    enums = {
        name: told(
            {"permissible_values": {code: told({"annotations": facts}) for code, facts in codes.items()}}
        )
        for name, codes in CODES.items()
    }
    head = {"id": "https://example.org/small", "name": "small", "version": "0.0.1", "default_prefix": "small"}
    prefixes = {"prefixes": {"small": "https://example.org/small/", "linkml": "https://w3id.org/linkml/"}}
    strings = {"string": {"base": "str", "uri": "xsd:string"}}
    parts = {"types": {**strings, **types, **kinds}, "enums": enums, "classes": classes}
    return {**head, **prefixes, "subsets": {"open": {}}, **parts}


def used(column, table):
    """Whether a map of a table uses a column."""
    return f"'from': '{column}'" in str(table["maps"])


def card(name, body):
    about = {"about": "it", "about_nl": "het"}
    tables = {
        table: {
            "title": "it",
            "title_nl": "het",
            "volume": {"rows": 10, "tolerance": 0.5},
            **content,
            "columns": {
                c: {**about, "identifying": c in IDENTIFYING, "why": "TIJD" if used(c, content) else "GEEN"}
                for c in content["columns"]
            },
        }
        for table, content in body["tables"].items()
    }
    gates = {
        "agreement": {},
        "permission": {},
        "retention_years": 1,
        "purposes": ["count"],
        "dossier": DOSSIER,
        "max_bad_identity_share": 1,
    }
    head = {"id": name, "title": "it", "title_nl": "het", "partner": "P", "version": "1", "legal_gate": "L"}
    return {**head, **gates, **body, "tables": tables}


def rule(row):
    name, cls, column, severity, body = row
    texts = {"title": "it", "title_nl": "het", "message": "it", "message_nl": "het", "source": "made up"}
    return {"id": name, "class": cls, "column": column, "severity": severity, **texts, **body}


@pytest.fixture(scope="session")
def small_model(tmp_path_factory):
    """The small model, compiled as the real one is."""
    from das_analysis.model.build import compile_model

    source = tmp_path_factory.mktemp("small")
    contents = {
        "das.yaml": schema(),
        "partners/court.yaml": card("court", COURT),
        "partners/jail.yaml": card("jail", JAIL),
        "partners/annex.yaml": card("annex", ANNEX),
        "rules/all.yaml": [rule(r) for r in RULES],
    }
    for name, content in contents.items():
        (source / name).parent.mkdir(exist_ok=True)
        (source / name).write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return load.from_parts(json.loads(json.dumps(compile_model(source))))


@pytest.fixture
def model(small_model, monkeypatch):
    """Every room sees the small model in this test."""
    load.load_model.cache_clear()
    monkeypatch.setattr(load, "from_parts", lambda _: small_model)
    yield small_model
    load.load_model.cache_clear()


@dataclass
class Bench:
    """A lake to try deliveries in."""

    lake: Path
    model: object

    def put(self, supplier, period="2025-02", sequence=1, **tables):
        """Write a package as `receive` keeps it; a row is a dictionary by column, the rest is NULL."""
        delivery_id = f"{supplier}-{period}-{sequence}-{'0' * 12}"
        home = self.lake / "received" / delivery_id
        home.mkdir(parents=True, exist_ok=True)
        for name, source in self.model.suppliers[supplier].tables.items():
            columns = {
                c: pa.array([r.get(c) for r in tables.get(name, [])], pa.string()) for c in source.package
            }
            pq.write_table(pa.table(columns), home / f"{name}.parquet")
        made = Provenance(actor="a test", at="now", code="0", model="small")
        rows = sum(map(len, tables.values()))
        return Delivery(
            lake=self.lake,
            delivery_id=delivery_id,
            supplier=supplier,
            period=period,
            sequence=sequence,
            rows=rows,
            provenance=made,
        )

    def validate(self, *deliveries):
        return validate(deliveries)

    def read(self, zone, table):
        """Rows of a table as dictionaries, in a fixed order."""
        room = enter(self.lake, "intake")
        paths = files(room, zone, table=table)
        if not paths:
            return []
        with connect(room) as con:
            found = con.sql(f"SELECT * FROM {scan(paths)} ORDER BY ALL").to_arrow_table()
        return found.to_pylist()

    def faults(self, supplier="court"):
        """(file, row, rule) of every finding but that of a case without a charge; a hard one has a mark."""
        found = findings(self.lake, supplier=supplier)
        found = found[found["rule_id"] != "case_without_charge"]
        rows = [int(row) for row in found["row"].fillna(0)]
        hard = found["severity"] == "hard"
        rules = found["rule_id"].where(~hard, "!" + found["rule_id"])
        return list(zip(found["source_table"], rows, rules, strict=True))


@pytest.fixture
def bench(tmp_path, model):
    return Bench(tmp_path / "lake", model)


@pytest.fixture
def real_bench(tmp_path):
    """A lake for the model and the cards that are compiled and committed."""
    return Bench(tmp_path / "lake", load.load_model())


def key(letter):
    """A sealed number."""
    return "p1." + letter * 26


@pytest.fixture
def case():
    """Makes a row of court's file `cases` that is right but for what is changed."""

    def make(letter="a", **changed):
        names = {"NR": "CaseNumber:NR", "PERSON": "RegisterNumber:PERSON"}
        right = {"CaseNumber:NR": key(letter), "REGISTERED": "03-02-2025"}
        return {**right, **{names.get(column, column): text for column, text in changed.items()}}

    return make


@pytest.fixture
def charge():
    def make(letter="a", case="a", **changed):
        return {"ChargeNumber:NR+SEQ": key(letter), "CaseNumber:NR": key(case), "SEQ": "1", **changed}

    return make


@pytest.fixture
def event():
    def make(letter="a", charge="a", **changed):
        return {"EventNumber:ID": key(letter), "ChargeNumber:NR+SEQ": key(charge), **changed}

    return make


@pytest.fixture
def stay():
    """Makes a row of jail's file `stays`: two stays a row."""

    def make(first="a", second="b", person="p", **changed):
        numbers = {"StayNumber:row": key(first), "StayNumber:Supplier": key(second)}
        return {**numbers, "RegisterNumber:PERSON": key(person), **changed}

    return make


@pytest.fixture
def sealed():
    return key
