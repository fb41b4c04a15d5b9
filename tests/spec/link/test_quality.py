"""The quality of links is counted where the truth is given, by group, and kept with the snapshot."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from das_analysis.cli.main import das
from das_analysis.errors import Refused
from das_analysis.linkage import link, quality


def case(number, **columns):
    return {"case_key": number, "registered_on": "2025-03-01"} | columns


@pytest.fixture
def true_of(tmp_path):
    """A file with the truth of one delivery of cases: the person of each row, in order."""

    def write(*persons, **changed):
        n = len(persons)
        columns = {
            "supplier": ["om"] * n,
            "period": ["2025"] * n,
            "source_table": ["case"] * n,
            "row": list(range(1, n + 1)),
            "person_id": list(persons),
        } | changed
        path = tmp_path / "truth.parquet"
        pq.write_table(pa.table({name: values for name, values in columns.items() if values}), path)
        return path

    return write


def test_pairs_are_counted_by_group(given, true_of):
    rows = [
        case("z1", skn_key="s1", sex_code="M", birth_month="2010-05"),
        case("z2", skn_key="s1", sex_code="M", birth_month="2010-05"),
        case("z3", bsn_key="b3", sex_code="V", birth_month="1980-01"),
        case("z4", sex_code="V"),
    ]
    given.delivery("om", case=rows)
    found = quality(link([given.write()], truth=true_of(1, 2, 3, 3)))
    by = {(row["breakdown"], row["value"]): row for row in found}
    assert tuple(by["all", "all"].values())[3:] == (4, 0, 0, 0)
    assert by["sex", "M"]["precision"] == 0
    assert by["sex", "M"]["recall"] is None  # none of them has another row
    assert by["sex", "V"]["recall"] == 0
    assert {value for group, value in by if group == "identity"} == {"SKN", "BSN", "none"}
    assert {value for group, value in by if group == "age"} == {"00-17", "45+", "?"}
    assert by["supplier", "om"]["rows"] == 4


def test_a_wrong_link_costs_precision_and_a_missed_one_recall(given, true_of):
    rows = [case(f"z{n}", skn_key="s1") for n in range(4)] + [case("z9", skn_key="s2")]
    given.delivery("om", case=rows)
    found = quality(link([given.write()], truth=true_of(1, 1, 1, 2, 1)))[0]
    assert found["precision"] == pytest.approx(3 / 6)  # of six linked pairs three are of one person
    assert found["recall"] == pytest.approx(3 / 6)  # of six true pairs three are linked
    assert found["f1"] == pytest.approx(1 / 2)


def parts(name, born="d"):
    return {"surname_key": name, "surname_sound_key": name[0], "birth_key": born, "sex_code": "M"}


def test_without_the_truth_it_is_estimated_and_said_to_be(given):
    rows = [case("z1", skn_key="s1", **parts("jansen")), case("z2", **parts("janssen"))]
    found = quality(given.delivery("om", case=rows).link().linked)
    assert {row["method"] for row in found} == {"estimate"}
    assert (found[0]["breakdown"], found[0]["rows"]) == ("all", 2)
    assert (found[0]["precision"], found[0]["recall"]) == (1, 1)  # whole pairs: of one, as good as sure


def test_numbers_alone_are_estimated_to_be_right(given):
    found = quality(
        given.delivery("om", case=[case("z1", skn_key="s1"), case("z2", skn_key="s1")]).link().linked
    )
    assert (found[0]["precision"], found[0]["recall"]) == (1, 1)


def test_who_could_be_either_of_two_is_estimated_to_be_missed(given):
    rows = [case("z1", skn_key="s1", **parts("jansen")), case("z2", skn_key="s2", **parts("jansen"))]
    rows += [case("z0", skn_key="s1"), case("z3", **parts("janssen"))]
    whole = quality(given.delivery("om", case=rows).link().linked)[0]
    assert whole["precision"] == 1
    assert whole["recall"] < 1


def test_the_truth_comes_before_the_estimate_and_both_are_kept(given, true_of):
    given.delivery("om", case=[case("z1", skn_key="s1"), case("z2", skn_key="s1")])
    linked = link([given.write()], truth=true_of(1, 2))
    assert quality(linked)[0]["precision"] == 0
    assert quality(linked, method="estimate")[0]["precision"] == 1


@pytest.mark.parametrize(
    ("changed", "says"),
    [({"person_id": None}, "lacks person_id"), ({"period": ["1999"]}, "has no row of these deliveries")],
)
def test_a_truth_that_does_not_fit_is_refused(given, true_of, changed, says):
    given.delivery("om", case=[case("z1", skn_key="s1")])
    with pytest.raises(Refused, match=says):
        link([given.write()], truth=true_of(1, **changed))


def test_a_truth_that_is_not_there_is_refused(given, tmp_path):
    given.delivery("om", case=[case("z1", skn_key="s1")])
    with pytest.raises(Refused, match="there is no file with the truth"):
        link([given.write()], truth=tmp_path / "none.parquet")


def test_the_command_prints_it(given, true_of):
    given.delivery("om", case=[case("z1", skn_key="s1"), case("z2", skn_key="s1")]).write()
    done = CliRunner().invoke(das, ["link", "--lake", str(given.root), "--truth", str(true_of(1, 1))])
    assert done.exit_code == 0, done.output
    assert "1.0000" in done.output
    assert "against the truth" in done.output
    assert "estimated" in done.output
