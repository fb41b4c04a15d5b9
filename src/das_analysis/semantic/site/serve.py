"""Shows the site on this machine only: for whoever's browser asks more of a page than file:// gives."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LOOPBACK = "127.0.0.1"


class _Pages(SimpleHTTPRequestHandler):
    """Files of one folder; says nothing, and lists no folder."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the signature of the library
        """Say nothing of who asked for what."""

    def list_directory(self, path: object) -> None:
        """Refuse to list a folder."""
        del path
        self.send_error(404)


def open_server(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """Return a server of a folder on the loopback address; port 0 takes a free one."""
    return ThreadingHTTPServer((LOOPBACK, port), partial(_Pages, directory=str(folder.resolve())))


def serve_site(folder: Path, *, told: Callable[[str], None]) -> None:
    """Serve until interrupted; `told` is given the address."""
    with open_server(folder) as server, suppress(KeyboardInterrupt):
        told(f"http://{LOOPBACK}:{server.server_address[1]}/")
        server.serve_forever()
