"""Lays a simulated year beside the national figures that it is tuned to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from das_analysis.synth.calibration import calibration, read_data
from das_analysis.synth.chain import Chain

if TYPE_CHECKING:
    import duckdb

POINT = 0.001  # a tenth of a percentage point: the precision of the published shares
MIX = ("DAG", "OPV", "SEP", "SEP_V", "TRA", "SB", "other")
DECISIONS = """
    with last as (
        select case_key, true_age_at_offence as age, arg_max(decision_code, decision_number) as decision
        from prosecution_decision join "case" using (case_key)
        where not is_reinflow and person_kind_code = 'N' and decided_on >= {first} and decided_on < {after}
        group by all
    )
    select (select count(*) from (values {untils}) u(until) where age >= until) as age_group,
        case when decision in ('SEP_T', 'SEP_B') then 'SEP'
            when decision in ('DAG', 'OPV', 'SEP_V', 'TRA', 'SB') then decision else 'other' end as kind,
        count(*) as n
    from last group by all"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure: national, simulated and brought to national scale, and what difference is allowed."""

    name: str
    national: float
    simulated: float
    within: float | None = None
    is_share: bool = False

    @property
    def ratio(self) -> float:
        """Simulated over national."""
        return self.simulated / self.national

    @property
    def holds(self) -> bool:
        """Whether the difference is allowed; of a share also less than a tenth of a percentage point."""
        near = self.is_share and abs(self.simulated - self.national) <= POINT
        return self.within is None or near or abs(self.ratio - 1.0) <= self.within


def compare(chain: Chain, year: int) -> list[Figure]:
    """Return every figure of `comparison.yaml` for a year, and the decisions by age."""
    import duckdb

    days = {"first": f"date '{year}-01-01'", "after": f"date '{year + 1}-01-01'"}
    with duckdb.connect(":memory:") as engine:
        engine.execute("SET enable_progress_bar = false")
        for name, table in chain.tables().items():
            engine.register(name, table)
        totals = [
            _figure(engine, entry, days=days, scale=chain.scale) for entry in read_data("comparison.yaml")
        ]
        return totals + _decisions(engine, days)


def _figure(
    engine: duckdb.DuckDBPyConnection, entry: dict[str, str], *, days: dict[str, str], scale: float
) -> Figure:
    (value,) = engine.sql(entry["sql"].format(**days)).fetchall()[0]
    national = float(entry["national"])
    counted = entry["sql"].startswith("select count(")
    within = float(entry["within"]) if "within" in entry else None
    simulated = float(value or 0) / (scale if counted else 1.0)
    return Figure(
        name=entry["figure"], national=national, simulated=simulated, within=within, is_share=national < 1
    )


def _decisions(engine: duckdb.DuckDBPyConnection, days: dict[str, str]) -> list[Figure]:
    """Shares of the last decision of the year, by age at the offence; natural persons, without re-inflow."""
    groups = calibration()["case"]["om_mix_by_age"]
    untils = ", ".join(f"({group['until']})" for group in groups)
    found = engine.sql(DECISIONS.format(**days, untils=untils)).fetchall()
    counts = {(group, kind): n for group, kind, n in found}
    figures = []
    for number, group in enumerate(groups):
        total = sum(n for (of, _), n in counts.items() if of == number)
        for kind, percentage in zip(MIX, group["mix"], strict=True):
            share = counts.get((number, kind), 0) / max(total, 1)
            name = f"decisions under {group['until']}: {kind}"
            national = percentage / sum(group["mix"])
            figures.append(Figure(name=name, national=national, simulated=share, within=0.03, is_share=True))
    return figures
