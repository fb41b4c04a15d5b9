"""`das partner show` and `das partner check`: the dossier, and what of it lapses when."""

import pytest
from click.testing import CliRunner

from das_analysis.cli.partner import partner
from das_analysis.cli.terminal import screen
from das_analysis.errors import Refused
from das_analysis.model import load_model

SUPPLIERS = sorted(load_model().suppliers)


@pytest.fixture(autouse=True)
def wide(monkeypatch):
    """A screen on which no name is broken off."""
    monkeypatch.setattr(screen, "width", 200)


def run(*words):
    return CliRunner().invoke(partner, words)


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize("supplier", SUPPLIERS)
def test_a_dossier_is_shown_with_a_reason_for_every_column(supplier, lang):
    done = run("show", supplier, "--lang", lang, "--on", "2026-11-26")
    assert done.exit_code == 0, done.output
    for table in load_model().suppliers[supplier].tables.values():
        assert all(name in done.output for name in table.columns)
    assert {"nl": "kan er geleverd worden", "en": "deliveries can come in"}[lang] in done.output


def test_a_dossier_says_what_keeps_deliveries_out():
    done = run("show", "dji", "--lang", "en", "--on", "2029-01-01")
    assert "nothing comes in: Agreement, Permission" in done.output


def test_an_unknown_supplier_is_refused_with_those_that_are_known():
    done = run("show", "nobody")
    assert isinstance(done.exception, Refused)
    assert "dji" in str(done.exception)


def test_when_all_is_in_force_the_check_leaves_with_zero():
    done = run("check", "--on", "2026-11-26")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize(
    ("day", "within", "late"),
    [("2028-10-02", "90", True), ("2028-10-01", "90", False), ("2029-01-01", "0", True)],
)
def test_what_lapses_soon_or_has_ended_is_refused_by_supplier(day, within, late):
    done = run("check", "--on", day, "--within", within, "--lang", "en")
    assert isinstance(done.exception, Refused) is late
    if late:
        assert "dji" in str(done.exception)
        assert "rikers" not in str(done.exception)
