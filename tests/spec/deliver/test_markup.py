"""A supplier of XML is one card too: paths say where its rows and columns are."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from das_analysis.errors import BadDelivery, BadModel
from das_analysis.intake.markup import open_markup
from das_analysis.model import SupplierTable
from das_analysis.model.markup import Place, Step, rows_at, value_at
from das_analysis.model.schema import FileColumn

SPEC = spec_from_file_location("desk_of_markup", Path(__file__).with_name("desk.py"))
small = module_from_spec(SPEC)
SPEC.loader.exec_module(small)

SPACES = {"a": "urn:a", "b": "urn:b"}
XML = """<?xml version="1.0"?>
<stock xmlns="" xmlns:x="urn:a">
  <x:day on="2026-01-01">
    <house name="north"><cell n="1">ann<b> </b>lee</cell><cell n="2">bo</cell></house>
    <house name="south"><note>of the south</note><cell n="7"><tag>p</tag><tag>q</tag></cell></house>
  </x:day>
  <x:day on="2026-01-02"><house name="north"><cell n="1">cy</cell></house></x:day>
</stock>"""


def card(*tables, rows="stock/a:day/house/cell"):
    """A card of one table a mapping: a column's name, and its path, paths, or FileColumn fields."""
    made = []
    for number, columns in enumerate(tables):
        known = {}
        for name, about in columns.items():
            given = about if isinstance(about, dict) else {"paths": about}
            paths = (given["paths"],) if isinstance(given["paths"], str) else given["paths"]
            known[name] = FileColumn(name=name, about=small.IT, **{**given, "paths": paths})
        made.append(
            SupplierTable(
                name=f"t{number}",
                title=small.IT,
                columns=known,
                package={c: small.plain(c) for c in known},
                maps=(),
                rows=rows,
            )
        )
    return small.supplier("wijk", made, format="xml", namespaces=SPACES)


@pytest.fixture
def read(tmp_path):
    def rows(columns, text=XML, **given):
        (tmp_path / "in.xml").write_text(text, encoding="utf-8")
        (source,) = open_markup([tmp_path / "in.xml"], card(columns, **given))
        return [tuple(row.values()) for batch in source.batches(lambda _: None) for row in batch.to_pylist()]

    return rows


def test_a_row_is_an_element_and_its_columns_are_beside_below_and_above_it(read):
    assert read({"day": "../../@on", "house": "../@name", "cell": "@n", "who": "."}) == [
        ("2026-01-01", "north", "1", "ann lee"),
        ("2026-01-01", "north", "2", "bo"),
        ("2026-01-01", "south", "7", "pq"),
        ("2026-01-02", "north", "1", "cy"),
    ]


def test_a_column_that_only_some_rows_have_is_optional(read):
    assert read(
        {"note": {"paths": "../note", "optional": True}, "tag": {"paths": "tag[2]", "optional": True}}
    ) == [
        ("", ""),
        ("", ""),
        ("of the south", "q"),
        ("", ""),
    ]


def test_of_several_paths_the_first_that_is_there_counts(read):
    assert [row[0] for row in read({"who": ("../note", "@n")})] == ["1", "2", "of the south", "1"]


def test_what_is_there_more_than_once_is_joined_or_refused(read):
    rows = "stock/a:day/house"
    assert [r[0] for r in read({"cell": {"paths": "cell/@n", "join": "+"}}, rows=rows)] == ["1+2", "7", "1"]
    with pytest.raises(BadDelivery, match=r"cell is there 2 times[\s\S]*in.xml, line 4"):
        read({"cell": "cell/@n"}, rows=rows)


def test_rows_are_numbered_within_their_file_and_elements_among_their_like(read):
    assert [r[0] for r in read({"number": "position()"})] == ["1", "2", "3", "4"]
    assert [r[0] for r in read({"n": "@n"}, rows="stock/a:day[1]/house/cell[1]")] == ["1", "7"]


def test_a_namespace_counts_and_a_prefix_does_not(read):
    assert len(read({"n": "@n"}, text=XML.replace("x:", "other:").replace("xmlns:x", "xmlns:other"))) == 4
    with pytest.raises(BadDelivery, match="holds no row of the card"):
        read({"n": "@n"}, text=XML.replace("urn:a", "urn:b"))


def test_many_files_become_one_table_in_the_order_of_their_names(tmp_path):
    for name, who in (("b.xml", "two"), ("a.xml", "one"), ("c.XML", "three")):
        text = f'<stock><house><cell n="{who}"/></house></stock>'
        (tmp_path / name).write_text(text, encoding="utf-8")
    given = card({"n": "@n"}, {"number": "position()"}, rows="stock/house/cell")
    first, second = open_markup([tmp_path / n for n in ("c.XML", "b.xml", "a.xml", "b.xml")], given)
    assert [r["n"] for b in first.batches(lambda _: None) for r in b.to_pylist()] == ["one", "two", "three"]
    assert [r["number"] for b in second.batches(lambda _: None) for r in b.to_pylist()] == ["1", "1", "1"]
    moved = []
    list(first.batches(moved.append))
    assert moved[-1] == first.size == sum((tmp_path / n).stat().st_size for n in ("a.xml", "b.xml", "c.XML"))
    assert first.name == "3 files"


def test_a_path_says_where_to_look():
    assert rows_at("root/a:x[2]", SPACES) == (Step("root"), Step("urn:a x", 2))
    assert value_at("../../b:y/@a:z", SPACES) == Place("attribute", 2, (Step("urn:b y"),), "urn:a z")
    assert value_at(".", SPACES) == Place("text")
    assert value_at("..", SPACES) == Place("text", 1)
    assert value_at("position()", SPACES) == Place("position")


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("c:x", "unknown prefix 'c'"),
        ("@c:x", "unknown prefix 'c'"),
        ("//x", "not a path"),
        ("x[0]", "not a path"),
        ("x[@n='1']", "not a path"),
        ("x/../y", "not a path"),
        ("count(x)", "not a path"),
        ("", "not a path"),
        ("@n/x", "not a path"),
    ],
)
def test_another_path_is_refused(path, words):
    with pytest.raises(BadModel, match=words):
        value_at(path, SPACES)
