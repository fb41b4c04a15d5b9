"""Opens a supplier's file, whatever kind it is: by its name, to be read as text.

A file is wholly read or refused with a position; a value never gets into a message, nor into an exception
that hangs on one.
"""

from __future__ import annotations

import os
from pathlib import Path

from das_analysis.intake.archive import members
from das_analysis.intake.blocks import Stream, stream_of
from das_analysis.intake.delimited import csv_source
from das_analysis.intake.lines import lines_source
from das_analysis.intake.parquet import parquet_source
from das_analysis.intake.sheets import sheet_sources
from das_analysis.intake.shown import shown
from das_analysis.intake.source import Source, refuse
from das_analysis.model import Supplier
from das_analysis.model.formats import FILES, TEXT, endings


def open_sources(path: Path, card: Supplier) -> list[Source]:
    """Look at a file and read its headers: one, or one of each file in a zip and of each sheet.

    Raises BadDelivery when it is not of a kind that can be delivered.
    """
    name = path.name.lower()
    if not path.is_file() or not os.access(path, os.R_OK):
        refuse("there is no such file, or it cannot be read", shown(path.name), todo="check its name")
    if not name.endswith(FILES["csv"]):
        todo = f"deliver one of {endings('csv')}"
        refuse("not a kind of file that can be delivered", shown(path.name), todo=todo)
    if name.endswith(".parquet"):
        return [parquet_source(path)]
    if name.endswith(".xlsx"):
        return sheet_sources(path, card)
    if name.endswith(".zip"):
        return [_text_source(stream, name, card=card) for name, stream in members(path, TEXT)]
    return [_text_source(stream_of(path), name, card=card)]


def _text_source(stream: Stream, name: str, *, card: Supplier) -> Source:
    if name.removesuffix(".gz").endswith(".jsonl"):
        return lines_source(stream)
    return csv_source(stream, card.delimiter)
