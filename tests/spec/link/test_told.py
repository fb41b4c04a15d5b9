"""How well a snapshot is linked is released with every report: rounded, by group, with the method named."""

from dataclasses import replace

import pytest

from das_analysis.disclosure import digest_of, in_ledger
from das_analysis.disclosure.linkage_block import linkage_block
from das_analysis.lake import freeze, read_log
from das_analysis.report import Page, render

COUNTS = ("pairs_linked", "pairs_true", "pairs_both")


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
    assert [row[name] for name in COUNTS] == [530, 530, 530]  # 30 x 4 x 3 and 3 x 8 x 7 are 528
    assert (row["link_precision"], row["link_recall"]) == (100, 100)


def test_a_group_of_fewer_than_ten_persons_tells_no_pairs(frozen):
    content = by_group(linkage_block(frozen, "told", lang="nl")[0])
    assert content["Geslacht: man"]["pairs_linked"] == 360
    women = content["Geslacht: vrouw"]
    assert {women[f"{name}_status"] for name in (*COUNTS, "link_precision", "link_recall")} == {"hidden"}


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
    assert [whole[f"links_{c}"] for c in ("rows", "given", "found", "lost")] == [180, 180, 120, 60]
    assert whole["links_rate"] == 66.7
    assert (lowest["links_rows"], lowest["links_rate"]) == (60, 50)


def test_of_a_single_year_no_lowest_is_told(given):
    assert set(told(given, {2026: (100, 90)})) == {"all"}
