"""A probation organisation that does not exist: the yearly file of its supervisions, in its own words.

    python tests/acceptance/probation_office.py FOLDER OM_FILE... [--year 2025] [--size 400] [--seed 3]

It was written before its supplier was connected and knows nothing of the house: it imports nothing of it and
has seen neither a card nor the model. Whom it supervises it takes from files of cases that a prosecution
service (equally made up) delivered, so that persons and case numbers can be found again. The layout is
modelled after what a client-tracking system of Dutch probation services holds in general; it is nobody's.

Beside toezichten.csv comes truth.json: of every row whether its case number is that of the person's case,
none, or one that nobody knows, and which rows were made wrong, and how.
"""

import argparse
import csv
import datetime as dt
import json
import random
from pathlib import Path

COLUMNS = (
    *("TOEZICHT_ID", "CLIENT_ID", "SKN", "BURGERSERVICENR", "NAAM", "GEBDAT", "GESL", "PARKETNUMMER"),
    *("UITV_ORG", "KADER", "TZH_NIVEAU", "INGANG", "AFGESLOTEN", "AFSLUITREDEN", "TOEZICHTHOUDER", "RISC"),
)
GROUNDS = ("BVV", "BVV", "BVV", "SVH", "SVH", "VI", "VSEP", "TBSVW", "GVM", "PENPROG")
ENDS = ("POS", "POS", "POS", "NEG", "OVL")
OPEN_END, NOTHING = "31-12-9999", "nvt"  # this system has no empty end
FROM_BEFORE = dt.date(2018, 1, 1)
DIGITS_OF_SKN = 8
SEXES = {"1": "Man", "2": "Vrouw"}


def is_citizen_number(text):
    """Nine digits that pass the eleven-test."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return len(text) == 9 and sum(int(d) * w for d, w in zip(text, weights, strict=True)) % 11 == 0


def day_of(text):
    try:
        return dt.date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


def read_cases(files):
    """Cases of natural persons, each once, by number; what the prosecution service wrote wrong is out."""
    found = {}
    for path in files:
        with Path(path).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file, delimiter=";"):
                days = day_of(row["GEBOORTEDATUM"]), day_of(row["INSCHRIJFDATUM"])
                plain = row["PARKETNR"][2:3] == "/" and len(row["PARKETNR"]) == 12 and row["SKN"].isdigit()
                if row["RECHTSPERSOON"] == "0" and plain and all(days) and days[1] > FROM_BEFORE:
                    found[row["PARKETNR"]] = {**row, "born": days[0], "registered": days[1]}
    return [found[number] for number in sorted(found)]


def written(day, draw):
    """Most days as dd-mm-yyyy; some come from an older screen without the zeros."""
    return f"{day.day}-{day.month}-{day.year}" if draw.random() < 0.15 else day.strftime("%d-%m-%Y")


def client(case, draw):
    """The person of a case as the probation office wrote them down: in other ways, and not always whole."""
    number = case["BSN"] if is_citizen_number(case["BSN"]) else ""
    return {
        "CLIENT_ID": f"C{random.Random(case['SKN']).randrange(10**7):07}",
        "SKN": case["SKN"] if draw.random() < 0.9 and len(case["SKN"]) == DIGITS_OF_SKN else "",
        "BURGERSERVICENR": f"{number[:4]}.{number[4:6]}.{number[6:]}" if number else "",
        "NAAM": draw.choice(("", "", "", "van ", "de ")) + case["ACHTERNAAM"],
        "GEBDAT": case["born"].strftime("%d-%m-%Y"),
        "GESL": SEXES.get(case["GESLACHT"], "Onbekend"),
    }


def case_number(case, draw):
    """How the row is tied to a case: its number in one of two ways of writing, none, or one nobody knows."""
    tie = draw.choices(("own", "none", "unknown"), (92, 4, 4))[0]
    if tie == "none":
        return tie, ""
    office, number, year = case["PARKETNR"][:2], case["PARKETNR"][3:9], case["PARKETNR"][10:]
    if tie == "unknown":
        office, number = "99", f"{draw.randrange(1_000_000):06}"
    return tie, draw.choice(("{}-{}-{}", "{}.{}.{}")).format(office, number, year)


def supervision(number, case, *, year, draw):
    """One supervision, as known at the end of a year; None when it did not run in that year."""
    tie, parket = case_number(case, draw)
    start = case["registered"] + dt.timedelta(days=draw.randrange(20, 400))
    end = start + dt.timedelta(days=draw.randrange(30, 900))
    reason, who = draw.choice(ENDS), client(case, draw)
    known, began = end <= dt.date(year, 12, 31), written(start, draw)
    row = {
        **who,
        "TOEZICHT_ID": f"TZ-{number:07}",
        "PARKETNUMMER": parket,
        "UITV_ORG": draw.choice(("RN", "RN", "RN", "SVG", "LDH")),
        "KADER": draw.choice(GROUNDS),
        "TZH_NIVEAU": draw.choice(("I", "II", "II", "III", NOTHING)),
        "INGANG": began,
        "AFGESLOTEN": written(end, draw) if known else OPEN_END,
        "AFSLUITREDEN": reason if known else NOTHING,
        "TOEZICHTHOUDER": f"mw. Aker; team {draw.randrange(1, 9)}",
        "RISC": draw.choice(("laag", "midden", "hoog")),
    }
    runs = start <= dt.date(year, 12, 31) and end >= dt.date(year, 1, 1)
    return (row, tie) if runs else None


def faults(year):
    """What is made wrong: a name, what is written instead, and in how many rows."""
    return (
        ("no such day", {"INGANG": f"31-02-{year}", "AFGESLOTEN": OPEN_END, "AFSLUITREDEN": NOTHING}, 3),
        (
            "ends before it begins",
            {"INGANG": f"01-06-{year}", "AFGESLOTEN": f"01-05-{year}", "AFSLUITREDEN": "POS"},
            4,
        ),
        ("a ground of another system", {"KADER": "XX"}, 5),
        ("a result without an end", {"AFGESLOTEN": OPEN_END, "AFSLUITREDEN": "NEG"}, 2),
        ("a citizen number that is none", {"BURGERSERVICENR": "123456789"}, 2),
    )


def plant(rows, year):
    """Make some rows wrong, each in one way; returns the numbers of those rows (from 1) by what is wrong."""
    planted, free = {}, iter(range(len(rows)))
    for name, change, times in faults(year):
        chosen = [next(free) for _ in range(times)]
        for at in chosen:
            rows[at].update(change)
        planted[name] = [at + 1 for at in chosen]
    return planted


def write(path, rows):
    """As its system does: with a byte order mark, CRLF, semicolons, quotes where needed."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.DictWriter(file, COLUMNS, delimiter=";", lineterminator="\r\n")
        out.writeheader()
        out.writerows(rows)


def make(folder, files, *, year=2025, size=400, seed=3):
    """Write the file of one year: which of `size` supervisions ran in it. Same arguments, same bytes."""
    cases = read_cases(files)
    order = random.Random(seed).sample(cases, k=len(cases))
    drawn = [
        supervision(n + 1, order[n % len(order)], year=year, draw=random.Random(f"{seed}/{n}"))
        for n in range(size)
    ]
    ran = [found for found in drawn if found]
    rows = [row for row, _ in ran]
    truth = {"rows": len(rows), "ties": [tie for _, tie in ran], "planted": plant(rows, year)}
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / "toezichten.csv", rows)
    (folder / "truth.json").write_text(json.dumps(truth) + "\n", encoding="utf-8")
    return truth


if __name__ == "__main__":
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("folder", type=Path)
    asked.add_argument("files", type=Path, nargs="+")
    for option, usual in (("--year", 2025), ("--size", 400), ("--seed", 3)):
        asked.add_argument(option, type=int, default=usual)
    given = asked.parse_args()
    make(given.folder, given.files, year=given.year, size=given.size, seed=given.seed)
