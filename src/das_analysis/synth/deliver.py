"""Writes deliveries that never were: a folder for each supplier and year, and the truth in a folder apart."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from das_analysis.model import Model, Supplier, load_model
from das_analysis.synth.chain import Chain, simulate
from das_analysis.synth.draw import Draw
from das_analysis.synth.layout import lay_out
from das_analysis.synth.period import RECORDS, Register
from das_analysis.synth.planting import plant
from das_analysis.synth.sheets import Planted, Sheet

if TYPE_CHECKING:
    import duckdb

    from das_analysis.model.schema import RowMap

Progress = Callable[[str, int, int], None]
FAULTS = 3  # the stream of draws
TRUTH = "truth"
WHOSE = "person_rows.parquet"  # whose each row of each file is: what `das link --truth` reads
SMALL = 200_000  # crimes


def make_deliveries(
    target: Path,
    *,
    scale: float,
    years: Sequence[int],
    seed: int,
    faults: bool = True,
    progress: Progress | None = None,
) -> list[Path]:
    """Simulate a chain and write its deliveries under `target`; returns the files of suppliers.

    `scale` 1.0 is the whole country. `target`/<supplier>/<year>/<table>.csv is what each supplier delivers,
    `target`/truth what really happened. The same arguments give the same bytes. Raises ValueError for a scale
    that is not above zero, or for no years.
    """
    chain = simulate(scale=scale, years=years, seed=seed, progress=progress)
    return write_deliveries(chain, target, faults=faults, progress=progress)


def write_deliveries(
    chain: Chain,
    target: Path,
    *,
    model: Model | None = None,
    faults: bool = True,
    progress: Progress | None = None,
) -> list[Path]:
    """Write the deliveries of a chain, for each supplier whose card it can fill. Returns their files.

    `model`: another one than the compiled model. Raises BadModel when a card has a column that nothing fills.
    """
    model = model or load_model()
    suppliers = simulated(model, chain)
    steps = len(suppliers) * len(chain.years)
    tell = progress or (lambda *_: None)
    written: list[Path] = []
    planted: list[pa.Table] = []
    whose: list[pa.Table] = []
    with _engine(chain) as engine:
        for number, supplier in enumerate(suppliers):
            register = Register(_own_tables(chain, supplier))
            for turn, year in enumerate(chain.years):
                tell(f"write {supplier.id} {year}", number * len(chain.years) + turn, steps)
                sheets = _sheets(register, supplier, model=model, year=year)
                if faults:
                    plant(model, sheets, draw=Draw(chain.seed, FAULTS, number, year), engine=engine)
                written += [_write(sheet, target / supplier.id / str(year)) for sheet in sheets.values()]
                planted += [_planted(sheet, model, year=year) for sheet in sheets.values()]
                whose += [_whose(s, year=year) for s in sheets.values() if "person_id" in s.rows.column_names]
    _write_truth(chain, planted, folder=target / TRUTH)
    pq.write_table(pa.concat_tables(whose), target / TRUTH / WHOSE, compression="zstd")
    tell("written", steps, steps)
    return written


def simulated(model: Model, chain: Chain) -> list[Supplier]:
    """Suppliers whose every table is of a class that the chain has."""
    known = set(chain.tables())
    return [
        s
        for s in model.suppliers.values()
        if all(m.table in known for t in s.tables.values() for m in t.maps)
    ]


def _own_tables(chain: Chain, supplier: Supplier) -> dict[str, pa.Table]:
    """The tables of the supplier's records, rows that its card's fixed values fit; the root comes first."""
    tables = chain.tables()
    own = {m.table: _fitting(tables[m.table], m) for t in supplier.tables.values() for m in t.maps}
    root = next(name for name in RECORDS if name in own)
    return {root: own[root]} | own


def _fitting(table: pa.Table, row_map: RowMap) -> pa.Table:
    for slot in row_map.slots.values():
        if slot.constant is not None and slot.slot in table.column_names:
            column = table[slot.slot].cast(pa.string())
            table = table.filter(pc.equal(column, slot.constant))
    return table


def _sheets(register: Register, supplier: Supplier, *, model: Model, year: int) -> dict[str, Sheet]:
    sources = {t.maps[0].table: t for t in supplier.tables.values()}
    sheets = {}
    for name, (rows, record) in register.during(year).items():
        source = sources[name]
        text = lay_out(rows, source, supplier=supplier, kinds=model.kinds)
        table = model.tables[name]
        sheets[name] = Sheet(
            supplier=supplier, source=source, table=table, rows=rows, record=record, text=text
        )
    return sheets


def _engine(chain: Chain) -> duckdb.DuckDBPyConnection:
    """An engine to look for rows with; a small chain is looked through fastest by one thread."""
    import duckdb

    threads = 1 if chain.registered_crime.num_rows < SMALL else 2
    engine = duckdb.connect(":memory:", config={"threads": threads})
    engine.execute("SET enable_progress_bar = false")
    return engine


def _write(sheet: Sheet, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sheet.source.name}.csv"
    text = sheet.finished()
    delimiter = sheet.supplier.delimiter
    options = pyarrow.csv.WriteOptions(include_header=False, delimiter=delimiter, quoting_style="none")
    with path.open("wb") as file:
        file.write((delimiter.join(text.column_names) + "\n").encode())
        pyarrow.csv.write_csv(text, file, options)
    return path


def _planted(sheet: Sheet, model: Model, *, year: int) -> pa.Table:
    """The faults of one file and the rule that must find each. Rows count from 1, without the header."""
    found = sorted(sheet.planted, key=lambda fault: (fault.row, fault.rule))
    n = len(found)
    return pa.table(
        {
            "supplier": pa.array([sheet.supplier.id] * n, pa.string()),
            "year": pa.array(np.full(n, year, dtype=np.int16)),
            "file": pa.array([sheet.source.name] * n, pa.string()),
            "row": pa.array([fault.row + 1 for fault in found], pa.int32()),
            "table": pa.array([sheet.table.name] * n, pa.string()),
            "column": pa.array([fault.column for fault in found], pa.string()),
            "kind": pa.array([fault.kind for fault in found], pa.string()),
            "rule": pa.array([fault.rule for fault in found], pa.string()),
            "also": pa.array([list(fault.also) for fault in found], pa.list_(pa.string())),
            "is_held": pa.array([_is_held(fault, model) for fault in found], pa.bool_()),
            "is_collateral": pa.array([fault.is_collateral for fault in found], pa.bool_()),
        }
    )


def _whose(sheet: Sheet, *, year: int) -> pa.Table:
    """The true person of each row of one file; rows that were planted at the end are nobody's."""
    n = sheet.rows.num_rows
    return pa.table(
        {
            "supplier": pa.array([sheet.supplier.id] * n, pa.string()),
            "period": pa.array([str(year)] * n, pa.string()),
            "source_table": pa.array([sheet.source.name] * n, pa.string()),
            "row": pa.array(np.arange(1, n + 1, dtype=np.int32)),
            "person_id": sheet.rows["person_id"].combine_chunks().cast(pa.int64()),
        }
    )


def _is_held(fault: Planted, model: Model) -> bool:
    rules = [model.rules[rule] for rule in (fault.rule, *fault.also) if rule in model.rules]
    return any(rule.severity == "hard" for rule in rules)


def _write_truth(chain: Chain, planted: list[pa.Table], *, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in chain.tables().items():
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
    pq.write_table(pa.concat_tables(planted), folder / "faults.parquet", compression="zstd")
