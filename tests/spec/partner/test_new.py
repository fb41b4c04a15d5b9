"""`das partner new` and `das partner check CARD`: a first card from a sample and answers; what it lacks."""

import os
import pty
import select
import sys
import time
from subprocess import PIPE, Popen

import pytest
import yaml
from click.testing import CliRunner

from das_analysis.cli.partner import partner
from das_analysis.cli.terminal import screen
from das_analysis.errors import BadDelivery, BadModel, Refused

NAMES = ("Zilverberg", "Wolkenveld", "Brug")
ANSWERS = {
    "title_nl": "Toezichthouders",
    "title": "Supervisors",
    "partner": "3RO",
    "legal_gate": "WJSG15J",
    "basis_nl": "",
    "basis": "",
    "purposes": "statistiek, monitor",
    "agreement": "A-1 2026-01-01 2028-12-31",
    "permission": "P-1 2026-01-01 2028-12-31",
    "dpia": "D-1 2026-01-01 2028-12-31",
    "contact_nl": "gegevensbeheerder",
    "contact": "data steward",
    "retention_years": "20",
    "retention_nl": "20 jaar",
    "retention": "20 years",
    "transport_nl": "pakket",
    "transport": "package",
    "period": "year",
    "due_days": "60",
    "keys": "",
    "toezichten.class": "Supervision",
    "toezichten.title_nl": "toezichten",
    "toezichten.title": "supervisions",
    "toezichten.rows": "100",
    "toezichten.tolerance": "0.3",
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setattr(screen, "width", 200)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cards").mkdir()


@pytest.fixture
def sample(tmp_path):
    """Sixty supervisions of a system of its own, with a column of staff that looks like codes."""
    lines = ["TOEZICHTNR;BSN;NAAM;GEBDAT;GESL;PARKETNUMMER;ORG;UITV_ORG;BEGIN;EIND;TEAM;PLAATSCODE"]
    for n in range(60):
        name, day = NAMES[n % 3], f"{n % 28 + 1:02}-03-2025"
        lines.append(
            f"T{n};{111222333 if n % 2 else ''};{name};01-02-19{n % 40 + 50};man;05-{n:06}-25;{name};"
            f"{('RN', 'SVG')[n % 2] if n else 'LDH'};{day};nvt;{name}, team {n % 2};{name[:4].upper()}"
        )
    path = tmp_path / "toezichten.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def answer(folder, **changed):
    kept = folder / "answers.yaml"
    kept.write_text(yaml.safe_dump(ANSWERS | changed), encoding="utf-8")
    return str(kept)


def new(*words, typed=""):
    return CliRunner().invoke(
        partner, ["new", *map(str, words), "--to", "cards", "--lang", "en"], input=typed
    )


@pytest.fixture
def card(sample, tmp_path):
    done = new("toezicht", sample, "--answers", answer(tmp_path))
    assert done.exit_code == 0, (done.output, done.exception)
    return tmp_path / "cards" / "toezicht.yaml"


def slots(card):
    return yaml.safe_load(card.read_text("utf-8"))["tables"]["toezichten"]["maps"][0]["slots"]


def test_the_answers_and_the_columns_are_on_the_card(card):
    written = yaml.safe_load(card.read_text("utf-8"))
    assert written["agreement"] == {
        "reference": "A-1",
        "valid_from": "2026-01-01",
        "valid_until": "2028-12-31",
    }
    assert written["purposes"] == ["statistiek", "monitor"]
    assert written["file"]["delimiter"] == ";"
    assert written["blank"] == ["", "nvt"]
    assert written["tables"]["toezichten"]["volume"] == {"rows": 100, "tolerance": 0.3}
    assert len(written["tables"]["toezichten"]["columns"]) == 12


def test_numbers_dates_and_words_of_the_model_are_recognised(card):
    found = slots(card)
    assert found["bsn_key"] == {"seal": "Bsn", "parts": [{"from": "BSN"}]}
    assert found["case_key"] == {"seal": "CaseNumber", "parts": [{"from": "PARKETNUMMER"}]}
    assert found["started_on"] == {"from": "BEGIN", "date": "%d-%m-%Y"}
    assert found["sex_code"] == {"from": "GESL", "values": {"man": "M"}}
    assert found["birth_month"] == {"from": "GEBDAT", "date": "%d-%m-%Y", "generalise": "month"}


def test_what_a_suppliers_code_means_is_left_to_a_person_and_a_rare_one_is_not_told(card):
    assert slots(card)["executor_code"] == {"from": "UITV_ORG", "values": {"RN": "TODO", "SVG": "TODO"}}
    assert "LDH" not in card.read_text("utf-8")


def test_no_value_of_a_person_is_on_the_card_or_on_the_screen(sample, tmp_path):
    done = new("toezicht", sample, "--answers", answer(tmp_path))
    told = done.output + (tmp_path / "cards" / "toezicht.yaml").read_text("utf-8")
    values = [*NAMES, *(name[:4].upper() for name in NAMES), "111222333", "05-0000", "-03-2025", "01-02-19"]
    assert [value for value in values if value in told] == []


def test_a_card_with_a_todo_is_not_finished_and_each_is_told_by_its_line(card):
    done = CliRunner().invoke(partner, ["check", str(card), "--lang", "en"])
    assert isinstance(done.exception, Refused)
    lines = card.read_text("utf-8").splitlines()
    numbers = [str(n) for n, line in enumerate(lines, 1) if "TODO" in line]
    assert all(f" {n} " in done.output for n in numbers)
    assert "is not a code of Executor" in done.output


def test_a_finished_card_is_whole(card):
    text = card.read_text("utf-8")
    for made, by_hand in (("RN: TODO, SVG: TODO", "RN: 3RO, SVG: 3RO"), ("TODO", "iets")):
        text = text.replace(made, by_hand)
    card.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(partner, ["check", str(card), "--lang", "en"])
    assert done.exit_code == 0, done.output
    assert "the card is whole" in done.output


def test_a_card_that_lies_elsewhere_or_is_no_yaml_is_refused_by_name(tmp_path):
    (tmp_path / "bad.yaml").write_text("id: [\n", encoding="utf-8")
    for name, what in (("none.yaml", "no such card"), ("bad.yaml", "the card is no YAML")):
        done = CliRunner().invoke(partner, ["check", name])
        assert isinstance(done.exception, BadModel)
        assert what in str(done.exception)


def test_answers_are_kept_when_one_stops_and_only_the_rest_is_asked(sample, tmp_path):
    first = list(ANSWERS)[:9]
    stopped = new("toezicht", sample, typed="".join(f"{ANSWERS[key]}\n" for key in first))
    assert isinstance(stopped.exception, SystemExit)
    kept = yaml.safe_load((tmp_path / "toezicht.answers.yaml").read_text("utf-8"))
    assert list(kept) == first
    rest = "".join(f"{text}\n" for key, text in ANSWERS.items() if key not in first)
    done = new("toezicht", sample, typed=rest)
    assert done.exit_code == 0, (done.output, done.exception)
    by_file = new("ander", sample, "--answers", answer(tmp_path))
    assert by_file.exit_code == 0
    cards = [(tmp_path / "cards" / f"{name}.yaml").read_text("utf-8") for name in ("toezicht", "ander")]
    assert cards[0].replace("toezicht", "ander", 1) == cards[1]


@pytest.mark.parametrize("lang", ["nl", "en"])
@pytest.mark.parametrize(
    ("key", "bad"),
    [
        ("partner", "PROBATION"),
        ("purposes", "monitor, curiosity"),
        ("agreement", "A-1 2026-01-01"),
        ("permission", "P-1 2028-12-31 2026-01-01"),
        ("contact", "call 06-12345678"),
        ("retention_years", "twenty"),
        ("due_days", "400"),
        ("keys", "0123abcd"),
        ("toezichten.class", "Probation"),
        ("toezichten.rows", "0"),
        ("toezichten.tolerance", "2"),
        ("title", "x" * 301),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_by_its_question(sample, tmp_path, key, bad, lang):
    done = CliRunner().invoke(
        partner,
        [
            *("new", "toezicht", str(sample), "--to", "cards"),
            *("--lang", lang, "--answers", answer(tmp_path, **{key: bad})),
        ],
    )
    assert isinstance(done.exception, Refused)
    assert key in done.exception.where
    assert done.exception.todo
    assert not (tmp_path / "cards" / "toezicht.yaml").exists()


def test_a_card_is_never_overwritten(card, sample, tmp_path):
    before = card.read_bytes()
    done = new("toezicht", sample, "--answers", answer(tmp_path))
    assert isinstance(done.exception, Refused)
    assert card.read_bytes() == before
    assert isinstance(new("dji", sample, "--answers", answer(tmp_path)).exception, Refused)


@pytest.mark.parametrize("name", ["Toezicht", "../x", "x", "a b"])
def test_a_name_that_no_supplier_can_have_is_refused(sample, name):
    assert isinstance(new(name, sample).exception, Refused)


def test_a_sample_that_cannot_be_read_is_refused_before_a_question(tmp_path, sample):
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"A;B\n1\n")
    done = new("toezicht", bad)
    assert isinstance(done.exception, BadDelivery)
    assert "Name of the supplier" not in done.output
    (tmp_path / "map").mkdir()
    twin = tmp_path / "map" / "toezichten.csv"
    twin.write_bytes(sample.read_bytes())
    assert isinstance(new("toezicht", sample, twin).exception, BadDelivery)


def test_on_a_terminal_what_does_not_fit_is_asked_again(sample, tmp_path):
    """A real terminal: a wrong code, then a right one, then everything as it is offered."""
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "das_analysis.cli", "partner", "new", "toezicht", str(sample)]
    shown = ""
    with Popen(
        [*command, "--to", "cards", "--lang", "en"], stdin=slave, stdout=PIPE, stderr=PIPE, text=True
    ) as das:
        os.close(slave)
        os.write(master, b"Naam\nName\nNOBODY\n3RO\n" + b"\n" * 30)
        until = time.monotonic() + 60
        while das.poll() is None and time.monotonic() < until:
            if select.select([das.stdout], [], [], 0.5)[0]:
                shown += das.stdout.readline()
        shown += das.stdout.read()
    os.close(master)
    assert das.returncode == 0, shown
    assert "choose from POL" in shown
    written = (tmp_path / "cards" / "toezicht.yaml").read_text("utf-8")
    assert "partner: 3RO" in written
    assert "agreement: {}" in written
