"""Style and types: ruff and mypy are clean, and each exemption says why."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
EXEMPTION = re.compile(r"#\s*(?:noqa|type:\s*ignore)\b(?P<rest>.*)")
REASONED = re.compile(r"(?::\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*|\[[a-z, -]+\])\s*(?:#|-|–|:)\s*\w+.*")
STATEMENTS = "def f() -> None:\n    '''Too long.'''\n" + "    print('x')\n" * 30


def run(*command: str | Path) -> tuple[bool, str]:
    done = subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def style(path: Path) -> tuple[bool, str]:
    return run(BIN / "ruff", "check", "--no-cache", "--config", ROOT / "pyproject.toml", path)


def layout(path: Path) -> tuple[bool, str]:
    return run(BIN / "ruff", "format", "--no-cache", "--check", "--config", ROOT / "pyproject.toml", path)


def types(*paths: Path) -> tuple[bool, str]:
    return run(BIN / "mypy", "--strict", "--config-file", ROOT / "pyproject.toml", *paths)


def bare_exemptions(text: str) -> list[str]:
    """Exemptions without a rule or without a reason."""
    found = [m for line in text.splitlines() if (m := EXEMPTION.search(line))]
    return [m.group().strip() for m in found if not REASONED.match(m["rest"])]


def test_style_is_clean():
    clean, report = style(ROOT)
    assert clean, report


def test_style_sees_every_module():
    _, told = run(BIN / "ruff", "check", "--no-cache", "--show-files", ROOT)
    folders = [ROOT / name for name in ("src", "tests", "tools", "benchmarks", "config")]
    modules = {str(path) for folder in folders for path in folder.rglob("*.py")}
    assert sorted(modules - set(told.splitlines())) == []


def test_layout_is_clean():
    clean, report = layout(ROOT)
    assert clean, report


def test_types_are_strict():
    clean, report = types()
    assert clean, report


def test_exemptions_say_why():
    folders = [ROOT / name for name in ("src", "tests", "benchmarks", "config")]
    files = [p for folder in folders for p in folder.rglob("*.py") if p != Path(__file__)]
    bare = {str(p.relative_to(ROOT)): bare_exemptions(p.read_text(encoding="utf-8")) for p in files}
    assert {name: found for name, found in bare.items() if found} == {}


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        (STATEMENTS, "PLR0915"),
        (STATEMENTS, "T201"),
        ("from .x import y\n", "TID252"),
        ("def f(a):\n    return a\n", "ANN001"),
        ("def f() -> int:\n    return 1\n", "D103"),
        ("try:\n    x = 1\nexcept Exception:\n    pass\n", "BLE001"),
        ("# x = print(1)\n", "ERA001"),
    ],
)
def test_bad_style_is_seen(tmp_path, source, rule):
    (tmp_path / "bad.py").write_text('"""A module."""\n\n' + source)
    clean, report = style(tmp_path / "bad.py")
    assert not clean
    assert rule in report


def test_bad_layout_is_seen(tmp_path):
    (tmp_path / "bad.py").write_text("x  =  1\n")
    assert not layout(tmp_path / "bad.py")[0]


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("def f(a): return a", "no-untyped-def"),
        ("def f(a: list) -> int: return 1", "type-arg"),
        ("x: int = 'one'", "assignment"),
    ],
)
def test_loose_types_are_seen(tmp_path, source, rule):
    (tmp_path / "loose.py").write_text(source)
    clean, report = types(tmp_path / "loose.py")
    assert not clean
    assert rule in report


@pytest.mark.parametrize("line", ["x = 1  # noqa", "x = 1  # noqa: E501", "x = 1  # type: ignore[misc]"])
def test_a_bare_exemption_is_seen(line):
    assert len(bare_exemptions(line)) == 1


@pytest.mark.parametrize(
    "line", ["x  # noqa: S608 - names from the model", "x  # type: ignore[misc]  # a stub is wrong"]
)
def test_an_exemption_with_a_reason_passes(line):
    assert bare_exemptions(line) == []
