"""How well a snapshot is linked is released with every report: rounded, by group, with the method named."""

from dataclasses import replace

import pytest

from das_analysis.disclosure import digest_of, in_ledger
from das_analysis.disclosure.linkage_block import linkage_block
from das_analysis.lake import freeze, read_log
from das_analysis.report import Page, render

RATES = ("link_precision", "link_recall")


def people(sex, persons, rows, first=0):
    return [
        {"case_key": f"{sex}{p}-{n}", "registered_on": "2025-03-01", "skn_key": f"{sex}{p}", "sex_code": sex}
        | {"birth_month": "1980-01"}
        for p in range(first, first + persons)
        for n in range(rows)
    ]


@pytest.fixture
def frozen(given):
    """Thirty men with four rows, three women with eight: linked and frozen."""
    linked = given.delivery("om", case=people("M", 30, 4) + people("V", 3, 8)).link().linked
    freeze(linked, "told")
    return given.root


def by_group(content):
    return {row["linked_group"]: row for row in content["rows"]}


def test_the_whole_comes_first_with_its_method(frozen):
    content = linkage_block(frozen, "told", lang="en")[0]
    row = content["rows"][0]
    assert (row["linked_group"], row["quality_method"]) == ("All rows", "optimistic estimate")
    assert [row[name] for name in RATES] == [100, 100]


def test_a_group_of_fewer_than_ten_persons_is_left_out(frozen):
    content = by_group(linkage_block(frozen, "told", lang="nl")[0])
    assert [content["Geslacht: man"][name] for name in RATES] == [100, 100]
    assert "Geslacht: vrouw" not in content


def test_where_there_are_too_few_persons_the_whole_is_named_and_not_told(given):
    freeze(given.delivery("om", case=people("V", 3, 8)).link().linked, "told")
    (row,) = linkage_block(given.root, "told", lang="nl")[0]["rows"]
    assert row["linked_group"] == "Alle regels"
    assert {row[f"{name}_status"] for name in RATES} == {"hidden"}


def test_two_reports_around_an_erasure_do_not_tell_how_many_rows_a_person_had(new_given):
    """The pairs of a person with twenty rows are 380, whatever they are rounded to."""

    def report(rows):
        given = new_given()
        held = people("M", 60, 4) + people("M", 1, rows, first=60)
        freeze(given.delivery("om", case=held).link().linked, "told")
        return linkage_block(given.root, "told", lang="en")[0]

    before, after = report(20), report(0)
    assert before["rows"] == after["rows"]
    assert not [name for row in before["rows"] for name in row if "pairs" in name]
    assert {column["unit"] for column in before["columns"] if column["role"] == "value"} == {"%"}


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_it_is_a_release_like_any_other(frozen, lang):
    for content in linkage_block(frozen, "told", lang=lang):
        digest = content.pop("digest")
        assert digest == digest_of(content)
        assert in_ledger(digest, frozen)
    assert [line["act"] for line in read_log(frozen)][-3:] == ["open", "measure", "release"]


@pytest.mark.parametrize("lang", ["nl", "en"])
def test_a_snapshot_of_before_this_was_counted_has_no_block(given, lang):
    linked = given.delivery("om", case=people("M", 30, 4)).link().linked
    counted = {"person_quality", "case_quality"}
    tables = {name: ref for name, ref in linked.tables.items() if name not in counted}
    freeze(replace(linked, tables=tables), "before")
    assert linkage_block(given.root, "before", lang=lang) == []


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("nl", "100% juist, 100% volledig (gunstige schatting)"),
        ("en", "100% right, 100% complete (optimistic estimate)"),
    ],
)
def test_the_head_of_the_page_says_it_in_one_line(frozen, lang, said):
    page = Page(monitor="chain", period="2025", lang=lang, languages=(lang,))
    assert f'<a href="#s1">{said}</a>' in render(page, linkage_block(frozen, "told", lang=lang))


def chain(of_year):
    """Cases, and court cases of which a part names one: {year: (court cases, of these with a case)}."""
    cases = people("M", 100, 1)
    courts = [
        {"court_case_key": f"r{year}-{n}", "instance_code": "EA", "verdict_on": f"{year}-06-01"}
        | {"case_key": f"M{n}-0" if n < known else f"lost{n}"}
        for year, (rows, known) in of_year.items()
        for n in range(rows)
    ]
    return {"om": {"case": cases}, "rechtspraak": {"court_case": courts}}


def told(given, of_year):
    for supplier, tables in chain(of_year).items():
        given.delivery(supplier, **tables)
    freeze(given.link().linked, "told")
    rows = linkage_block(given.root, "told", lang="en")[1]["rows"]
    return {row["link_years"]: row for row in rows if row["chain_link"] == "Court case → case"}


def test_a_link_is_told_with_the_year_in_which_it_holds_least(given):
    rows = told(given, {2026: (100, 90), 2027: (60, 30), 2028: (20, 0)})
    assert set(rows) == {"all", "lowest: 2027"}  # in 2028 there are too few rows to tell
    whole, lowest = rows["all"], rows["lowest: 2027"]
    assert [whole[f"links_{c}"] for c in ("rows", "given", "found", "lost")] == [180, 180, 120, None]
    assert whole["links_lost_status"] == "hidden"  # nobody knows whose they are
    assert whole["links_rate"] == 66.7
    assert (lowest["links_rows"], lowest["links_rate"]) == (60, 50)


def test_of_a_single_year_no_lowest_is_told(given):
    assert set(told(given, {2026: (100, 90)})) == {"all"}


def test_rows_of_fewer_than_ten_persons_tell_no_figure_of_a_link(given):
    """A hundred court cases of one person are a hundred rows, and one person."""
    courts = [
        {"court_case_key": f"r{n}", "instance_code": "EA", "verdict_on": "2026-06-01", "case_key": "M0-0"}
        for n in range(100)
    ]
    given.delivery("om", case=people("M", 1, 1)).delivery("rechtspraak", court_case=courts)
    freeze(given.link().linked, "told")
    (row,) = linkage_block(given.root, "told", lang="en")[1]["rows"]
    assert [row[f"links_{c}_status"] for c in ("rows", "given", "found", "rate")] == ["hidden"] * 4
