"""SPARQL on a snapshot: compiled to its tables, or answered by an embedded store (decision 0007)."""

from das_analysis.semantic.sparql.answer import explain, sparql

__all__ = ["explain", "sparql"]
