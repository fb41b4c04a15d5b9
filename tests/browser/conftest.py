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


@pytest.fixture(scope="session")
def chrome():
    """A real browser that tests drive; closed at the end."""
    from playwright.sync_api import sync_playwright

    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("there is no chromium on this machine: make browser installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory):
    """The site of the model, written to a folder."""
    from das_analysis.model import load_model
    from das_analysis.semantic.downloads import downloads
    from das_analysis.semantic.site import make_site, write_site

    folder = tmp_path_factory.mktemp("site") / "site"
    write_site(make_site(load_model(), downloads=downloads(load_model())), folder)
    return folder


class Visit:
    """A window on the site from file://, its requests (`asked`) and what its scripts said went wrong."""

    def __init__(self, page, folder):
        self.page, self.folder, self.asked, self.faults = page, folder, [], []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", lambda said: self.faults.append(said.text) if said.type == "error" else None)

    def go(self, path):
        self.page.goto((self.folder / path).as_uri())
        return self.page

    @property
    def outside(self):
        own = self.folder.as_uri()
        return [url for url in self.asked if not url.startswith((own, "data:", "blob:"))]

    def check(self, files, *, lang="nl", supplier="", period=""):
        """Give files to "check your file" and wait for what it says."""
        page = self.go(f"{lang}/check.html")
        page.set_input_files("#files", files)
        page.select_option("#supplier", supplier)
        page.fill("#period", period)
        page.click("#check button")
        page.wait_for_selector("#outcome:not([hidden])", timeout=120_000)
        return page

    def findings(self):
        """What the return file says: (file, row, rule) of every finding."""
        link = self.page.locator("#download")
        if not link.count():
            return set()
        with self.page.expect_download() as waiting:
            link.click()
        rows = waiting.value.path().read_text(encoding="utf-8").splitlines()
        assert rows[0] == "delivery_id;source_table;row;rule_id;severity;message"
        return {(file, int(row), rule) for _, file, row, rule, *_ in (line.split(";") for line in rows[1:])}


@pytest.fixture
def visit(chrome, site_folder):
    """A window of a wide screen on the site."""
    context = chrome.new_context(viewport={"width": 1280, "height": 900}, accept_downloads=True)
    context.set_default_timeout(20_000)
    yield Visit(context.new_page(), site_folder)
    context.close()
