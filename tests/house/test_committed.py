"""What the repository may not hold: addresses of registries, paths of one machine, data of persons."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT_LIMIT = 1_000_000
# Every pattern is written in two halves, so that this file does not find itself.
REGISTRIES = ("py" + "pi.org", "python" + "hosted", "conda." + "anaconda", "npm" + "js.org", "npm" + "mirror")
PATHS = ("/wo" + "rk/", "/ro" + "ot/", "/tm" + "p/", "/Use" + "rs/", "/ho" + "me/", "C:" + "\\Users")
FORBIDDEN = re.compile(
    "|".join(map(re.escape, REGISTRIES)) + "|(?<![\\w.~}])(?:" + "|".join(map(re.escape, PATHS)) + ")"
)
DATA = {
    *(
        ".csv",
        ".tsv",
        ".gz",
        ".zip",
        ".zst",
        ".7z",
        ".tar",
        ".xlsx",
        ".xls",
        ".ods",
        ".sav",
        ".dta",
        ".sas7bdat",
    ),
    *(
        ".parquet",
        ".feather",
        ".arrow",
        ".duckdb",
        ".db",
        ".sqlite",
        ".rds",
        ".pkl",
        ".pickle",
        ".npy",
        ".npz",
    ),
    *(".key", ".pem", ".p12"),
}
MADE_UP = "made_up"  # tests/**/made_up/ may hold small files of persons who never were
WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)
NINE_DIGITS = re.compile(r"(?<![\w.,])\d{9}(?![\w.,]\w)")


def committed(root: Path) -> list[Path]:
    """Files that git holds or would take; without git, all that stand there."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    names = [name for name in done.stdout.split("\0") if name] if done.returncode == 0 else []
    paths = [root / name for name in names] or sorted(root.rglob("*"))
    return [path for path in paths if path.is_file()]


def strange_places(path: Path) -> list[str]:
    """Addresses of registries and paths of one machine in a file."""
    text = path.read_bytes().decode("utf-8", errors="replace")
    return sorted({found.group() for found in FORBIDDEN.finditer(text)})


def is_data(path: Path, root: Path) -> bool:
    inner = path.relative_to(root).parts
    allowed = (inner[0] == "tests" and MADE_UP in inner) or "compiled" in inner
    return not allowed and bool(DATA & set(path.suffixes))


def is_heavy(path: Path) -> bool:
    return (
        path.stat().st_size > TEXT_LIMIT and path.name != "requirements.lock" and "compiled" not in path.parts
    )


def passes_eleven_test(digits: str) -> bool:
    """Whether nine digits could be a Dutch citizen service number."""
    return sum(w * int(d) for w, d in zip(WEIGHTS, digits, strict=True)) % 11 == 0


def numbers_of_persons(notebook: str) -> list[str]:
    """Where a notebook's outputs hold what could be a citizen service number; never the number itself."""
    cells = json.loads(notebook).get("cells", [])
    outputs = {i: json.dumps(cell.get("outputs", []), ensure_ascii=False) for i, cell in enumerate(cells)}
    return [
        f"cell {i}" for i, text in outputs.items() if any(map(passes_eleven_test, NINE_DIGITS.findall(text)))
    ]


FILES = committed(ROOT)


def test_there_are_files_to_look_at():
    assert ROOT / "pyproject.toml" in FILES


def test_no_address_of_a_registry_and_no_path_of_a_machine():
    found = {str(p.relative_to(ROOT)): strange_places(p) for p in FILES}
    assert {name: places for name, places in found.items() if places} == {}


@pytest.mark.parametrize("text", ["from https://" + REGISTRIES[0], *(f"open('{p}x')" for p in PATHS)])
def test_a_strange_place_is_seen(tmp_path, text):
    (tmp_path / "f.md").write_text(text)
    assert len(strange_places(tmp_path / "f.md")) == 1


@pytest.mark.parametrize("text", ["see ../shared/data and docs/tm" + "p/x", "$HOME/ho" + "me/x"])
def test_a_place_of_our_own_passes(tmp_path, text):
    (tmp_path / "f.md").write_text(text)
    assert strange_places(tmp_path / "f.md") == []


def test_no_data_and_nothing_heavy():
    assert [str(p.relative_to(ROOT)) for p in FILES if is_data(p, ROOT) or is_heavy(p)] == []


def test_data_is_seen(tmp_path):
    names = ("a.csv", "b.csv.gz", "tests/c.parquet", "tests/intake/made_up/d.csv", "docs/e.md", "keys/f.key")
    seen = [name for name in names if is_data(tmp_path / name, tmp_path)]
    assert seen == ["a.csv", "b.csv.gz", "tests/c.parquet", "keys/f.key"]
    (tmp_path / "g.txt").write_text("x" * (TEXT_LIMIT + 1))
    assert is_heavy(tmp_path / "g.txt")


def test_no_number_of_a_person_in_a_notebook():
    found = {
        str(p.relative_to(ROOT)): numbers_of_persons(p.read_text(encoding="utf-8"))
        for p in FILES
        if p.suffix == ".ipynb"
    }
    assert {name: cells for name, cells in found.items() if cells} == {}


def test_a_number_of_a_person_is_seen():
    number = "1112" + "22333"
    cells = [{"outputs": [{"text": ["total 123456788"]}]}, {"outputs": [{"text": [f"bsn {number}"]}]}]
    assert numbers_of_persons(json.dumps({"cells": cells})) == ["cell 1"]
