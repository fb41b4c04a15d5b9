"""pyproject.toml asks, requirements.lock answers, environment.yml repeats; nothing is asked for in vain."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
HASH = re.compile(r"\s+--hash=sha256:[0-9a-f]{64}")
PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;]+)(?:\s*;\s*(?P<marker>.+))?")
PYTHONS = ("3.11.0", "3.12.0")
STARTED = {  # asked for, yet imported by no line of ours
    "ipykernel": "the kernel of the notebooks, started by papermill and JupyterLab",
    "jupyterlab": "started by `make lab`",
    "pyarrow-hotfix": "imported by the backends of Ibis, which do not ask for it",
    "statsmodels": "what researchers use in the notebooks; the studies rest on it",
}
Pins = dict[str, list[tuple[str, str]]]


def read_project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def entries(lock: str) -> list[str]:
    """The lock's requirements, each with its continued lines joined."""
    return [line for line in lock.replace("\\\n", " ").splitlines() if line.strip()]


def read_pins(lock: str) -> Pins:
    """Name -> (version, marker); a package can stand there once for each Python."""
    pins: Pins = {}
    for entry in entries(lock):
        if found := PIN.match(entry.split(" --hash", 1)[0].strip()):
            pins.setdefault(canonicalize_name(found["name"]), []).append(
                (found["version"], (found["marker"] or "").strip())
            )
    return pins


def faults_of_lock(lock: str) -> list[str]:
    """Each line pins one version and hashes it; no address, no option."""
    faults = [f"address: {line.strip()}" for line in lock.splitlines() if "://" in line or " @ " in line]
    for entry in entries(lock):
        pin, *_ = entry.split(" --hash", 1)
        faults += [] if PIN.fullmatch(pin.strip()) else [f"not a pin: {pin.strip()}"]
        faults += [] if HASH.search(entry) else [f"not hashed: {pin.strip()}"]
    return faults


def version_on(pins: list[tuple[str, str]], python: str) -> str | None:
    here = {"python_full_version": python, "python_version": python.rsplit(".", 1)[0]}
    fitting = [version for version, marker in pins if not marker or Marker(marker).evaluate(here)]
    return fitting[0] if fitting else None


def faults_of_agreement(asked: list[str], pins: Pins) -> list[str]:
    """What pyproject asks that the lock does not give, on each Python that we serve."""
    faults = []
    for requirement in map(Requirement, asked):
        for python in PYTHONS:
            version = version_on(pins.get(canonicalize_name(requirement.name), []), python)
            if version is None or not requirement.specifier.contains(version, prereleases=True):
                faults.append(f"{requirement} on Python {python}: {version}")
    return faults


def uncapped(asked: list[str]) -> list[str]:
    """Requirements without a lower bound or without a cap."""
    wanted = {Requirement(text).name: {s.operator for s in Requirement(text).specifier} for text in asked}
    return [name for name, signs in wanted.items() if "==" not in signs and not {">=", "<"} <= signs]


def faults_of_environment(text: str, python: SpecifierSet) -> list[str]:
    """environment.yml names a Python that fits, pip and the lock: no version of its own."""
    plain = [item for item in yaml.safe_load(text)["dependencies"] if isinstance(item, str)]
    through_pip = [item["pip"] for item in yaml.safe_load(text)["dependencies"] if isinstance(item, dict)]
    faults = (
        [] if through_pip == [["-r requirements.lock"]] else ["pip installs something else than the lock"]
    )
    versions = [item.partition("=")[2] for item in plain if item.startswith("python=")]
    fits = [python.contains(f"{version}.0") for version in versions]
    faults += [] if fits == [True] else ["its Python does not fit"]
    return faults + [f"beside the lock: {item}" for item in plain if not item.startswith(("python=", "pip"))]


def imported(folder: Path) -> set[str]:
    """Top-level names of everything imported below a folder."""
    nodes = [n for p in folder.rglob("*.py") for n in ast.walk(ast.parse(p.read_text(encoding="utf-8")))]
    plain = [alias.name for n in nodes if isinstance(n, ast.Import) for alias in n.names]
    named = [n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module]
    return {name.split(".")[0] for name in plain + named} - set(sys.stdlib_module_names) - {"das_analysis"}


def faults_of_use(names: set[str], *, needed: list[str], allowed: list[str]) -> list[str]:
    """Imports that nobody asked for; runtime requirements that nobody imports."""
    known = packages_distributions()
    used = {name: {canonicalize_name(d) for d in known.get(name, [name])} for name in names}
    asked = {canonicalize_name(Requirement(text).name) for text in [*needed, *allowed]}
    faults = [
        f"{name} is imported but not asked for" for name, dists in sorted(used.items()) if not dists & asked
    ]
    idle = {canonicalize_name(Requirement(text).name) for text in needed} - set().union(*used.values())
    return faults + [f"{name} is asked for but not imported" for name in sorted(idle - set(STARTED))]


PROJECT = read_project()["project"]
EXTRAS = PROJECT["optional-dependencies"]
ASKED = [*PROJECT["dependencies"], *(text for extra in EXTRAS.values() for text in extra)]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
HASHED = " --hash=sha256:" + "0" * 64


def test_the_lock_is_hashed_and_without_address():
    assert faults_of_lock(LOCK) == []


@pytest.mark.parametrize(
    ("lock", "fault"),
    [
        ("click==8.5.1\n", "not hashed: click==8.5.1"),
        ("click>=8" + HASHED, "not a pin: click>=8"),
        ("--extra-" + "index-url x://y" + HASHED, "address"),
        ("click @ x://y/click.whl" + HASHED, "address"),
    ],
)
def test_a_loose_lock_is_seen(lock, fault):
    assert any(fault in found for found in faults_of_lock(lock))


def test_the_lock_answers_pyproject():
    backend = read_project()["build-system"]["requires"]
    assert faults_of_agreement([*ASKED, *backend], read_pins(LOCK)) == []


@pytest.mark.parametrize("lock", ["", "click==7.0", "click==8.1 ; python_full_version < '3.12'"])
def test_a_stale_lock_is_seen(lock):
    assert len(faults_of_agreement(["click>=8,<9"], read_pins(lock + HASHED))) > 0


def test_requirements_are_bounded():
    assert uncapped(ASKED) == []
    assert uncapped(["click>=8", "rich<16", "yes>=1,<2", "pinned==1"]) == ["click", "rich"]


def test_the_environment_repeats_the_lock():
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    assert faults_of_environment(text, SpecifierSet(PROJECT["requires-python"])) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("[python=3.10, pip, {pip: [-r requirements.lock]}]", "its Python does not fit"),
        ("[python=3.11, pip, duckdb, {pip: [-r requirements.lock]}]", "beside the lock: duckdb"),
        ("[python=3.11, pip, {pip: [duckdb]}]", "pip installs something else than the lock"),
    ],
)
def test_another_environment_is_seen(line, fault):
    assert faults_of_environment(f"dependencies: {line}", SpecifierSet(">=3.11")) == [fault]


def test_every_requirement_is_used_and_every_import_asked_for():
    names = imported(ROOT / "src")
    assert (
        faults_of_use(names, needed=PROJECT["dependencies"], allowed=[*EXTRAS["model"], *EXTRAS["spark"]])
        == []
    )


def test_an_idle_requirement_and_a_stray_import_are_seen(tmp_path):
    (tmp_path / "m.py").write_text("import os, yaml\nfrom click.testing import CliRunner")
    faults = faults_of_use(imported(tmp_path), needed=["click", "scipy"], allowed=[])
    assert faults == ["yaml is imported but not asked for", "scipy is asked for but not imported"]
