"""Who has no SKN is compared with everybody, on sealed keys only; what agrees enough becomes one person.

The exact pass has made persons of everything. Those without an SKN are the residue; they may join one
another, or one person with an SKN. Two SKNs never become one person here, nor do two BSNs or two numbers of
one supplier.
"""

from __future__ import annotations

import json
from typing import Any

from das_analysis.lake.sql import literal
from das_analysis.linkage.chances import Chance, chances
from das_analysis.linkage.compare import compare, read_guard, read_model
from das_analysis.linkage.components import Pair, guarded
from das_analysis.linkage.train import train
from das_analysis.linkage.work import COMPARED, Work

SKN_BIT, BSN_BIT, FIRST_SUPPLIER = 1, 2, 2


def join_residue(work: Work) -> None:
    """Let `who_is.person` of the residue become another person's where enough keys agree."""
    if work.train:
        _train(work)
    gather_records(work)
    if not _is_any_open(work):
        return
    pairs = [Pair(*row) for row in compare(work.con, "record", model=_model(work))]
    numbers = _numbers(work, pairs)
    _keep_chances(work, chances(pairs, numbers))
    _join(work, guarded(pairs, numbers, guard=read_guard()))


def _train(work: Work) -> None:
    """Train on the rows of this lake and keep the model, for this run and later ones."""
    if work.trained is None:
        return
    gather_records(work, each="SELECT")
    partial = work.trained.with_suffix(".partial")
    partial.write_text(json.dumps(train(work.con, "record"), indent=1) + "\n", encoding="utf-8")
    partial.replace(work.trained)


def _model(work: Work) -> dict[str, Any]:
    """The lake's own model where it has one, else that of this package."""
    if work.trained is None or not work.trained.exists():
        return read_model()
    model: dict[str, Any] = json.loads(work.trained.read_text(encoding="utf-8"))
    return model


def gather_records(work: Work, *, each: str = "SELECT DISTINCT") -> None:
    """`record`: each set of compared keys of each person once, as numbers, in one definite order.

    For training `each` is "SELECT": how often a key is as it should be shows in all rows only.
    """
    columns = (*COMPARED, "birth_month")
    keys = ", ".join(f"CASE WHEN {c} IS NOT NULL THEN hash({c}) END AS {c}" for c in columns)
    known = " OR ".join(f"{c} IS NOT NULL" for c in COMPARED)
    order = ", ".join(("person", "is_open", "sex_code", *columns))
    work.con.execute(
        f"""CREATE OR REPLACE TABLE record AS SELECT row_number() OVER (ORDER BY {order}) AS record, * FROM (
                {each} person, NOT starts_with(person, '1') AS is_open,
                    CASE WHEN sex_code IN ('M', 'V') THEN sex_code END AS sex_code, {keys}
                FROM who_is JOIN identity USING (identity) WHERE {known})"""
    )


def _is_any_open(work: Work) -> bool:
    return bool(work.con.execute("SELECT 1 FROM record WHERE is_open LIMIT 1").fetchall())


def _numbers(work: Work, pairs: list[Pair]) -> dict[str, int]:
    """The kinds of numbers of everybody in a pair, a bit each."""
    work.con.register("paired", _column("person", sorted({p for pair in pairs for p in pair[1:]})))
    rows = work.con.execute(
        f"SELECT person, {number_bits(work)} FROM who_is SEMI JOIN paired USING (person) GROUP BY person"
    ).fetchall()
    work.con.unregister("paired")
    return dict(rows)


def number_bits(work: Work) -> str:
    """Return SQL for the kinds of numbers that rows of `who_is` have together: SKN, BSN, each supplier's."""
    suppliers = sorted(work.model.suppliers)
    cases = " ".join(f"WHEN {literal(s)} THEN {1 << i + FIRST_SUPPLIER}" for i, s in enumerate(suppliers))
    return f"""bit_or(CASE WHEN skn IS NULL THEN 0 ELSE {SKN_BIT} END
        | CASE WHEN bsn IS NULL THEN 0 ELSE {BSN_BIT} END
        | CASE WHEN register IS NULL THEN 0 ELSE CASE supplier {cases} ELSE 0 END END)"""


def _column(name: str, texts: list[str]) -> object:
    import pyarrow as pa

    return pa.table({name: pa.array(texts, pa.string())})


def _keep_chances(work: Work, found: list[Chance]) -> None:
    """`part`: who is in such a pair, numbered; `chance`: the pairs, by these numbers."""
    import pyarrow as pa

    work.con.register("in_doubt", _column("person", sorted({p for c in found for p in (c.one, c.other)})))
    work.con.execute(
        "INSERT INTO part SELECT person, row_number() OVER (ORDER BY person), NULL FROM in_doubt"
    )
    work.con.unregister("in_doubt")
    texts = {name: pa.array([getattr(c, name) for c in found], pa.string()) for name in ("one", "other")}
    numbers = {
        name: pa.array([getattr(c, name) for c in found], pa.float64()) for name in ("probability", "weight")
    }
    content = pa.table(texts | numbers)
    work.con.register("found", content)
    work.con.execute(
        """INSERT INTO chance SELECT a.part, b.part, probability, weight
            FROM found JOIN part AS a ON a.person = one JOIN part AS b ON b.person = other"""
    )
    work.con.unregister("found")


def _join(work: Work, found: dict[str, str]) -> None:
    import pyarrow as pa

    content = {
        "person": pa.array(list(found), pa.string()),
        "lead": pa.array(list(found.values()), pa.string()),
    }
    work.con.register("found", pa.table(content))
    work.con.execute("INSERT INTO joined SELECT person, lead FROM found")
    work.con.unregister("found")
    work.con.execute(
        """CREATE OR REPLACE TABLE who_is AS SELECT who_is.* REPLACE (coalesce(lead, person) AS person,
                CASE WHEN found = 'alone' AND lead IS NOT NULL THEN 'comparison' ELSE found END AS found,
                part.part AS part)
            FROM who_is LEFT JOIN joined USING (person) LEFT JOIN part USING (person)"""
    )
    work.con.execute(
        """UPDATE part SET "rows" = counted.n FROM (SELECT part, sum("rows") AS n FROM who_is GROUP BY part)
            AS counted WHERE counted.part = part.part"""
    )
