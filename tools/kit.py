"""The supplier's kit: a wheel `das-deliver` with only what the supplier's side needs, out of the same source.

    python tools/kit.py [--to FOLDER]

Which files it holds is found, not listed: what `cli/kit.py` imports, and what that imports. The face of a
room (its `__init__.py`) is cut to the names that are there. The same source gives the same bytes.
"""

# ruff: noqa: INP001 - a tool, no module of a package

import argparse
import ast
import base64
import hashlib
import re
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src"
HOUSE, NAME = "das_analysis", "das_deliver"
START = f"{HOUSE}.cli.kit"
DATA = "das_analysis/model/compiled/*.json"
MANUAL = ROOT / "docs" / "handleiding-leverancier.md"
THEN = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can tell


class Kit:
    """What the kit holds: modules of the house, and libraries that they import."""

    def __init__(self) -> None:
        self.modules: set[str] = {HOUSE}
        self.libraries: set[str] = set()
        self._hold(START)

    def _hold(self, module: str) -> None:
        """Take a module in, with the rooms around it and what it imports."""
        if module in self.modules:
            return
        parts = module.split(".")
        self.modules |= {".".join(parts[:i]) for i in range(1, len(parts) + 1)}
        if file_of(module).name != "__init__.py":
            for found, name in imports(tree_of(module)):
                self._follow(found, name)

    def _follow(self, module: str, name: str | None) -> None:
        """Take in what gives a name: a library, a module, or what stands behind the face of a room."""
        top = module.split(".", maxsplit=1)[0]
        if top != HOUSE:
            self.libraries |= {top} - sys.stdlib_module_names
        elif file_of(module).name != "__init__.py" or module == HOUSE:
            self._hold(module)
        else:
            self.modules.add(module)
            behind = {n: m for m, n in imports(tree_of(module)) if n}
            self._follow(behind[name], name) if name in behind else self._hold(f"{module}.{name}")


def file_of(module: str) -> Path:
    """Return where a module of the house stands."""
    place = SOURCE.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def tree_of(module: str) -> ast.Module:
    """Return a module's syntax tree, without what is there for the type checker alone."""
    tree = ast.parse(file_of(module).read_text(encoding="utf-8"))
    tree.body = [node for node in tree.body if not _is_for_types(node)]
    return tree


def _is_for_types(node: ast.stmt) -> bool:
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)


def imports(tree: ast.AST) -> Iterator[tuple[str, str | None]]:
    """Yield each module that is imported, with the name that is taken out of it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, None) for alias in node.names)


def face(module: str, held: set[str]) -> bytes:
    """Return a room's `__init__.py`, without the names that come out of modules that the kit lacks."""
    whole = file_of(module).read_bytes()
    if module == HOUSE or {m for m, _ in imports(ast.parse(whole))} <= held:
        return whole
    tree = tree_of(module)
    tree.body = [n for n in tree.body if not isinstance(n, ast.ImportFrom) or n.module in held]
    names = {alias.name for n in tree.body if isinstance(n, ast.ImportFrom) for alias in n.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.List):
            node.elts = [e for e in node.elts if isinstance(e, ast.Constant) and e.value in names]
    return (ast.unparse(tree) + "\n").encode()


def contents(kit: Kit) -> dict[str, bytes]:
    """Return every file of the wheel but its RECORD, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    held = {}
    for module in kit.modules:
        path = file_of(module)
        whole = face(module, kit.modules) if path.name == "__init__.py" else path.read_bytes()
        held[path.relative_to(SOURCE).as_posix()] = whole
    held |= {p.relative_to(SOURCE).as_posix(): p.read_bytes() for p in SOURCE.glob(DATA)}
    head = f"{NAME}-{project['version']}"
    if MANUAL.exists():
        held[f"{head}.data/data/share/doc/das-deliver/{MANUAL.name}"] = MANUAL.read_bytes()
    about = f"{head}.dist-info"
    wheel = "Wheel-Version: 1.0\nGenerator: das\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    start = f"[console_scripts]\ndas-deliver = {START}:main\n"
    texts = {"METADATA": metadata(project, kit.libraries), "WHEEL": wheel, "entry_points.txt": start}
    return held | {f"{about}/{name}": text.encode() for name, text in texts.items()}


def metadata(project: dict, libraries: set[str]) -> str:
    """Say what the kit is and needs: of what the house asks, the libraries that the kit imports."""
    known = packages_distributions()
    wanted = {normal(d) for library in libraries for d in known.get(library, [library])}
    needs = [line for line in project["dependencies"] if normal(re.split("[><=]", line)[0]) in wanted]
    lines = [
        *("Metadata-Version: 2.1", "Name: das-deliver", f"Version: {project['version']}"),
        "Summary: DAS at the supplier: check files, swap identities, sign a package. Offline.",
        f"Requires-Python: {project['requires-python']}",
        *(f"Requires-Dist: {line}" for line in needs),
    ]
    return "\n".join(lines) + "\n"


def normal(name: str) -> str:
    """Return the name of a distribution as registries compare it."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


def build(target: Path) -> Path:
    """Write the wheel into a folder and return its path."""
    held = contents(Kit())
    about = next(name for name in held if name.endswith("METADATA")).rpartition("/")[0]
    record = "".join(f"{n},{_digest(c)},{len(c)}\n" for n, c in sorted(held.items()))
    held[f"{about}/RECORD"] = f"{record}{about}/RECORD,,\n".encode()
    target.mkdir(parents=True, exist_ok=True)
    path = target / f"{about.removesuffix('.dist-info')}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in sorted(held.items()):
            entry = zipfile.ZipInfo(name, THEN)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            wheel.writestr(entry, content)
    return path


def _digest(content: bytes) -> str:
    raw = hashlib.sha256(content).digest()
    return "sha256=" + base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def main() -> None:
    """Build the wheel and tell where it is."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--to", type=Path, default=Path("dist"))
    path = build(parser.parse_args().to)
    print(f"{path}, {path.stat().st_size:,} bytes")  # noqa: T201 - a tool tells what it made


if __name__ == "__main__":
    main()
