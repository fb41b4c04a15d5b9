"""DAS: data on the criminal-justice chain, from a partner's file to a published monitor.

    import das_analysis as das

    lake = das.open_lake("synthetic")                                   # read-only, pinned, logged
    lead = das.measure("om_lead_time", lake, by=["office"], over=das.years(2021, 2025))
    lead.release(title="...")                                           # the checks run here

The names below are loaded when they are used: importing this package is quick.
"""

import importlib as _importlib
import typing as _typing

if _typing.TYPE_CHECKING:
    from das_analysis.disclosure import attrition, linkage_rates, measure
    from das_analysis.errors import DasError, DisclosureRefused, Refused, TryAgain
    from das_analysis.lake import open_lake, open_workspace
    from das_analysis.query import days, months, period, quarters, years
    from das_analysis.semantic.sparql import sparql
    from das_analysis.words import t

_ROOM_OF = {
    "DasError": "errors",
    "DisclosureRefused": "errors",
    "Refused": "errors",
    "TryAgain": "errors",
    "attrition": "disclosure",
    "days": "query",
    "linkage_rates": "disclosure",
    "measure": "disclosure",
    "months": "query",
    "open_lake": "lake",
    "open_workspace": "lake",
    "period": "query",
    "quarters": "query",
    "sparql": "semantic.sparql",
    "t": "words",
    "years": "query",
}
__all__ = [
    "DasError",
    "DisclosureRefused",
    "Refused",
    "TryAgain",
    "attrition",
    "days",
    "linkage_rates",
    "measure",
    "months",
    "open_lake",
    "open_workspace",
    "period",
    "quarters",
    "sparql",
    "t",
    "years",
]


def __getattr__(name: str) -> object:
    if name not in _ROOM_OF:
        raise AttributeError(f"module 'das_analysis' has no attribute {name!r}")
    return getattr(_importlib.import_module(f"das_analysis.{_ROOM_OF[name]}"), name)


def __dir__() -> list[str]:
    return __all__
