"""Check your file: in a real browser, from file://, the same findings as `das deliver` and `das validate`."""

import gzip
import random
import re

import pytest

from das_analysis.errors import BadDelivery
from das_analysis.intake import deliver, find_deliveries, findings, receive, validate
from das_analysis.model import load_model

pytestmark = pytest.mark.browser
SUPPLIERS = ["cjib", "dji", "om", "politie", "rechtspraak"]
NASTY = [
    *("", " ", "31-02-2025", "29/02/2024", "2024-02-29", "29/02/2023", "1-1-2025", "01/01/0999", "2025-1-1"),
    *("20250230", "99999999", "-0", "007", "1,5", "1.5", "1.555", "+5", "1e3", "9999999999999", "٣"),
    *(
        "ja",
        "J",
        "j",
        "true",
        "M",
        "X",
        "NULL",
        "GEV",
        "gev",
        "GEV ",
        "'",
        "<b>",
        "Ærø",
        "O'Neill-van der Berg",
    ),
    *("李", "1234567", "01-01-2150"),
]


def told(lake, supplier, period=None):
    """What the command line finds in single rows of a delivery: (file, row, rule)."""
    found = findings(lake, supplier=supplier, period=period).dropna(subset="row")
    return {(f.source_table, int(f.row), f.rule_id) for f in found.itertuples()}


def walked(files, supplier, *, period, keys, home):
    """The findings of the command line on files, in a lake of their own."""
    package = deliver(supplier, files, period=period, keys=keys, target=home / "packages")
    receive([package.path], lake=home / "lake", keys=keys)
    validate(find_deliveries(home / "lake"))
    return told(home / "lake", supplier)


@pytest.mark.parametrize("supplier", SUPPLIERS)
@pytest.mark.parametrize("period", ["2024", "2025"])
def test_the_page_finds_what_the_command_line_finds(visit, deliveries, demo_lake, supplier, period):
    files = sorted((deliveries / supplier / period).glob("*.csv"))
    visit.check(files, period=period)
    found = visit.findings()
    assert found == told(demo_lake, supplier, period)
    assert len(found) > 20
    assert visit.outside == []
    assert visit.faults == []


@pytest.mark.parametrize("supplier", SUPPLIERS)
def test_the_page_reads_spoilt_values_as_the_command_line_does(visit, deliveries, keys, tmp_path, supplier):
    """Cells swapped for texts that one reader could take and another not; parents left out by the cut."""
    draw, card, files = random.Random(7), load_model().suppliers[supplier], []
    for path in sorted((deliveries / supplier / "2025").glob("*.csv")):
        package = card.tables[path.stem].package.values()
        sealed = {part.column for column in package if column.how == "seal" for part in column.parts}
        header, *rows = (line.split(";") for line in path.read_text(encoding="utf-8").splitlines()[:301])
        for place, name in enumerate(header):
            filled = [row for row in rows if row[place]]
            share = 0.02 if name not in sealed else 0  # many bad numbers would refuse the file: one will do
            for row in draw.sample(filled, min(len(filled), 1 + round(share * len(rows)))):
                row[place] = draw.choice(NASTY)
        files.append(tmp_path / path.name)
        files[-1].write_text("\n".join(map(";".join, [header, *rows])), encoding="utf-8")
    visit.check(files, supplier=supplier, period="2025")
    assert visit.page.locator(".warning").count() == 0
    found = visit.findings()
    assert found == walked(files, supplier, period="2025", keys=keys, home=tmp_path)
    assert len({rule for _, _, rule in found}) > 10


@pytest.mark.shared
@pytest.mark.parametrize(
    ("supplier", "name", "period"),
    [
        ("rikers", "rikers/DOC_Inmates_InCustody_Daily_20221015.csv.gz", "2022-10-15"),
        ("broward", "broward/compas-scores-two-years.csv", "2014"),
    ],
)
def test_the_page_reads_real_files_as_the_command_line_does(
    visit, shared, keys, tmp_path, supplier, name, period
):
    file = shared / "data" / name
    visit.check([file], period=period)
    assert visit.findings() == walked([file], supplier, period=period, keys=keys, home=tmp_path)
    assert visit.faults == []


@pytest.fixture(scope="module")
def clean(deliveries):
    """The header and a few rows without a fault of the DJI's file, as lists of texts."""
    import pandas as pd

    planted = pd.read_parquet(deliveries / "truth" / "faults.parquet").query("supplier == 'dji'")
    lines = (deliveries / "dji" / "2025" / "verblijven.csv").read_text(encoding="utf-8").splitlines()
    rows = [line.split(";") for i, line in enumerate(lines[1:], 1) if i not in set(planted["row"])]
    return lines[0].split(";"), rows[:8]


def text(header, rows):
    return "\n".join(map(";".join, [header, *rows])) + "\n"


def given(content, name="verblijven.csv"):
    return {
        "name": name,
        "mimeType": "text/csv",
        "buffer": content.encode() if isinstance(content, str) else content,
    }


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_planted_fault_is_shown_with_its_rule_and_row_and_no_value(visit, clean, lang):
    header, rows = clean
    spoilt = [list(row) for row in rows]
    spoilt[4][header.index("DATUM_EINDE")] = "02/03/1999"
    page = visit.check([given(text(header, spoilt))], lang=lang)
    rule = load_model().rules["spell_ended_before_started"]
    line = page.locator(".findings tbody tr", has=page.locator(f"a[href='rules/{rule.id}.html']"))
    assert rule.title[lang] in line.inner_text()
    assert rule.message[lang] in line.inner_text()
    assert line.locator("td").last.inner_text() == "5"
    assert "1999" not in page.locator("#outcome").inner_text()
    line.locator("a").click()
    page.wait_for_url(f"**/rules/{rule.id}.html")


def test_a_clean_file_is_called_clean_packed_or_not(visit, clean):
    for name, pack in (("a.csv", str.encode), ("b.csv.gz", lambda t: gzip.compress(t.encode()))):
        page = visit.check([given(pack(text(*clean)), name)])
        assert page.locator(".clean").is_visible()
        assert "Dienst Justitiële Inrichtingen" in page.inner_text("#outcome")


def test_quotes_line_ends_and_a_mark_are_read_as_strict_csv_allows(visit, clean):
    header, rows = clean
    quoted = (
        "\ufeff" + "\r\n".join(";".join(f'"{cell}"' for cell in row) for row in [header, *rows]) + "\r\n\r\n"
    )
    assert visit.check([given(quoted)]).locator(".clean").is_visible()


def column(clean, name, value, row=3):
    header, rows = clean
    spoilt = [list(r) for r in rows]
    spoilt[row][header.index(name)] = value
    return text(header, spoilt)


HOSTILE = {
    "nothing": lambda c: "",
    "utf-16": lambda c: text(*c).encode("utf-16"),
    "windows-1252": lambda c: column(c, "ACHTERNAAM", "Zoë").encode("windows-1252"),
    "nul": lambda c: column(c, "BRP", "\0"),
    "control": lambda c: column(c, "BRP", "\x1b[31m"),
    "c1": lambda c: column(c, "BRP", "\x85"),
    "a mark inside": lambda c: column(c, "BRP", "\ufeff"),
    "an archive": lambda c: b"PK\x03\x04" + text(*c).encode(),
    "a quote inside": lambda c: column(c, "BRP", 'J"a'),
    "text behind a quote": lambda c: column(c, "BRP", '"J"a'),
    "an open quote": lambda c: column(c, "BRP", '"J'),
    "a value too many": lambda c: column(c, "BRP", "J;N"),
    "a blank line": lambda c: text(*c).replace("\n", "\n\n", 3),
    "another delimiter": lambda c: text(*c).replace(";", ","),
    "a column twice": lambda c: text(*c).replace("BRP", "SKN", 1),
    "an unknown column": lambda c: text(*c).replace("BRP", "BRB", 1),
    "no header": lambda c: text(c[1][0], c[1][1:]),
    "a case number in a plain column": lambda c: column(c, "INRICHTING", "01/234567-25"),
    "a citizen's number in a plain column": lambda c: column(c, "INRICHTING", "zie 1112" + "22333"),
    "a long cell": lambda c: column(c, "INRICHTING", "x" * 10_001),
    "swapped columns": lambda c: text(c[0], [[*r[:15], r[16], r[15], *r[17:]] for r in c[1]]),
}


def line_of(words):
    found = re.search(r"(?:line|regel) (\d+)", words)
    return found and int(found[1])


@pytest.mark.parametrize("name", HOSTILE)
def test_what_deliver_refuses_the_page_refuses_at_the_same_line(visit, clean, keys, tmp_path, name):
    content = HOSTILE[name](clean)
    content = content.encode() if isinstance(content, str) else content
    path = tmp_path / "verblijven.csv"
    path.write_bytes(content)
    with pytest.raises(BadDelivery) as refused:
        deliver("dji", [path], period="2025", keys=keys, target=tmp_path / "packages")
    page = visit.check([given(content)], lang="en", supplier="dji", period="2025")
    said = page.locator(".warning li")
    assert said.count() == (2 if name == "swapped columns" else 1)
    assert line_of(said.first.inner_text()) == line_of(refused.value.where)
    assert visit.faults == []


def test_a_gzip_that_is_cut_off_is_refused(visit, clean):
    page = visit.check([given(gzip.compress(text(*clean).encode())[:-20], "a.csv.gz")])
    assert "gzip" in page.inner_text(".warning")


def test_a_period_that_is_none_is_refused_before_anything_is_read(visit, clean):
    for period in ("2025-13", "2999"):
        assert "periode" in visit.check([given(text(*clean))], period=period).inner_text(".warning")


def test_the_page_says_what_to_do_without_files(visit):
    assert "bestanden" in visit.check([]).inner_text(".warning")
