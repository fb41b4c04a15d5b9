"""The model's downloads, and the rows to try them on."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from das_analysis.model import load_model
from das_analysis.semantic.downloads import downloads

SPEC = spec_from_file_location("rows_of_downloads", Path(__file__).with_name("rows.py"))
ROWS = module_from_spec(SPEC)
SPEC.loader.exec_module(ROWS)


@pytest.fixture(scope="session")
def model():
    return load_model()


@pytest.fixture(scope="session")
def files(model):
    return downloads(model)


@pytest.fixture(scope="session")
def made():
    """The module that makes rows and judges them."""
    return ROWS
