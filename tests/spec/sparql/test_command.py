"""das sparql: the same answer on a terminal, as CSV and as JSON."""

import json
import subprocess
import sys

import pytest

QUERY = (
    "SELECT ?kind (COUNT(*) AS ?n) { ?d a das:ProsecutionDecision ; das:decision_code ?kind } GROUP BY ?kind"
)


@pytest.fixture
def das(demo_lake):
    def run(*words, **options):
        command = [sys.executable, "-m", "das_analysis.cli", "sparql", "--lake", str(demo_lake), *words]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, **options)

    return run


def test_a_table_ends_with_the_way(das):
    done = das(QUERY)
    assert done.returncode == 0, done.stderr
    assert "by way of the tables" in done.stdout


def test_csv_and_json_hold_the_answer_alone(das, tmp_path):
    (tmp_path / "q.rq").write_text(QUERY)
    lines = das("--file", str(tmp_path / "q.rq"), "--format", "csv").stdout.splitlines()
    assert lines[0] == "kind,n"
    done = das("--file", "-", "--format", "json", input=QUERY)
    assert len(json.loads(done.stdout)) == len(lines) - 1
    assert "by way of the tables" in done.stderr


def test_explain_prints_sql_or_the_reason(das):
    assert "COUNT(*)" in das("--explain", QUERY).stdout
    assert "not compiled: a variable in the place" in das("--explain", "SELECT * { ?s ?p ?o }").stdout


def test_a_refusal_and_wrong_use_have_their_exit_codes(das):
    assert das("LOAD <http://127.0.0.1:1/>").returncode == 1
    assert das().returncode == 2
