"""A monitor is run whole or not at all, once for each origin, and what went wrong is told without a value."""

import json
import stat

import pytest

from das_analysis.errors import DisclosureRefused, Refused, TryAgain

MARK = "marked-8123-value"


def names(report):
    return [path.name for path in report.files]


def test_a_report_in_two_languages(write_notebook, show, publish, tmp_path):
    write_notebook(show())
    said = []
    report = publish(lang=("en", "nl"), progress=lambda *step: said.append(step))
    assert names(report) == ["made.en.html", "made.nl.html", "made.en.csv", "made.nl.csv", "provenance.json"]
    assert report.files[0].parent == tmp_path / "reports" / "made" / "2025" / "0001-synthetic"
    assert said[-1] == ("made nl, en", 6, 6)
    assert '<html lang="en">' in report.files[0].read_text()
    assert [p.name for p in (tmp_path / "reports" / "made" / "2025").iterdir()] == ["0001-synthetic"]
    assert stat.S_IMODE(report.files[0].parent.stat().st_mode) == 0o755


def test_provenance_names_what_decided_the_report(
    no_kernel, write_notebook, show, publish, contents, tmp_path
):
    write_notebook(show())
    report = publish()
    said = json.loads(report.files[-1].read_text())
    assert said["snapshot_digest"] == contents["nl"][0]["snapshot_digest"]
    assert said["parameters"] == {"period": "2025", "snapshot": "0001-synthetic"}
    assert len(said["releases"]) == len(contents["nl"])
    assert set(said["files"]) == {"made.nl.html", "made.nl.csv"}
    assert {"notebook", "model", "package", "code", "libraries", "made", "key"} <= set(said)
    assert not any(str(tmp_path) in path.read_text() for path in report.files)


def test_the_same_origin_is_not_made_again_unless_forced(no_kernel, write_notebook, show, publish):
    write_notebook(show())
    page = publish().files[0]
    first = page.stat()
    assert publish().files[0].stat().st_mtime_ns == first.st_mtime_ns
    text = page.read_text()
    assert publish(force=True).files[0].stat().st_ino != first.st_ino
    assert page.read_text() == text


def test_a_damaged_report_or_a_changed_notebook_is_made_again(no_kernel, write_notebook, show, publish):
    write_notebook(show())
    page = publish().files[0]
    whole = page.read_text()
    page.write_text(whole.replace("1.810", "9.999"))
    assert publish().files[0].read_text() == whole
    before = json.loads(publish().files[-1].read_text())["key"]
    write_notebook("1 + 1", show())
    assert json.loads(publish().files[-1].read_text())["key"] != before


def test_a_failing_cell_publishes_nothing_and_tells_no_value(write_notebook, show, publish, tmp_path):
    write_notebook(show(), f"person = {MARK!r}", "{}[person]")
    with pytest.raises(Refused) as refusal:
        publish()
    assert str(refusal.value).startswith("a cell stopped with KeyError")
    assert "made.ipynb, code cell 4" in str(refusal.value)
    assert MARK not in str(refusal.value)
    assert not list((tmp_path / "reports").rglob("*.html"))


def test_a_failing_run_leaves_the_report_that_was_there(write_notebook, show, publish):
    write_notebook(show())
    page = publish().files[0]
    whole = page.read_text()
    write_notebook(show(), "1 / 0")
    with pytest.raises(Refused, match="ZeroDivisionError"):
        publish()
    assert page.read_text() == whole


@pytest.mark.parametrize(("name", "kind"), [("DisclosureRefused", Refused), ("TryAgain", TryAgain)])
def test_an_error_of_das_is_told_whole(write_notebook, publish, name, kind):
    cell = f"import das_analysis as das\nraise das.{name}('3 of 84 cells', todo='a wider grouping')"
    write_notebook(cell)
    with pytest.raises(kind, match="3 of 84 cells") as refusal:
        publish()
    assert "a wider grouping" in str(refusal.value)
    assert issubclass(DisclosureRefused, Refused)


def test_a_kernel_that_dies_once_is_started_again(write_notebook, show, publish, tmp_path):
    once = f"import os, pathlib\nmark = pathlib.Path({str(tmp_path)!r}, lang)\n"
    write_notebook(once + "if not mark.exists():\n    mark.touch()\n    os._exit(9)", show())
    assert names(publish()) == ["made.nl.html", "made.nl.csv", "provenance.json"]


def test_a_kernel_that_dies_twice_is_told(write_notebook, publish):
    write_notebook("import os\nos._exit(9)")
    with pytest.raises(TryAgain, match="died twice"):
        publish()


def test_a_kernel_gets_no_keys_and_leaves_nothing(write_notebook, show, publish, tmp_path, monkeypatch):
    monkeypatch.setenv("DAS_KEYS", str(tmp_path / "keys"))
    write_notebook(
        "import os, pathlib\n"
        "assert 'DAS_KEYS' not in os.environ\n"
        "assert pathlib.Path.cwd().stat().st_mode % 512 == 448\n"
        f"pathlib.Path({str(tmp_path)!r}, 'where').write_text(os.getcwd() + ' ' + os.environ['DAS_LAKE'])",
        show(),
    )
    publish()
    where, lake = (tmp_path / "where").read_text().split()
    assert lake == str(tmp_path / "lake")
    assert not (tmp_path / where).exists()


def test_two_runs_of_a_monitor_do_not_meet(write_notebook, show, publish, tmp_path):
    from das_analysis.report.publish import alone

    write_notebook(show())
    with alone(tmp_path / "reports" / "made"), pytest.raises(TryAgain, match="another run"):
        publish()


def test_what_a_broken_run_left_is_cleared(no_kernel, write_notebook, show, publish, tmp_path):
    left = tmp_path / "reports" / "made" / "2025" / ".partial-x"
    (left / "whole").mkdir(parents=True)
    write_notebook(show())
    publish()
    assert not left.exists()


@pytest.mark.parametrize("name", ["gone", "../made", "made.ipynb", ""])
def test_a_monitor_that_is_not_there_is_refused(write_notebook, show, publish, name):
    write_notebook(show())
    with pytest.raises(Refused, match="known: made"):
        publish(name)


@pytest.mark.parametrize("lang", [(), ("fr",), ("nl", "fr")])
def test_languages_are_nl_and_en(write_notebook, show, publish, lang):
    write_notebook(show())
    with pytest.raises(Refused, match="language"):
        publish(lang=lang)
