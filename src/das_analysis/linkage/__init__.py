"""Finds who is who and what belongs to what, on pseudonyms only."""

from das_analysis.linkage.kept import find_linked
from das_analysis.linkage.link import link
from das_analysis.linkage.quality import quality
from das_analysis.linkage.rectified import Cell
from das_analysis.linkage.rectify import Decision, lift_rectification, rectifications, rectify

__all__ = [
    "Cell",
    "Decision",
    "find_linked",
    "lift_rectification",
    "link",
    "quality",
    "rectifications",
    "rectify",
]
