"""The desk, for the specs of `receive`."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

SPEC = spec_from_file_location("desk_of_deliver", Path(__file__).parents[1] / "deliver" / "desk.py")
DESK = module_from_spec(SPEC)
SPEC.loader.exec_module(DESK)


@pytest.fixture(scope="session")
def small():
    """The module with the small suppliers and their rows."""
    return DESK


@pytest.fixture
def desk(tmp_path):
    return DESK.Desk(tmp_path, DESK.make_model())
