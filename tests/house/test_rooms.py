"""Rooms and floors: who may import whom (the contracts stand in pyproject.toml)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).parent / "lint-imports"
ROOMS = [
    *("cli", "report", "disclosure"),
    *("intake", "vault", "linkage", "query", "semantic", "synth"),
    *("rules", "lake", "model", "flow", "shortage", "disk", "keys", "errors", "words"),
]


def lint(folder: Path) -> tuple[bool, str]:
    """Judges the package das_analysis below `folder` by the contracts of the house."""
    command = [str(LINT), "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def small_house(tmp_path):
    """A house with every room and nothing in it."""
    package = tmp_path / "das_analysis"
    for room in ROOMS:
        (package / room).mkdir(parents=True)
        (package / room / "__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "model" / "build.py").touch()
    return package


def test_the_house_keeps_its_floors():
    kept, report = lint(ROOT / "src")
    assert kept, report


def test_an_empty_house_keeps_its_floors(small_house):
    kept, report = lint(small_house.parent)
    assert kept, report


@pytest.mark.parametrize(
    ("room", "line", "contract"),
    [
        ("lake", "import das_analysis.rules", "looking down"),
        ("intake", "import das_analysis.query", "looking down"),
        ("words", "import das_analysis.errors", "looking down"),
        ("flow", "import das_analysis.model", "looking down"),
        ("model", "import linkml", "linkml and rdflib"),
        ("cli", "import linkml_runtime", "linkml and rdflib"),
        ("synth", "import rdflib", "linkml and rdflib"),
        ("report", "import das_analysis.vault", "nobody but cli"),
        ("disclosure", "import das_analysis.vault", "nobody but cli"),
        ("report", "import das_analysis.lake", "never opens the lake"),
        ("report", "import das_analysis.synth", "made-up"),
        ("query", "import das_analysis.synth", "made-up"),
    ],
)
def test_a_wrong_door_is_seen(small_house, room, line, contract):
    (small_house / room / "door.py").write_text(line)
    kept, report = lint(small_house.parent)
    assert not kept
    broken = [text for text in report.splitlines() if text.rstrip().endswith("BROKEN")]
    assert any(contract in text for text in broken), report


@pytest.mark.parametrize(
    ("room", "line"),
    [
        ("cli", "import das_analysis.vault"),
        ("report", "import das_analysis.disclosure"),
        ("semantic", "import rdflib"),
    ],
)
def test_a_right_door_is_open(small_house, room, line):
    (small_house / room / "door.py").write_text(line)
    (small_house / "disclosure" / "door.py").write_text("import das_analysis.lake")
    (small_house / "model" / "build.py").write_text("import linkml, linkml_runtime, rdflib")
    kept, report = lint(small_house.parent)
    assert kept, report


def test_a_room_without_a_floor_is_seen(small_house):
    (small_house / "attic.py").touch()
    kept, report = lint(small_house.parent)
    assert not kept
    assert "attic" in report
