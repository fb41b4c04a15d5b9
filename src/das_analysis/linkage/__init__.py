"""Finds who is who and what belongs to what, on pseudonyms only."""

from das_analysis.linkage.clerical import rates_of
from das_analysis.linkage.judged import read_judgments
from das_analysis.linkage.kept import find_linked
from das_analysis.linkage.link import link
from das_analysis.linkage.quality import METHODS, quality
from das_analysis.linkage.rectified import Cell
from das_analysis.linkage.rectify import Decision, lift_rectification, rectifications, rectify
from das_analysis.linkage.sample import draw_sample
from das_analysis.linkage.versions import measure_versions

__all__ = [
    "METHODS",
    "Cell",
    "Decision",
    "draw_sample",
    "find_linked",
    "lift_rectification",
    "link",
    "measure_versions",
    "quality",
    "rates_of",
    "read_judgments",
    "rectifications",
    "rectify",
]
