"""Killed anywhere, every step leaves the state before it or the one after it; again reaches the latter."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
STEPS = ("deliver", "receive", "validate", "pseudonymise", "link", "rotate", "freeze", "publish")
MOST = 8  # kills of a step; one that calls less often is killed at every call


@pytest.fixture(scope="module")
def reports():
    """What the kills of each step found."""
    command = [sys.executable, HERE / "kills.py", "--most", str(MOST)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())  # the reason that the machine gives
    assert done.returncode == 0, done.stderr
    return {report["step"]: report for report in map(json.loads, done.stdout.splitlines())}


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_all_that_is_new_is_on_the_disk_before_it_counts(reports, step):
    assert reports[step]["loose"] == []


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_killed_anywhere_it_is_before_or_after_and_again_is_after(reports, step):
    report = reports[step]
    assert report["faults"] == []
    assert report["between"] == report["done"] == 0
    assert report["before"] + report["after"] == min(MOST, report["calls"])
    assert report["before"]
