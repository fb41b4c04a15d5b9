"""Parameters are strict: what the notebook does not declare in this form is refused, with the list."""

import pytest

from das_analysis.errors import Refused
from das_analysis.report import check_parameters, declared
from das_analysis.report.parameters import is_period

MORE = """snapshot: str = "latest"
period: str = ...  # a year, quarter, month or day
lang: str = "nl"
top: int = 10  # how many offices
share = 0.5
with_minors: bool = False
measure: str = "median"  # one of: mean, median, p90
"""


def test_defaults_are_filled_in_and_numbers_read_from_text(write_notebook):
    given = {"period": "2025-Q3", "top": "12", "share": "0.25", "with_minors": "True"}
    assert check_parameters(write_notebook(parameters=MORE), given) == {
        "snapshot": "latest",
        "period": "2025-Q3",
        "lang": "nl",
        "top": 12,
        "share": 0.25,
        "with_minors": True,
        "measure": "median",
    }


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"period": "2025", "perod": "2025"}, "unknown parameter 'perod'"),
        ({}, "parameter 'period' must be given"),
        ({"period": 2025}, "'period' is a str, not a int"),
        ({"period": "2025-Q5"}, "'period' is a year, quarter, month or day"),
        ({"period": "2025", "lang": "fr"}, "'lang' is one of nl, en"),
        ({"period": "2025", "top": "1e3"}, "'top' is a int, not a str"),
        ({"period": "2025", "top": "1.7"}, "'top' is a int, not a float"),
        ({"period": "2025", "top": True}, "'top' is a int, not a bool"),
        ({"period": "2025", "with_minors": 1}, "'with_minors' is a bool, not a int"),
        ({"period": "2025", "measure": "mode"}, "'measure' is one of mean, median, p90"),
        ({"period": "2025", "snapshot": "../../etc"}, "'snapshot' is a snapshot's number or name"),
    ],
)
def test_what_is_not_right_is_refused_with_the_list(write_notebook, given, fault):
    with pytest.raises(Refused) as refusal:
        check_parameters(write_notebook(parameters=MORE), given)
    assert fault in str(refusal.value)
    assert "top: int, default 10, how many offices" in str(refusal.value)


def test_a_notebook_without_the_tag_is_refused(write_notebook):
    with pytest.raises(Refused, match="has no parameters"):
        declared(write_notebook(tags=()))


def test_a_notebook_that_does_not_declare_the_period_is_refused(write_notebook):
    with pytest.raises(Refused, match="does not declare 'period'"):
        check_parameters(write_notebook(parameters='snapshot: str = "latest"\nlang: str = "nl"\n'), {})


@pytest.mark.parametrize("line", ["top = [1, 2]", 'top: int = "ten"', "top: Path = 3", "top = other"])
def test_a_parameter_without_a_plain_type_is_refused(write_notebook, line):
    with pytest.raises(Refused, match="has no type or a default of another type"):
        declared(write_notebook(parameters=MORE + line + "\n"))


def test_there_must_be_a_notebook(tmp_path):
    with pytest.raises(Refused, match=r"no notebook 'gone\.ipynb'"):
        declared(tmp_path / "gone.ipynb")


@pytest.mark.parametrize("text", ["2025", "2025-Q1", "2025-Q4", "2025-09", "2024-02-29"])
def test_a_period_that_exists(text):
    assert is_period(text)


@pytest.mark.parametrize(
    "text", ["25", "2025-Q5", "2025-13", "2025-02-29", "2025-9", "2025-Q1-01", "2025\n", ""]
)
def test_a_period_that_does_not(text):
    assert not is_period(text)
