"""`sparql`: a question about a snapshot in the words of the web, answered as a data frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from das_analysis.errors import Refused
from das_analysis.model import load_model
from das_analysis.semantic.sparql.algebra import Plan, compile_query
from das_analysis.semantic.sparql.asked import parse
from das_analysis.semantic.sparql.kinds import (
    BOOLEAN,
    DATE,
    DECIMAL,
    DOUBLE,
    INTEGER,
    MOMENT,
    NUMBER,
    Kind,
    NotCoveredError,
    encode,
    kind_of_iri,
)
from das_analysis.semantic.sparql.rows import Chain
from das_analysis.semantic.sparql.store import Question, ask_store, too_long
from das_analysis.semantic.terms import VOCABULARY, graph_iri

if TYPE_CHECKING:
    import pandas as pd

    from das_analysis.lake import Lake

TABLES, STORE = "tables", "store"
AGAIN = 0.2  # seconds between two calls to stop
_READ: dict[str, Callable[[str], Any]] = {
    INTEGER: int,
    DECIMAL: float,
    DOUBLE: float,
    BOOLEAN: lambda text: text in {"true", "1"},
    DATE: date.fromisoformat,
    MOMENT: datetime.fromisoformat,
}


def sparql(
    lake: Lake, query: str, *, iris: bool = False, limit: int = 100_000, seconds: float = 60
) -> pd.DataFrame:
    """Answer a SPARQL query (SELECT, ASK, CONSTRUCT, DESCRIBE) about a snapshot.

    The prefixes das:, code:, skos:, rdf:, rdfs: and xsd: are known. Rows come back as their keys and codes as
    codes, so that they join with `lake.<table>`; `iris=True` gives whole IRIs. Numbers are numbers, dates are
    dates. `attrs["way"]` says how it was answered: `tables` (compiled to one query on the tables) or `store`
    (a store of the triples that are needed), then `attrs["why"]` says what is not compiled.

    The answer is data of the house, rows of persons or exact counts: it is no Release, carries no stamp and
    may not leave. What leaves is measured and released (`measure`).

    Raises Refused for what is no query, would change data or fetch from elsewhere (SERVICE, FROM, LOAD), has
    more than `limit` rows, takes more than `seconds`, or needs a store that is too large.
    """
    asked, chain = parse(query), _chain(lake)
    try:
        plan = compile_query(chain, asked)
        names, rows = _from_tables(chain, plan, iris=iris, limit=limit, seconds=seconds)
        way = {"way": TABLES, "why": ""}
    except NotCoveredError as reason:
        label = f"{lake.snapshot.number:04d}-{lake.snapshot.name}"
        question = Question(text=query, graph=graph_iri(label, chain.base), most=limit + 1, seconds=seconds)
        found = ask_store(chain, asked, question=question)
        names, rows = found["columns"], [[_term(t, chain, iris=iris) for t in row] for row in found["rows"]]
        way = {"way": STORE, "why": str(reason)}
    if len(rows) > limit:
        raise Refused(
            f"the answer has more than {limit:,} rows", todo="count, add LIMIT, or allow more with limit="
        )
    frame = _frame(names, rows)
    frame.attrs.update(way)
    lake.note("sparql", asked=query, rows=len(frame))
    return frame


def explain(lake: Lake, query: str) -> str:
    """Return the SQL to which a query is compiled, or what keeps it from that."""
    import ibis

    try:
        plan = compile_query(_chain(lake), parse(query))
    except NotCoveredError as reason:
        return f"-- not compiled: {reason}; a store of the needed triples answers"
    return str(ibis.to_sql(plan.table, dialect="duckdb"))


def _chain(lake: Lake) -> Chain:
    return Chain(tables=lake.tables, model=load_model())


def _from_tables(
    chain: Chain, plan: Plan, *, iris: bool, limit: int, seconds: float
) -> tuple[list[str], list[list[Any]]]:
    import duckdb

    backend = next(iter(chain.tables.values())).get_backend()
    try:
        with _deadline(backend.con.interrupt, seconds):
            found = backend.to_pyarrow(plan.table.limit(limit + 1))
    except duckdb.InterruptException:
        raise too_long(seconds) from None
    except (duckdb.OutOfRangeException, duckdb.ConversionException):
        raise NotCoveredError("a number too large for the tables") from None
    except duckdb.OutOfMemoryException:
        raise Refused("the query needs more memory than it may have", todo="ask for less") from None
    columns = [
        [_value(v, kind=var.kind, chain=chain, iris=iris) for v in found[var.column].to_pylist()]
        for _, var in plan.asked
    ]
    return [name for name, _ in plan.asked], [list(row) for row in zip(*columns, strict=True)]


@contextmanager
def _deadline(stop: Callable[[], None], seconds: float) -> Iterator[None]:
    """Stop what goes on too long, again and again: the engine forgets it while it still plans."""
    done = Event()

    def watch() -> None:
        late = done.wait(seconds)
        while not late:
            stop()
            late = done.wait(AGAIN)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _value(value: Any, *, kind: Kind, chain: Chain, iris: bool) -> Any:
    """Return a value of a table as it is shown."""
    if value is None:
        return None
    if kind.form == "iri" and kind.name:
        return kind.name + encode(kind.name, value) if iris else value
    if kind.form == "iri":
        return _iri(value, chain, iris=iris)
    if kind.form == "term":
        return _term(_parsed(value), chain, iris=iris)
    if kind.name in {DECIMAL, DOUBLE, NUMBER}:
        return float(value)
    return value


def _parsed(text: str) -> list[str]:
    """Take a term apart that `term_text` wrote."""
    if text.startswith("<"):
        return ["iri", text[1:-1], ""]
    body, _, end = text[1:].rpartition('"')
    return ["lang", body, end[1:]] if end.startswith("@") else ["literal", body, end[3:-1]]


def _term(term: Sequence[str] | None, chain: Chain, *, iris: bool) -> Any:
    if term is None:
        return None
    form, text, more = term
    if form == "iri":
        return _iri(text, chain, iris=iris)
    return _READ.get(more, str)(text) if form == "literal" else text


def _iri(iri: str, chain: Chain, *, iris: bool) -> str:
    if iris:
        return iri
    kind, value = kind_of_iri(iri, chain.prefixes)
    return f"das:{iri[len(VOCABULARY) :]}" if not kind.name and iri.startswith(VOCABULARY) else value


def _frame(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    import pandas as pd

    columns = {name: _column([row[i] for row in rows]) for i, name in enumerate(names)}
    return pd.DataFrame(columns, columns=list(names), index=range(len(rows)))


def _column(values: list[Any]) -> Any:
    """Return values as a column of the narrowest type that has them; whole numbers may be unknown."""
    import pandas as pd

    known = [v for v in values if v is not None]
    types = {type(v) for v in known}
    if types == {int}:
        return pd.array(values, dtype="int64" if len(known) == len(values) else "Int64")
    if types and types <= {int, float, Decimal}:
        return pd.array([None if v is None else float(v) for v in values], dtype="float64")
    if types == {date}:
        return pd.to_datetime(pd.Series(values, dtype="object"))
    if types == {datetime}:
        return pd.to_datetime(pd.Series(values, dtype="object"), utc=True)
    if types == {bool}:
        return pd.array(values, dtype="bool" if len(known) == len(values) else "boolean")
    return pd.array(values, dtype="str" if types == {str} else "object")
