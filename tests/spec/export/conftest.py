"""A snapshot as RDF, read back by readers that are not ours."""

import gzip

import pyarrow as pa
import pyoxigraph as ox
import pytest

FORMATS = {
    "nq": ox.RdfFormat.N_QUADS,
    "nt": ox.RdfFormat.N_TRIPLES,
    "ttl": ox.RdfFormat.TURTLE,
    "jsonld": ox.RdfFormat.JSON_LD,
}


def unpack(path):
    """The text of a file, by its ending."""
    if path.suffix == ".zst":
        return pa.CompressedInputStream(pa.OSFile(str(path)), "zstd").read()
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


@pytest.fixture(scope="session")
def text_of():
    return unpack


@pytest.fixture(scope="session")
def quads_of():
    """Every statement of an export, by table: a set, and how many statements were read."""

    def quads(folder, manifest):
        found, count = {}, 0
        for file in manifest.files:
            form = FORMATS[manifest.of["syntax"]]
            read = ox.parse(unpack(folder / file.name), format=form)
            statements = [s if isinstance(s, ox.Quad) else ox.Quad(*s) for s in read]
            assert len(statements) == file.triples
            found.setdefault(file.table, set()).update(statements)
            count += len(statements)
        return found, count

    return quads


@pytest.fixture(scope="session")
def lake(demo_lake):
    from das_analysis.lake import open_lake

    return open_lake("synthetic", lake=demo_lake)
