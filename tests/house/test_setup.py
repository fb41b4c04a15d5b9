"""Two words set everything up: Makefile, README, the build server and the scripts agree on them."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from traitlets.config import PyFileConfigLoader

ROOT = Path(__file__).parents[2]
SCRIPTS = ["tools/setup.sh", "tools/debian.sh", "tools/lock.sh", ".ci/run"]
TARGET = re.compile(r"^([a-z]+):", re.MULTILINE)
OTHER_SET_UP = re.compile(
    r"pip3? install|python3? -m venv|conda (?:env|install|create)|apt(?:-get)? install|uv pip|npm "
)
WORDS = {"make demo", "make test"}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def commands(text: str) -> list[str]:
    """What a text tells its reader to type: lines of code blocks and `code` in a sentence."""
    blocks = re.findall(r"```[a-z]*\n(.*?)```", text, re.DOTALL)
    inline = re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines()] + inline


def faults_of_readme(readme: str, makefile: str) -> list[str]:
    """The two words stand there, every make target exists, and nothing harder is asked."""
    typed = commands(readme)
    faults = [f"does not name {word}" for word in sorted(WORDS) if word not in typed]
    named = {word for line in typed for word in re.findall(r"\bmake ([a-z]+)", line)}
    faults += [f"no such target: {name}" for name in sorted(named - set(TARGET.findall(makefile)))]
    return faults + [f"harder than two words: {line}" for line in typed if OTHER_SET_UP.search(line)]


def recipe(makefile: str, target: str) -> str:
    """The line of a target and its recipe."""
    found = re.search(rf"^{target}:.*(?:\n\t.*)*", makefile, re.MULTILINE)
    return found.group() if found else ""


def faults_of_makefile(makefile: str) -> list[str]:
    wanted = {"demo": "$(BIN)/das demo", "test": "$(BIN)/python -m pytest", "model": "$(BIN)/das model build"}
    faults = [
        f"{target} does not run {line}"
        for target, line in wanted.items()
        if line not in recipe(makefile, target)
    ]
    lone = [
        t
        for t in ("demo", "test", "lab", "lint", "model")
        if "$(READY)" not in recipe(makefile, t).split("\n")[0]
    ]
    return faults + [f"{target} does not set up first" for target in lone]


def faults_of_server(script: str) -> list[str]:
    lines = [line for line in script.splitlines() if line and not line.startswith("#")]
    faults = [] if "set -euo pipefail" in lines else ["goes on after a failure"]
    return faults + ([] if lines[-1] == "make test" else ["ends with something else than make test"])


def without_rights(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing may be installed and no browser is found."""
    for name in ("id", "sudo", "apt-get", "chromium"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n[ {name} = id ] && echo 1000 && exit 0\nexit 1\n")
        program.chmod(0o755)
    (tmp_path / "chromium").unlink()
    (tmp_path / "bash").symlink_to("/bin/bash")
    return {"PATH": str(tmp_path)}


def test_readme_names_two_words():
    assert faults_of_readme(read("README.md"), read("Makefile")) == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("make demo", "does not name make test"),
        ("make test\nmake demo\nmake tea", "no such target: tea"),
        ("make test\nmake demo\npip install .", "harder than two words: pip install ."),
    ],
)
def test_another_set_up_is_seen(line, fault):
    assert faults_of_readme(f"```\n{line}\n```", "demo:\ntest:\n") == [fault]


def test_makefile_sets_up_first():
    assert faults_of_makefile(read("Makefile")) == []


def test_a_broken_makefile_is_seen():
    broken = read("Makefile").replace("demo: $(READY)", "demo:").replace("das model build", "das model")
    assert faults_of_makefile(broken) == [
        "model does not run $(BIN)/das model build",
        "demo does not set up first",
    ]


def test_the_build_server_types_make_test():
    assert faults_of_server(read(".ci/run")) == []
    assert faults_of_server("cd x\npytest || true\n") == [
        "goes on after a failure",
        "ends with something else than make test",
    ]


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_can_be_run(name):
    assert os.access(ROOT / name, os.X_OK)
    assert subprocess.run(["bash", "-n", str(ROOT / name)], check=False).returncode == 0


def test_without_rights_debian_says_what_is_skipped(tmp_path):
    done = subprocess.run(
        ["/bin/bash", str(ROOT / "tools" / "debian.sh")],
        env=without_rights(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "browser tests will be skipped" in done.stdout
    assert "sudo apt-get install chromium" in done.stdout


def test_kernels_of_the_lab_talk_encrypted():
    config = PyFileConfigLoader("jupyter_server_config.py", path=str(ROOT / "config")).load_config()
    assert config.KernelManager.transport_encryption == "required"
    assert config.AsyncKernelManager.transport_encryption == "required"
    assert config.ServerApp.ip == "127.0.0.1"
    assert config.LabApp.news_url is None
    assert "--config=config/jupyter_server_config.py" in recipe(read("Makefile"), "lab")
