"""The header decides which table a file is: a set of names, in any order and any case."""

import pytest

from das_analysis.errors import BadDelivery


def shuffled(row, **names):
    return {names.get(name, name): row[name] for name in reversed(row)}


def test_columns_may_stand_in_any_order_and_case(desk, small):
    usual = desk.deliver([small.person()], target=desk.home / "usual")
    other = desk.deliver([shuffled(small.person(), BSN="bsn", ROL="Rol")])
    assert usual.digest == other.digest


def test_an_optional_column_may_be_absent(desk, small):
    row = small.person()
    del row["OPMERKING"]
    package = desk.deliver([row])
    assert [r["OPMERKING"] for r in desk.rows(package)] == [None]
    assert "OPMERKING" not in desk.manifest(package)["files"][0]["source_columns"]


def test_the_package_has_the_columns_of_the_card_in_its_order(desk, small):
    table = desk.model.suppliers["wijk"].tables["personen"]
    assert list(desk.rows(desk.deliver([shuffled(small.person())]))[0]) == list(table.package)


def test_each_file_finds_its_own_table(desk, small):
    package = desk.deliver([small.case()], [small.person()])
    assert sorted(p.name for p in package.path.iterdir()) == [
        "manifest.json",
        "manifest.sig",
        "personen.parquet",
        "zaken.parquet",
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"ROL": "FUNCTIE"}, "missing: ROL; unknown: column 2"),
        ({"ROL": "BSN2"}, "missing: ROL; unknown: column 2"),
        ({"ROL": "12345"}, "missing: ROL; unknown: column 2"),
        ({"ROL": "rol "}, "missing: ROL; unknown: column 2"),
    ],
)
def test_another_header_is_refused_with_the_nearest_table_and_what_differs(desk, small, change, fault):
    with pytest.raises(BadDelivery, match=f"'personen', the nearest table of the card; {fault}"):
        desk.deliver([shuffled(small.person(), **change)])


def test_one_column_too_many_is_refused(desk, small):
    with pytest.raises(BadDelivery, match="'zaken', the nearest table of the card; unknown: column 4"):
        desk.deliver([{**small.case(), "extra": "1"}])


def test_a_column_twice_is_refused(desk):
    with pytest.raises(BadDelivery, match=r"a column is there twice: BSN\n  where: 0.csv, line 1"):
        desk.deliver("BSN;bsn;SKN\n1;2;3\n")


def test_another_delimiter_is_told(desk, small):
    with pytest.raises(BadDelivery, match="use the delimiter of the card, a semicolon"):
        desk.deliver(small.text([small.person()], ","))


def test_a_first_line_of_data_is_not_repeated(desk, small):
    data = small.text([small.person(NAAM="Geheim")]).split("\n", 1)[1]
    with pytest.raises(BadDelivery, match="the first line is not the header") as refusal:
        desk.deliver(data)
    assert "Geheim" not in str(refusal.value)
    assert "personen, zaken" in str(refusal.value)


def test_a_header_that_fits_two_tables_is_refused(tmp_path, small):
    twin = small.supplier(
        "wijk", [small.WIJK.tables["zaken"], small.table("kopie", "PARKETNR VOLGNR DATUM", [])]
    )
    with pytest.raises(BadDelivery, match="more than one table"):
        small.Desk(tmp_path, small.make_model(twin)).deliver([small.case()])


def test_two_files_of_one_table_are_refused(desk, small):
    with pytest.raises(BadDelivery, match=r"two files of table 'zaken'\n  where: 0.csv, 1.csv"):
        desk.deliver([small.case()], [small.case()])


def test_no_file_is_refused(desk):
    with pytest.raises(BadDelivery, match="no files to deliver"):
        desk.deliver()
