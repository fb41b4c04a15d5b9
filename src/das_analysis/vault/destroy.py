"""The end of a version of the host's key: the secret and the succession table go, once nothing needs them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from das_analysis.errors import Refused
from das_analysis.lake import Entry, Room, connect, enter, files, folder, hold, record
from das_analysis.lake.sql import scan
from das_analysis.vault.host_key import forget_host_key, read_host_keys
from das_analysis.vault.succession import TABLE


def destroy_host_key(lake: Path, version: int, *, keys: Path) -> None:
    """Destroy an earlier version of the host's key, and the table that says what followed its pseudonyms.

    Raises Refused for the version in use, for one that does not exist, while a delivery is pseudonymised
    under it, while the persons of the lake were last linked under it (then links would be lost), and for a
    lake without deliveries: that is another one. Stopped anywhere, asking again ends it.
    """
    room = enter(lake, "vault")
    with hold(room, f"keys destroy {version}"):
        alive = read_host_keys(keys).alive
        _check_finished(room, version, current=max(alive))
        home = folder(room, TABLE, write=True)
        if version not in alive and (len(alive) > 1 or not any(home.iterdir())):
            todo = "see which are alive: das keys list"
            raise Refused("there is no such version of the host's key", where=f"version {version}", todo=todo)
        forget_host_key(keys, version)
        record(lake, Entry(act=f"keys destroy {version}"))  # before the table goes: else nobody asks again
        shutil.rmtree(home)  # with its history: an older version of a table would still hold it


def _check_finished(room: Room, version: int, *, current: int) -> None:
    where = f"version {version}"
    paths = files(room, "pseudonymised", table="delivery")
    if not paths:
        todo = "name the lake whose persons these keys are for: --lake"
        raise Refused("nothing was pseudonymised in this lake", where=where, todo=todo)
    with connect(room) as con:
        query = f"SELECT count(*) FROM {scan(paths)} WHERE key_version = {version:d}"
        left = con.execute(query).fetchall()[0][0]
    if left and version != current:
        todo = "run das pseudonymise, then das link"
        raise Refused(f"{left} deliveries are still pseudonymised under it", where=where, todo=todo)
    linked = folder(room, "linked") / "linked.json"
    if (
        linked.exists()
        and json.loads(linked.read_text(encoding="utf-8")).get("key_version", 1) == version != current
    ):
        todo = "run das link, then das freeze: everybody keeps his person key"
        raise Refused("persons were last linked under it", where=where, todo=todo)
