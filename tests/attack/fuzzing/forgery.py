"""What one who means no good, or a bad cable, makes of a package between the desk and the gate."""

import io
import json
import os
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq
from fuzzing.damage import CELLS, PARQUET_TYPES, of_bytes

MANIFEST = "manifest.json"
VALUES = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        1.5,
        10**30,
        2**63,
        -(2**63),
        float("nan"),
        float("inf"),
        "",
        " ",
        "x" * 9999,
    ),
    *(
        "../zaken.parquet",
        "/etc/passwd",
        "zaken.parquet",
        "a/b",
        "..",
        "\x00",
        "\x1b[2J",
        "2199",
        "2025",
        "0",
    ),
    *("0" * 64, "p1." + "a" * 26, [], {}, [[]], {"a": {}}, ["x"] * 99, "\ud800", "om", "dji", "1.0", "9.9"),
]
RAW = [
    *(b"", b"{}", b"[]", b"null", b"1", b'"x"', b"{", b"[" * 100_000, b'{"a":' * 5000, b"\xff\xfe{\0}\0"),
    *(
        b"\xef\xbb\xbf{}",
        b"9" * 5000,
        b'{"rows": ' + b"9" * 5000 + b"}",
        b" " * (2 << 20),
        b"NaN",
        b"\0" * 99,
    ),
]


def forge(chance, package, *, cells):
    """Change a package in place, once or twice. `cells` are identities that do not belong in one."""
    for _ in range(chance.choice((1, 1, 1, 2))):
        chance.choice(WAYS)(chance, package, cells)


def sign(package, signer):
    """Put a supplier's signature under whatever the manifest has become, where it is a file."""
    path = package / MANIFEST
    if path.is_file() and not path.is_symlink():
        _put(package / "manifest.sig", signer.sign(path.read_bytes()).encode())


def _read(path):
    return path.read_bytes() if path.is_file() and not path.is_symlink() else b"PAR1"


def _one(chance, package):
    return chance.choice(sorted(package.glob("*.parquet")) or [package / "gone.parquet"])


def _manifest(package):
    try:
        found = json.loads(_read(package / MANIFEST))
    except (OSError, ValueError, RecursionError):
        found = {}
    return found if isinstance(found, dict) else {}


def _entries(content):
    files = content.get("files")
    return [e for e in files if isinstance(e, dict)] if isinstance(files, list) else []


def _put(path, data):
    """Write a file, never through a link."""
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def _write(package, content):
    _put(package / MANIFEST, json.dumps(content).encode("utf-8", errors="surrogatepass"))


def _refit(chance, package, *_):
    """Make hashes and counts fit, so that a change has to be found by what is in the file."""
    content, names = _manifest(package), [path.name for path in package.glob("*.parquet")]
    for entry in _entries(content):
        if entry.get("name") in names and chance.random() < 0.95:
            entry["sha256"] = sha256(_read(package / entry["name"])).hexdigest()
    _write(package, content)


def _field(chance, package, cells):
    content = _manifest(package)
    entries = _entries(content) or [content]
    part = chance.choice((content, content, content.get("model"), chance.choice(entries)))
    if isinstance(part, dict) and part:
        name = chance.choice((*part, "more", chance.choice(cells)))
        chance.choice((part.pop, lambda n, _: part.update({n: chance.choice((*VALUES, *cells))})))(name, None)
    _write(package, content)


def _list(chance, package, _):
    content = _manifest(package)
    files = content.get("files")
    if isinstance(files, list) and files:
        chance.choice((files.reverse, files.clear, lambda: files.append(files[0]), files.pop))()
    _write(package, content)


def _text(chance, package, _):
    path = package / MANIFEST
    _put(path, chance.choice((of_bytes(chance, _read(path)), chance.choice(RAW))))


def _file(chance, package, _):
    path = _one(chance, package)
    _put(path, of_bytes(chance, _read(path)))


def _file_that_fits(chance, package, cells):
    _file(chance, package, cells)
    _refit(chance, package)


def _columns(chance, package, cells):
    """Change columns: cells, types, names or number; the manifest fits again."""
    path = _one(chance, package)
    try:
        found = pq.read_table(pa.BufferReader(_read(path)))
        names = found.column_names
    except (OSError, ValueError, KeyError, pa.ArrowException):
        return
    if not names:
        return
    at = chance.randrange(len(names))
    name, size = names[at], found.num_rows
    cell = chance.choice((*CELLS, *cells, "p1." + "a" * 26, "p1." + "b" * 26, "2025-01", "2025-13"))
    column = PARQUET_TYPES[chance.choice(("text", "text", "text", *PARQUET_TYPES))]([cell] * size)
    changed = chance.choice(
        (
            lambda: found.set_column(at, name, column),
            lambda: found.set_column(at, name, column),
            lambda: found.append_column(chance.choice((name, "more", *cells)), column),
            lambda: found.drop_columns([name]) if names.count(name) == 1 else found,
            lambda: found.rename_columns([*names[1:], names[0]]),
            lambda: found.slice(chance.randrange(size + 1)),
            lambda: pa.concat_tables([found, found]),
            lambda: found.select(list(reversed(names))) if len(set(names)) > 1 else found,
        )
    )
    out = io.BytesIO()
    pq.write_table(changed(), out)
    _put(path, out.getvalue())
    _refit(chance, package)


def _counts(chance, package, _):
    content = _manifest(package)
    for entry in _entries(content):
        if isinstance(entry.get("rows"), int):
            entry["rows"] += chance.choice((-1, 1, 10**12, -(10**12), -entry["rows"]))
    _write(package, content)


def _more(chance, package, _):
    chance.choice(
        (
            lambda: (package / "more.parquet").write_bytes(b"PAR1"),
            lambda: (package / ".hidden").write_bytes(b""),
            lambda: (package / "Manifest.json").write_bytes(b"{}"),
            lambda: (package / "sub").mkdir(exist_ok=True),
            lambda: [(package / f"{i}.x").write_bytes(b"") for i in range(300)],
            lambda: os.mkfifo(package / "pipe") if not (package / "pipe").exists() else None,
            lambda: (package / os.fsdecode(b"\xff\xfe")).write_bytes(b""),
        )
    )()


def _less(chance, package, _):
    chance.choice((_one(chance, package), _one(chance, package), package / MANIFEST)).unlink(missing_ok=True)


def _link(chance, package, _):
    path = chance.choice((_one(chance, package), package / MANIFEST))
    target = chance.choice((package.parent / "elsewhere", "/etc/passwd", path.name, "/dev/zero"))
    if path.exists() and not path.is_symlink():
        (package.parent / "elsewhere").unlink(missing_ok=True)
        path.rename(package.parent / "elsewhere")
        chance.choice(
            (path.symlink_to, path.symlink_to, lambda _: path.hardlink_to(package.parent / "elsewhere"))
        )(target)


def _swap(chance, package, _):
    """Two files change names: each is a good file, in the wrong place."""
    one, two = _one(chance, package), _one(chance, package)
    first, second = _read(one), _read(two)
    _put(one, second)
    _put(two, first)
    if chance.random() < 0.5:
        _refit(chance, package)


WAYS = [
    *(
        _field,
        _field,
        _field,
        _list,
        _text,
        _file,
        _file,
        _file_that_fits,
        _file_that_fits,
        _columns,
        _columns,
    ),
    *(_columns, _counts, _more, _less, _link, _swap),
]
