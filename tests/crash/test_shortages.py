"""A full disk, no access, too many open files: each step says so and leaves the state from before it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
STEPS = ("deliver", "receive", "validate", "pseudonymise", "link", "rotate", "freeze", "publish")
ALWAYS = ("full 0.0", "files of 100 bytes", "read-only", "no access")  # the others some steps can do with


@pytest.fixture(scope="module")
def reports():
    """What was found, by step and shortage."""
    command = [sys.executable, HERE / "shortages.py"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return {step: {r["shortage"]: r for r in found if r["step"] == step} for step in STEPS}


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_what_is_short_is_told_and_nothing_is_half_done(reports, step):
    assert [r for r in reports[step].values() if r["faults"]] == []


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("shortage", ALWAYS)
def test_no_step_works_without_room_or_access(reports, step, shortage):
    report = reports[step][shortage]
    if "skipped" in report:
        pytest.skip(report["skipped"])
    assert report["error"] == "TryAgain"
    assert "next:" in report["said"]
