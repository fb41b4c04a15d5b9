"""What was validated and has no pseudonyms of today's key yet: so that a new month costs a month."""

from __future__ import annotations

from pathlib import Path

from das_analysis.flow import Validated
from das_analysis.lake import connect, enter, files
from das_analysis.lake.sql import scan
from das_analysis.vault.host_key import read_host_keys


def find_waiting(validated: Validated, *, keys: Path) -> tuple[str, ...]:
    """Return which of the validated deliveries to pseudonymise: new ones, and what was validated again.

    Also those of another version of the host's key. Raises what reading the key in the folder `keys` raises.
    """
    version, room = read_host_keys(keys).current, enter(validated.lake, "vault")
    came, went = (files(room, zone, table="delivery") for zone in ("validated", "pseudonymised"))
    if not went:
        return validated.delivery_ids
    with connect(room) as con:
        same = "validated_at, model_version"
        there = con.sql(f"SELECT * FROM {scan(went)} LIMIT 0").columns
        if "validated_at" not in there:  # of an edition that did not note it
            return validated.delivery_ids
        query = f"""SELECT delivery_id FROM (SELECT delivery_id, {same} FROM {scan(came)})
            JOIN (SELECT delivery_id, {same}, key_version FROM {scan(went)}) USING (delivery_id, {same})
            WHERE key_version = ?"""
        done = {i for (i,) in con.execute(query, [version]).fetchall()}
    return tuple(i for i in validated.delivery_ids if i not in done)
