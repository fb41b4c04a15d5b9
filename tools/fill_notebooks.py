"""Runs the committed notebooks on the demo's lake and keeps their outputs: they read as documentation.

    das demo && python tools/fill_notebooks.py

Only notebooks with made-up data: the monitors and the tutorial. Kept is what a reader sees; stamps and times,
which differ from machine to machine, are taken out, so that a second run changes nothing.
"""
# ruff: noqa: INP001 - a tool, no module of a package

from __future__ import annotations

import argparse
from pathlib import Path

import nbformat

from das_analysis.disclosure import STAMP
from das_analysis.report import Job, execute

ROOT = Path(__file__).parents[1]
FOLDERS = ("monitors", "tutorial")


def fill(path: Path, lake: Path) -> None:
    """Run one notebook with its own defaults and write its outputs in place."""
    notebook = nbformat.read(path, as_version=4)
    executed = execute(Job(notebook=path, parameters={}, lake=lake))
    for cell, done in zip(notebook.cells, executed.cells, strict=True):
        if cell.cell_type == "code":
            cell.outputs = [clean(output) for output in done.outputs]
            cell.execution_count = done.execution_count
    path.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")


def clean(output: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Take out what differs between machines."""
    output.get("data", {}).pop(STAMP, None)
    output["metadata"] = {}
    return output


def main() -> None:
    """Fill the notebooks that are named, or all."""
    known = argparse.ArgumentParser(description=__doc__)
    known.add_argument("notebooks", nargs="*", type=Path)
    known.add_argument("--lake", type=Path, default=ROOT / "lake")
    given = known.parse_args()
    found = [path for folder in FOLDERS for path in sorted((ROOT / "notebooks" / folder).glob("*.ipynb"))]
    for path in given.notebooks or found:
        fill(path, given.lake)


if __name__ == "__main__":
    main()
