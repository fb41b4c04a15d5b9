"""What is generated is fresh: building it again gives the committed bytes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "model"
COMPILED = ROOT / "src" / "das_analysis" / "model" / "compiled"


def contents(folder: Path) -> dict[str, bytes]:
    """Every generated file below a folder, by its name there."""
    files = [p for p in folder.rglob("*") if p.is_file() and p.suffix not in {".py", ".pyc"}]
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def differences(committed: Path, fresh: Path) -> list[str]:
    old, new = contents(committed), contents(fresh)
    changed = {name for name in old.keys() & new.keys() if old[name] != new[name]}
    kinds = {"stale": changed, "missing": new.keys() - old.keys(), "left over": old.keys() - new.keys()}
    return sorted(f"{kind}: {name}" for kind, names in kinds.items() for name in names)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    from das_analysis.model.build import build

    home = tmp_path_factory.mktemp("built")
    build(SOURCE, home)
    return home


def test_the_compiled_model_is_fresh(built):
    assert contents(built), "the build wrote nothing"
    assert differences(COMPILED, built) == [], "run `make model` and commit what it writes"


BUILD = """
import sys
from pathlib import Path
from das_analysis.model.build import build
build(Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_building_again_gives_the_same_bytes(built, tmp_path):
    """In another process, where sets have another order."""
    surroundings = {**os.environ, "PYTHONHASHSEED": "7"}
    subprocess.run([sys.executable, "-c", BUILD, SOURCE, tmp_path], env=surroundings, check=True)
    assert differences(built, tmp_path) == []


def test_a_version_that_was_kept_says_what_the_model_says():
    from das_analysis.model import load_model
    from das_analysis.model.outline import edition, editions, outline

    model = load_model()
    kept = edition(model.version) if model.version in editions() else outline(model)
    assert kept == outline(model), "give the model a new version in model/das.yaml"


def test_drift_is_seen(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    for name in ("a.json", "b.json", "c.json", "__init__.py"):
        (old / name).write_text("{}")
    shutil.copytree(old, new)
    assert differences(old, new) == []
    (new / "a.json").write_text("[]")
    (new / "b.json").unlink()
    (new / "d.json").touch()
    assert differences(old, new) == ["left over: b.json", "missing: d.json", "stale: a.json"]
