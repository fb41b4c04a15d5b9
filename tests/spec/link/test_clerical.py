"""Compared pairs are drawn for a supplier to judge, read back whole, and then the quality is told by them."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner

from das_analysis.cli.main import das
from das_analysis.errors import Refused
from das_analysis.lake import enter, read_log
from das_analysis.linkage import draw_sample, link, quality, read_judgments
from das_analysis.linkage.clerical import read_judged
from das_analysis.linkage.sample import write_sheets

MARK = "marked-7741-value"


def pair(n, **changed):
    """A row with an SKN, and one without a number that resembles it."""
    name = f"n{n % 5}"
    keys = {"surname_key": name, "surname_sound_key": name, "surname_letters_key": name}
    keys |= {"birth_key": f"d{n}", "birth_day_key": f"dd{n}", "place_key": f"p{n}"}
    about = keys | {"sex_code": "M", "birth_month": "1980-01", "registered_on": "2025-03-01"}
    return [about | {"case_key": f"a{n}", "skn_key": f"s{n}"}, about | {"case_key": f"b{n}"} | changed]


@pytest.fixture
def compared(given):
    """Twenty pairs: half alike, half of another sex, so in two bands of weights, of which one is linked."""
    for n in range(20):
        given.delivery("om", period=f"20{n + 10}", case=pair(n, **({} if n % 2 else {"sex_code": "V"})))
    return given.write()


@pytest.fixture
def drawn(compared, tmp_path):
    """The lake and the sheet of its sample."""
    draw_sample([compared], 100, to=tmp_path / "sheets")
    return compared, tmp_path / "sheets" / "judge-om.csv"


def read(sheet):
    with sheet.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=";"))


def answer(sheet, judge, **form):
    """Write an answer behind each row, as a person would; `judge` is given the row."""
    rows = read(sheet)
    with sheet.open("w", newline="", encoding=form.get("encoding", "utf-8")) as file:
        writer = csv.DictWriter(file, rows[0], delimiter=form.get("delimiter", ";"))
        writer.writeheader()
        writer.writerows(row | {"same_person": judge(row)} for row in rows)


def unlike(row):
    return row["sex"] == "other"


def test_pairs_are_drawn_from_each_band(compared, tmp_path):
    bands = draw_sample([compared], 12, to=tmp_path / "sheets")
    assert sorted(band.pairs for band in bands) == [0, 0, 0, 10, 10]
    assert sorted(band.drawn for band in bands) == [0, 0, 0, 6, 6]
    rows = read(tmp_path / "sheets" / "judge-om.csv")
    assert len(rows) == 12
    assert {(row["row_1"], row["row_2"]) for row in rows} == {("1", "2")}
    assert sum(map(unlike, rows)) == 6


def test_the_same_seed_draws_the_same_pairs(compared, tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        draw_sample([compared], 10, to=tmp_path / name, seed=seed)
    one, again, other = ((tmp_path / name / "judge-om.csv").read_bytes() for name in "abc")
    assert one == again
    assert one != other


def test_a_pair_over_two_suppliers_is_nobodys_to_judge(given, tmp_path):
    one, other = pair(1)
    other = {
        "suspect_key": "v1",
        **{k: v for k, v in other.items() if k not in {"case_key", "registered_on"}},
    }
    given.delivery("om", case=[one]).delivery("politie", suspect_registration=[other])
    with pytest.raises(Refused, match="no pair was compared that one supplier can judge"):
        draw_sample([given.write()], 10, to=tmp_path / "sheets")


def test_a_sheet_that_may_have_been_judged_is_not_written_over(drawn, tmp_path):
    compared, sheet = drawn
    answer(sheet, lambda _: "yes")
    before = sheet.read_bytes()
    with pytest.raises(Refused, match="there is a sheet already"):
        draw_sample([compared], 10, to=sheet.parent, seed=2)
    assert sheet.read_bytes() == before
    assert (
        sum(sum(n.values()) for n in read_judgments(compared.lake, sheet).values()) == 20
    )  # the draw still stands


def test_both_acts_are_logged(drawn):
    compared, sheet = drawn
    answer(sheet, lambda _: "no")
    read_judgments(compared.lake, sheet)
    assert [(line["act"], line["rows"]) for line in read_log(compared.lake)] == [
        ("sample", 20),
        ("judged", 20),
    ]


@pytest.mark.parametrize("form", [{}, {"delimiter": ","}, {"encoding": "utf-8-sig"}])
def test_a_sheet_may_come_back_in_dutch_and_out_of_a_spreadsheet(drawn, form):
    compared, sheet = drawn
    answer(sheet, lambda row: "Nee" if unlike(row) else "JA ", **form)
    found = read_judgments(compared.lake, sheet)
    assert sorted((n["yes"], n["no"]) for n in found.values() if any(n.values())) == [(0, 10), (10, 0)]


def test_a_sheet_judged_again_replaces_the_one_before(drawn):
    compared, sheet = drawn
    for said in ("yes", "unknown"):
        answer(sheet, lambda _, said=said: said)
        found = read_judgments(compared.lake, sheet)
    assert sum(n["unknown"] for n in found.values()) == 20
    assert quality(link([compared]))[0]["method"] == "estimate"  # nothing is known


def test_the_next_run_tells_the_quality_by_what_was_judged(drawn):
    """All unlike pairs, none of them linked, are one person; of the alike ones, all linked, half are."""
    compared, sheet = drawn
    answer(sheet, lambda row: "yes" if unlike(row) or row["period_1"] < "2020" else "no")
    read_judgments(compared.lake, sheet)
    linked = link([compared])
    told = {method: quality(linked, method=f"clerical{method}")[0] for method in ("", "_low", "_high")}
    assert quality(linked)[0] == told[""]
    assert told[""]["precision"] == pytest.approx(10 / 20)
    assert told[""]["recall"] == pytest.approx(10 / 30)
    for rate in ("precision", "recall"):
        assert told["_low"][rate] < told[""][rate] < told["_high"][rate]
    assert quality(linked, method="estimate")[0]["precision"] > 0.9


def spoil(change):
    def made(sheet):
        answer(sheet, lambda _: "yes")
        lines = sheet.read_text().splitlines()
        sheet.write_text("\n".join(change(lines)) + "\n")

    return made


BAD = {
    "a pair that was not drawn": lambda lines: [*lines, lines[1].replace(lines[1][:12], "0" * 12)],
    "line 22": lambda lines: [*lines, lines[1].replace(lines[1][:12], MARK)],
    "stands in the sheet twice": lambda lines: [*lines, lines[3]],
    "lacks 2 of the pairs": lambda lines: lines[:-2],
    "a pair without an answer": lambda lines: [lines[0], lines[1].removesuffix("yes"), *lines[2:]],
    "an answer that is not yes, no, unknown": lambda lines: [lines[0], lines[1][:-3] + MARK, *lines[2:]],
    "no single column same_person": lambda lines: [lines[0].replace("same_person", MARK), *lines[1:]],
    "no single column pair and same_person": lambda _: [],
    "a sheet has no pairs": lambda lines: lines[:1],
    "a row of another length": lambda lines: [*lines[:2], lines[2] + f";{MARK}", *lines[3:]],
}


@pytest.mark.parametrize("says", BAD)
def test_a_bad_sheet_is_refused_whole_and_by_name(drawn, says):
    compared, sheet = drawn
    spoil(BAD[says])(sheet)
    with pytest.raises(Refused, match=says) as refusal:
        read_judgments(compared.lake, sheet)
    assert MARK not in str(refusal.value)
    assert read_judged(enter(compared.lake, "linkage")) == {}


def test_a_sheet_that_is_no_csv_is_refused_without_its_text(drawn):
    compared, sheet = drawn
    answer(sheet, lambda _: "yes")
    head, *lines = sheet.read_text().splitlines()
    sheet.write_text("\n".join([head, f'"{MARK}', *lines * (200_000 // len("".join(lines)))]))
    with pytest.raises(Refused, match="a sheet is no CSV") as refusal:
        read_judgments(compared.lake, sheet)
    assert MARK not in str(refusal.value)


@pytest.mark.parametrize("below", ["", "sheets"])
def test_where_a_file_is_no_folder_is_made(compared, tmp_path, below):
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="this is no folder"):
        draw_sample([compared], 10, to=tmp_path / "file" / below)


@pytest.mark.parametrize("renamed", [0, 1, 2])
def test_drawing_that_was_stopped_can_be_done_again(tmp_path, monkeypatch, renamed):
    """At each rename of a sheet: what has its name already is written again, and is in nobody's way."""
    whole, done = Path.replace, []

    def stop(self, target):
        if len(done) == renamed:
            raise KeyboardInterrupt
        done.append(target)
        return whole(self, target)

    rows = [(f"p{n}", supplier) for n, supplier in enumerate(("dji", "om", "politie"))]
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stop)
        with pytest.raises(KeyboardInterrupt):
            write_sheets(tmp_path, rows)
    assert len(list(tmp_path.glob("judge-*"))) == renamed
    write_sheets(tmp_path, rows)
    names = ["judge-dji.csv", "judge-om.csv", "judge-politie.csv"]
    assert sorted(p.name for p in tmp_path.iterdir()) == names


def test_of_several_sheets_none_is_written_where_one_is_there(tmp_path):
    rows = [(f"p{n}", supplier) for n, supplier in enumerate(("dji", "om"))]
    (tmp_path / "judge-om.csv").touch()
    with pytest.raises(Refused, match="there is a sheet already"):
        write_sheets(tmp_path, rows)
    assert [p.name for p in tmp_path.iterdir()] == ["judge-om.csv"]


def test_a_sheet_in_another_encoding_is_refused(drawn):
    compared, sheet = drawn
    sheet.write_bytes(b"pair;same_person\n\xff\xfe")
    with pytest.raises(Refused, match="not UTF-8"):
        read_judgments(compared.lake, sheet)


def test_without_a_sample_there_is_nothing_to_judge(compared, tmp_path):
    with pytest.raises(Refused, match="no sample was drawn"):
        read_judgments(compared.lake, tmp_path / "judge-om.csv")


def test_the_commands(compared, tmp_path):
    lake, sheets = ["--lake", str(compared.lake)], tmp_path / "sheets"
    done = CliRunner().invoke(das, ["linkage", "sample", "10", "--out", str(sheets), *lake])
    assert done.exit_code == 0, done.output
    assert "10 pairs in" in done.output
    answer(sheets / "judge-om.csv", lambda _: "yes")
    done = CliRunner().invoke(das, ["linkage", "judged", str(sheets / "judge-om.csv"), *lake])
    assert done.exit_code == 0, done.output
    assert "0.566" in done.output  # Wilson's lower end of five out of five
    done = CliRunner().invoke(das, ["link", *lake])
    assert "judged by hand" in done.output
