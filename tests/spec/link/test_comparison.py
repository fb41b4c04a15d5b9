"""Who has no SKN is compared key by key; what agrees enough becomes one person."""

import json
import re
import subprocess
import sys
from importlib import resources

import duckdb
import pytest

from das_analysis.errors import Refused
from das_analysis.linkage.compare import compare, read_guard, read_model
from das_analysis.linkage.work import COMPARED


def named(surname="jansen", born="1990-04-11", **changed):
    """What a supplier seals of a person; `changed` gives other keys."""
    return {
        "surname_key": surname,
        "surname_sound_key": f"s:{surname}",
        "surname_letters_key": "".join(sorted(surname)),
        "birth_key": born,
        "birth_day_key": born[5:],
        "birth_swapped_key": f"{born[:5]}{born[8:]}-{born[5:7]}",
        "sex_code": "M",
    } | changed


def case(number, **columns):
    return {"case_key": number, "registered_on": "2025-03-01"} | columns


def spell(number, **columns):
    return {"spell_key": number, "stay_key": number, "title_code": "VH", "started_on": "2025-03-01"} | columns


def found(given, *cases):
    rows = given.delivery("om", case=list(cases)).link().rows("case")
    return {row["case_key"]: row["person_key"] for row in rows}


def are_one(given, *cases):
    return len(set(found(given, *cases).values())) == 1


MISSPELT = [
    named("jansne"),
    named("janssen", surname_sound_key="s:jansen"),
    named(born="1990-11-04"),
    named(sex_code=None),
]


@pytest.mark.parametrize("other", MISSPELT, ids=["letters", "sound", "day and month", "sex unknown"])
def test_a_row_without_number_joins_the_person_it_nearly_agrees_with(given, other):
    assert are_one(given, case("z1", skn_key="s1", **named()), case("z2", **other))


APART = [
    named("pietersen"),
    named(born="1971-10-02"),
    dict.fromkeys(COMPARED),
    {"birth_key": "1990-04-11"},
    {"surname_key": "jansen", "surname_sound_key": "s:jansen"},
]


@pytest.mark.parametrize(
    "other", APART, ids=["other name", "other date", "nothing", "date only", "name only"]
)
def test_what_agrees_too_little_stays_apart(given, other):
    assert not are_one(given, case("z1", skn_key="s1", **named()), case("z2", **other))


def test_two_skns_are_two_persons_however_much_they_agree(given):
    assert not are_one(given, case("z1", skn_key="s1", **named()), case("z2", skn_key="s2", **named()))


def test_two_bsns_are_two_persons_however_much_they_agree(given):
    assert not are_one(given, case("z1", bsn_key="b1", **named()), case("z2", bsn_key="b2", **named()))


def test_two_numbers_of_one_supplier_are_two_persons_and_of_two_suppliers_can_be_one(given):
    linked = (
        given.delivery("dji", detention_spell=[spell(f"v{n}", register_key=f"r{n}", **named()) for n in "12"])
        .delivery("broward", detention_spell=[spell("v3", register_key="r3", **named(born="1990-11-04"))])
        .link()
    )
    who = [row["person_key"] for row in linked.rows("detention_spell")]
    assert len(set(who)) == 3  # the third could be either of the first two, so it is neither


def test_a_number_of_another_supplier_is_no_obstacle(given):
    linked = (
        given.delivery("dji", detention_spell=[spell("v1", register_key="r1", **named())])
        .delivery("broward", detention_spell=[spell("v3", register_key="r3", **named())])
        .link()
    )
    assert len(linked.rows("person")) == 1


def test_who_could_be_either_of_two_persons_stays_alone(given):
    rows = [case("z1", skn_key="s1", **named()), case("z2", skn_key="s2", **named()), case("z3", **named())]
    assert len(set(found(given, *rows).values())) == 3


def test_who_was_joined_counts_as_linked(given):
    others = [case("z2", **named("jansne")), case("z3", **named("pietersen"))]
    rows = [case("z1", skn_key="s1", **named()), *others]
    seams = {row["seam"]: row for row in given.delivery("om", case=rows).link().rows("link_quality")}
    assert (seams["case.person_key"]["total"], seams["case.person_key"]["linked"]) == (3, 2)


def test_every_limit_has_its_reason_and_the_model_compares_sealed_keys_only():
    import yaml

    text = resources.files("das_analysis.linkage").joinpath("compare.yaml").read_text("utf-8")
    limits = yaml.safe_load(text)
    assert all(limits[name]["reason"] for name in limits if name != "version")
    assert read_guard().least > 0 < read_guard().margin
    known = {*COMPARED, "birth_month", "sex_code", "is_open", "person"}
    conditions = [lev["sql_condition"] for c in read_model()["comparisons"] for lev in c["comparison_levels"]]
    rules = [r["blocking_rule"] for r in read_model()["blocking_rules_to_generate_predictions"]]
    words = re.findall(r"[a-z_]+_[a-z_]+|person", " ".join([*conditions, *rules]))
    assert {re.sub(r"_[lr]$", "", word) for word in words} <= known


def test_what_the_engine_says_of_a_row_is_not_told():
    con = duckdb.connect()
    con.execute("CREATE TABLE record AS SELECT 'geheim' AS record, 'p' AS person, true AS is_open")
    with pytest.raises(Refused, match="persons could not be compared") as refused:
        compare(con, "record", model=read_model())
    assert "geheim" not in str(refused.value)
    assert refused.value.__suppress_context__


NO_NETWORK = """
import socket
def refuse(*_, **__):
    raise AssertionError("somebody asked for the network")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
import duckdb
from das_analysis.linkage.compare import compare, read_model
from das_analysis.linkage.work import COMPARED
con = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
keys = ", ".join(f"1::UBIGINT AS {c}" for c in (*COMPARED, "birth_month"))
who = "i AS record, i::VARCHAR AS person, true AS is_open, 'M' AS sex_code"
con.execute(f"CREATE TABLE record AS SELECT {who}, {keys} FROM range(2) t(i)")
print(len(compare(con, "record", model=read_model())))
"""


def test_nothing_is_fetched():
    done = subprocess.run([sys.executable, "-c", NO_NETWORK], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_the_committed_model_is_whole():
    levels = [lev for c in read_model()["comparisons"] for lev in c["comparison_levels"]]
    told = [lev for lev in levels if not lev.get("is_null_level")]
    assert all(0 < lev[name] <= 1 for lev in told for name in ("m_probability", "u_probability"))
    text = resources.files("das_analysis.linkage").joinpath("compare.json").read_text("utf-8")
    assert text == json.dumps(read_model(), indent=1) + "\n"
