"""Finds who is who and what belongs to what, on pseudonyms only."""

from das_analysis.linkage.kept import find_linked
from das_analysis.linkage.link import link
from das_analysis.linkage.quality import quality

__all__ = ["find_linked", "link", "quality"]
