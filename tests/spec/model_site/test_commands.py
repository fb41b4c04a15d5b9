"""`das model site`, `das model diff`, `das model keep`."""

import json
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from das_analysis.model.outline import editions
from das_analysis.semantic.site.serve import open_server

ROOT = Path(__file__).parents[3]
COMPILED = ROOT / "src" / "das_analysis" / "model" / "compiled"


def das(*words, folder):
    command = [sys.executable, "-m", "das_analysis.cli", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


@pytest.fixture(scope="module")
def other_edition(tmp_path_factory):
    """The compiled model in which the DJI must deliver a column more."""
    folder = tmp_path_factory.mktemp("edition") / "compiled"
    shutil.copytree(COMPILED, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    path = folder / "suppliers.json"
    cards = json.loads(path.read_text(encoding="utf-8"))
    columns = cards["dji"]["tables"]["verblijven"]["columns"]
    columns["NIEUW"] = {**columns["BRP"], "name": "NIEUW"}
    path.write_text(json.dumps(cards), encoding="utf-8")
    return folder


def test_the_site_is_written_and_says_where_to_begin(tmp_path):
    done = das("model", "site", "--to", "site", folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "index.html" in done.stdout
    assert (tmp_path / "site" / "nl" / "suppliers" / "dji.html").is_file()
    assert (tmp_path / "site" / "assets" / "check.js").is_file()


def test_an_edition_that_breaks_a_supplier_leaves_with_one(tmp_path, other_edition):
    done = das("model", "diff", str(COMPILED), str(other_edition), "--lang", "en", folder=tmp_path)
    assert done.returncode == 1
    assert "column dji/verblijven/NIEUW: added" in " ".join(done.stdout.split())
    assert "Suppliers must act" in done.stdout


def test_the_same_edition_leaves_with_zero(tmp_path):
    done = das("model", "diff", str(COMPILED), folder=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "Geen veranderingen.")


def test_a_source_folder_is_an_edition_too(tmp_path):
    done = das("model", "diff", str(ROOT / "model"), "--lang", "en", folder=tmp_path)
    assert (done.returncode, done.stdout.strip()) == (0, "No changes.")


def test_an_edition_that_is_none_is_refused_by_name(tmp_path):
    done = das("model", "diff", "9.9.9", folder=tmp_path)
    assert done.returncode == 1
    assert editions()[0] in done.stdout


def test_an_edition_is_kept_once_under_a_version(tmp_path):
    done = das("model", "keep", "--to", str(tmp_path), folder=tmp_path)
    assert done.returncode == 0, done.stdout
    (kept,) = tmp_path.glob("*.json")
    assert das("model", "keep", "--to", str(tmp_path), folder=tmp_path).returncode == 0
    kept.write_text("{}", encoding="utf-8")
    done = das("model", "keep", "--to", str(tmp_path), folder=tmp_path)
    assert done.returncode == 1
    assert "new version" in done.stdout


@pytest.fixture
def served(tmp_path):
    """A site on the loopback address, with a secret beside its folder."""
    (tmp_path / "site" / "nl").mkdir(parents=True)
    (tmp_path / "site" / "nl" / "index.html").write_text("<h1>hier</h1>", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("not for you", encoding="utf-8")
    with open_server(tmp_path / "site") as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def ask(server, path):
    address = f"http://127.0.0.1:{server.server_address[1]}{path}"
    try:
        with urllib.request.urlopen(address, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, b""


def test_a_served_site_gives_its_pages_on_this_machine_only(served):
    assert served.server_address[0] == "127.0.0.1"
    assert ask(served, "/nl/index.html") == (200, b"<h1>hier</h1>")


@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/nl/..%2f..%2fsecret.txt", "/nl/", "/"]
)
def test_a_served_site_gives_nothing_else(served, path):
    status, body = ask(served, path)
    assert b"not for you" not in body
    assert status == (200 if path == "/nl/" else 404)
