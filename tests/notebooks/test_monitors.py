"""Both monitors on the small made-up chain: what is published, in both languages, and only rounded."""

import csv
import json
import re
import shutil

import pytest

MONITORS = ["chain", "detention"]
DAYS = {"dagen", "days"}


def data(report, lang):
    path = next(p for p in report.files if p.name == f"{report.monitor}.{lang}.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("name", MONITORS)
def test_each_language_is_published(reports, name):
    files = [path.name for path in reports[name].files]
    assert files == [f"{name}.{x}" for x in ("en.html", "nl.html", "en.csv", "nl.csv")] + ["provenance.json"]
    assert reports[name].snapshot == "0001-synthetic"


@pytest.mark.parametrize("name", MONITORS)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_every_count_is_rounded_to_tens(reports, name, lang):
    counts = [row for row in data(reports[name], lang) if row["unit"] not in {"%", *DAYS} and row["value"]]
    assert len(counts) > 20
    assert all(float(row["value"]) % 10 == 0 for row in counts)
    assert {row["status"] for row in counts} == {""}


@pytest.mark.parametrize("name", MONITORS)
def test_both_languages_tell_the_same_figures(reports, name):
    dutch, english = data(reports[name], "nl"), data(reports[name], "en")
    assert [(r["table"], r["value"], r["status"]) for r in dutch] == [
        (r["table"], r["value"], r["status"]) for r in english
    ]


@pytest.mark.parametrize("name", MONITORS)
def test_every_release_is_in_the_ledger(reports, demo_lake, name):
    from das_analysis.disclosure import in_ledger

    said = json.loads(reports[name].files[-1].read_text(encoding="utf-8"))
    assert all(in_ledger(release["digest"], demo_lake) for release in said["releases"])


@pytest.mark.parametrize("name", MONITORS)
@pytest.mark.parametrize(
    ("lang", "section"), [("nl", "Kwaliteit van de koppeling"), ("en", "Quality of the linkage")]
)
def test_how_well_the_snapshot_is_linked_stands_beside_the_figures(reports, name, lang, section):
    html = next(p for p in reports[name].files if p.name == f"{name}.{lang}.html").read_text(encoding="utf-8")
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", html).count(section) == 1
    rates = {
        r["measure"]: r for r in data(reports[name], lang) if r["section"] == section and r["unit"] == "%"
    }
    assert {"nl": {"juistheid", "volledigheid"}, "en": {"precision", "recall"}}[lang] <= set(rates)


def test_the_chain_has_every_partner_and_the_flow(reports):
    html = reports["chain"].files[1].read_text(encoding="utf-8")
    wanted = ["De keten in samenhang", "Politie", "Openbaar ministerie", "Rechter", "CJIB", "DJI"]
    found = re.findall(r"<h2[^>]*>(.*?)</h2>", html)
    assert [heading for heading in found if heading in wanted] == wanted
    assert "Koppeling van de gegevens" in found
    assert "Stroomschema." in html
    assert "herinstroom" in html
    assert "Fictieve gegevens" in html


def test_stays_with_a_beginning_and_an_end_are_no_lower_bound(reports):
    assert "Ondergrens:" not in reports["detention"].files[1].read_text(encoding="utf-8")


@pytest.mark.shared
def test_flows_out_of_daily_snapshots_say_that_they_are_a_lower_bound(shared, keys, root, tmp_path):
    from das_analysis.cli.demo import DAY, Chain, walk
    from das_analysis.report import run_monitor

    chain = Chain(lake=tmp_path / "lake", keys=keys, packages=tmp_path / "packages")
    files = sorted((shared / "data" / "rikers").glob("*_2022072*.csv.gz"))
    days = [("rikers", "-".join(DAY.search(p.name).groups()), [p]) for p in files]
    walk(chain, days, name="rikers")
    notebooks, reports = root / "notebooks", tmp_path / "reports"
    report = run_monitor(
        "detention", period="2022-Q3", lang=("en",), lake=chain.lake, reports=reports, notebooks=notebooks
    )
    html = report.files[0].read_text(encoding="utf-8")
    assert html.count("Lower bound:") >= 4
    assert "Made-up data" not in html


def test_a_report_of_an_older_snapshot_is_made_again_with_the_links_of_its_time(
    reports, demo_lake, root, tmp_path
):
    """Meanwhile the police's rows are gone, and persons, references and the newest snapshot are others."""
    from das_analysis.lake import freeze, head_path
    from das_analysis.linkage import link
    from das_analysis.report import run_monitor
    from das_analysis.vault import find_pseudonymised

    lake = shutil.copytree(demo_lake, tmp_path / "lake")
    shutil.copy(head_path(demo_lake), head_path(lake))
    kept = [p for p in find_pseudonymised(lake) if not p.delivery_ids[0].startswith("politie")]
    later = freeze(link(kept), "later")
    again, newest = (
        run_monitor(
            "detention",
            period="2025",
            lang=("nl",),
            snapshot=snapshot,
            lake=lake,
            reports=tmp_path / "reports",
            notebooks=root / "notebooks",
        )
        for snapshot in ("synthetic", "latest")
    )
    assert data(again, "nl") == data(reports["detention"], "nl")
    assert data(newest, "nl") != data(again, "nl")
    assert newest.snapshot == f"{later.number:04d}-later"
