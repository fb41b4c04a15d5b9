"""What a supplier installs alone: built of the same source, few libraries, no network, the same packages."""

import json
import os
import re
import shlex
import subprocess
import sys
import venv
import zipfile
from importlib.metadata import distribution
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[3]
MANUAL = ROOT / "docs" / "handleiding-leverancier.md"
SPEC = spec_from_file_location("kit_builder", ROOT / "tools" / "kit.py")
BUILDER = module_from_spec(SPEC)
SPEC.loader.exec_module(BUILDER)
NEEDS = {"click", "cryptography", "duckdb", "numpy", "openpyxl", "pyarrow", "rbcl", "rich"}
ROOMS = {
    "cli",
    "disk",
    "errors",
    "flow",
    "intake",
    "keys",
    "lake",
    "lake.blanked",
    "lake.sql",
    "model",
    "rules",
    "words",
}
GUARD = """
import atexit, json, os, sys
def watch(event, args):
    if event.startswith("socket."):
        os.write(2, f"NETWORK {event}\\n".encode())
        os._exit(97)
sys.addaudithook(watch)
def tell():
    with open(os.environ["LOADED"], "a") as file:
        file.write(json.dumps(sorted(sys.modules)) + "\\n")
if "LOADED" in os.environ:
    atexit.register(tell)
"""


def closure(names):
    """The distributions that some need, and what those need on this machine."""
    found, left = {}, list(names)
    while left:
        name = BUILDER.normal(left.pop())
        if name not in found:
            found[name] = distribution(name)
            asked = [Requirement(text) for text in found[name].requires or ()]
            left += [r.name for r in asked if r.marker is None or r.marker.evaluate({"extra": ""})]
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return BUILDER.build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """A fresh environment with the kit and the libraries that it asks for (links to those of here)."""
    home = tmp_path_factory.mktemp("kit")
    venv.create(home / "env", with_pip=False, symlinks=True)
    (site,) = (home / "env").glob("lib/python*/site-packages")
    command = ["-m", "pip", "--python", home / "env/bin/python", "install", "--no-index", "--no-deps"]
    subprocess.run([sys.executable, *command, "--quiet", "--no-compile", wheel], check=True)
    for dist in closure(NEEDS).values():
        for top in {file.parts[0] for file in dist.files if file.parts[0] != ".."}:
            if not (site / top).exists():
                (site / top).symlink_to(dist.locate_file(top))
    (site / "sitecustomize.py").write_text(GUARD)
    plain = {n: v for n, v in os.environ.items() if not n.startswith(("PYTHON", "DAS_", "COV"))}

    def run(*words, folder):
        return subprocess.run(
            [home / "env/bin/das-deliver", *map(str, words)],
            cwd=folder,
            env={**plain, "LOADED": str(home / "loaded"), "COLUMNS": "120"},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    return SimpleNamespace(run=run, python=home / "env/bin/python", loaded=home / "loaded", env=plain)


def test_the_same_source_gives_the_same_bytes(wheel, tmp_path):
    assert BUILDER.build(tmp_path).read_bytes() == wheel.read_bytes()


def test_it_asks_for_few_libraries_and_holds_no_room_of_the_host(wheel):
    with zipfile.ZipFile(wheel) as held:
        (about,) = (n for n in held.namelist() if n.endswith("METADATA"))
        needs = re.findall(r"^Requires-Dist: ([a-z]+)", held.read(about).decode(), re.MULTILINE)
        files = [n for n in held.namelist() if n.endswith(".py")]
    assert set(needs) == NEEDS
    rooms = {n.split("/")[1].removesuffix(".py") for n in files} - {"__init__"}
    assert rooms <= ROOMS
    assert [n for n in files if "/lake/" in n] == [
        "das_analysis/lake/__init__.py",
        "das_analysis/lake/blanked.py",
        "das_analysis/lake/sql.py",
    ]
    assert not {"receive.py", "trust.py", "signers.py", "validate.py"} & {n.split("/")[-1] for n in files}


def test_the_guard_sees_a_socket(installed):
    done = subprocess.run(
        [installed.python, "-c", "import socket; socket.socket()"],
        env=installed.env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 97
    assert "NETWORK socket" in done.stderr


@pytest.mark.slow
def test_its_packages_equal_those_of_das_byte_for_byte(installed, deliveries, keys, tmp_path):
    from das_analysis.intake import deliver

    for supplier in ("dji", "om"):
        files = sorted((deliveries / supplier / "2025").glob("*.csv"))
        words = ("deliver", supplier, *files, "--period", "2025", "--keys", keys)
        done = installed.run(*words, folder=tmp_path)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "rows would be held back" in done.stdout
        done = installed.run(*words, "--with-findings", folder=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        ours = deliver(supplier, files, period="2025", keys=keys, target=tmp_path / "das")
        theirs = tmp_path / "packages" / ours.path.name
        assert sorted(p.name for p in theirs.iterdir()) == sorted(p.name for p in ours.path.iterdir())
        for path in ours.path.iterdir():
            assert path.read_bytes() == (theirs / path.name).read_bytes(), path.name
    loaded = {name for line in installed.loaded.read_text().splitlines() for name in json.loads(line)}
    here = {n.removeprefix("das_analysis.") for n in loaded if n.startswith("das_analysis.")}
    assert {n for n in here if n.split(".")[0] in {"vault", "linkage", "report", "query", "synth"}} == set()
    assert {n for n in here if n.split(".")[0] == "lake"} <= {"lake", "lake.blanked", "lake.sql"}
    assert not {"pandas", "ibis", "deltalake", "yaml"} & loaded


# ---------------------------------------------------------------- the manual


def commands():
    """Every command in the manual's blocks, in order, that is one of the kit."""
    blocks = re.findall(r"```\n(.*?)```", MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(line, comments=True) for line in lines if line.startswith("das-deliver")]


@pytest.mark.slow
def test_the_manual_says_what_can_be_done(installed, deliveries, keys, tmp_path):
    """The commands of the manual run as they stand, on a made-up year from which the faults were taken."""
    (path,) = (deliveries / "dji" / "2025").glob("*.csv")
    (tmp_path / "verblijven.csv").write_bytes(path.read_bytes())
    mine = tmp_path / "keys" / "suppliers" / "dji.key"
    mine.parent.mkdir(mode=0o700, parents=True)
    mine.write_bytes((keys / "suppliers" / "dji.key").read_bytes())
    mine.chmod(0o600)
    ran = []
    for command in commands():
        done = installed.run(*command[1:], folder=tmp_path)
        refused = "would be held back" in done.stdout
        assert done.returncode == 1 if refused else done.returncode == 0, f"{command}: {done.stdout}"
        if refused:
            mend(tmp_path / "verblijven.csv", tmp_path / "findings-dji-2025-1.csv")
        ran.append(" ".join(command[1:3]))
    assert ran[0] == "keys signer"
    assert {"check dji", "deliver dji"} <= set(ran)
    assert (tmp_path / "packages" / "dji-2025-1" / "manifest.sig").exists()
    assert (tmp_path / "packages" / "dji-2025-2" / "manifest.sig").exists()


def mend(path, findings):
    """Take the rows out that were listed as hard."""
    listed = [line.split(";") for line in findings.read_text(encoding="utf-8").splitlines()[1:]]
    hard = {int(words[1]) for words in listed if words[4] == "hard"}
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    kept = [row for i, row in enumerate(rows, 1) if i not in hard]
    path.write_text("\n".join([header, *kept]) + "\n", encoding="utf-8")


def test_the_manual_is_one_page():
    text = MANUAL.read_text(encoding="utf-8")
    assert len(text.split()) <= 750
    assert len(text.splitlines()) <= 90
