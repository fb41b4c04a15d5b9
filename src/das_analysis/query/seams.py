"""The rate of linkage at each seam of the chain, out of what linkage counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from das_analysis.errors import Refused
from das_analysis.flow import Result
from das_analysis.model import load_model
from das_analysis.query.measuring import make_result

if TYPE_CHECKING:
    from das_analysis.lake import Lake

COUNTS = ("linkage_total", "linkage_linked")


def linkage(lake: Lake) -> Result:
    """Return the references given and those linked, at each seam; the rate exists only in a release.

    Returns a Result by seam (`case.pv_key`) with linkage_total and linkage_linked. Raises Refused for a lake
    that was linked without counting.
    """
    if "link_quality" not in lake.tables:
        raise Refused("the snapshot has no table of linkage", todo="link and freeze again")
    rows = lake.tables["link_quality"]
    sums = {"linkage_total": rows.total.sum(), "linkage_linked": rows.linked.sum()}
    found = rows.group_by("seam").aggregate(**sums).to_pandas()
    frame = found.melt(id_vars=["seam"], value_vars=list(COUNTS), var_name="indicator", value_name="value")
    frame = frame.sort_values(["indicator", "seam"], ascending=[False, True], ignore_index=True)
    frame["statistic"], frame["value"] = "", frame["value"].astype(float)
    frame["n"] = frame["value"].astype(int)
    return make_result((*COUNTS, "linkage_rate"), lake, by=("seam",), frame=frame)


def seam_title(seam: str, lang: str) -> str:
    """Return the name of a seam: the table that refers, and what it refers to."""
    child, _, column = seam.partition(".")
    table = load_model().tables.get(child)
    if table is None or column not in table.columns:
        return seam
    return f"{table.title[lang]} → {table.columns[column].title[lang]}"
