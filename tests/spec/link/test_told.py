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
    (content,) = linkage_block(frozen, "told", lang="en")
    row = content["rows"][0]
    assert (row["linked_group"], row["quality_method"]) == ("All rows", "estimate")
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
    tables = {name: ref for name, ref in linked.tables.items() if name != "person_quality"}
    freeze(replace(linked, tables=tables), "before")
    assert linkage_block(given.root, "before", lang=lang) == []


@pytest.mark.parametrize(
    ("lang", "said"),
    [("nl", "100% juist, 100% volledig (schatting)"), ("en", "100% right, 100% complete (estimate)")],
)
def test_the_head_of_the_page_says_it_in_one_line(frozen, lang, said):
    page = Page(monitor="chain", period="2025", lang=lang, languages=(lang,))
    assert f'<a href="#s1">{said}</a>' in render(page, linkage_block(frozen, "told", lang=lang))
