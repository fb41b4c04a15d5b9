"""The command line: every verb explains itself by example and leaves with the exit code that says why."""

import fcntl
import subprocess
import sys

import pytest

from das_analysis.cli.main import COMMANDS

VERBS = [
    *(c for c in COMMANDS if c not in {"audit", "export", "keys", "linkage", "model", "partner", "project"}),
    "audit verify",
    "project open",
    "project close",
    "export catalogue",
    "export rdf",
    "export releases",
    "keys new",
    "keys signer",
    "linkage judged",
    "linkage sample",
    "model build",
    "model check",
    "model show",
    "model downloads",
    "model site",
    "model diff",
    "model keep",
    "partner check",
    "partner distrust",
    "partner new",
    "partner show",
    "partner signers",
    "partner trust",
]


def das(*words, folder, **surroundings):
    command = [sys.executable, "-m", "das_analysis.cli", *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=120, **surroundings
    )


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_explains_itself_with_an_example(verb, tmp_path):
    done = das(*verb.split(), "--help", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"Example:  das {verb}" in done.stdout


def test_the_group_says_the_way_of_the_data_and_the_exit_codes(tmp_path):
    done = das("--help", folder=tmp_path)
    assert "deliver -> receive -> validate -> pseudonymise -> link -> freeze -> run" in done.stdout
    assert "0 done, 1 refused with a reason, 2 wrong use, 3 try again later" in done.stdout


def test_done_is_zero(tmp_path, demo_lake):
    done = das("--help", folder=tmp_path)
    assert done.returncode == 0
    done = das("status", "--lake", str(demo_lake), folder=tmp_path)
    assert done.returncode == 0
    assert "0001" not in done.stderr
    assert "synthetic" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["freeze", "2026-09"], "run das link"),
        (["validate"], "see das status"),
        (["pseudonymise"], "run das validate"),
        (["link"], "run das pseudonymise"),
        (["deliver", "dji", "no.csv", "--period", "2025"], "next:"),
        (["deliver", "nobody", "no.csv", "--period", "2025"], "next:"),
        (["receive", "nothing"], "next:"),
        (["run", "no-such-monitor", "--period", "2025"], "next:"),
        (["model", "show", "nothing"], "das model show"),
    ],
)
def test_a_refusal_is_one_and_says_what_to_do_next(words, said, tmp_path):
    done = das(*words, folder=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert said in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "words",
    [["nothing"], ["deliver"], ["synth", "x", "--years", "soon"], ["run", "chain"], ["status", "--deep"]],
)
def test_wrong_use_is_two(words, tmp_path):
    done = das(*words, folder=tmp_path)
    assert done.returncode == 2
    assert "Usage" in done.stderr or "Error" in done.stderr


def test_a_lake_that_is_being_written_is_three_and_names_the_writer(tmp_path, demo_lake):
    with (demo_lake / ".lock").open("a+") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        done = das("validate", "dji", "--again", "--lake", str(demo_lake), folder=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "next: wait" in done.stdout


def test_the_lake_is_named_by_the_environment_too(tmp_path, demo_lake, monkeypatch):
    monkeypatch.setenv("DAS_LAKE", str(demo_lake))
    assert "rechtspraak" in das("status", folder=tmp_path).stdout


def test_findings_are_counted_and_returned_without_a_value(tmp_path, demo_lake):
    target = tmp_path / "return.csv"
    words = ["findings", "om", "2025", "--lake", str(demo_lake), "--lang", "en"]
    assert "held back" in das(*words, folder=tmp_path).stdout
    assert "written to" in das(*words, "--to", str(target), folder=tmp_path).stdout
    header = target.read_text(encoding="utf-8").splitlines()[0]
    assert header == "delivery_id;source_table;row;rule_id;severity;message"


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("name", ["", "case", "DetentionTitle", "dji", "om_inflow"])
def test_the_model_is_shown_in_both_languages(name, lang, tmp_path):
    done = das("model", "show", *filter(None, [name]), "--lang", lang, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 5
