"""The access log: every act a line, and no line lost, changed or moved without being seen."""

import json
import os
import subprocess
import sys
import time

import pytest

import das_analysis as das
from das_analysis.errors import Refused, TryAgain
from das_analysis.lake import Entry, head_at, head_path, read_log, record, verify_log

LINES = 6


@pytest.fixture
def lake(tmp_path):
    """A lake with a log of six lines."""
    root = tmp_path / "lake"
    for number in range(LINES):
        record(root, Entry(act="open", purpose="monitor", snapshot=f"{number:04d}-a", tables=("case",)))
    return root


def log(lake):
    return lake / "access" / "log.jsonl"


def edit(lines):
    return [line.replace(b"monitor", b"statistiek") if n == 2 else line for n, line in enumerate(lines)]


def edit_the_last(lines):
    return [*lines[:-1], lines[-1].replace(b"monitor", b"statistiek")]


def put_in(lines):
    return [*lines[:2], lines[1], *lines[2:]]


def forge(lines):
    """A line in the place of another, with the right number and the right hash before it."""
    line = json.loads(lines[3]) | {"who": "another"}
    return [*lines[:3], json.dumps(line).encode() + b"\n", *lines[4:]]


def go_on(lake):
    record(lake, Entry(act="open"))
    verify_log(lake)


TAMPERED = {
    "edited": edit,
    "last line edited": edit_the_last,
    "first line edited": lambda lines: [lines[0].replace(b"monitor", b"statistiek"), *lines[1:]],
    "deleted": lambda lines: [*lines[:2], *lines[3:]],
    "first deleted": lambda lines: lines[1:],
    "moved": lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]],
    "turned round": lambda lines: lines[::-1],
    "put in": put_in,
    "forged": forge,
    "tail cut": lambda lines: lines[:-1],
    "long tail cut": lambda lines: lines[:1],
    "all gone": lambda lines: [],
    "no text": lambda lines: [*lines[:2], b"\xff\xfe\n", *lines[3:]],
    "cut inside the last line": lambda lines: [*lines[:-1], lines[-1][:20]],
}


def test_a_log_that_nobody_touched_holds(lake):
    found = verify_log(lake)
    assert (found.head.line, found.anew) == (LINES, 0)
    assert [line["line"] for line in read_log(lake)] == list(range(1, LINES + 1))


@pytest.mark.parametrize("how", TAMPERED)
def test_each_way_to_tamper_is_found_and_the_log_is_not_healed(lake, how):
    log(lake).write_bytes(b"".join(TAMPERED[how](log(lake).read_bytes().splitlines(keepends=True))))
    with pytest.raises(Refused, match="line"):
        verify_log(lake)
    with pytest.raises(Refused) as again:  # one more act must not cover it
        go_on(lake)
    assert "monitor" not in str(again.value)


def test_a_log_that_is_gone_is_found(lake):
    log(lake).unlink()
    with pytest.raises(Refused, match="tail"):
        verify_log(lake)
    with pytest.raises(Refused, match="does not go on"):
        record(lake, Entry(act="open"))


def test_a_head_that_is_gone_is_found_and_beginning_anew_is_told(lake):
    head_path(lake).unlink()
    with pytest.raises(Refused, match="no head"):
        verify_log(lake)
    record(lake, Entry(act="open"))
    assert verify_log(lake).anew == 1


@pytest.mark.parametrize("content", ["", "[]", '{"line": 6}', '{"line": 6, "digest": "0"}'])
def test_a_head_that_is_another_is_found(lake, content):
    head_path(lake).write_text(content)
    with pytest.raises(Refused, match=r"head of the log cannot be read|log was changed"):
        verify_log(lake)
    with pytest.raises(Refused):
        record(lake, Entry(act="open"))


def test_log_and_head_rewritten_together_are_found_by_a_head_written_down_elsewhere(lake):
    kept = verify_log(lake).head
    log(lake).unlink()
    head_path(lake).unlink()
    for _ in range(LINES):
        record(lake, Entry(act="open", purpose="statistiek"))
    assert verify_log(lake).head.line == LINES  # by itself it cannot be seen
    assert head_at(lake, kept.line) != kept
    words = [sys.executable, "-m", "das_analysis.cli", "audit", "verify", "--lake", str(lake)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    expect = ["--expect", f"{kept.line}:{kept.digest}"]
    done = subprocess.run([*words, *expect], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "rewritten" in done.stdout
    with pytest.raises(Refused, match="no such line"):
        head_at(lake, LINES + 1)


def test_a_line_cut_short_by_a_crash_is_no_line(lake):
    with log(lake).open("ab") as handle:
        handle.write(b'{"line": 7, "previous"')
    assert verify_log(lake).head.line == LINES
    record(lake, Entry(act="open"))
    assert verify_log(lake).head.line == LINES + 1


@pytest.mark.parametrize("call", range(1, 4))
def test_a_crash_at_any_moment_leaves_a_log_that_holds_and_goes_on(lake, call, monkeypatch):
    """The two fsyncs and the rename of one entry, each the last thing that happens."""
    calls = iter(range(1, 10))

    def crash(*_):
        if next(calls) == call:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", crash)
        patch.setattr("pathlib.Path.replace", crash)
        with pytest.raises(KeyboardInterrupt):
            record(lake, Entry(act="open"))
    assert verify_log(lake).head.line == LINES + 1
    record(lake, Entry(act="open"))
    assert verify_log(lake).head.line == LINES + 2


def test_a_process_that_is_killed_while_it_logs_leaves_a_log_that_holds(tmp_path):
    script = (
        "import sys; from das_analysis.lake import Entry, record\nprint('on', flush=True)\n"
        "while True: record(sys.argv[1], Entry(act='open'))"
    )
    for wait in (0.03, 0.05, 0.08):
        child = subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path / "lake")], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout.readline() == "on\n"
        time.sleep(wait)
        child.kill()
        child.wait()
        child.stdout.close()
        verify_log(tmp_path / "lake")
    record(tmp_path / "lake", Entry(act="open"))
    assert verify_log(tmp_path / "lake").anew == 0


def test_processes_that_log_at_once_lose_no_line(tmp_path):
    script = (
        "import sys; from das_analysis.lake import Entry, record\n"
        "for _ in range(40): record(sys.argv[1], Entry(act='open'))"
    )
    words = [sys.executable, "-c", script, str(tmp_path / "lake")]
    children = [subprocess.Popen(words) for _ in range(3)]
    assert [child.wait() for child in children] == [0, 0, 0]
    assert verify_log(tmp_path / "lake").head.line == 120


def test_the_head_is_kept_where_the_host_wants_it(tmp_path, monkeypatch):
    monkeypatch.setenv("DAS_HEAD", str(tmp_path / "apart"))
    record(tmp_path / "lake", Entry(act="open"))
    assert head_path(tmp_path / "lake").parent == tmp_path / "apart"
    assert not (tmp_path / "lake.head").exists()
    assert verify_log(tmp_path / "lake").head.line == 1


def test_what_cannot_be_logged_does_not_happen(tmp_path):
    (tmp_path / "lake").write_text("a file where the folder should be")
    with pytest.raises(TryAgain, match="cannot be logged"):
        record(tmp_path / "lake", Entry(act="open"))


def test_a_long_log_is_read_from_its_end_only(tmp_path):
    lake = tmp_path / "lake"
    tables = tuple(f"table_{n}" for n in range(400))
    for _ in range(20):
        record(lake, Entry(act="open", tables=tables))
    assert log(lake).stat().st_size > 1 << 16
    assert verify_log(lake).head.line == 20


def test_questions_are_logged_as_hashes_and_counts(demo_lake):
    before = len(list(read_log(demo_lake)))
    lake = das.open_lake(lake=demo_lake, purpose="beleidsinformatie")
    das.measure("om_inflow", lake, over=das.years(2024, 2025))
    das.measure("om_inflow", lake, over=das.years(2024, 2024))
    das.sparql(lake, "SELECT (COUNT(*) AS ?n) { ?c a das:Case }")
    lines = list(read_log(demo_lake))[before:]
    assert [(line["act"], line.get("rows")) for line in lines] == [
        ("open", None),
        ("measure", 2),
        ("measure", 1),
        ("sparql", 1),
    ]
    assert {line["purpose"] for line in lines} == {"beleidsinformatie"}
    hashes = [line["query"] for line in lines[1:]]
    assert len(set(hashes)) == 3
    assert all(len(h) == 64 for h in hashes)
    assert "COUNT" not in json.dumps(lines)
