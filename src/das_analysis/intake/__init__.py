"""Delivers (at the supplier), receives, validates, holds back. Never drops a row, never keeps an identity."""

from das_analysis.intake.deliver import deliver
from das_analysis.intake.held import findings, write_return_file
from das_analysis.intake.receive import find_deliveries, receive
from das_analysis.intake.returned import returned
from das_analysis.intake.validate import find_validated, validate
from das_analysis.intake.waiting import find_waiting

__all__ = [
    "deliver",
    "find_deliveries",
    "find_validated",
    "find_waiting",
    "findings",
    "receive",
    "returned",
    "validate",
    "write_return_file",
]
