"""Workspaces: only what was asked for, under pseudonyms that no other project has, until a day."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

import das_analysis as das
from das_analysis.errors import NoPermission, Refused
from das_analysis.flow import Linked, Provenance, TableRef
from das_analysis.lake import enter, freeze, open_lake, read_log, write
from das_analysis.model import load_model
from das_analysis.vault import Wanted, close_project, open_project

TODAY, UNTIL = date(2026, 11, 26), date(2027, 6, 30)
COLUMNS = {
    "cases": ("case_key", "person_key", "registered_on", "office_code"),
    "court_cases": ("court_case_key", "case_key"),
}
TEXT = pa.string()
CASES = [
    {
        "case_key": f"h1.case{n}",
        "person_key": f"k1.person{n // 3}" if n < 28 else None,
        "registered_on": date(2025, 1, 1 + n % 9),
        "office_code": f"0{n % 3}",
        "age_at_offence_years": 20 + n,
        "delivery_id": "om-2025-1-0",
    }
    for n in range(30)
]
COURT = [
    {"court_case_key": f"h1.court{n}", "case_key": f"h1.case{n}", "ecli": f"ECLI:NL:X:2025:{n}"}
    for n in range(20)
]
SCHEMAS = {
    "case": pa.schema(
        {
            "case_key": TEXT,
            "person_key": TEXT,
            "registered_on": pa.date32(),
            "office_code": TEXT,
            "age_at_offence_years": pa.int32(),
            "delivery_id": TEXT,
        }
    ),
    "court_case": pa.schema({"court_case_key": TEXT, "case_key": TEXT, "ecli": TEXT}),
    "sanction": pa.schema({"sanction_key": TEXT, "imposed_on": pa.date32()}),
}


@pytest.fixture
def lake(tmp_path):
    """A lake with a snapshot of thirty cases of ten persons, twenty court cases and no sanction."""
    root, refs = tmp_path / "lake", {}
    room = enter(root, "linkage")
    for name, rows in (("case", CASES), ("court_case", COURT), ("sanction", [])):
        table = pa.Table.from_pylist(rows, schema=SCHEMAS[name])
        refs[name] = TableRef(
            version=write(room, "linked", table=name, rows=table), rows=len(rows), digest=name
        )
    made = Provenance(actor="a", at="2026-01-01T00:00:00Z", code="0", model="0", inputs=("om-2025-1-0",))
    freeze(Linked(lake=root, tables=refs, provenance=made), "a")
    return root


@pytest.fixture
def vault(tmp_path):
    return tmp_path / "keys"


def wanted(project="one", columns=COLUMNS, purpose="monitor", until=UNTIL):
    return Wanted(project=project, purpose=purpose, until=until, columns=columns)


def opened(lake, vault, **asked):
    open_project(lake, wanted(**asked), keys=vault, today=TODAY)
    return das.open_workspace(asked.get("project", "one"), lake=lake, today=TODAY)


def values(workspace):
    """Every text that a workspace holds in a key column."""
    found = set()
    for table in workspace.tables.values():
        for name in (c for c in table.columns if c.endswith("_key")):
            found |= set(table.execute()[name].dropna())
    return found


def test_a_project_sees_the_columns_it_asked_for_and_no_other(lake, vault):
    workspace = opened(lake, vault)
    assert set(workspace.tables) == {"cases", "court_cases"}
    assert {n: tuple(t.columns) for n, t in workspace.tables.items()} == COLUMNS
    with pytest.raises(Refused, match="no table"):
        _ = workspace.sanctions
    stored = b"".join(p.read_bytes() for p in (lake / "projects" / "one").iterdir())
    assert b"age_at_offence_years" not in stored
    assert b"h1.case" not in stored
    assert b"k1.person" not in stored


def test_rows_keep_together_under_the_projects_pseudonyms(lake, vault):
    workspace = opened(lake, vault)
    cases = workspace.cases.execute()
    assert len(cases) == 30
    assert cases["person_key"].isna().sum() == 2
    assert sorted(cases.groupby("person_key").size()) == [1, *[3] * 9]
    assert len(workspace.cases.join(workspace.court_cases, "case_key").execute()) == 20
    both = open_lake(lake=lake).cases.execute()
    assert sorted(both["registered_on"]) == sorted(cases["registered_on"])


def test_two_projects_cannot_be_joined(lake, vault):
    one, two = opened(lake, vault), opened(lake, vault, project="two")
    assert len(values(one)) == len(values(two)) == 30 + 10 + 20
    assert not values(one) & values(two)
    assert not values(one) & {k for row in [*CASES, *COURT] for k in row.values() if isinstance(k, str)}


def test_the_order_of_rows_joins_no_two_projects(lake, vault):
    """Stored in the lake's order, row n of one project would be row n of the other."""
    ages = {"cases": ("case_key", "age_at_offence_years")}
    orders = []
    for name in ("one", "two"):
        opened(lake, vault, project=name, columns=ages)
        path = lake / "projects" / name / "cases.parquet"
        rows = duckdb.sql(f"SELECT * FROM read_parquet('{path}')").fetchall()
        assert rows == sorted(rows)
        orders.append([age for _, age in rows])
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])


def test_the_same_project_on_a_later_day_keeps_its_pseudonyms(lake, vault):
    first = opened(lake, vault)
    before = {p.name: p.read_bytes() for p in (lake / "projects" / "one").iterdir()}
    again = opened(lake, vault)
    assert {p.name: p.read_bytes() for p in (lake / "projects" / "one").iterdir()} == before
    assert values(first) == values(again)


def test_another_key_gives_other_pseudonyms(lake, vault, tmp_path):
    first = values(opened(lake, vault))
    close_project(lake, "one", keys=vault)
    assert not first & values(opened(lake, tmp_path / "other"))


def test_a_project_that_is_open_is_not_changed(lake, vault):
    opened(lake, vault)
    for other in ({"columns": {"cases": ("case_key",)}}, {"until": date(2027, 7, 1)}):
        with pytest.raises(Refused, match="open with other content"):
            opened(lake, vault, **other)


def test_after_its_last_day_a_project_is_closed(lake, vault):
    opened(lake, vault)
    assert das.open_workspace("one", lake=lake, today=UNTIL)
    with pytest.raises(NoPermission, match="last day has passed"):
        das.open_workspace("one", lake=lake, today=date(2027, 7, 1))
    with pytest.raises(Refused, match="last day has passed"):
        open_project(lake, wanted(until=date(2026, 11, 25)), keys=vault, today=TODAY)


def test_closing_takes_the_files_and_the_key_away(lake, vault):
    opened(lake, vault)
    assert (vault / "projects" / "one.key").stat().st_mode & 0o777 == 0o600
    close_project(lake, "one", keys=vault)
    assert list((lake / "projects").iterdir()) == []
    assert list((vault / "projects").iterdir()) == []
    with pytest.raises(Refused, match="no such project"):
        das.open_workspace("one", lake=lake)
    with pytest.raises(Refused, match="no such project"):
        close_project(lake, "one", keys=vault)


@pytest.mark.parametrize("rest", [".partial-one", ".closed-one"])
def test_what_a_crash_left_is_taken_away_too(lake, vault, rest):
    opened(lake, vault)
    (lake / "projects" / "one").rename(lake / "projects" / rest)
    close_project(lake, "one", keys=vault)
    assert list((lake / "projects").iterdir()) == []


@pytest.mark.parametrize("where", ["os.fsync", "pathlib.Path.rename"])
def test_a_crash_while_opening_leaves_no_workspace_and_the_next_time_it_is_whole(
    lake, vault, where, monkeypatch
):
    def crash(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(where, crash)
        with pytest.raises(KeyboardInterrupt):
            open_project(lake, wanted(), keys=vault, today=TODAY)
    with pytest.raises(Refused, match="no such project"):
        das.open_workspace("one", lake=lake, today=TODAY)
    assert len(opened(lake, vault).cases.execute()) == 30


def test_a_gate_that_needs_no_permission_sets_no_end(lake, vault, monkeypatch):
    model = load_model()
    free = {name: replace(card, permission={}) for name, card in model.suppliers.items()}
    monkeypatch.setattr("das_analysis.vault.project.load_model", lambda: replace(model, suppliers=free))
    assert open_project(lake, wanted(until=date(2031, 1, 1)), keys=vault, today=TODAY).until.year == 2031


@pytest.mark.parametrize(
    ("asked", "error", "said"),
    [
        ({"project": "../one"}, Refused, "name of a project"),
        ({"project": "a/b"}, Refused, "name of a project"),
        ({"purpose": "opsporing"}, Refused, "closed list"),
        ({"purpose": "beleidsinformatie"}, NoPermission, "does not allow this purpose"),
        ({"until": date(2031, 1, 1)}, NoPermission, "permission ends before"),
        ({"columns": {}}, Refused, "names the columns"),
        ({"columns": {"cases": ()}}, Refused, "names the columns"),
        ({"columns": {"bases": ("x",)}}, Refused, "no such table"),
        ({"columns": {"cases": ("bsn_key",)}}, Refused, "no such column"),
        ({"columns": {"cases": ("delivery_id",)}}, Refused, "no such column"),
        ({"columns": {"court_cases": ("ecli",)}}, NoPermission, "to everybody"),
    ],
)
def test_what_may_not_be_given_is_refused_and_nothing_is_made(lake, vault, asked, error, said):
    with pytest.raises(error, match=said):
        open_project(lake, wanted(**asked), keys=vault, today=TODAY)
    assert not (lake / "projects").exists()
    assert not vault.exists()


def test_keys_inside_the_lake_are_refused(lake):
    with pytest.raises(NoPermission, match="inside the lake"):
        open_project(lake, wanted(), keys=lake / "keys", today=TODAY)


def test_a_key_that_others_may_touch_or_that_is_broken_is_refused(lake, vault):
    opened(lake, vault)
    (lake / "projects" / "one").rename(lake / "away")
    path = vault / "projects" / "one.key"
    path.chmod(0o644)
    with pytest.raises(NoPermission, match="others than its owner"):
        opened(lake, vault)
    path.chmod(0o600)
    for broken in ("", "[]", '{"key": "AAAA"}', '{"key": "%"}'):
        path.write_text(broken)
        with pytest.raises(Refused, match="cannot be read"):
            opened(lake, vault)


def test_a_table_without_rows_keeps_its_columns_and_types(lake, vault):
    asked = {"sanctions": ("sanction_key", "imposed_on")}
    found = opened(lake, vault, columns=asked).sanctions
    assert tuple(found.columns) == asked["sanctions"]
    assert found.schema()["imposed_on"].is_date()
    assert len(found.execute()) == 0


def test_what_a_project_does_is_logged_under_its_name(lake, vault):
    workspace = opened(lake, vault)
    workspace.note("measure", rows=3)
    close_project(lake, "one", keys=vault)
    lines = [line for line in read_log(lake) if line.get("project") == "one"]
    assert [line["act"] for line in lines] == ["project open", "project use", "measure", "project close"]
    assert lines[0]["tables"] == [f"{t}.{c}" for t, names in sorted(COLUMNS.items()) for c in names]
    assert lines[0]["rows"] == 50
    assert {line["purpose"] for line in lines[:3]} == {"monitor"}
    assert "h1." not in json.dumps(lines)


def test_the_command_opens_and_closes(demo_lake, tmp_path):
    def run(*words):
        command = [sys.executable, "-m", "das_analysis.cli", "project", *words, "--lake", str(demo_lake)]
        keys = ["--keys", str(tmp_path / "keys")]
        return subprocess.run([*command, *keys], capture_output=True, text=True, check=False, env=os.environ)

    asked = [
        "--purpose",
        "monitor",
        "--until",
        str(date.today() + timedelta(30)),  # noqa: DTZ011 - as the command
        "--tables",
        "cases:case_key,person_key",
    ]
    done = run("open", "lead-times", *asked, "--tables", "persons:person_key,sex_code")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "persons" in done.stdout
    workspace = das.open_workspace("lead-times", lake=demo_lake)
    persons = set(workspace.persons.execute()["person_key"])
    assert set(workspace.cases.execute()["person_key"]) <= persons
    assert run("close", "lead-times").returncode == 0
    assert not Path(demo_lake / "projects" / "lead-times").exists()
    assert run("open", "lead-times", *asked[:2], "--until", "soon", *asked[4:]).returncode == 2
