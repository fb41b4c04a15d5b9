"""Hostile and broken XML: refused by name, with the line, and nothing is written, opened or swollen."""

import socket
import threading
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from xml.parsers import expat

import pytest

from das_analysis.cli.keys import make_keys
from das_analysis.errors import BadDelivery, Refused
from das_analysis.intake import deliver, elements, markup

SPEC = spec_from_file_location(
    "judgments_of_attacks", Path(__file__).parents[1] / "spec" / "deliver" / "judgments.py"
)
made_up = module_from_spec(SPEC)
SPEC.loader.exec_module(made_up)

NUMBER = "13/654321-23"
GOOD = made_up.judgment("ECLI:NL:RBAMS:2024:1", "Rechtbank_Amsterdam", number=NUMBER)
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n'
BODY = GOOD.removeprefix(HEAD)
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))


def doctype(inner):
    return HEAD + f"<!DOCTYPE open-rechtspraak [{inner}]>\n" + BODY


REFUSED = {
    "a document type": (doctype(""), "a document type (DTD)", "line 2"),
    "a document type of elsewhere": (
        *(
            HEAD + '<!DOCTYPE open-rechtspraak SYSTEM "http://127.0.0.1/x.dtd">' + BODY,
            "a document type (DTD)",
        ),
        "line 2",
    ),
    "a billion laughs": (
        *(doctype('<!ENTITY l0 "ha">' + LAUGHS).replace(NUMBER, "&l9;"), "a document type (DTD)"),
        "line 2",
    ),
    "a file of the supplier's own": (
        *(
            doctype('<!ENTITY f SYSTEM "file:///etc/hostname">').replace(NUMBER, "&f;"),
            "a document type (DTD)",
        ),
        "line 2",
    ),
    "a parameter entity": (doctype('<!ENTITY % p SYSTEM "x">%p;'), "a document type (DTD)", "line 2"),
    "an entity that nobody declared": (GOOD.replace(NUMBER, "&secret;"), "undefined entity", "line 5"),
    "UTF-16": (GOOD.encode("utf-16"), "UTF-16", "line 1"),
    "UTF-16 without a mark": (GOOD.encode("utf-16-be"), "UTF-16", "line 1"),
    "UTF-32": (GOOD.encode("utf-32"), "UTF-16", "line 1"),
    "UTF-8 that says it is something else": (GOOD.replace("utf-8", "iso-8859-1"), "not UTF-8", "line 1"),
    "Windows-1252": (GOOD.replace("een gerecht", "één").encode("cp1252"), "not well-formed", "line 5"),
    "a control character": (GOOD.replace(NUMBER, "\x85" + NUMBER), "a control character", "line 5"),
    "a control character by number": (GOOD.replace(NUMBER, "&#7;"), "reference to invalid", "line 5"),
    "XML 1.1": (GOOD.replace('version="1.0"', 'version="1.1"'), "version 1.0", "line 1"),
    "a prefix without a namespace": (GOOD.replace("xmlns:psi", "xmlns:other"), "unbound prefix", "line 5"),
    "a file cut off": (GOOD[:-60], "not well-formed", "line 13"),
    "two roots": (GOOD + "<again/>", "junk after document element", "line 16"),
    "no XML at all": ("ECLI;ZAAKNUMMER\n1;2\n", "not well-formed", "line 1"),
    "an empty file": ("", "no element found", "line 1"),
    "an archive": (b"PK\x03\x04" + b"\x00" * 99, "not well-formed", "line 1"),
    "another root": ("<rss><channel/></rss>", "the root is not that of the card", "line 1"),
    "the root in another namespace": (
        *(GOOD.replace("<open-rechtspraak>", '<open-rechtspraak xmlns="urn:x">'), "the root is not that"),
        "line 2",
    ),
    "nothing of the card": ("<open-rechtspraak/>", "holds no row of the card", "a.xml"),
    "no identifier": (GOOD.replace("dcterms:identifier", "dcterms:other"), "ECLI is missing", "line 4"),
    "two identifiers": (
        *(
            GOOD.replace("<dcterms:date>", "<dcterms:identifier>x</dcterms:identifier><dcterms:date>"),
            "2 times",
        ),
        "line 4",
    ),
    "a relation to nothing": (
        *(GOOD.replace("</psi:procedure>", "</psi:procedure><dcterms:relation/>"), "ANDERE_ECLI is missing"),
        "line 5",
    ),
    "elements too deep": (GOOD.replace(NUMBER, "<x>" * 200 + "</x>" * 200), "more than 100 deep", "line 5"),
    "an endless number": (GOOD.replace(NUMBER, "9" * 10_001), "more than 10000 characters", "line 5"),
    "an endless attribute": (
        *(GOOD.replace(made_up.OWMS, "x" * 10_001), "more than 10000 characters in INSTANTIE"),
        "line 5",
    ),
    "an endless number in pieces": (
        *(GOOD.replace(NUMBER, "9<b/>" * 10_001), "more than 10000 characters in ZAAKNUMMER"),
        "line 5",
    ),
    "a number of a case in what travels": (
        *(GOOD.replace("Strafrecht", f"Strafrecht {NUMBER}"), "looks like the number of a case"),
        "column RECHTSGEBIED",
    ),
}


@pytest.fixture
def desk(tmp_path):
    make_keys(tmp_path / "keys")

    def send(*contents, names=("a.xml",)):
        paths = [tmp_path / name for name in names]
        for path, content in zip(paths, contents, strict=True):
            path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return deliver(
            "uitspraken", paths, period="2024", keys=tmp_path / "keys", target=tmp_path / "packages"
        )

    send.out = tmp_path / "packages"
    return send


@pytest.mark.parametrize("attack", REFUSED)
def test_it_is_refused_by_name_and_nothing_is_written(desk, attack):
    content, what, where = REFUSED[attack]
    with pytest.raises(BadDelivery) as refusal:
        desk(content)
    assert what in refusal.value.what
    assert where in refusal.value.where
    assert refusal.value.todo
    assert NUMBER not in str(refusal.value)
    assert not list(desk.out.glob("*"))
    assert not list(desk.out.glob(".*"))


def test_the_same_file_without_the_fault_is_sealed(desk):
    assert desk(GOOD).rows == 1


@pytest.mark.parametrize("name", ["a.csv", "a.xml.gz", "a.parquet"])
def test_another_kind_of_file_is_refused(desk, name):
    with pytest.raises(Refused, match="not a kind of file that this supplier delivers"):
        desk(GOOD, names=[name])


def test_a_good_file_beside_a_bad_one_is_not_delivered(desk):
    with pytest.raises(BadDelivery, match=r"b\.xml, line 2"):
        desk(GOOD, doctype(""), names=("a.xml", "b.xml"))
    assert not list(desk.out.glob("*"))


def test_a_file_that_is_too_large_is_not_opened(desk, monkeypatch):
    monkeypatch.setattr(markup, "MAX_FILE", 1 << 20)
    with pytest.raises(BadDelivery, match="more than 1 MiB"):
        desk(GOOD + " " * (1 << 20))


def test_too_many_elements_are_refused(desk, monkeypatch):
    monkeypatch.setattr(elements, "MAX_ELEMENTS", 1000)
    with pytest.raises(BadDelivery, match="more than 1,000 elements"):
        desk(GOOD.replace("<para>", "<para/>" * 1000 + "<para>"))


def test_a_fault_across_the_seam_of_two_reads_has_its_line(desk):
    blank = "\n" * (markup.CHUNK - 20)
    with pytest.raises(BadDelivery, match=rf"line {markup.CHUNK - 20 + 14}"):
        desk(GOOD.replace("  <uitspraak", blank + "  <uitspraak").replace("</uitspraak>", "</other>"))


def test_the_parser_under_the_reader_would_resolve_entities_if_it_were_let(monkeypatch):
    """The refusal is this reader's own: without its handler the same parser swallows the entity."""
    monkeypatch.setattr(elements.Walker, "_document_type", lambda *_: None)
    monkeypatch.setattr(elements.Walker, "_entity", lambda *_: None)
    card = elements.make_plan(_card())
    text = doctype('<!ENTITY f "swallowed">').replace("Strafrecht", "&f;").encode()
    assert "swallowed" in [v for _, values in elements.walk(iter([text]), "a.xml", plan=card) for v in values]


def test_the_parser_limits_amplification_by_itself():
    """Expat does so from 2.4.1 on: a second lock behind the first, and a test that sees it taken away."""
    assert expat.version_info >= (2, 4, 1)


def test_nothing_is_fetched(desk):
    seen = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.5)

        def listen():
            try:
                seen.append(server.accept()[1])
            except TimeoutError:
                return

        listener = threading.Thread(target=listen)
        listener.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/x"
        with pytest.raises(BadDelivery):
            desk(HEAD + f'<!DOCTYPE open-rechtspraak SYSTEM "{url}">' + BODY)
        desk(GOOD.replace("<open-rechtspraak>", f'<open-rechtspraak><x xmlns="{url}" href="{url}"/>'))
        listener.join()
    assert seen == []


def _card():
    from das_analysis.model import load_model

    return load_model().suppliers["uitspraken"]
