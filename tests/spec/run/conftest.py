"""Hand-made releases, and notebooks that show them: the report room without a lake."""

import hashlib
import json
from pathlib import Path

import nbformat
import pytest

MADE_UP = Path(__file__).parent / "made_up" / "contents.json"
STAMP = "application/vnd.das.release+json"
PARAMETERS = 'snapshot: str = "latest"\nperiod: str = "2025"\nlang: str = "nl"\n'
SHOW = """
import json, pathlib
from IPython.display import display
for content, digest in json.loads(pathlib.Path({path!r}).read_text())[lang]:
    stamp = {{"content": content, "digest": digest}}
    display({{"text/plain": "a release", {stamp!r}: stamp}}, raw=True)
"""


@pytest.fixture(scope="session")
def contents():
    """Contents of five releases in each language; a line, a line of parts, two bars, a flow."""
    return json.loads(MADE_UP.read_text(encoding="utf-8"))


def digest(content):
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def write_notebook(tmp_path):
    """Write notebooks/monitors/<name>.ipynb: a cell of parameters, then the cells given."""

    def write(*cells, name="made", parameters=PARAMETERS, tags=("parameters",)):
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
        first = nbformat.v4.new_code_cell(parameters, metadata={"tags": list(tags)})
        notebook.cells = [first, *map(nbformat.v4.new_code_cell, cells)]
        path = tmp_path / "notebooks" / "monitors" / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)
        return path

    return write


@pytest.fixture
def show(tmp_path, contents):
    """Code of a cell that shows the hand-made releases; `change` spoils a pair (content, digest) first."""

    def code(change=lambda content, digest: (content, digest)):
        pairs = {lang: [change(dict(c), digest(c)) for c in found] for lang, found in contents.items()}
        path = tmp_path / "releases.json"
        path.write_text(json.dumps(pairs))
        return SHOW.format(path=str(path), stamp=STAMP)

    return code


@pytest.fixture
def ledger(contents, monkeypatch):
    """The digests that the ledger knows, and one snapshot: no lake is needed."""
    known = {digest(content) for found in contents.values() for content in found}
    snapshot = contents["nl"][0]["snapshot"], contents["nl"][0]["snapshot_digest"]
    monkeypatch.setattr("das_analysis.disclosure.in_ledger", lambda one, lake: one in known)
    monkeypatch.setattr("das_analysis.report.run.pinned", lambda lake, reference: snapshot)
    monkeypatch.setattr("das_analysis.report.run.linkage_block", lambda lake, name, lang: [])
    return known


@pytest.fixture
def publish(tmp_path, ledger):
    """Run a monitor of this test's notebooks and return its report."""
    from das_analysis.report import run_monitor

    def run(name="made", **options):
        options = {"period": "2025", "lang": ("nl",), "notebooks": tmp_path / "notebooks"} | options
        return run_monitor(name, lake=tmp_path / "lake", reports=tmp_path / "reports", **options)

    return run


@pytest.fixture
def no_kernel(contents, monkeypatch):
    """Stand-in for the notebook's process: the hand-made releases at once. For tests of what comes after."""

    def run(job, step):
        step(1, 1)
        return [{"content": c, "digest": digest(c), "cell": 2} for c in contents[job.parameters["lang"]]]

    monkeypatch.setattr("das_analysis.report.run.run_apart", run)
