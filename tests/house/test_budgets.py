"""Budgets and names of files and functions (complexity is ruff's)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "das_analysis"
MOST_LINES, MOST_STATEMENTS, MOST_ARGUMENTS, MOST_POSITIONAL = 400, 25, 6, 2
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "core2", "new", "misc"}
DICTATED = [  # signatures that others ask for: click's callbacks, and whoever tells of progress
    ["ctx", "param", "value"],
    ["text", "done", "total"],
    ["text", "_done", "_total"],
]
FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


def modules(package: Path) -> list[Path]:
    return sorted(package.rglob("*.py"))


def long_files(package: Path) -> list[str]:
    """Files of more than 400 lines; what is compiled is data, not prose."""
    texts = [p for p in package.rglob("*") if p.suffix in {".py", ".jinja", ".css", ".yaml"}]
    lengths = {p: len(p.read_text(encoding="utf-8").splitlines()) for p in sorted(texts)}
    return [
        f"{p.relative_to(package)}: {n} lines"
        for p, n in lengths.items()
        if n > MOST_LINES and "compiled" not in p.parts
    ]


def count_statements(function: FUNCTION) -> int:
    """Statements in a function, the docstring and functions inside it included."""
    return sum(isinstance(node, ast.stmt) for node in ast.walk(function)) - 1


def arguments_of(function: FUNCTION) -> tuple[list[str], list[str]]:
    """Names that may be given by position, and those by keyword only; self and cls do not count."""
    given = function.args
    by_position = [a.arg for a in given.posonlyargs + given.args if a.arg not in {"self", "cls"}]
    return by_position, [a.arg for a in given.kwonlyargs]


def by_protocol(function: FUNCTION, names: list[str]) -> bool:
    """Whether Python or a library dictates this signature."""
    dunder = function.name.startswith("__") and function.name not in {"__init__", "__new__", "__call__"}
    return dunder or names in DICTATED


def excesses(function: FUNCTION) -> list[str]:
    statements, (positional, keyword) = count_statements(function), arguments_of(function)
    arguments = len(positional) + len(keyword)
    found = []
    if statements > MOST_STATEMENTS:
        found.append(f"{function.name}: {statements} statements")
    if arguments > MOST_ARGUMENTS:
        found.append(f"{function.name}: {arguments} arguments")
    if len(positional) > MOST_POSITIONAL and not by_protocol(function, positional):
        found.append(f"{function.name}: {len(positional)} arguments by position, two at most")
    return found


def large_functions(package: Path) -> list[str]:
    found = []
    for path in modules(package):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, FUNCTION)]
        found += [f"{path.relative_to(package)}: {text}" for f in functions for text in excesses(f)]
    return found


def nameless_modules(package: Path) -> list[str]:
    """Modules and packages whose name says nothing."""
    inner = [p.relative_to(package) for p in modules(package)]
    return [str(p) for p in inner if FORBIDDEN_NAMES & {part.strip("_") for part in p.with_suffix("").parts}]


def test_files_are_short():
    assert long_files(PACKAGE) == []


def test_a_long_file_is_seen(tmp_path):
    (tmp_path / "long.py").write_text("x = 1\n" * (MOST_LINES + 1))
    (tmp_path / "compiled").mkdir()
    (tmp_path / "compiled" / "codes.yaml").write_text("- 1\n" * (MOST_LINES + 1))
    assert long_files(tmp_path) == ["long.py: 401 lines"]


def test_functions_are_small():
    assert large_functions(PACKAGE) == []


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("def f():\n" + "    x = 1\n" * 30, "m.py: f: 30 statements"),
        ("class C:\n  def f(self):\n    if True:\n" + "      x = 1\n" * 25, "m.py: f: 26 statements"),
        ("def f(a, b, *, c, d, e, g, h): ...", "m.py: f: 7 arguments"),
        ("def f(a, b, c): ...", "m.py: f: 3 arguments by position, two at most"),
    ],
)
def test_a_large_function_is_seen(tmp_path, source, fault):
    (tmp_path / "m.py").write_text(source)
    assert large_functions(tmp_path) == [fault]


def test_a_function_within_budget_passes(tmp_path):
    callback = "def g(ctx, param, value): ...\nclass C:\n  def __exit__(self, kind, error, trace): ...\n"
    function = "def f(a, b, *, c, d, e, g):\n" + "    x = 1\n" * MOST_STATEMENTS
    (tmp_path / "m.py").write_text(callback + function)
    assert large_functions(tmp_path) == []


def test_modules_have_names():
    assert nameless_modules(PACKAGE) == []


@pytest.mark.parametrize("name", ["utils.py", "intake/_helpers.py", "common/model.py", "query/base.py"])
def test_a_nameless_module_is_seen(tmp_path, name):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    assert nameless_modules(tmp_path) == [name]
