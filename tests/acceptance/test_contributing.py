"""CONTRIBUTING shows how a code, a rule and a supplier are added: its diffs are applied here, and work."""

import os
import re
import shutil
import subprocess
import sys

import pytest

DIFF = re.compile(r"```diff\n(.*?)```", re.DOTALL)


def added(root):
    """The diffs of CONTRIBUTING that touch model/: path -> lines to add."""
    found = {}
    for block in DIFF.findall((root / "CONTRIBUTING.md").read_text(encoding="utf-8")):
        path = re.search(r"# (model/\S+\.yaml)", block)
        if path:
            found[path[1]] = "".join(line[1:] + "\n" for line in block.splitlines() if line.startswith("+"))
    return found


@pytest.fixture(scope="module")
def house(root, tmp_path_factory):
    """A copy of source and model with the diffs applied, compiled anew."""
    copy = tmp_path_factory.mktemp("house")
    for part in ("src", "model"):
        shutil.copytree(root / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    for path, lines in added(root).items():
        target = copy / path
        before = target.read_text(encoding="utf-8") if target.exists() else ""
        target.write_text(before.rstrip("\n") + "\n" + lines, encoding="utf-8")
    run(copy, "-m", "das_analysis.model.build")
    return copy


def run(house, *arguments):
    environment = {**os.environ, "PYTHONPATH": str(house / "src"), "PYTHONWARNINGS": "error::UserWarning"}
    done = subprocess.run(
        [sys.executable, *arguments], cwd=house, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def das(house, *arguments):
    return run(house, "-m", "das_analysis.cli", *arguments)


def test_it_shows_a_code_a_rule_and_a_supplier(root):
    assert {path.split("/")[1] for path in added(root)} == {"codes", "rules", "partners"}


def test_the_code_and_the_rule_are_in_the_model(house):
    assert "GESPREK" in das(house, "model", "show", "PoliceDisposal")
    rules = (house / "src/das_analysis/model/compiled/rules.json").read_text(encoding="utf-8")
    assert '"suspended_without_end"' in rules


def test_a_supplier_is_connected_by_its_card_alone(house):
    lines = ["REGISTRATIENR;VOLGNR;BSN;DATUM", "2025000001;1;111222333;20250304", "2025000002;1;;20250332"]
    (house / "halt.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    das(house, "keys", "new")
    das(house, "deliver", "halt", "halt.csv", "--period", "2025", "--with-findings")
    das(house, "receive", "packages/halt-2025-1")
    assert "2 rows in = 1 validated + 1 held back" in das(house, "validate", "halt", "2025")
    assert "suspect_registration.marked_on.type" in das(house, "findings", "halt", "--to", "r.csv") + (
        house / "r.csv"
    ).read_text(encoding="utf-8")
