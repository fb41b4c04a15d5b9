"""Compiles model/ to compiled/. The only place that imports linkml.

`build(source, target)` reads the LinkML schema, the rules, the cards of suppliers and the indicators,
checks that they agree, and writes JSON that `load_model` turns into frozen values. The same source gives
the same bytes.
"""

from das_analysis.model.build.compile import HERE, SOURCE, build, compile_model
from das_analysis.model.build.unfinished import missing_in_card

__all__ = ["HERE", "SOURCE", "build", "compile_model", "missing_in_card"]
