"""The store, in a process of its own: it can be stopped, and it cannot open a file or a connection.

Standard input holds a line of JSON with the question, then N-Triples; the answer goes out as JSON.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from itertools import islice
from typing import Any

from das_analysis.semantic.sparql.functions import DAYS_BETWEEN
from das_analysis.semantic.sparql.kinds import BOOLEAN, DATE, INTEGER

MEMORY = 4 * 1024**3
STANDARD_FILES = 3


def main() -> None:
    """Answer one question."""
    asked = json.loads(sys.stdin.buffer.readline())
    try:
        answer = _answer(asked)
    except (SyntaxError, ValueError, OSError, RuntimeError, MemoryError) as error:
        answer = {"error": type(error).__name__}
    sys.stdout.write(json.dumps(answer))


def _answer(asked: dict[str, Any]) -> dict[str, Any]:
    import pyoxigraph as ox

    shut()
    store, graph = ox.Store(), ox.NamedNode(asked["graph"])
    store.bulk_load(sys.stdin.buffer, format=ox.RdfFormat.N_TRIPLES, to_graph=graph)
    found = store.query(
        asked["query"],
        prefixes=asked["prefixes"],
        use_default_graph_as_union=True,
        custom_functions={ox.NamedNode(DAYS_BETWEEN): days_between},
    )
    most = asked["most"]
    if isinstance(found, ox.QueryBoolean):
        return {"columns": ["ask"], "rows": [[["literal", str(bool(found)).lower(), BOOLEAN]]]}
    if isinstance(found, ox.QueryTriples):
        return {
            "columns": ["subject", "predicate", "object"],
            "rows": [list(map(_said, t)) for t in islice(found, most)],
        }
    columns = [v.value for v in found.variables]
    return {"columns": columns, "rows": [[_said(row[c]) for c in columns] for row in islice(found, most)]}


def shut() -> None:
    """Take memory without end, and every new file and connection, away from this process."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_NOFILE, (STANDARD_FILES, STANDARD_FILES))


def days_between(since: Any, until: Any) -> Any:
    """Return the days from one date to another, or nothing: das:days_between."""
    import pyoxigraph as ox

    if any(getattr(getattr(t, "datatype", None), "value", "") != DATE for t in (since, until)):
        return None
    first, last = (date.fromisoformat(t.value) for t in (since, until))
    return ox.Literal(str((last - first).days), datatype=ox.NamedNode(INTEGER))


def _said(term: Any) -> list[str] | None:
    """Return a term as form, text, and datatype or language."""
    import pyoxigraph as ox

    if term is None:
        return None
    if isinstance(term, ox.NamedNode):
        return ["iri", term.value, ""]
    if isinstance(term, ox.Literal):
        return (
            ["lang", term.value, term.language]
            if term.language
            else ["literal", term.value, term.datatype.value]
        )
    return ["iri", str(term), ""]


if __name__ == "__main__":
    main()
