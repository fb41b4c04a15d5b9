"""The site of the model: everything has a page, every link arrives, in both languages, for everybody."""

import hashlib
import os
import posixpath
import re
import subprocess
import sys
from collections import Counter, deque
from dataclasses import replace
from html import unescape
from urllib.parse import unquote, urldefrag

import pytest

from das_analysis.errors import Refused
from das_analysis.intake.layout import match_header
from das_analysis.model import Text, load_model
from das_analysis.semantic.site import make_site, write_site
from das_analysis.semantic.site.places import code_id

MODEL = load_model()
RESERVED = {"con", "prn", "aux", "nul", *(f"{p}{i}" for p in ("com", "lpt") for i in range(1, 10))}
LANGUAGES = ("nl", "en")
FEW = ("reinflow_before_earlier_case", "spells_overlap")
SMALL = replace(MODEL, rules={name: MODEL.rules[name] for name in FEW})


def target(page, href):
    path, fragment = urldefrag(href)
    return posixpath.normpath(
        posixpath.join(posixpath.dirname(page), unquote(path))
    ) if path else page, fragment


def test_everything_of_the_model_has_a_page(site):
    named = {
        "classes": [t.class_name for t in MODEL.tables.values()],
        "codes": MODEL.code_lists,
        "rules": MODEL.rules,
        "suppliers": MODEL.suppliers,
        "indicators": MODEL.indicators,
    }
    for lang in LANGUAGES:
        for folder, names in named.items():
            assert [n for n in names if f"{lang}/{folder}/{n}.html" not in site] == []


def test_a_suppliers_page_says_why_each_column_is_needed_and_on_which_terms_it_comes(site):
    card = MODEL.suppliers["dji"]
    needs = MODEL.code_lists["ColumnNeed"].codes
    for lang in LANGUAGES:
        page = unescape(site[f"{lang}/suppliers/dji.html"].decode())
        columns = [c for table in card.tables.values() for c in table.columns.values()]
        assert [c.name for c in columns if needs[c.why].title[lang] not in page] == []
        told = (card.dossier.contact, card.dossier.retention, card.dossier.transport)
        assert [text[lang] for text in told if text[lang] not in page] == []


def test_a_supplier_in_preparation_has_a_page_that_says_what_is_absent():
    cards = {"dji": replace(MODEL.suppliers["dji"], agreement={}, permission={})}
    page = make_site(replace(SMALL, suppliers=cards))["en/suppliers/dji.html"].decode()
    assert page.count("<dd>absent</dd>") == 2


def test_every_link_arrives(site, parsed):
    ids = {name: set(page.ids) for name, page in parsed.items()}
    lost = []
    for name, page in parsed.items():
        for attrs in page.all("a", "link", "script"):
            href = attrs.get("href") or attrs.get("src")
            if href is None or href.startswith("data:"):
                continue
            path, fragment = target(name, href)
            anchors = ids.get(path, set()) | (set(MODEL.suppliers) if path.endswith("check.html") else set())
            if path not in site or (fragment and fragment not in anchors):
                lost.append((name, href))
    assert lost == []


def test_every_entry_of_the_search_arrives(site, parsed):
    entries = re.findall(r'^\[(\d+),"([^"]+)"', site["assets/index.js"].decode(), re.MULTILINE)
    assert len(entries) > 1500
    ids = {name: set(page.ids) for name, page in parsed.items()}
    for _, href in entries:
        path, fragment = urldefrag(href)
        assert not fragment or fragment in ids[f"nl/{path}"], href


def test_nothing_leads_off_the_site(parsed):
    outside = [
        (name, value)
        for name, page in parsed.items()
        for tag, attrs, _ in page.tags
        for key, value in attrs.items()
        if key in {"href", "src", "action", "srcset", "data"}
        and re.match(r"(?!data:)[a-z]+:|//", value or "")
    ]
    assert outside == []


@pytest.mark.parametrize("name", ["assets/style.css", "assets/search.js", "assets/check.js"])
def test_style_and_scripts_ask_nothing(site, name):
    found = re.findall(
        rb"url\(|@import|fetch\(|XMLHttpRequest|WebSocket|sendBeacon|importScripts|\beval\(", site[name]
    )
    assert found == []


def test_every_page_lets_the_browser_forbid_connections(parsed):
    for name, page in parsed.items():
        policy = next(
            m["content"] for m in page.all("meta") if m.get("http-equiv") == "Content-Security-Policy"
        )
        assert "default-src 'none'" in policy, name
        assert "connect-src" not in policy, name


def test_every_page_can_be_read_by_everybody(parsed):
    for name, page in parsed.items():
        lang = name.split("/")[0] if "/" in name else "nl"
        assert page.all("html") == [{"lang": lang}], name
        assert len(page.all("h1")) == 1, name
        assert all("scope" in attrs for attrs in page.all("th")), name
        assert len(page.all("caption")) == len(page.all("table")), name
        assert [i for i, n in Counter(page.ids).items() if n > 1] == [], name
        labelled = {attrs["for"] for attrs in page.all("label")}
        assert {attrs["id"] for attrs in page.all("input", "select")} == labelled, name
        if "/" in name:
            assert any(
                attrs.get("class") == "skip" and attrs["href"] == "#main" for attrs in page.all("a")
            ), name


def test_headings_do_not_skip_a_level(parsed):
    for name, page in parsed.items():
        levels = [int(tag[1]) for tag, _, _ in page.tags if re.fullmatch("h[1-6]", tag)]
        assert all(b - a <= 1 for a, b in zip([0, *levels], levels, strict=False)), name


def test_both_languages_have_the_same_pages_and_lead_to_each_other(site, parsed):
    dutch, english = ({n[3:] for n in site if n.startswith(f"{lang}/")} for lang in LANGUAGES)
    assert dutch == english
    for name, page in parsed.items():
        if "/" in name:
            (switch,) = [attrs for attrs in page.all("a") if "hreflang" in attrs]
            lang, _, path = name.partition("/")
            other = "en" if lang == "nl" else "nl"
            assert target(name, switch["href"])[0] == f"{other}/{path}"
            assert switch["lang"] == switch["hreflang"] == other


def test_file_names_are_safe_on_every_system(site):
    assert [n for n, count in Counter(name.lower() for name in site).items() if count > 1] == []
    for name in site:
        for part in name.split("/"):
            assert re.fullmatch(r"[A-Za-z0-9_.-]+", part), name
            assert part.split(".")[0].lower() not in RESERVED, name


DIGEST = """
import hashlib
from das_analysis.model import load_model
from das_analysis.semantic.downloads import downloads
from das_analysis.semantic.site import make_site
files = make_site(load_model(), downloads=downloads(load_model()))
print(hashlib.sha256(repr(sorted(files.items())).encode()).hexdigest())
"""


def test_the_same_model_gives_the_same_bytes(site):
    """In another process, where sets have another order."""
    surroundings = {**os.environ, "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", DIGEST], env=surroundings, capture_output=True, check=True)
    here = hashlib.sha256(repr(sorted(site.items())).encode()).hexdigest()
    assert done.stdout.decode().strip() == here


def clicks(parsed, start):
    """How many links lie between a page and every other one, over what stands in its main part."""
    far, queue = {start: 0}, deque([start])
    while queue:
        name = queue.popleft()
        for tag, attrs, inside in parsed[name].tags:
            if tag == "a" and "main" in inside and "href" in attrs:
                path, _ = target(name, attrs["href"])
                if path in parsed and path not in far:
                    far[path] = far[name] + 1
                    queue.append(path)
    return far


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_newcomer_finds_what_the_dji_delivers_and_its_codes_in_three_clicks(parsed, lang):
    far = clicks(parsed, f"{lang}/index.html")
    assert far[f"{lang}/suppliers/dji.html"] == 1
    lists = {
        c.codes
        for m in MODEL.suppliers["dji"].tables["verblijven"].maps
        for s in m.slots
        if (c := MODEL.tables[m.table].columns[s]).codes and m.slots[s].constant is None
    }
    assert lists >= {"DetentionTitle", "FacilityType", "DetentionInflow"}
    assert all(far[f"{lang}/codes/{name}.html"] <= 2 for name in lists)


def test_the_page_of_a_supplier_names_every_column_and_every_text_that_it_may_write(site):
    page = site["nl/suppliers/dji.html"].decode()
    source = MODEL.suppliers["dji"].tables["verblijven"]
    for column in source.columns:
        assert f'id="verblijven.{column}"' in page
    for theirs in source.maps[0].slots["title_code"].values:
        assert f"<code>{theirs}</code>" in page
    assert "datum, geschreven als dd/mm/jjjj" in page
    assert "Verlaat uw organisatie niet" in page


def test_every_code_stands_on_the_page_of_its_list(parsed):
    for name, codes in MODEL.code_lists.items():
        ids = set(parsed[f"en/codes/{name}.html"].ids)
        assert [c for c in codes.codes if code_id(c) not in ids] == []


def test_the_header_to_download_is_one_that_deliver_takes(site):
    for card in (card for card in MODEL.suppliers.values() if card.format == "csv"):
        for source in card.tables.values():
            line = (
                site[f"downloads/suppliers/{card.id}/{source.name}.csv"].decode("utf-8-sig").splitlines()[0]
            )
            names = [name.strip('"') for name in line.split(card.delimiter)]
            assert match_header(names, card, where="header").table.name == source.name


def test_a_predicate_reads_as_it_was_written(site):
    page = unescape(site["en/rules/accused_under_twelve_at_offence.html"].decode())
    assert "age_on(case.birth_month, coalesce(committed_until_on, committed_from_on)) >= 12" in page
    page = unescape(site["en/rules/police_custody_over_six_days.html"].decode())
    assert "not (phase_code = 'IVZ'\n  and days_between(started_on, ended_on) > 6)" in page


def test_an_example_that_breaks_a_rule_stands_on_its_page(tmp_path):
    rule = MODEL.rules["reinflow_before_earlier_case"]
    example = "cases:\n- {case_key: c1.aaaa, registered_on: '2024-01-02', is_reinflow: true}\n"
    (tmp_path / "invalid").mkdir()
    (tmp_path / "invalid" / f"Case-{rule.id}.yaml").write_text(example, encoding="utf-8")
    pages = make_site(SMALL, example_folder=tmp_path)
    assert "<td>2024-01-02</td><td>true</td>" in pages[f"en/rules/{rule.id}.html"].decode()


def test_a_text_of_the_model_cannot_become_markup_or_end_a_script():
    nasty = Text("</script><b>&\"'", "</script><b>&\"'")
    codes = MODEL.code_lists["Sex"]
    spoilt = replace(
        codes, title=nasty, codes={"M": replace(codes.codes["M"], title=nasty, definition=nasty)}
    )
    pages = make_site(replace(SMALL, code_lists={**MODEL.code_lists, "Sex": spoilt}))
    assert "<b>" not in pages["nl/codes/Sex.html"].decode()
    assert b"</script><b>" not in pages["assets/index.js"]


def test_a_site_takes_the_place_of_a_site_and_of_nothing_else(tmp_path):
    target_ = tmp_path / "site"
    write_site({"made-by-das.txt": b"", "old.html": b""}, target_)
    write_site({"made-by-das.txt": b"", "new.html": b""}, target_)
    assert sorted(p.name for p in target_.iterdir()) == ["made-by-das.txt", "new.html"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(Refused, match="holds no site"):
        write_site({}, tmp_path / "mine")
    assert (tmp_path / "mine" / "thesis.txt").exists()
