"""Opens pages in a real browser without a window; skipped, with the reason, where there is none."""

import json
import re
import select
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import pytest

CONTENTS = Path(__file__).parents[1] / "spec" / "run" / "made_up" / "contents.json"
NAMES = ("chromium", "chromium-browser", "google-chrome")
OWN = (".google.com", ".googleapis.com", ".gvt1.com")  # what the browser asks for itself, whatever the page
QUIET = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"),
    *(
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-extensions",
    ),
    *("--disable-dev-shm-usage", "--allow-file-access-from-files", "--virtual-time-budget=4000"),
)


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """Open a page and return its document as the browser has it; further switches may be given."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("there is no chromium on this machine: make browser installs it")

    def look(page, *switches):
        profile = tmp_path_factory.mktemp("profile")
        command = [program, *QUIET, f"--user-data-dir={profile}", *switches, "--dump-dom", page.as_uri()]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout

    return look


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """The hand-made report in both languages, as files."""
    from das_analysis.report import Page, render

    contents = json.loads(CONTENTS.read_text(encoding="utf-8"))
    folder = tmp_path_factory.mktemp("pages")
    for lang, found in contents.items():
        page = Page(monitor="chain", period="2025", lang=lang, languages=("nl", "en"))
        (folder / f"chain.{lang}.html").write_text(render(page, found), encoding="utf-8")
    return folder


@pytest.fixture
def doorman():
    """A proxy that lets nobody through and notes who came for a page, not for the browser itself."""
    came = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def watch():
            while not stop.is_set():
                if not select.select([server], [], [], 0.2)[0]:
                    continue
                visitor, _ = server.accept()
                asked = visitor.recv(4096).decode(errors="replace").split("\r\n")[0]
                visitor.close()
                host = re.sub(r"^\w+ (https?://)?|[:/ ].*$", "", asked)
                came.extend([] if host.endswith(OWN) else [asked])

        thread = threading.Thread(target=watch)
        thread.start()
        yield f"--proxy-server=http://127.0.0.1:{server.getsockname()[1]}", came
        stop.set()
        thread.join()
