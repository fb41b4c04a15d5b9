"""What waits to be validated: what never was, or was by another model."""

import shutil

import pytest
from click.testing import CliRunner

from das_analysis.cli.main import das
from das_analysis.intake import find_deliveries, find_waiting
from das_analysis.lake import connect, enter, files, write
from das_analysis.lake.sql import scan


@pytest.fixture
def lake(demo_lake, tmp_path):
    """A lake of which everything is validated, to be changed at will."""
    return shutil.copytree(demo_lake, tmp_path / "lake")


def note(lake, columns, where="true"):
    """Write anew what is noted of validated deliveries."""
    room = enter(lake, "intake")
    with connect(room) as con:
        noted = scan(files(room, "validated", table="delivery"))
        rows = con.sql(f"SELECT {columns} FROM {noted} WHERE {where}").to_arrow_table()
    write(room, "validated", table="delivery", rows=rows)


def test_nothing_waits_when_all_is_validated(lake):
    assert find_waiting(lake) == []


def test_what_was_never_validated_waits_alone(lake):
    note(lake, "*", "supplier <> 'dji'")
    assert find_waiting(lake) == find_deliveries(lake, "dji") != []
    assert find_waiting(lake, supplier="om") == []


def test_all_waits_for_a_model_that_differs(lake):
    note(lake, "* REPLACE ('0.0.0+000000000000' AS model_version)")
    assert find_waiting(lake) == find_deliveries(lake)


def test_a_new_lake_has_nothing_that_waits(tmp_path):
    assert find_waiting(tmp_path / "lake") == []


@pytest.mark.parametrize("verb", ["validate", "pseudonymise"])
def test_the_command_leaves_what_is_done_and_does_it_again_when_asked(lake, keys, verb):
    told = ["dji", "--lake", str(lake), *(("--keys", str(keys)) if verb == "pseudonymise" else ())]
    once, again = (CliRunner().invoke(das, [verb, *told, *more]) for more in ((), ("--again",)))
    assert (once.exit_code, again.exit_code) == (0, 0), (once.output, again.output)
    assert "before and are left as they are" in once.output
    assert "rows" not in once.output
    assert "rows" in again.output
    assert "before" not in again.output
