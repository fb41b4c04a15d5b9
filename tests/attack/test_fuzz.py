"""Five thousand damaged deliveries: each is accepted whole or refused well. And the judge is no friend."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from das_analysis.errors import BadDelivery, TryAgain
from das_analysis.model import load_model

HERE = Path(__file__).parent
MARKS = {"ilverb"}


@pytest.mark.slow
def test_five_thousand_damaged_deliveries_are_accepted_whole_or_refused_well(tmp_path):
    command = [sys.executable, HERE / "fuzz.py", "--only", "0:5000", "--into", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode in {0, 1}, done.stderr
    report = json.loads(done.stdout)
    assert report["faults"] == []
    assert report["tried"] == 5000
    for outcome in ("refused at the desk", "sealed", "refused at the gate", "received"):
        assert report["outcomes"][outcome] > 25


def test_a_run_that_was_stopped_goes_on_from_there(tmp_path):
    command = [sys.executable, HERE / "fuzz.py", "--count", "20", "--seed", "3", "--into", tmp_path]
    first = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    kept = tmp_path / "3-0-20.json"
    kept.write_text(kept.read_text().replace('"tried": 20', '"tried": 19'))
    again = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert [json.loads(line)["tried"] for line in first.splitlines()] == [20, 20]
    assert [json.loads(line)["tried"] for line in again.splitlines()] == [19, 19]


# ---------------------------------------------------------------- the judge


@pytest.fixture
def judging(monkeypatch):
    monkeypatch.syspath_prepend(HERE)
    return importlib.import_module("fuzzing.judging")


def behind(error):
    try:
        raise ValueError("a row with Zilverberg")
    except ValueError:
        error.__context__ = sys.exc_info()[1]
    return error


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (KeyError("x"), "KeyError instead of a refusal"),
        (TryAgain("the disk is full", where="x", todo="y"), "TryAgain instead"),
        (BadDelivery("it is wrong", todo="mend it"), "without its place"),
        (BadDelivery("it is wrong", where="a.csv"), "or next step"),
        (BadDelivery("it is wrong", where="Zilverberg.csv", todo="mend it"), "an identity"),
        (behind(BadDelivery("it is wrong", where="a.csv", todo="mend it")), "an identity"),
        (BadDelivery("it is wrong", where="\x1b[2Ja.csv", todo="mend it"), "steers a terminal"),
    ],
)
def test_the_judge_takes_no_bad_refusal(judging, error, fault):
    with pytest.raises(judging.FaultError, match=fault):
        judging.judge_refusal(error, MARKS)


def test_the_judge_takes_a_good_refusal(judging):
    judging.judge_refusal(BadDelivery("it is wrong", where="a.csv, line 3", todo="mend it"), MARKS)


@pytest.fixture
def bench(judging, tmp_path):
    judging.sources.prepare(tmp_path)
    return judging.Bench(tmp_path, tmp_path / "bench", seed=1)


def test_the_judge_counts_rows_and_looks_for_what_is_not_sealed(judging, bench):
    card, package = load_model().suppliers["cjib"], bench.good["cjib"]
    judging.judge_package(package.path, package.rows, card)
    with pytest.raises(judging.FaultError, match="half a load"):
        judging.judge_package(package.path, package.rows + 1, card)
    path = package.path / "opdrachten.parquet"
    found = judging.pq.read_table(path)
    raw = pa.array(["05/780109-15"] * found.num_rows)
    judging.pq.write_table(found.set_column(0, found.column_names[0], raw), path)
    with pytest.raises(judging.FaultError, match="more than pseudonyms"):
        judging.judge_package(package.path, package.rows, card)


def test_the_judge_sees_what_a_refusal_leaves_behind(judging, bench, monkeypatch):
    def careless(packages, *, lake, keys):
        (lake / "received" / "half").mkdir(parents=True)
        raise BadDelivery("it is wrong", where="a.csv", todo="mend it")

    monkeypatch.setattr(judging, "receive", careless)
    monkeypatch.setattr(judging, "AT_THE_GATE", 1)
    bench.attempt(1)
    assert bench.faults == ["1: refused, and the lake is another"]


def test_any_other_exception_is_a_fault_with_its_number(judging, bench, monkeypatch):
    monkeypatch.setattr(judging, "deliver", lambda *_, **__: 1 / 0)
    monkeypatch.setattr(judging, "AT_THE_GATE", 0)
    bench.attempt(7)
    assert bench.faults == ["7: ZeroDivisionError instead of a refusal"]


def test_what_hangs_is_ended_and_told(tmp_path):
    script = (
        "import sys, time; sys.argv = ['fuzz.py', '--only', '5', '--into', sys.argv[1]]\n"
        f"sys.path.insert(0, {str(HERE)!r}); import fuzz\n"
        "fuzz.PATIENCE = 0.5; fuzz.judging.Bench.attempt = lambda *_: time.sleep(60)\nfuzz.main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "Timeout" in done.stderr
    assert (tmp_path / "at-5").read_text() == "5"
