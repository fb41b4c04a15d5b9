"""A cohort: some persons or cases with all that is theirs, and no reference that ends in nothing."""

import pandas as pd
import pytest
from click.testing import CliRunner

from das_analysis.cli.main import das
from das_analysis.errors import Refused
from das_analysis.model import load_model
from das_analysis.semantic.cohort import cohort, read_cohort
from das_analysis.semantic.manifest import read_manifest

TABLES = [t for t in load_model().tables.values() if t.name != "delivery"]


def frames(lake):
    return {t.name: lake.tables[t.plural].to_pandas() for t in TABLES if t.plural in lake.tables}


def references(table):
    return [(c.name, c.references) for c in table.at("linked") if c.references]


def slow_cohort(rows, persons=(), cases=()):
    """Row by row: the keys of members, then of what they refer to, until nothing is added."""
    keys = {t.name: set() for t in TABLES}
    keys["person"] |= set(persons)
    keys["case"] |= set(cases)
    for down in (True, False):
        before = None
        while before != sum(map(len, keys.values())):
            before = sum(map(len, keys.values()))
            for table in (t for t in TABLES if t.key and t.name in rows):
                for column, parent in references(table):
                    for key, target in rows[table.name][[table.key, column]].itertuples(index=False):
                        if down and parent != table.name and target in keys[parent]:
                            keys[table.name].add(key)
                        if not down and key in keys[table.name] and not pd.isna(target):
                            keys[parent].add(target)
    return {name: found for name, found in keys.items() if name in rows}


@pytest.fixture(scope="module")
def rows(lake):
    return frames(lake)


@pytest.mark.parametrize("kind", ["persons", "cases", "both"])
def test_a_cohort_is_what_a_walk_row_by_row_finds(lake, rows, kind):
    # keys differ from run to run: one who has a sanction is always among the chosen
    punished = rows["case"][rows["case"]["case_key"].isin(rows["sanction"]["case_key"])].dropna(
        subset="person_key"
    )
    known = [
        *sorted(punished["person_key"].unique())[:1],
        *sorted(rows["case"]["person_key"].dropna().unique())[:8],
    ]
    persons = known if kind != "cases" else []
    cases = [punished["case_key"].min(), *sorted(rows["case"]["case_key"])[-6:]] if kind != "persons" else []
    chosen = {}
    if persons:
        chosen["persons"] = lake.persons.filter(lake.persons.person_key.isin(persons))
    if cases:
        chosen["cases"] = lake.cases.filter(lake.cases.case_key.isin(cases))
    found = frames(cohort(lake, chosen))
    wanted = slow_cohort(rows, persons, cases)
    for table in (t for t in TABLES if t.key and t.name in rows):
        have = list(found[table.name][table.key])
        assert len(have) == len(set(have))
        there = set(rows[table.name][table.key])
        assert set(have) == wanted[table.name] & there, table.name
    assert len(found["sanction"]) > 0


def test_no_reference_ends_in_nothing(lake, rows):
    chosen = {"persons": lake.persons.filter(lake.persons.sex_code == "V")}
    found = frames(cohort(lake, chosen))
    for table in (t for t in TABLES if t.key and t.name in found):
        for column, parent in references(table):
            up = TABLES[[t.name for t in TABLES].index(parent)]
            ends = set(found[table.name][column].dropna()) & set(rows[parent][up.key])
            assert ends <= set(found[parent][up.key]), (table.name, column)


def test_a_table_that_is_no_root_is_refused(lake):
    with pytest.raises(Refused, match="persons or cases"):
        cohort(lake, {"sanctions": lake.sanctions})


def test_an_unknown_key_is_refused_without_repeating_it(lake, rows, tmp_path):
    path = tmp_path / "keys.txt"
    path.write_text(f"{rows['case']['case_key'].iloc[0]}\nh1.nosuchkeynosuchkeynosuchke\n", encoding="utf-8")
    with pytest.raises(Refused, match="1 of 2 keys") as error:
        read_cohort(lake, path)
    assert "nosuch" not in str(error.value)


def test_the_command_line_takes_a_file_of_keys(demo_lake, rows, tmp_path):
    (tmp_path / "keys.txt").write_text("\n".join(rows["case"]["case_key"].head(3)), encoding="utf-8")
    words = ["export", "rdf", "--lake", str(demo_lake), "--to", str(tmp_path / "x")]
    done = CliRunner().invoke(das, [*words, "--cohort", str(tmp_path / "keys.txt")])
    assert done.exit_code == 0, done.output
    manifest = read_manifest(tmp_path / "x")
    counted = {f.table: f.rows for f in manifest.files}
    assert counted["cases"] >= 3
    assert len(manifest.of["cohort"]) == 64
