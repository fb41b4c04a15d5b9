"""Clean files of the supplier of every card, small and full of identities that no message may repeat."""

import csv
import io
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from das_analysis.cli.keys import make_keys
from das_analysis.model import load_model
from das_analysis.synth import make_deliveries

ROWS = 8  # of a file
SHORTEST = 6  # characters of an identity that are looked for
PERIODS = {  # enough of them that every delivery of a bench has a name of its own
    "year": [str(year) for year in range(2016, 2026)],
    "day": [f"2025-09-{day}" for day in range(20, 30)],
}
DOCKETS = {1: "10/740191-24", 2: "10/740192-24"}
MADE_UP = {
    "date_of_birth": "1987103{}",
    "given_name": "Wolfert{}",
    "surname": "Zilverberg",
    "c_jail_in": "2013-08-1{} 06:03:42",
    "r_jail_in": "2014-07-1{}",
    "ADMITTED_DT": "2025-09-0{}T10:00:00",
    "postcode": "604{}",
    "address_1": "Zwarte Brug {}",
    "suburb": "Kwartelmeer",
    "rec_id": "rec-77{}-org",
    "SKN": "6601807{}",
    "BURGERSERVICENR": "111222333",
    "PARKETNUMMER": "05/78010{}-15",
    "GEBDAT": "1{}-02-1987",
    "NAAM": "Zilverberg",
    "GESL": "Man",
}
SPEC = spec_from_file_location("judgments", Path(__file__).parents[2] / "spec" / "deliver" / "judgments.py")
JUDGMENTS = module_from_spec(SPEC)
SPEC.loader.exec_module(JUDGMENTS)


@dataclass(frozen=True)
class Clean:
    """A delivery without a fault: one file a table (of XML, two files), and every piece of its identities."""

    supplier: str
    periods: list[str]
    delimiter: str
    files: dict[str, bytes]
    marks: frozenset[str]


def prepare(home):
    """Make the key and the files, once; the key stays, so that a number always makes the same delivery."""
    if not (home / "clean").exists():
        make_keys(home / "keys")
        make_deliveries(home / "partial", scale=0.003, years=[2025], seed=7, faults=True)
        (home / "partial").rename(home / "clean")


def clean_deliveries(home):
    """A clean delivery of the supplier of every card, by its name."""
    return {name: _clean(card, home / "clean") for name, card in load_model().suppliers.items()}


def read_rows(data, delimiter):
    return list(csv.reader(io.StringIO(data.decode()), delimiter=delimiter))


def write_rows(rows, delimiter):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue().encode()


def pieces(values):
    """Every run of six characters in some values, but years and round numbers: a message may hold those."""
    found = {v[i : i + SHORTEST] for v in values for i in range(len(v) - SHORTEST + 1)}
    return frozenset(piece for piece in found if "2025" not in piece and len(set(piece)) > 2)


def _clean(card, home):
    if card.format == "xml":
        files = {f"{number}.xml": _judgment(number).encode() for number in DOCKETS}
        return Clean(card.id, PERIODS[card.period], "", files, pieces(DOCKETS.values()))
    tables = {t.name: _table(card, t, home) for t in card.tables.values()}
    names = {n for table in card.tables.values() for n, c in table.columns.items() if c.identifying}
    cells = [
        cell
        for rows in tables.values()
        for row in rows[1:]
        for name, cell in zip(rows[0], row, strict=True)
        if name in names
    ]
    files = {f"{name}.csv": write_rows(rows, card.delimiter) for name, rows in tables.items()}
    return Clean(card.id, PERIODS[card.period], card.delimiter, files, pieces(cells))


def _judgment(number):
    law = JUDGMENTS.law("BWBR0001854&amp;artikel=310", "Wetboek van Strafrecht 310")
    other = JUDGMENTS.relation("ECLI:NL:GHDHA:2025:9", "hogerBeroep", "latereAanleg")
    ecli = f"ECLI:NL:RBROT:2025:{number}"
    return JUDGMENTS.judgment(ecli, "Rechtbank_Rotterdam", number=DOCKETS[number], extra=law + other)


def _table(card, table, home):
    """The first rows of a made-up chain; of a card that it does not know, cells out of the columns' names."""
    path = home / card.id / "2025" / f"{table.name}.csv"
    if path.exists():
        return read_rows(path.read_bytes(), card.delimiter)[: ROWS + 1]
    return [
        list(table.columns),
        *([_cell(c, number) for c in table.columns.values()] for number in range(ROWS)),
    ]


def _cell(column, number):
    if column.name in MADE_UP:
        return MADE_UP[column.name].format(number)
    return f"66018{number}" if column.identifying else str(number)
