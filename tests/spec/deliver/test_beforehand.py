"""What the host would hold back the supplier is told before anything is sent, by the same compiled rules."""

import csv
import subprocess
import sys
from collections import Counter

import pytest

from das_analysis.errors import BadDelivery, TryAgain
from das_analysis.intake import deliver, findings
from das_analysis.intake.beforehand import Look
from das_analysis.model import load_model

SUPPLIERS = ("cjib", "dji", "om", "politie", "rechtspraak")


@pytest.fixture
def files(deliveries):
    return lambda supplier: sorted((deliveries / supplier / "2025").glob("*.csv"))


@pytest.fixture
def send(files, keys, tmp_path):
    """Delivers a supplier's year with a look at it, and gives that look and the package."""

    def sending(supplier, **given):
        look = Look(model=load_model(), report=tmp_path / "report.csv", **given)
        asked = {"period": "2025", "keys": keys, "target": tmp_path / "out", "look": look}
        return look, deliver(supplier, files(supplier), **asked)

    return sending


def listed(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@pytest.mark.parametrize("supplier", SUPPLIERS)
def test_the_supplier_finds_what_the_host_finds_row_by_row(send, demo_lake, tmp_path, supplier):
    look, _ = send(supplier, with_findings=True)
    here = Counter((r["bestand"], int(r["rij"]), r["regel"], r["ernst"]) for r in listed(look.report))
    there = findings(demo_lake, supplier=supplier, period="2025")
    columns = ("source_table", "row", "rule_id", "severity")
    assert here == Counter(there[list(columns)].itertuples(index=False, name=None))
    assert sum(rows for *_, rows in look.counts) == here.total() > 0


def test_hard_findings_refuse_and_soft_ones_travel(send, tmp_path, keys, files):
    with pytest.raises(BadDelivery, match=r"rows would be held back(.|\n)*--with-findings") as refusal:
        send("dji")
    assert "listed in report.csv" in str(refusal.value)
    assert list((tmp_path / "out").iterdir()) == []
    assert {r["ernst"] for r in listed(tmp_path / "report.csv")} == {"hard", "soft"}
    hard = {int(r["rij"]) for r in listed(tmp_path / "report.csv") if r["ernst"] == "hard"}
    header, *rows = files("dji")[0].read_text(encoding="utf-8").splitlines()
    mended = tmp_path / "verblijven.csv"
    mended.write_text("\n".join([header, *(r for i, r in enumerate(rows, 1) if i not in hard)]) + "\n")
    look = Look(model=load_model(), report=tmp_path / "second.csv")
    given = {"period": "2025", "keys": keys, "target": tmp_path / "out", "look": look}
    assert deliver("dji", [mended], **given).rows == len(rows) - len(hard)
    assert {r["ernst"] for r in listed(look.report)} == {"soft"}


def test_a_look_changes_no_byte_of_the_package(send, keys, files, tmp_path):
    _, looked_at = send("dji", with_findings=True)
    plain = deliver("dji", files("dji"), period="2025", keys=keys, target=tmp_path / "plain")
    for path in plain.path.iterdir():
        assert path.read_bytes() == (looked_at.path / path.name).read_bytes()
    assert len(list(looked_at.path.iterdir())) == len(list(plain.path.iterdir()))


def test_the_report_names_the_suppliers_own_column_in_its_language_and_no_value(send, files):
    look, _ = send("dji", with_findings=True, lang="en")
    rows = listed(look.report)
    own = set(files("dji")[0].read_text(encoding="utf-8").splitlines()[0].split(";"))
    assert {column for r in rows for column in r["column"].split(", ") if column} <= own
    (ill,) = {r["column"] for r in rows if r["rule"] == "detention_spell.ended_on.type"}
    assert ill == "DATUM_EINDE"
    known = {rule.message["en"] for rule in load_model().rules.values()}
    assert {r["message"] for r in rows} <= known


def test_a_check_that_runs_out_of_room_writes_nothing_and_says_try_again(send, monkeypatch, tmp_path):
    monkeypatch.setattr("das_analysis.rules.typed.MEMORY", "1MB")
    with pytest.raises(TryAgain, match="the check stopped: OutOfMemoryException"):
        send("politie", with_findings=True)
    assert list((tmp_path / "out").iterdir()) == []


def das(*words, folder):
    command = [sys.executable, "-m", "das_analysis.cli", *map(str, words)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_the_command_refuses_lists_and_lets_through_on_demand(files, keys, tmp_path):
    words = ("deliver", "dji", *files("dji"), "--period", "2025", "--keys", keys)
    done = das(*words, folder=tmp_path)
    assert done.returncode == 1
    assert "rows would be held back by the host; no package was made" in done.stdout
    assert "findings-dji-2025-1.csv" in done.stdout
    assert "detention_spell.ended_on.type" in done.stdout
    assert [p.name for p in (tmp_path / "packages").iterdir()] == []
    done = das(*words, "--with-findings", folder=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "rows sealed in packages/dji-2025-1" in done.stdout
