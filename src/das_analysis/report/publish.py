"""Writes a report: a folder that appears whole or not at all."""

from __future__ import annotations

import csv
import ctypes
import fcntl
import getpass
import hashlib
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from typing import Any

from das_analysis.errors import TryAgain
from das_analysis.report.grid import columns_of
from das_analysis.report.provenance import Origin, commit
from das_analysis.report.render import Page, render
from das_analysis.shortage import told
from das_analysis.words import t

Contents = Mapping[str, Sequence[Mapping[str, Any]]]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
RECORD = "provenance.json"
_HERE, _EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux


def is_whole(folder: Path, origin: Origin) -> bool:
    """Return whether a report of the same origin stands in `folder` with every file as it was written."""
    record = folder / RECORD
    if not record.is_file():
        return False
    said = json.loads(record.read_text(encoding="utf-8"))
    return said["key"] == origin.key and all(
        (folder / name).is_file() and _sha256((folder / name).read_bytes()) == digest
        for name, digest in said["files"].items()
    )


def files_of(folder: Path) -> tuple[Path, ...]:
    """Return a report's files: pages first."""
    return tuple(sorted(folder.iterdir(), key=lambda p: (p.suffix != ".html", p.name)))


@told("reports", "the report could not be written")
def write_report(folder: Path, origin: Origin, *, contents: Contents, period: str) -> None:
    """Write pages, data and provenance into a private folder, and put it in the place of `folder`.

    Raises TryAgain when the disk does not take them.
    """
    texts = {
        name: text
        for lang in origin.languages
        for name, text in {
            f"{origin.monitor}.{lang}.html": render(_page(origin, lang, period=period), contents[lang]),
            f"{origin.monitor}.{lang}.csv": to_csv(contents[lang]),
        }.items()
    }
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".partial-", dir=folder.parent) as partial:
        whole = Path(partial) / "whole"
        whole.mkdir(mode=0o755)
        for name, text in texts.items():
            (whole / name).write_text(text, encoding="utf-8", newline="")
        record = _record(
            origin, contents, files={name: _sha256(text.encode()) for name, text in texts.items()}
        )
        (whole / RECORD).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if folder.exists():
            _exchange(whole, folder)
        else:
            whole.rename(folder)


def _exchange(new: Path, old: Path) -> None:
    """Let two folders change names in one go; one after the other where the system cannot."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    if rename is None or rename(_HERE, os.fsencode(new), _HERE, os.fsencode(old), _EXCHANGE):
        old.rename(new.with_name("before"))
        new.rename(old)


@contextmanager
def alone(reports: Path) -> Iterator[None]:
    """Hold the reports folder while a monitor is made. Raises TryAgain when another run holds it."""
    with told("reports", "the report could not be written"):
        reports.mkdir(parents=True, exist_ok=True)
        handle = (reports / ".lock").open("a")
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise TryAgain(
                "this monitor is being made by another run", todo="wait for it, then try again"
            ) from None
        for left in reports.glob("*/.partial-*"):
            rmtree(left)
        yield


def to_csv(contents: Sequence[Mapping[str, Any]]) -> str:
    """Return every released figure as CSV, a row a figure: value, and status (empty, low, hidden)."""
    by = list(dict.fromkeys(column["name"] for content in contents for column in columns_of(content, "by")))
    heads = ["table", "title", "section", "measure", "unit", *by, "value", "status"]
    out = io.StringIO()
    writer = csv.DictWriter(out, heads, restval="", lineterminator="\r\n")
    writer.writeheader()
    for number, content in enumerate(contents, start=1):
        writer.writerows(_figures(number, content))
    return out.getvalue()


def _figures(number: int, content: Mapping[str, Any]) -> Iterator[dict[str, object]]:
    names = [column["name"] for column in columns_of(content, "by")]
    fixed = {"table": number, "title": _text(content["title"]), "section": _text(content.get("section", ""))}
    for row in content["rows"]:
        for column in columns_of(content, "value"):
            name = column["name"]
            measured = {"measure": _text(column["title"]), "unit": column.get("unit") or ""}
            value = {"value": row[name], "status": row.get(f"{name}_status", "")}
            yield fixed | measured | {one: _text(row[one]) for one in names} | value


def _text(value: object) -> str:
    """A text that no spreadsheet takes for a formula."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _page(origin: Origin, lang: str, *, period: str) -> Page:
    facts = (
        ("report_p_notebook", f"{origin.monitor}.ipynb, sha256 {origin.notebook}"),
        ("report_p_parameters", ", ".join(f"{k} = {v}" for k, v in origin.parameters.items())),
        ("report_p_snapshot", f"{origin.snapshot}, sha256 {origin.snapshot_digest}"),
        ("report_p_model", origin.model),
        ("report_p_code", " ".join(filter(None, (f"das-analysis {origin.package}", commit())))),
        ("report_p_key", origin.key),
    )
    return Page(
        monitor=origin.monitor,
        period=period,
        lang=lang,
        languages=origin.languages,
        provenance=tuple((t(name, lang), value) for name, value in facts),
    )


def _record(origin: Origin, contents: Contents, *, files: Mapping[str, str]) -> dict[str, Any]:
    releases = [
        {
            "digest": c["digest"],
            "lang": lang,
            "title": c["title"],
            "indicators": [i["id"] for i in c["indicators"]],
        }
        for lang, found in contents.items()
        for c in found
    ]
    made = {
        "by": getpass.getuser(),
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit(),
    }
    return {"key": origin.key, **asdict(origin), "made": made, "releases": releases, "files": dict(files)}


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
