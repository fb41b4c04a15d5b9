"""Answers questions over a frozen snapshot: indicators by period, the flow through the chain, linkage."""

from das_analysis.query.attrition import attrition, flows, stage_title, stages
from das_analysis.query.breakdown import TOTAL, domain
from das_analysis.query.case_quality import CHAIN, YEARS, case_quality, years_title
from das_analysis.query.comparing import Diff, diff
from das_analysis.query.compile import STATISTICS, compile_indicator, person_path
from das_analysis.query.measuring import measure
from das_analysis.query.own import OWN, Own
from das_analysis.query.periods import Period, Periods, days, months, period, quarters, years
from das_analysis.query.person_quality import (
    METHODS,
    WHOLE,
    group_title,
    linked_groups,
    method_title,
    person_quality,
)
from das_analysis.query.retention import dry_run, lapsed
from das_analysis.query.seams import linkage, seam_title

__all__ = [
    "CHAIN",
    "METHODS",
    "OWN",
    "STATISTICS",
    "TOTAL",
    "WHOLE",
    "YEARS",
    "Diff",
    "Own",
    "Period",
    "Periods",
    "attrition",
    "case_quality",
    "compile_indicator",
    "days",
    "diff",
    "domain",
    "dry_run",
    "flows",
    "group_title",
    "lapsed",
    "linkage",
    "linked_groups",
    "measure",
    "method_title",
    "months",
    "period",
    "person_path",
    "person_quality",
    "quarters",
    "seam_title",
    "stage_title",
    "stages",
    "years",
    "years_title",
]
