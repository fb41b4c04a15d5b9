"""A sheet of judged pairs, read back: whole, of the sample that was drawn, each pair once, or not at all."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from das_analysis.errors import Refused
from das_analysis.lake import Entry, Room, enter, folder, hold, record, text
from das_analysis.linkage.clerical import ANSWERS, JUDGED, count_answers
from das_analysis.linkage.sample import ANSWER, DRAWN

SAID = {answer: answer for answer in ANSWERS} | {"ja": "yes", "nee": "no", "onbekend": "unknown"}
LARGEST = 10_000_000  # bytes of a sheet
Drawn = Mapping[str, tuple[str, int]]


def read_judgments(lake: Path, sheet: Path) -> dict[int, dict[str, int]]:
    """Keep the judgments of a sheet; return how many of each band are yes, no and unknown in all sheets.

    A sheet of the same supplier replaces the one before it, a new sample all of them. Logged. The next run of
    `link` counts with them. Raises Refused, naming lines and never what is in them, for a sheet that is not
    of the sample drawn last, lacks one of its pairs, has one twice, or has an answer that is none.
    """
    room = enter(lake, "linkage")
    with hold(room, "judged", texts=(f"linked/{JUDGED}",)):
        drawn = _drawn(room)
        answers = _check(_read(sheet), drawn, name=sheet.name)
        before = text(room, "linked", name=JUDGED)
        kept = {} if before is None else json.loads(before)["pairs"]
        pairs = {p: kept[p] for p in kept if p in drawn} | {p: [drawn[p][1], a] for p, a in answers.items()}
        target = folder(room, "linked", write=True) / JUDGED
        partial = target.with_suffix(".partial")
        partial.write_text(json.dumps({"pairs": pairs}, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        record(room.root, Entry(act="judged", tables=("linked",), rows=len(answers)))
        partial.replace(target)
    return count_answers([(band, answer) for band, answer in pairs.values()])


def _drawn(room: Room) -> Drawn:
    found = text(room, "linked", name=DRAWN)
    if found is None:
        raise Refused("no sample was drawn in this lake", todo="run das linkage sample")
    return {pair: (supplier, band) for pair, (supplier, band) in json.loads(found).items()}


def _read(sheet: Path) -> list[tuple[int, str, str]]:
    """Line, pair and answer of each row, as they stand there; commas will do where a spreadsheet put them."""
    if not sheet.is_file() or sheet.stat().st_size > LARGEST:
        raise Refused("there is no such sheet", where=sheet.name, todo="give a file of das linkage sample")
    try:
        lines = sheet.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise Refused("a sheet is not UTF-8", where=sheet.name, todo="save it as CSV UTF-8") from None
    delimiter = ";" if lines and ";" in lines[0] else ","
    try:
        rows = list(csv.reader(lines, delimiter=delimiter, strict=False))
    except csv.Error:  # what it says may repeat a cell
        todo = "look for a quote that opens and does not close"
        raise Refused("a sheet is no CSV", where=sheet.name, todo=todo) from None
    header = [name.strip() for name in rows[0]] if rows else []
    if missing := [name for name in ("pair", ANSWER) if header.count(name) != 1]:
        what = f"a sheet has no single column {' and '.join(missing)}"
        raise Refused(what, where=sheet.name, todo="keep the columns as das linkage sample wrote them")
    at, said = header.index("pair"), header.index(ANSWER)
    _refuse(
        [n for n, row in enumerate(rows, 1) if row and len(row) != len(header)],
        "a row of another length",
        name=sheet.name,
    )
    return [(n, row[at].strip(), row[said].strip().lower()) for n, row in enumerate(rows[1:], 2) if row]


def _check(rows: list[tuple[int, str, str]], drawn: Drawn, *, name: str) -> dict[str, str]:
    """Return the answer to each pair."""
    seen, strange = Counter(pair for _, pair, _ in rows), "a pair that was not drawn in the last sample"
    _refuse([n for n, pair, _ in rows if pair not in drawn], strange, name=name)
    _refuse([n for n, pair, _ in rows if seen[pair] > 1], "a pair that stands in the sheet twice", name=name)
    _refuse([n for n, _, said in rows if not said], "a pair without an answer", name=name)
    _refuse(
        [n for n, _, said in rows if said not in SAID], f"an answer that is not {', '.join(SAID)}", name=name
    )
    suppliers = {drawn[pair][0] for pair in seen}
    missing = sum(supplier in suppliers for pair, (supplier, _) in drawn.items() if pair not in seen)
    if missing or not seen:
        what = f"a sheet lacks {missing} of the pairs that were drawn" if seen else "a sheet has no pairs"
        raise Refused(
            what, where=name, todo="judge every pair: a chosen few say nothing; unknown is an answer"
        )
    return {pair: SAID[said] for _, pair, said in rows}


def _refuse(lines: list[int], what: str, *, name: str) -> None:
    if lines:
        told = ", ".join(map(str, lines[:5])) + (f" and {len(lines) - 5} more" if lines[5:] else "")
        raise Refused(f"a sheet has {what}", where=f"{name}, line {told}", todo="mend it and give it again")
