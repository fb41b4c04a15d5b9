"""A query as text: parsed once, and refused by name when it would reach outside or change something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from das_analysis.errors import Refused
from das_analysis.semantic.terms import VOCABULARY, XSD

MOST_CHARACTERS = 100_000
PREFIXES = {
    "das": VOCABULARY,
    "code": f"{VOCABULARY}code/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "xsd": XSD,
}


def parse(text: str) -> Any:
    """Return the algebra of a query. The prefixes of DAS are known; others are declared in the query.

    Raises Refused for a text that is no query, for an update (LOAD, INSERT, ...), for SERVICE, FROM and FROM
    NAMED, and for a query that is too long or too deep.
    """
    from rdflib.plugins.sparql.algebra import translateQuery
    from rdflib.plugins.sparql.parser import parseQuery

    if len(text) > MOST_CHARACTERS:
        raise Refused(
            f"the query is longer than {MOST_CHARACTERS:,} characters",
            todo="put long lists in the data, or ask in parts",
        )
    try:
        tree = parseQuery(text)
        for node in nodes(tree):
            _refuse_what_reaches_out(node)
            _take_escapes_out(node)
        return translateQuery(tree, initNs=PREFIXES).algebra
    except Refused:
        raise
    except RecursionError:
        raise Refused(
            "the query is nested too deep, or one pattern is too long", todo="ask in parts"
        ) from None
    except Exception as error:  # noqa: BLE001 - the parser raises bare Exceptions too
        raise _no_query(text, error) from None


def _no_query(text: str, error: Exception) -> Refused:
    """Say where reading stopped; an update is named."""
    found = _updates(text)
    if found:
        return Refused(
            f"{', '.join(found)} would change data: this is an update", todo="ask with SELECT or ASK"
        )
    line, column = getattr(error, "lineno", 0), getattr(error, "column", 0)
    where = (
        f"line {line}, column {column}" if line else str(error).splitlines()[0][:120] if str(error) else ""
    )
    return Refused(
        "this is not a SPARQL query", where=where, todo="declare each prefix, and look at that place"
    )


def _updates(text: str) -> list[str]:
    from rdflib.plugins.sparql.parser import parseUpdate

    try:
        tree = parseUpdate(text)
    except Exception:  # noqa: BLE001 - it is no update either
        return []
    return (
        list(dict.fromkeys(u.name.upper() for u in tree.request if u.name != "Prologue"))
        if tree.request
        else []
    )


REACHES_OUT = {
    "ServiceGraphPattern": "SERVICE",
    "DatasetClause": "FROM",
}


def _refuse_what_reaches_out(node: Any) -> None:
    name = REACHES_OUT.get(getattr(node, "name", ""))
    if name:
        raise Refused(
            f"{name} would fetch data from elsewhere",
            todo="ask the snapshot alone: take the clause out, and join with other data afterwards",
        )


def _take_escapes_out(node: Any) -> None:
    """Undo the escapes of a prefixed name (a slash in a local part): rdflib leaves the backslash there."""
    if getattr(node, "name", "") == "pname" and "localname" in node:
        node["localname"] = re.sub(r"\\(.)", r"\1", str(node["localname"]))


def nodes(tree: Any) -> Iterator[Any]:
    """Yield every node of a parsed query or its algebra, without recursion; the paths in it as well."""
    from pyparsing import ParseResults
    from rdflib.paths import Path

    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if isinstance(node, dict):
            waiting += node.values()
        elif isinstance(node, list | tuple | ParseResults):
            waiting += list(node)
        elif isinstance(node, Path):
            waiting += list(vars(node).values())
