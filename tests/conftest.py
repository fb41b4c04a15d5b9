"""What all tests share: one small synthetic chain, walked once, and the real data when they are there."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"
SMALL = {"scale": 0.003, "years": [2024, 2025], "seed": 7}


def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("shared") and not (SHARED / "data").is_dir():
            item.add_marker(pytest.mark.skip(reason="the folder ../shared with real data is not here"))


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def shared():
    """The folder with real data; a test that takes it has the marker `shared`."""
    return SHARED


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    """A folder with both key files."""
    from das_analysis.cli.keys import make_keys

    home = tmp_path_factory.mktemp("keys")
    make_keys(home)
    return home


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory):
    """A small made-up chain of two years, as files of suppliers, with the truth beside it."""
    from das_analysis.synth import make_deliveries

    target = tmp_path_factory.mktemp("deliveries")
    make_deliveries(target, faults=True, **SMALL)
    return target


@pytest.fixture(scope="session")
def demo_lake(tmp_path_factory, deliveries, keys):
    """A lake with the snapshot `synthetic` of the small chain. Read it, never write it.

    Its folder has a name that people give: a space, a percent sign, a letter with dots.
    """
    from das_analysis.cli.demo import Chain, walk

    home = tmp_path_factory.mktemp("demo") / "keten België 100% #1"
    chain = Chain(lake=home / "lake", keys=keys, packages=home / "packages")
    folders = sorted(p for p in deliveries.glob("*/*") if p.is_dir() and p.parent.name != "truth")
    walk(chain, [(p.parent.name, p.name, sorted(p.glob("*.csv"))) for p in folders], name="synthetic")
    return chain.lake
