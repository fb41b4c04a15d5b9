"""A person's data stay and nothing uses them: readers see what an erasure would have left."""

import json
import pathlib
import shutil
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from deltalake import DeltaTable, write_deltalake

import das_analysis as das
from das_analysis.cli.restrict import restrict as command
from das_analysis.errors import Refused, TryAgain
from das_analysis.intake import find_validated
from das_analysis.lake import (
    erase,
    find_snapshot,
    freeze,
    frozen,
    lift_restriction,
    open_lake,
    open_workspace,
    read_log,
    restrict,
    snapshot_files,
    withheld_rows,
    withhold,
)
from das_analysis.linkage import find_linked, link
from das_analysis.query import lapsed
from das_analysis.semantic.export import Form, export_rdf
from das_analysis.vault import (
    Wanted,
    destroy_host_key,
    find_pseudonymised,
    open_project,
    pseudonymise,
    rotate_host_key,
)

GROUND = "AVG 18, a decision"
UNTIL = datetime.now(UTC).date() + timedelta(30)
WANTED = Wanted(project="one", purpose="monitor", until=UNTIL, columns={"persons": ("person_key",)})


@pytest.fixture(scope="module")
def restricted(tmp_path_factory, demo_lake, marked, copied):
    """A lake with a restriction on the marked person, and what it said. Read it, never write it."""
    home = tmp_path_factory.mktemp("restricted")
    lake = copied(demo_lake, home / "lake")
    given = open_project(lake, WANTED, keys=home / "keys")
    return lake, restrict(lake, [marked.key], ground=GROUND), given


@pytest.fixture
def again(restricted, copied, tmp_path):
    """A copy of the lake with the restriction."""
    return copied(restricted[0], tmp_path / "again" / "lake", orders=restricted[0])


def tables_of(lake):
    return {path.relative_to(lake) for path in (lake / "linked").glob("*/*.parquet")}


def test_the_data_stay_and_readers_see_what_an_erasure_would_have_left(
    demo_lake, restricted, erased, marked, leaks, rows_of
):
    lake = restricted[0]
    for zone in ("received", "validated", "pseudonymised", "linked", "quarantine"):
        assert leaks(lake / zone, marked.marks) == leaks(demo_lake / zone, marked.marks)
    assert rows_of(lake) == rows_of(erased[0])
    assert find_snapshot(lake, "synthetic").digest == find_snapshot(erased[0], "synthetic").digest


def test_no_file_that_a_reader_is_given_holds_him(restricted, marked, leaks, tmp_path):
    given = [path for paths in snapshot_files(lake=restricted[0]).values() for path in paths]
    for number, path in enumerate(given):
        shutil.copy(path, tmp_path / f"{number}.parquet")
    assert leaks(tmp_path, marked.marks) == []
    assert leaks(restricted[0] / "restricted", marked.marks) == []


def test_an_export_does_not_hold_him(demo_lake, restricted, marked, leaks, tmp_path):
    form = Form(tables=("persons", "cases"), syntax="nt", compress="none")
    for name, lake in (("all", demo_lake), ("rest", restricted[0])):
        export_rdf(open_lake(lake=lake), tmp_path / name, form=form)
    assert leaks(tmp_path / "all", marked.marks)
    assert leaks(tmp_path / "rest", marked.marks) == []
    with pytest.raises(Refused):  # an export that was begun before does not go on with other content
        export_rdf(open_lake(lake=restricted[0]), tmp_path / "all", form=form)


def test_an_older_snapshot_says_that_its_population_changed(demo_lake, restricted):
    lake, done, _ = restricted
    assert done.snapshots == ("0001-synthetic",)
    assert find_snapshot(lake, "synthetic").is_restricted
    assert find_snapshot(lake, "synthetic").digest != find_snapshot(demo_lake, "synthetic").digest
    assert list(frozen(lake)["note"]) == ["population changed by restriction"]


def test_the_certificate_tells_counts_and_nobody(restricted, marked):
    lake, done, _ = restricted
    text = (lake / "restricted" / done.certificate).read_text()
    said = json.loads(text)
    assert said["ground"] == GROUND
    assert set(said["text"]) == {"nl", "en"}
    assert said["tables"]["case"] >= 1
    assert not any(mark in text for mark in marked.marks)
    assert [line["act"] for line in read_log(lake)].count("restrict") == 1


@pytest.mark.slow
def test_a_restriction_stands_when_the_hosts_key_is_rotated(again, marked, keys, tmp_path):
    """Under the next key he has other pseudonyms; what the suppliers sent leads to him all the same."""
    own = shutil.copytree(keys, tmp_path / "keys")
    rotate_host_key(own)
    pseudonymise(find_validated(again), keys=own)
    freeze(link(find_pseudonymised(again)), "rotated")
    destroy_host_key(again, 1, keys=own)
    before, after = open_lake("synthetic", lake=again), open_lake("rotated", lake=again)
    assert marked.key not in set(after.persons.execute()["person_key"])
    for table in ("cases", "suspect_registrations", "verdicts", "sanctions"):
        assert after.tables[table].count().execute() == before.tables[table].count().execute()
    assert withheld_rows(again)


def test_a_workspace_is_closed_and_the_next_one_is_without_him(restricted, again, tmp_path):
    _, done, given = restricted
    assert done.workspaces == ("one",)
    with pytest.raises(Refused, match="no such project open"):
        open_workspace("one", lake=again)
    new = open_project(again, WANTED, keys=tmp_path / "keys")
    assert new.rows["persons"] == given.rows["persons"] - 1
    assert open_workspace("one", lake=again).persons.count().execute() == new.rows["persons"]


@pytest.mark.slow
def test_new_tables_and_a_new_snapshot_are_without_him_until_it_is_lifted(
    restricted, demo_lake, again, marked, leaks, rows_of
):
    before = tables_of(again)
    link(find_pseudonymised(again))
    made = freeze(find_linked(again), "new")
    new = tables_of(again) - before
    assert new
    assert [path for path in leaks(again, marked.marks) if pathlib.Path(path) in new] == []
    assert len(open_lake("new", lake=again).persons.execute()) == made.tables["person"].rows
    lift_restriction(again, [marked.key])
    assert find_snapshot(again, "synthetic").digest == find_snapshot(demo_lake, "synthetic").digest
    assert find_snapshot(again, "new").digest == made.digest  # frozen without him, and so it stays
    assert list((again / "restricted").glob("*.parquet")) == []
    link(find_pseudonymised(again))
    freeze(find_linked(again), "lifted")
    assert rows_of(again)["cases"] == rows_of(demo_lake)["cases"]
    with pytest.raises(Refused, match="no restriction stands"):
        lift_restriction(again, [marked.key])


def test_a_restored_backup_shows_nobody_until_the_restriction_is_carried_out(
    copied, demo_lake, restricted, tmp_path
):
    keys, before = tmp_path / "keys", copied(demo_lake, tmp_path / "before" / "lake")
    open_project(before, WANTED, keys=keys)
    lake = copied(before, tmp_path / "lake", orders=restricted[0])  # with the workspace of that day
    for read in (open_lake, snapshot_files):
        with pytest.raises(TryAgain, match="not yet carried out"):
            read(lake=lake)
    with pytest.raises(TryAgain, match="not yet carried out"):
        open_project(lake, WANTED, keys=keys)
    said = CliRunner().invoke(command, ["--lake", str(lake), "--apply"])
    assert said.exit_code == 0, said.output
    assert find_snapshot(lake, "synthetic").digest == find_snapshot(restricted[0], "synthetic").digest
    with pytest.raises(Refused, match="no such project open"):
        open_workspace("one", lake=lake)
    assert [p.name for p in (lake / "projects").glob("*")] == []


def test_tables_put_back_by_themselves_are_not_read(demo_lake, again):
    """A backup of one table: its files were not looked at under the restriction."""
    table = again / "linked" / "case"
    shutil.rmtree(table)
    shutil.copytree(demo_lake / "linked" / "case", table)
    for path in table.glob("*.parquet"):
        path.rename(table / f"x{path.name}")
    for log in (table / "_delta_log").glob("*.json"):
        log.write_text(log.read_text().replace('"path":"', '"path":"x'))
    with pytest.raises(TryAgain, match="not yet carried out"):
        open_lake(lake=again)
    assert withhold(again) > 0
    assert open_lake(lake=again).cases.count().execute() == find_snapshot(again, "latest").tables["case"].rows


@pytest.mark.slow
def test_stopped_at_any_rename_nobody_reads_him_and_the_next_run_reaches_the_end(
    lake, restricted, marked, stop_at
):
    """Each time at a later rename: of the order, of a copy, of the view, of the certificate."""
    ordered = {"lake.orders": False, ".parquet": True, "view.json": True, "certificate-": True}
    for name, is_ordered in ordered.items():
        stop_at(name, lambda: restrict(lake, [marked.key], ground=GROUND))
        assert lake.with_suffix(".orders").exists() == is_ordered
        if name == "certificate-":  # the view stood already: it is made anew, and stays until then
            assert find_snapshot(lake, "synthetic").is_restricted
        elif is_ordered:
            with pytest.raises(TryAgain, match="not yet carried out"):
                open_lake(lake=lake)
    done = restrict(lake, [marked.key], ground=GROUND)
    assert find_snapshot(lake, "synthetic").digest == find_snapshot(restricted[0], "synthetic").digest
    assert (lake / "restricted" / done.certificate).exists()
    names = {p.name for p in (restricted[0] / "restricted").iterdir()}
    assert {p.name.split("-")[0] for p in (lake / "restricted").iterdir()} == {n.split("-")[0] for n in names}


@pytest.fixture
def stop_at(monkeypatch):
    """Runs a verb that dies as soon as a file of this name should come."""
    whole = pathlib.Path.replace

    def run(name, verb):
        def stop(self, target):
            if name in pathlib.Path(target).name:
                raise KeyboardInterrupt
            return whole(self, target)

        with monkeypatch.context() as patch:
            patch.setattr(pathlib.Path, "replace", stop)
            with pytest.raises(KeyboardInterrupt):
                verb()

    return run


def acts(lake, act):
    return [line["act"] for line in read_log(lake)].count(act)


@pytest.mark.parametrize("name", [".parquet", "view.json", "certificate-"])
def test_what_was_ordered_and_stopped_is_carried_out_to_the_certificate(
    lake, marked, tmp_path, stop_at, name, restricted
):
    """By the next step, which gives no order: workspaces are closed, it is certified and logged."""
    open_project(lake, WANTED, keys=tmp_path / "keys")
    kept = shutil.copytree(lake / "projects", tmp_path / "projects")
    stop_at(name, lambda: restrict(lake, [marked.key], ground=GROUND))
    shutil.copytree(kept, lake / "projects", dirs_exist_ok=True)  # as if it died before they were closed
    assert withhold(lake) == restricted[1].rows
    assert [p.name for p in (lake / "projects").iterdir()] == []
    (certificate,) = (lake / "restricted").glob("certificate-*.json")
    assert json.loads(certificate.read_text())["ground"] == GROUND
    assert acts(lake, "restrict") == (2 if name == "certificate-" else 1)  # each try
    before = certificate.read_bytes()
    open_project(lake, WANTED, keys=tmp_path / "keys")
    withhold(lake)
    assert open_workspace("one", lake=lake).persons.count().execute()  # nothing changed: it stays open
    assert certificate.read_bytes() == before


@pytest.mark.parametrize("name", ["lake.orders", "view.json"])
def test_a_lifting_that_was_stopped_is_logged(again, marked, stop_at, name):
    other = next(k for k in sorted(open_lake(lake=again).persons.execute()["person_key"]) if k != marked.key)
    restrict(again, [other], ground=GROUND)
    stop_at(name, lambda: lift_restriction(again, [marked.key]))
    if name == "lake.orders":
        lift_restriction(again, [marked.key])
    assert acts(again, "restriction lifted") >= 1
    withhold(again)
    assert len(list((again / "restricted").glob("certificate-*.json"))) == 2
    assert marked.key in set(open_lake(lake=again).persons.execute()["person_key"])


def test_what_was_opened_before_is_used_no_more(lake, marked):
    opened = das.open_lake(lake=lake)
    measured = das.measure("om_inflow", opened, over=das.years(2024, 2025))
    released = set((lake / "releases").glob("*"))
    restrict(lake, [marked.key], ground=GROUND)
    for use in (
        lambda: das.measure("om_inflow", opened, over=das.years(2024, 2025)),
        lambda: measured.release(title="made before"),
        lambda: opened.sparql("SELECT * { ?s ?p ?o } LIMIT 5"),
    ):
        with pytest.raises(Refused, match="changed since it was opened"):
            use()
    assert set((lake / "releases").glob("*")) == released
    again = das.measure("om_inflow", das.open_lake(lake=lake), over=das.years(2024, 2025))
    assert again.release(title="made after").snapshot == "0001-synthetic"


def test_one_record_can_be_restricted_and_his_others_stay(lake, demo_lake):
    cases = open_lake(lake=demo_lake).cases.execute()
    many = cases[cases.duplicated("person_key", keep=False)].dropna(subset=["person_key"])
    case = many.sort_values("case_key").iloc[0]
    restrict(lake, [case["case_key"]], ground=GROUND, of_record=True)
    left = open_lake(lake=lake).cases.execute()
    assert set(cases["case_key"]) - set(left["case_key"]) == {case["case_key"]}
    assert case["person_key"] in set(left["person_key"])


def test_an_erasure_clears_the_copies_of_others_too(again, marked, leaks):
    persons = set(open_lake(lake=again).persons.execute()["person_key"])
    erase(again, [marked.key], ground=GROUND)
    assert leaks(again.parent, marked.marks) == []
    assert set(open_lake(lake=again).persons.execute()["person_key"]) == persons


def test_rows_of_a_late_file_are_known_by_his_numbers(again, marked):
    """Planted: a case that came after the order, with another number and on his SKN."""
    home = DeltaTable(str(again / "pseudonymised" / "case"))
    rows = pa.concat_tables([pq.read_table(p) for p in (again / "pseudonymised" / "case").glob("*.parquet")])
    his = next(row for row in rows.to_pylist() if row["skn_key"] in marked.marks)
    late = his | {"delivery_id": "om-2026-1-late", "row": 7, "case_key": marked.key[:-4] + "late"}
    write_deltalake(home, pa.Table.from_pylist([late], schema=rows.schema), mode="append")
    assert ("om-2026-1-late", his["source_table"], 7) in withheld_rows(again)


def test_what_is_restricted_does_not_lapse(demo_lake, restricted, marked):
    on = date(2100, 1, 1)
    kept = set(lapsed(demo_lake, on=on)) - set(lapsed(restricted[0], on=on))
    assert kept
    assert kept <= marked.marks


def test_what_cannot_be_restricted_is_refused(demo_lake, marked):
    nobody = marked.key[:3] + "a" * len(marked.key[3:])
    for pseudonyms, ground, said in (
        ([], GROUND, "needs a pseudonym"),
        ([nobody], " ", "legal ground"),
        (["123456789"], GROUND, "not a list of pseudonyms"),
        ([nobody], GROUND, "holds no row"),
    ):
        with pytest.raises(Refused, match=said) as refused:
            restrict(demo_lake, pseudonyms, ground=ground)
        assert "123456789" not in str(refused.value)
    assert not demo_lake.with_suffix(".orders").exists()


def test_the_command_reads_the_pseudonym_from_standard_input(lake, marked):
    def run(*words):
        return CliRunner().invoke(command, ["--lake", str(lake), *words], input=marked.key + "\n")

    assert run("--file", "-").exit_code == 2
    assert run("--ground", GROUND).exit_code == 2
    done = run("--file", "-", "--ground", GROUND)
    assert done.exit_code == 0, done.output
    assert "population changed by restriction" in done.output
    assert marked.key not in done.output
    assert run("--file", "-", "--lift").exit_code == 0
