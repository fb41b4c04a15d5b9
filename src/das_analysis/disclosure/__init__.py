"""Decides what may leave: checks a result, rounds it, and enters it in the ledger of releases."""

from das_analysis.disclosure.ledger import digest_of, find_releases, in_ledger, read_ledger
from das_analysis.disclosure.measured import Measured, attrition, linkage_rates, measure, release
from das_analysis.disclosure.policy import Policy, load_policy
from das_analysis.disclosure.shown import STAMP, Shown, to_html, to_text

__all__ = [
    "STAMP",
    "Measured",
    "Policy",
    "Shown",
    "attrition",
    "digest_of",
    "find_releases",
    "in_ledger",
    "linkage_rates",
    "load_policy",
    "measure",
    "read_ledger",
    "release",
    "to_html",
    "to_text",
]
