"""What of an executed notebook may be told: outputs that carry a release's stamp, and nothing else.

Prints, tracebacks, bare tables and pictures are passed over. A stamp that does not fit, because the content
was changed, because the ledger does not know it or because it belongs to another snapshot, refuses the whole
report.
It is a guard rail beside people who check output, not instead of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from das_analysis.errors import Refused

if TYPE_CHECKING:
    from nbformat import NotebookNode

STAMP = "application/vnd.das.release+json"
Stamp = Mapping[str, Any]


def stamps_of(notebook: NotebookNode) -> list[Stamp]:
    """Return what an executed notebook shows under the stamp's key, with the number of the code cell."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [
        {**(stamp if isinstance(stamp, dict) else {}), "cell": number}
        for number, cell in enumerate(cells, start=1)
        for output in cell.outputs
        if (stamp := output.get("data", {}).get(STAMP)) is not None
    ]


def check_stamps(stamps: Iterable[Stamp], *, lake: Path, snapshot_digest: str) -> list[dict[str, Any]]:
    """Return the contents of releases, each once and in order, with their `digest`.

    Raises Refused for a stamp that does not fit, and when there is no release at all.
    """
    from das_analysis.disclosure import digest_of, in_ledger

    found: dict[str, dict[str, Any]] = {}
    for stamp in stamps:
        content, digest = stamp.get("content"), str(stamp.get("digest"))
        if not isinstance(content, dict) or digest != digest_of(content):
            _refuse("a release was changed after it was made", stamp)
        elif not in_ledger(digest, lake):
            _refuse("a release is not in the ledger", stamp)
        elif content.get("snapshot_digest") != snapshot_digest:
            _refuse("a release belongs to another snapshot", stamp)
        else:
            found.setdefault(digest, {**content, "digest": digest})
    if not found:
        raise Refused(
            "the notebook released nothing", todo="end a cell with  das.measure(...).release(title=...)"
        )
    return list(found.values())


def _refuse(what: str, stamp: Stamp) -> None:
    where = f"code cell {stamp['cell']}"
    raise Refused(what, where=where, todo="publish only what release() returned in this run")
