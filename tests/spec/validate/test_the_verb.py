"""The verb as a whole: every row of the file is accounted for, in any order, once or twice."""

import dataclasses
import importlib
import json
import shutil

import pytest

from das_analysis.errors import BadDelivery, Refused, TryAgain
from das_analysis.intake.held import findings, write_return_file
from das_analysis.intake.validate import find_validated
from das_analysis.lake import enter, hold, table_version

TABLES = [("validated", t) for t in ("case", "charge", "event", "stay", "present")]
ALL = [*TABLES, ("quarantine", "finding"), ("quarantine", "held"), ("quarantine", "stale")]


def everything(bench):
    rows = {f"{zone}/{table}": bench.read(zone, table) for zone, table in ALL}
    tally = [
        {k: v for k, v in row.items() if k != "validated_at"} for row in bench.read("validated", "delivery")
    ]
    return {**rows, "tally": tally}


@pytest.fixture
def month(bench, case, charge, event):
    """Makes a delivery of a month with faults of every kind: 11 rows in, 5 held back."""

    def make(period):
        cases = [case(), case("b", WEIGHT="1.7"), case(), case("c", PERSON="!format"), case("d", OFFICE="?")]
        charges = [charge(), charge("b", "b"), charge("c", "c"), charge("d", "c", SEQ="2")]
        return bench.put(
            "court", period=period, cases=cases, charges=charges, events=[event(), event("b", "b")]
        )

    return make


def test_every_row_is_validated_or_held_back_once(bench, month):
    done = bench.validate(month("2025-02"))
    assert (done.rows_in, done.rows_validated, done.rows_held) == (11, 6, 5)
    places = [(r["source_table"], r["row"]) for zone, table in TABLES for r in bench.read(zone, table)]
    kept = [(r["source_table"], r["row"]) for r in bench.read("quarantine", "held")]
    assert len(set(places)) == 6
    assert len(kept) == len(set(kept)) == 5
    assert not set(places) & set(kept)


def test_the_balance_is_kept_for_each_delivery(bench, month, case):
    bench.validate(month("2025-02"), bench.put("court", period="2025-03", cases=[case(), case()]))
    rows = [(r["rows_in"], r["rows_validated"], r["rows_held"]) for r in bench.read("validated", "delivery")]
    assert rows == [(11, 6, 5), (2, 1, 1)]
    assert find_validated(bench.lake, supplier="court").rows_in == 13
    assert find_validated(bench.lake, period="2025-03").rows_held == 1
    with pytest.raises(Refused, match="no such delivery"):
        find_validated(bench.lake, supplier="jail")


def test_a_row_that_is_held_back_is_kept_word_for_word(bench, case):
    row = case(WEIGHT=" 1.7", NOTE='a "b"\n\\é')
    bench.validate(bench.put("court", cases=[row]))
    (kept,) = bench.read("quarantine", "held")
    blank = dict.fromkeys(bench.model.suppliers["court"].tables["cases"].package)
    assert json.loads(kept["content"]) == {**blank, **row}


def test_doing_it_again_changes_nothing(bench, month):
    delivery = month("2025-02")
    bench.validate(delivery)
    before = everything(bench)
    bench.validate(delivery)
    assert everything(bench) == before


def test_one_delivery_named_twice_is_one(bench, month):
    delivery = month("2025-02")
    assert bench.validate(delivery, delivery).rows_in == 11
    assert len(bench.read("validated", "delivery")) == 1


def test_several_at_once_is_the_same_as_one_by_one_in_any_order(bench, month, sealed):
    deliveries = [month(f"2025-0{i}") for i in (2, 3, 4)]
    bench.validate(*deliveries)
    together = everything(bench)
    shutil.rmtree(bench.lake / "validated")
    shutil.rmtree(bench.lake / "quarantine")
    for delivery in (deliveries[2], deliveries[0], deliveries[1]):
        bench.validate(delivery)
    assert everything(bench) == together


def test_a_corrected_delivery_replaces_only_its_own_rows(bench, month, case):
    bench.validate(month("2025-02"), month("2025-03"))
    bench.validate(bench.put("court", period="2025-03", cases=[case("x")]))
    assert {r["delivery_id"][6:13]: r["rows_in"] for r in bench.read("validated", "delivery")} == {
        "2025-02": 11,
        "2025-03": 1,
    }
    assert [r["period"] for r in bench.read("validated", "charge")] == ["2025-02", "2025-02", "2025-02"]


def test_one_row_of_a_file_can_become_two_rows_and_is_held_back_as_a_whole(bench, stay):
    first, second = "2025-02-01 00:00:00", "2025-02-09 00:00:00"
    rows = [
        stay("a", "b", "p", IN_1=first, OUT_1=first, IN_2=second),
        stay("c", "d", "q", IN_1=first, IN_2=" NULL "),
        stay("e", "f", "r", IN_1="-", IN_2=""),
        stay("g", "h", "s", IN_1=first, IN_2="no date"),
    ]
    done = bench.validate(bench.put("jail", period="2025-02-28", stays=rows))
    assert [r["row"] for r in bench.read("validated", "stay")] == [1, 1, 2]
    assert (done.rows_in, done.rows_validated, done.rows_held) == (4, 3, 1)
    assert bench.faults("jail") == [("stays", 4, "!stay.started_on.type")]


def test_a_file_without_rows_is_no_fault(bench):
    done = bench.validate(bench.put("court"))
    assert (done.rows_in, done.rows_validated, done.rows_held, done.findings) == (0, 0, 0, 0)
    assert len(bench.read("validated", "delivery")) == 1


def test_a_delivery_may_lack_a_file_of_the_card(bench, case):
    delivery = bench.put("court", cases=[case()])
    for name in ("charges", "events"):
        (bench.lake / "received" / delivery.delivery_id / f"{name}.parquet").unlink()
    assert bench.validate(delivery).rows_validated == 1


def test_files_with_another_number_of_rows_than_was_said_are_refused_and_nothing_is_written(bench, case):
    delivery = bench.put("court", cases=[case(), case("b")])
    for rows in (1, 3):
        with pytest.raises(BadDelivery, match="another number of rows"):
            bench.validate(dataclasses.replace(delivery, rows=rows))
    assert not (bench.lake / "validated").exists()


def test_deliveries_of_two_suppliers_of_none_and_of_a_stranger_are_refused(bench, case):
    court, jail = bench.put("court", cases=[case()]), bench.put("jail", period="2025-02-01")
    stranger = dataclasses.replace(court, supplier="stranger")
    for deliveries in ([], [court, jail], [stranger]):
        with pytest.raises(Refused, match="one supplier"):
            bench.validate(*deliveries)


def test_the_tally_is_written_last(bench, month, monkeypatch):
    module = importlib.import_module("das_analysis.intake.validate")

    def fail(*given, table, **rest):
        if table == "delivery":
            raise TryAgain("power is gone")
        return put(*given, table=table, **rest)

    put = module.replace
    monkeypatch.setattr(module, "replace", fail)
    delivery = month("2025-02")
    with pytest.raises(TryAgain):
        bench.validate(delivery)
    with pytest.raises(Refused, match="no such delivery"):
        find_validated(bench.lake)
    assert len(findings(bench.lake, supplier="court")) == 0
    monkeypatch.setattr(module, "replace", put)
    assert bench.validate(delivery).rows_validated == 6
    assert len(bench.read("validated", "case")) == 2


def test_two_validations_at_once_wait_for_each_other(bench, month):
    with hold(enter(bench.lake, "intake"), "receive"), pytest.raises(TryAgain, match="receive, process"):
        bench.validate(month("2025-02"))


def test_one_commit_a_table(bench, month):
    bench.validate(month("2025-02"), month("2025-03"))
    room = enter(bench.lake, "intake")
    assert {table_version(room, "validated", table=t) for t in ("case", "charge", "event", "delivery")} == {0}


def test_progress_is_told_step_by_step(bench, case):
    from das_analysis.intake.validate import validate

    told = []
    validate([bench.put("court", cases=[case()])], progress=lambda *step: told.append(step))
    assert [step for _, step, _ in told] == [0, 1, 2, 3, 5]
    assert {total for _, _, total in told} == {5}


@pytest.fixture
def day(bench, sealed):
    def make(number, *persons, sequence=1):
        rows = [{"RegisterNumber:PERSON": sealed(x), "AGE": "30"} for x in persons]
        return bench.put("jail", period=f"2025-02-{number:02d}", sequence=sequence, days=rows)

    return make


def stale(bench):
    return [(r["delivery_id"][5:17], r["rule_id"], r["severity"]) for r in bench.read("quarantine", "stale")]


def test_a_file_that_repeats_the_day_before_is_named_whatever_the_order(bench, day):
    days = [day(1, "a", "b"), day(2, "b", "a"), day(3, "a"), day(5, "a"), day(6, "a", "a"), day(7, "a", "b")]
    wanted = [(f"2025-02-0{i}-1", "jail.days.stale", "soft") for i in (2, 5)]
    bench.validate(*days)
    assert stale(bench) == wanted
    shutil.rmtree(bench.lake / "quarantine")
    for delivery in reversed(days):
        bench.validate(delivery)
    assert stale(bench) == wanted
    found = findings(bench.lake, supplier="jail", lang="en")
    assert [m for m, row in zip(found["message"], found["row"].isna(), strict=True) if row] == [
        "the file equals the one of the period before; deliver the file of this period"
    ] * 2


def test_the_day_before_is_the_newest_of_its_deliveries(bench, day):
    bench.validate(
        day(1, "a"), day(1, "b", sequence=2), day(2, "a"), day(3, "a", sequence=7), day(3, "c", sequence=9)
    )
    assert stale(bench) == [("2025-02-03-7", "jail.days.stale", "soft")]


def test_findings_are_of_one_supplier_and_one_period(bench, month, day):
    bench.validate(month("2025-02"), month("2025-03"))
    bench.validate(day(1, "a", "a"))
    everything_, one = (
        findings(bench.lake, supplier="court"),
        findings(bench.lake, supplier="court", period="2025-03"),
    )
    assert len(everything_) == 2 * len(one) > 0
    assert list(findings(bench.lake, supplier="jail")["rule_id"]) == ["present.unique"]
    assert len(findings(bench.lake, supplier="court", period="2025")) == 0


def test_the_return_file_says_what_to_do_and_no_value(bench, case, tmp_path):
    bench.validate(bench.put("court", cases=[case(WEIGHT="SECRET-17")]))
    write_return_file(findings(bench.lake, supplier="court", lang="en"), tmp_path / "back.csv")
    text = (tmp_path / "back.csv").read_text(encoding="utf-8")
    assert (
        "cases;1;case.weight.type;hard;weight is not written as it should be; write the value"
        in text.replace('"', "")
    )
    assert "SECRET" not in text
