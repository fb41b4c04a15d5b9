"""What the host would find in a package, found at the supplier before it is sealed: same steps, same rules.

The package's own rows are read back from its partial folder, so that what is checked is what is sent.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from das_analysis.errors import BadDelivery, Refused, TryAgain
from das_analysis.flow import Delivery, Provenance
from das_analysis.intake.staging import Work, find_faults, hold_back, stage
from das_analysis.model import Model, Supplier

if TYPE_CHECKING:
    import duckdb

    from das_analysis.intake.package import Manifest

HEADER = {
    "nl": ("bestand", "rij", "kolom", "regel", "ernst", "melding"),
    "en": ("file", "row", "column", "rule", "severity", "message"),
}
_AT_ONCE = 10_000  # rows of the report


@dataclass(slots=True, kw_only=True)
class Look:
    """Looks at a package for `deliver(look=...)`, and keeps what it counted.

    `report` is where a CSV is written when there are findings: file, row (1-based data row of the supplier's
    file), column or columns of that file, rule, severity, message in `lang`; never a value. Unless
    `with_findings`, hard ones refuse the package; soft ones never do.
    """

    model: Model
    report: Path
    lang: str = "nl"
    with_findings: bool = False
    counts: list[tuple[str, str, str, int]] = field(default_factory=list)
    held: int = 0

    def __call__(self, folder: Path, manifest: Manifest) -> None:
        """Check the package in `folder`. Raises BadDelivery for hard findings, TryAgain without room."""
        with _engine(folder) as con:
            work = _work(con, folder, manifest=manifest, model=self.model)
            for step in (stage, find_faults, hold_back):
                step(work)
            self.counts = con.execute(_COUNTS).fetchall()
            (self.held,) = con.execute("SELECT count(*) FROM held").fetchone() or (0,)
            if self.counts:
                self._write(con, work.supplier)
        if not self.with_findings:
            self.refuse()

    def refuse(self) -> None:
        """Raise BadDelivery when the host would hold rows back."""
        if self.held:
            raise BadDelivery(
                f"{self.held} rows would be held back by the host; no package was made",
                where=f"listed in {self.report.name}",
                todo="mend them and deliver again; or send them as they are: --with-findings",
            )

    def _write(self, con: duckdb.DuckDBPyConnection, card: Supplier) -> None:
        columns = _columns_of(card)
        with self.report.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=";", lineterminator="\n")
            writer.writerow(HEADER[self.lang])
            found = con.execute(_LISTED)
            while rows := found.fetchmany(_AT_ONCE):
                for table, row, rule, severity in rows:
                    told = self.model.rules[rule]
                    column = columns.get((table, told.table, told.column), "")
                    writer.writerow((table, row, column, rule, severity, told.message[self.lang]))


_COUNTS = """SELECT source_table, rule_id, severity, count(*) FROM finding JOIN rule USING (rule_id)
    GROUP BY ALL ORDER BY severity, count(*) DESC, source_table, rule_id"""
_LISTED = """SELECT source_table, row, rule_id, severity FROM finding JOIN rule USING (rule_id)
    ORDER BY source_table, row, rule_id"""


def _columns_of(card: Supplier) -> Mapping[tuple[str, str, str], str]:
    """Map (file, table, column of the model) to the columns of the supplier's file that it is made of."""
    return {
        (name, row_map.table, slot): ", ".join(p.column for p in table.package[made.column].parts if p.column)
        for name, table in card.tables.items()
        for row_map in table.maps
        for slot, made in row_map.slots.items()
        if made.column
    }


def _work(con: duckdb.DuckDBPyConnection, folder: Path, *, manifest: Manifest, model: Model) -> Work:
    delivery = Delivery(
        lake=folder,
        delivery_id=folder.name,
        supplier=manifest.supplier,
        period=manifest.period,
        sequence=manifest.sequence,
        rows=manifest.rows,
        provenance=Provenance(actor="", at="", code="", model=manifest.model),
    )
    supplier = model.suppliers[manifest.supplier]
    return Work(con=con, received=folder.parent, deliveries=[delivery], supplier=supplier, model=model)


@contextmanager
def _engine(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open an engine of bounded memory that spills beside the package. Its own words may quote a value."""
    import duckdb

    from das_analysis.rules.typed import MEMORY

    with duckdb.connect(":memory:") as con:
        con.execute("SET memory_limit = ?", [MEMORY])
        con.execute("SET temp_directory = ?", [str(folder / ".spill")])
        con.execute("SET preserve_insertion_order = false")
        con.execute("SET enable_progress_bar = false")
        con.execute("SET autoinstall_known_extensions = false")  # nothing is fetched
        try:
            yield con
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            what = f"the check stopped: {type(error).__name__}"
            raise TryAgain(what, todo="make room on the disk, then try again") from None
        except duckdb.Error as error:
            what = f"the check cannot work with these rows: {type(error).__name__}"
            raise Refused(what, todo="tell the host; nothing was written") from None
