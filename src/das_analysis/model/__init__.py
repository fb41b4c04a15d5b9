"""Explains the model to the rest of the house: frozen values, loaded from `compiled/`."""

from das_analysis.model.codes import Code, CodeList, Meaning, Text
from das_analysis.model.dossier import Dossier, Volume
from das_analysis.model.load import load_model
from das_analysis.model.schema import (
    Breakdown,
    Column,
    Event,
    Group,
    Indicator,
    Keep,
    Kind,
    Model,
    PackageColumn,
    Part,
    Rate,
    RowMap,
    Rule,
    SlotMap,
    Supplier,
    SupplierTable,
    Table,
)
from das_analysis.model.standing import Standing, closed_gates, standings

__all__ = [
    "Breakdown",
    "Code",
    "CodeList",
    "Column",
    "Dossier",
    "Event",
    "Group",
    "Indicator",
    "Keep",
    "Kind",
    "Meaning",
    "Model",
    "PackageColumn",
    "Part",
    "Rate",
    "RowMap",
    "Rule",
    "SlotMap",
    "Standing",
    "Supplier",
    "SupplierTable",
    "Table",
    "Text",
    "Volume",
    "closed_gates",
    "load_model",
    "standings",
]
