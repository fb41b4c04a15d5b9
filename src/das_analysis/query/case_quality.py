"""How many rows find what they belong to, from crime to stay, out of what linkage counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from das_analysis.errors import Refused
from das_analysis.flow import Result
from das_analysis.query.counted import stack
from das_analysis.query.measuring import make_result
from das_analysis.words import t

if TYPE_CHECKING:
    import pandas as pd

    from das_analysis.lake import Lake

CHAIN = (  # crime, case, court case, verdict, sanction, order, stay; then cases joined, cases come again
    "case.pv_key",
    "court_case.case_key",
    "verdict.court_case_key",
    "sanction.court_case_key",
    "execution_order.sanction_key",
    "detention_spell.order_key",
    "prosecution_decision.lead_case_key",
    "case.reinflow_of_key",
)
COUNTS = ("rows", "given", "found", "lost")
ALL_YEARS = "all"
ENOUGH = 50  # rows of a year: of fewer, the share that is found says little
YEARS = (ALL_YEARS, *map(str, range(1900, 2100)))


def case_quality(lake: Lake) -> Result:
    """Return, for each link of the chain, rows, numbers given, found and lost; the share exists in a release.

    Returns a Result by chain_link (`court_case.case_key`) and link_years: all of them, and the year with
    the lowest share of rows found, where there are several of at least 50 rows. `n` is the persons behind
    each figure on its own, of the supplier and year that has most: no more than there are. Raises Refused
    for a snapshot of which this was not counted.
    """
    import pandas as pd

    if "case_quality" not in lake.tables or "persons_lost" not in lake.tables["case_quality"].columns:
        raise Refused("the links of cases were not counted", todo="link and freeze again")
    found: pd.DataFrame = lake.tables["case_quality"].to_pandas()
    found = found[found["seam"].isin(CHAIN)].assign(lost=lambda f: f["given"] - f["found"])
    if found.empty:
        raise Refused("the snapshot has no links of cases", todo="link suppliers that name each other's rows")
    by_year = _summed(found, ["seam", "year"])
    told = pd.concat([_summed(found, ["seam"]).assign(year=ALL_YEARS), _lowest(by_year)], ignore_index=True)
    by = ["chain_link", "link_years"]
    told = told.rename(columns={"seam": by[0], "year": by[1]} | {c: f"links_{c}" for c in COUNTS})
    counts = [f"links_{c}" for c in COUNTS]
    frame = stack(told, COUNTS, by=by, names=("links", "persons"))
    return make_result((*counts, "links_rate"), lake, by=tuple(by), frame=frame)


def _summed(found: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    sums = {name: (name, "sum") for name in COUNTS}
    persons = {f"persons_{name}": (f"persons_{name}", "max") for name in COUNTS}
    return found.groupby(by, as_index=False).agg(**sums, **persons)


def _lowest(by_year: pd.DataFrame) -> pd.DataFrame:
    """The year of each link with the lowest share; none where there is nothing to compare it with."""
    enough = by_year[by_year["rows"] >= ENOUGH]
    several = enough[enough.groupby("seam")["year"].transform("size") > 1]
    ranked = several.assign(share=several["found"] / several["rows"]).sort_values(["share", "year"])
    return ranked.drop(columns="share").groupby("seam", as_index=False).first()


def years_title(years: str, lang: str) -> str:
    """Return the name of all years, or of the lowest."""
    return t("quality_years_all", lang) if years == ALL_YEARS else t("quality_years_lowest", lang, year=years)
