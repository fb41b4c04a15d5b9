"""Marked identities, sent through every error of deliver and pseudonymise, show up nowhere.

Not in a message, a log or a text of progress, nor in any file that is left.
"""

import contextlib
import json
import logging
import resource
import tempfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from das_analysis.errors import DasError
from das_analysis.flow import Provenance, Validated
from das_analysis.lake import enter, write
from das_analysis.vault import new_host_key, pseudonymise

SPEC = spec_from_file_location("desk_of_marks", Path(__file__).parents[1] / "spec" / "deliver" / "desk.py")
small = module_from_spec(SPEC)
SPEC.loader.exec_module(small)

BSN, SKN, NAME, BORN = small.BSN[1], "97531864", "Zqxvermeulen", "29-02-1904"
CASE = "05/975318-64"
# as written, normalised, and in parts that a message could quote
MARKS = (BSN, SKN, NAME, "ZQXVERMEULEN", BORN, "1904-02-29", CASE, "0597531864", "97531864")
MADE = Provenance(actor="a test", at="now", code="0", model="0")


def seen_in(folders):
    """Every byte of every file, and every name."""
    for folder in folders:
        for path in Path(folder).rglob("*"):
            yield str(path).encode()
            if path.is_file():
                yield path.read_bytes()
                if path.suffix == ".parquet":
                    yield repr(pq.read_table(path).to_pylist()).encode()


def encoded(part):
    return part if isinstance(part, bytes) else str(part).encode()


def marks_in(parts):
    whole = b"\n".join(map(encoded, parts))
    return sorted(mark for mark in MARKS if mark.encode() in whole)


def told_by(error):
    """Everything that an error shows, the chain behind it too."""
    while error is not None:
        yield f"{type(error).__name__} {error} {vars(error) if isinstance(error, DasError) else ''}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A desk whose temporary files are within sight."""
    passing = tmp_path / "passing"
    passing.mkdir()
    monkeypatch.setenv("TMPDIR", str(passing))
    monkeypatch.setattr(tempfile, "tempdir", str(passing))
    made = small.Desk(tmp_path, small.make_model())
    new_host_key(made.keys)
    return made


def deliver(desk, rows, progress, **options):
    return desk.deliver(rows, [small.case(PARKETNR=CASE)], progress=progress, **options)


def person(**changed):
    return small.person(**{"BSN": BSN, "SKN": SKN, "NAAM": NAME, "GEBOREN": BORN, **changed})


def looked(desk, action, capfd, caplog):
    """Do something, and return what it showed and left, but for key files and the files that came in."""
    caplog.set_level(logging.DEBUG)
    said = []
    try:
        said.append(repr(action(lambda *step: said.append(str(step)))))
    except Exception as error:  # noqa: BLE001 - whatever it is, it may not quote
        said += told_by(error)
    out, err = capfd.readouterr()
    folders = [p for p in desk.home.iterdir() if p.is_dir() and p.name not in {"in", "keys"}]
    return [*said, out, err, caplog.text, *seen_in(folders)]


ROWS = {
    "all is well": [person()],
    "a number that is none": [person(BSN=BSN + "0", SKN=SKN + "x")],
    "a check that fails": [person(BSN="123456789")],
    "a day that is none": [person(GEBOREN="31-02-1904")],
    "an identity in a free column": [person(OPMERKING=f"zie {BSN}")],
    "columns swapped": [person(BSN=NAME, SKN=BORN, NAAM=SKN)] * 4,
    "too many bad numbers": [person(BSN=f"{BSN}9")] * 5 + [person()],
    "NUL in a name": [person(NAAM=f"{NAME}\0")],
}


@pytest.mark.parametrize("rows", ROWS.values(), ids=ROWS.keys())
def test_whatever_is_wrong_with_rows(desk, capfd, caplog, rows):
    assert marks_in(looked(desk, lambda tell: deliver(desk, rows, tell), capfd, caplog)) == []


def broken_file(desk):
    content = small.text([person()])
    return {
        "an unclosed quote": content.replace(NAME, f'"{NAME}'),
        "a row too long": content.rstrip("\n") + f";{BSN};{NAME}\n",
        "not UTF-8": content.encode("utf-16"),
        "half of it": content[: len(content) // 2 + 20],
        "a header of identities": f"{BSN};{NAME}\n{SKN};{BORN}\n",
    }


@pytest.mark.parametrize(
    "name", ["an unclosed quote", "a row too long", "not UTF-8", "half of it", "a header of identities"]
)
def test_whatever_is_wrong_with_a_file(desk, capfd, caplog, name):
    given_file = broken_file(desk)[name]
    assert marks_in(looked(desk, lambda _: desk.deliver(given_file), capfd, caplog)) == []


KEYS = {
    "no key": lambda path: path.unlink(),
    "an empty file": lambda path: path.write_text(""),
    "no JSON": lambda path: path.write_text(path.read_text()[:-5]),
    "others can read it": lambda path: path.chmod(0o644),
    "a scalar of zero": lambda path: change_scalar(path, "A" * 43 + "="),
    "a scalar that is none": lambda path: change_scalar(path, NAME),
}


def change_scalar(path, text):
    path.write_text(json.dumps(json.loads(path.read_text()) | {"scalar": text}))


@pytest.mark.parametrize("damage", KEYS.values(), ids=KEYS.keys())
def test_whatever_is_wrong_with_a_key(desk, capfd, caplog, damage):
    path = desk.keys / "suppliers" / "wijk.key"
    content = json.loads(path.read_text())
    damage(path)
    seen = looked(desk, lambda tell: deliver(desk, [person()], tell), capfd, caplog)
    assert marks_in(seen) == []
    assert not any(
        content[name].encode() in b"".join(map(encoded, seen)) for name in ("scalar", "own", "things")
    )
    assert not list(desk.out.glob("*"))


@contextlib.contextmanager
def limited(what, most):
    """Let the machine refuse, as a full disk or too many open files would."""
    before = resource.getrlimit(what)
    resource.setrlimit(what, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(what, before)


@pytest.mark.parametrize("most", [200, 400, 900, 2500])
def test_whatever_is_wrong_with_the_disk(desk, capfd, caplog, most):
    with limited(resource.RLIMIT_FSIZE, most):
        seen = looked(desk, lambda tell: deliver(desk, [person()], tell), capfd, caplog)
    assert marks_in(seen) == []
    assert not [p for p in desk.out.rglob("*") if p.is_file()]
    assert any("TryAgain" in str(part) for part in seen)


def test_whatever_is_wrong_with_the_folder(desk, capfd, caplog):
    desk.out.write_text("no folder")
    assert marks_in(looked(desk, lambda tell: deliver(desk, [person()], tell), capfd, caplog)) == []


NOTED = {"model_version": "0", "validated_at": "2026-01-01"}


def validated(desk, cells):
    """Rows as they could stand at the host if a step before had failed."""
    room = enter(desk.lake, "intake")
    origin = {"delivery_id": "om-2025-1-0", "supplier": "om", "period": "2025", "sequence": 1}
    rows = [origin | {"case_key": None, "skn_key": c, "bsn_key": c} for c in cells]
    names = ("delivery_id", "supplier", "period", "case_key", "skn_key", "bsn_key")
    schema = pa.schema([*((n, pa.string()) for n in names), ("sequence", pa.int32())])
    write(room, "validated", table="case", rows=pa.Table.from_pylist(rows, schema=schema))
    write(room, "validated", table="delivery", rows=pa.Table.from_pylist([origin | NOTED]))
    counts = {"rows_in": 0, "rows_validated": 0, "rows_held": 0, "findings": 0}
    return Validated(lake=desk.lake, delivery_ids=("om-2025-1-0",), provenance=MADE, **counts)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*MARKS, f"p1.{NAME}", f"p1.{SKN * 7}", None]), min_size=1, max_size=3))
def test_whatever_reaches_the_vault_is_not_repeated(desk, capfd, caplog, cells):
    given_rows = validated(desk, cells)
    said = []
    try:
        pseudonymise(given_rows, keys=desk.keys, progress=lambda *step: said.append(str(step)))
    except DasError as error:
        said += told_by(error)
    out, err = capfd.readouterr()
    zone = desk.lake / "pseudonymised"
    seen = [*said, out, err, caplog.text, *seen_in([zone, desk.home / "passing"])]
    assert marks_in(seen) == []


def test_the_marks_are_real(desk):
    """What came in does hold them: looking for them means something."""
    desk.deliver([person()], [small.case(PARKETNR=CASE)])
    assert set(marks_in(seen_in([desk.home / "in"]))) >= {BSN, SKN, NAME, BORN, CASE}
