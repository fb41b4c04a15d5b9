"""The public face: what `import das_analysis` gives, how fast, and what it leaves alone."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "src" / "das_analysis"
HEAVY = {
    *("pandas", "duckdb", "pyarrow", "ibis", "deltalake", "matplotlib", "papermill"),
    *("linkml", "linkml_runtime", "rdflib"),
}
SECONDS = 0.3

LOOK = """
import json, sys, time, types
sys.path.insert(0, sys.argv[1])
known, start = set(sys.modules), time.perf_counter()
face = __import__(sys.argv[2])
seconds = time.perf_counter() - start
loaded = {name.split(".")[0] for name in set(sys.modules) - known}
declared = list(getattr(face, "__all__", []))
def missing(name):
    try:
        getattr(face, name)
    except (AttributeError, ImportError):
        return True
    return False
def public(name):
    return not name.startswith("_") and not isinstance(getattr(face, name, None), types.ModuleType)
opened = {name for name in vars(face) if public(name)}
broken = [name for name in declared if missing(name)]
seen = {"seconds": seconds, "loaded": sorted(loaded), "declared": declared, "broken": broken,
        "open": sorted(opened), "listed": [name for name in dir(face) if public(name)]}
print(json.dumps(seen))
"""


def look(folder: Path, name: str) -> dict:
    """Imports a package in a process of its own and tells what it saw."""
    command = [sys.executable, "-c", LOOK, str(folder), name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def faults_of_face(seen: dict) -> list[str]:
    """`__all__` is exact: there, sorted, each name importable, and no public name beside it."""
    declared = set(seen["declared"])
    faults = [] if declared else ["no __all__"]
    faults += ["__all__ has a name twice"] if len(declared) < len(seen["declared"]) else []
    faults += [f"{name} cannot be imported" for name in seen["broken"]]
    faults += [f"{name} leaks" for name in sorted({*seen["open"], *seen["listed"]} - declared)]
    faults += [f"{name} is missing in dir()" for name in sorted(declared - {*seen["listed"], "__version__"})]
    return faults


def faults_of_weight(seen: dict) -> list[str]:
    faults = [f"imports {name}" for name in sorted(HEAVY) if name in seen["loaded"]]
    return faults + ([f"takes {seen['seconds']:.2f} s"] if seen["seconds"] > SECONDS else [])


def faults_of_run_time(folder: Path, name: str) -> list[str]:
    """linkml stays out when every module but the build of the model is imported."""
    paths = sorted((folder / name).rglob("*.py"))
    dotted = [".".join(p.relative_to(folder).with_suffix("").parts).removesuffix(".__init__") for p in paths]
    wanted = [m for m in dotted if ".model.build" not in m and not m.endswith("__main__")]
    script = (
        f"import sys; sys.path.insert(0, {str(folder)!r})\nimport {', '.join(wanted)}\nprint(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    if done.returncode:
        return [done.stderr]
    return sorted({"linkml", "linkml_runtime", "rdflib"} & set(done.stdout.splitlines()[-1].split()))


def test_the_face_is_exact():
    assert faults_of_face(look(PACKAGE.parent, "das_analysis")) == []


def test_the_face_is_light():
    tries = [faults_of_weight(look(PACKAGE.parent, "das_analysis")) for _ in range(3)]
    assert [] in tries, tries


def test_linkml_stays_at_the_build():
    assert faults_of_run_time(PACKAGE.parent, "das_analysis") == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("x = 1", "no __all__"),
        ("__all__ = ['gone']", "gone cannot be imported"),
        ("__all__ = ['x']\nx = y = 1", "y leaks"),
        ("__all__ = ['x', 'x']\nx = 1", "__all__ has a name twice"),
    ],
)
def test_a_loose_face_is_seen(tmp_path, source, fault):
    (tmp_path / "loose.py").write_text(source)
    assert fault in faults_of_face(look(tmp_path, "loose"))


@pytest.mark.parametrize(
    ("source", "fault"),
    [("import duckdb", "imports duckdb"), ("import time; time.sleep(0.4)", "takes 0.")],
)
def test_a_heavy_face_is_seen(tmp_path, source, fault):
    (tmp_path / "heavy.py").write_text(source)
    assert any(fault in text for text in faults_of_weight(look(tmp_path, "heavy")))


def test_linkml_at_run_time_is_seen(tmp_path):
    (tmp_path / "house" / "model").mkdir(parents=True)
    for name in ("__init__.py", "model/__init__.py"):
        (tmp_path / "house" / name).touch()
    (tmp_path / "house" / "model" / "build.py").write_text("import rdflib")
    assert faults_of_run_time(tmp_path, "house") == []
    (tmp_path / "house" / "query.py").write_text("import house.model.build")
    assert faults_of_run_time(tmp_path, "house") == ["rdflib"]
