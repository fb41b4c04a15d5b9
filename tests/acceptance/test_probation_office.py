"""A supplier that nobody had met is connected by its card alone: from its files to a figure of a monitor.

The chain was there already. The files are those of `probation_office.py`, which knows nothing of the house.
"""

import csv
import datetime as dt
import shutil
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

import pytest

import das_analysis as das
from das_analysis.intake import deliver, findings, receive, returned, validate
from das_analysis.lake import freeze, open_lake, status
from das_analysis.linkage import link
from das_analysis.vault import find_pseudonymised, pseudonymise

SPEC = spec_from_file_location("probation_office", Path(__file__).with_name("probation_office.py"))
OFFICE = module_from_spec(SPEC)
SPEC.loader.exec_module(OFFICE)

ID, YEARS, SIZE = "reclassering", (2024, 2025), 600
FOUND_BY = {
    "no such day": "supervision.started_on.type",
    "ends before it begins": "supervision_ended_before_start",
    "a ground of another system": "supervision.supervision_ground_code.code",
    "a result without an end": "supervision_result_without_end",
    "a citizen number that is none": "supervision.bsn_key.identity",
}
SOFT = "a citizen number that is none"


def rows_of(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@pytest.fixture(scope="module")
def walked(tmp_path_factory, deliveries, demo_lake, keys):
    """The lake of the chain with two years of the newcomer: files and truth by year, the lake, its tables."""
    home = tmp_path_factory.mktemp("newcomer")
    lake = home / "lake"
    shutil.copytree(demo_lake, lake)
    cases = sorted(deliveries.glob("om/*/zaken.csv"))
    truth, rows, packages = {}, {}, []
    for year in YEARS:
        truth[year] = OFFICE.make(home / str(year), cases, year=year, size=SIZE)
        file = home / str(year) / "toezichten.csv"
        rows[year] = rows_of(file)
        packages.append(deliver(ID, [file], period=str(year), keys=keys, target=home / "out").path)
    validated = validate(receive(packages, lake=lake, keys=keys))
    pseudonymise(validated, keys=keys)
    freeze(link(find_pseudonymised(lake)), "with-probation")
    tables = open_lake("with-probation", lake=lake)
    return SimpleNamespace(lake=lake, truth=truth, rows=rows, validated=validated, tables=tables)


@pytest.fixture(scope="module")
def supervisions(walked):
    return walked.tables.supervisions.to_pandas()


def held(truth):
    return {row for name, rows in truth["planted"].items() if name != SOFT for row in rows}


def counted(walked):
    """What must have arrived: of each supervision the newest row that was not made wrong."""
    newest = {}
    for year in YEARS:
        out = held(walked.truth[year])
        good = [r for n, r in enumerate(walked.rows[year], 1) if n not in out]
        newest |= {row["TOEZICHT_ID"]: row for row in good}
    return list(newest.values())


def test_no_line_of_python_knows_the_supplier(root):
    """Its card is data; if this names a file, the house was changed for one supplier."""
    knows = [p for p in (root / "src").rglob("*.py") if ID in p.read_text(encoding="utf-8")]
    assert knows == []
    source = Path(OFFICE.__file__).read_text(encoding="utf-8")
    assert "das_analysis" not in source
    assert "_key" not in source


def test_every_row_is_validated_or_held_back(walked):
    rows = sum(walked.truth[year]["rows"] for year in YEARS)
    out = sum(len(held(walked.truth[year])) for year in YEARS)
    done = walked.validated
    assert (done.rows_in, done.rows_validated, done.rows_held) == (rows, rows - out, out)
    assert rows > SIZE / 2


@pytest.mark.parametrize("year", YEARS)
def test_every_planted_fault_is_found_in_its_row_and_nothing_else(walked, year):
    found = findings(walked.lake, supplier=ID, period=str(year))
    planted = walked.truth[year]["planted"]
    wanted = {(row, FOUND_BY[name]) for name, rows in planted.items() for row in rows}
    assert set(zip(found["row"], found["rule_id"], strict=True)) == wanted


def test_every_supervision_arrives_once(walked, supervisions):
    assert len(supervisions) == len(counted(walked))
    assert supervisions["supervision_key"].is_unique
    grounds = {"BVV": "VW", "SVH": "SCHORS", "VSEP": "SEP_V", "TBSVW": "TBS_VW", "PENPROG": "PP"}
    for ground in ("BVV", "SVH", "VI", "VSEP", "TBSVW", "GVM", "PENPROG"):
        told = sum(row["KADER"] == ground for row in counted(walked))
        assert (supervisions["supervision_ground_code"] == grounds.get(ground, ground)).sum() == told


def test_the_case_is_found_where_its_number_is_right_and_nowhere_else(walked, supervisions):
    ties = [
        walked.truth[int(period)]["ties"][row - 1]
        for period, row in zip(supervisions["period"], supervisions["row"], strict=True)
    ]
    linked = supervisions["case_key"].notna()
    own = linked[[tie == "own" for tie in ties]]
    assert own.mean() > 0.95  # the rest are cases that the prosecution service must mend first
    assert not linked[[tie != "own" for tie in ties]].any()
    assert linked.mean() > 0.85


def test_the_persons_are_those_of_the_chain(walked, supervisions):
    """A supervised person is the suspect of the case, found again by number or by comparing."""
    cases = walked.tables.cases.to_pandas()[["case_key", "person_key"]]
    both = supervisions.dropna(subset="case_key").merge(cases, on="case_key", suffixes=("", "_of_case"))
    assert (both["person_key"] == both["person_key_of_case"]).mean() > 0.98
    persons = walked.tables.persons.to_pandas().set_index("person_key")
    assert (persons.loc[supervisions["person_key"].unique(), "suppliers"] > 1).mean() > 0.95


def test_what_must_be_mended_goes_back_by_number_without_a_value(walked):
    back = returned(walked.lake, ID, period="2025")
    assert set(back["rij"]) == held(walked.truth[2025])
    text = back.to_csv()
    wrong = [walked.rows[2025][row - 1] for row in held(walked.truth[2025])]
    names = ("TOEZICHT_ID", "CLIENT_ID", "NAAM", "BURGERSERVICENR", "PARKETNUMMER")
    assert [row[name] for row in wrong for name in names if row[name] and row[name] in text] == []
    assert status(walked.lake).set_index("supplier").loc[ID, "open_returns"] == 2


def test_a_monitor_can_ask_for_running_supervisions(walked):
    """The stock on a day, by district, is the plain count over the files."""
    day = dt.date(2025, 12, 31)
    running = [r for r in counted(walked) if r["AFGESLOTEN"] == OFFICE.OPEN_END and began(r) <= day]
    asked = das.measure("supervision_stock", walked.tables, by=["office"], over=das.years(2025, 2025))
    assert asked.frame["value"].sum() == len(running)
    assert len(running) > SIZE / 4
    assert asked.frame["office"].nunique() > 5
    released = asked.release(title="Lopende toezichten per parket").content
    assert released["rows"]


def began(row):
    return dt.datetime.strptime(row["INGANG"], "%d-%m-%Y").replace(tzinfo=dt.UTC).date()
