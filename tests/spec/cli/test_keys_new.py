"""das keys new makes what is missing, also where it was stopped halfway, and nothing twice."""

import pytest
from click.testing import CliRunner

from das_analysis.cli.keys import make_keys, new
from das_analysis.keys.holder import issued, read_ratio, read_supplier


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A folder of every key, and one supplier of it. Each test below ends with it whole."""
    home = tmp_path_factory.mktemp("keys")
    make_keys(home)
    return home, min(issued(home))


def test_nothing_is_made_twice(whole):
    assert make_keys(whole[0]) == []


@pytest.mark.parametrize("lost", [("supplier",), ("ratio",), ("supplier", "ratio")])
def test_a_key_that_was_counted_and_not_made_gets_its_next_version(whole, lost):
    """As a stop leaves it: the holder's file says that it was issued, and a file of it is not there."""
    home, supplier = whole
    before = issued(home)[supplier]
    paths = {"supplier": f"suppliers/{supplier}.key", "ratio": f"ratios/{supplier}-{before}.key"}
    for name in lost:
        (home / paths[name]).unlink()
    done = CliRunner().invoke(new, ["--keys", str(home)])
    assert done.exit_code == 0, done.output
    said = f"made suppliers/{supplier}.key and its ratio: version {before + 1}, "
    assert done.output == f"{said}because a file of version {before} is missing\n"
    assert read_supplier(home, supplier).version == before + 1
    assert read_ratio(home, supplier, version=before + 1)
    assert make_keys(home) == []
