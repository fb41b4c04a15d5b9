"""The comparison of persons on sealed keys: a model of Splink, trained before, kept as data beside this file.

`compare.json` holds its levels, blocking and probabilities; `compare.yaml` what weight joins, and why.
Nothing is fetched: the model comes from this package, the rows from the engine at hand.
"""

from __future__ import annotations

import json
import logging
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from das_analysis.errors import Refused
from das_analysis.lake.sql import quote
from das_analysis.linkage.components import Guard

if TYPE_CHECKING:
    import duckdb

DIGITS = 6  # of a weight: below it, an engine may differ from run to run


@cache
def read_guard() -> Guard:
    """Return what `compare.yaml` says of weights and clusters."""
    import yaml

    limits = yaml.safe_load(_text("compare.yaml"))
    return Guard(**{name: limits[name]["value"] for name in ("least", "margin", "most")})


@cache
def read_model() -> dict[str, Any]:
    """Return the trained model as Splink keeps it."""
    model: dict[str, Any] = json.loads(_text("compare.json"))
    return model


def _text(name: str) -> str:
    return resources.files("das_analysis.linkage").joinpath(name).read_text("utf-8")


def compare(
    con: duckdb.DuckDBPyConnection, table: str, *, model: dict[str, Any]
) -> list[tuple[float, str, str]]:
    """Return weight (bits) and both persons of each pair of records that could be one, the best of each pair.

    `table` has columns record, person, is_open and the keys that the model compares. Pairs without weight in
    favour are left out. Before anything is compared, one in as many as there are records is taken to be the
    same person: a weight means the same in a small population and a large one.

    Raises Refused when the engine cannot do it; its words may quote a row and are left out.
    """
    from splink.internals.exceptions import SplinkException

    try:
        return _predict(con, table, model=model)
    except SplinkException as error:
        reason = type(error.__cause__ or error).__name__
        raise Refused(
            f"persons could not be compared: {reason}", todo="give the engine more memory, or ask for help"
        ) from None


def _predict(
    con: duckdb.DuckDBPyConnection, table: str, *, model: dict[str, Any]
) -> list[tuple[float, str, str]]:
    from splink import DuckDBAPI, Linker

    api = DuckDBAPI(con)
    size = con.execute(f"SELECT count(*) FROM {quote(table)}").fetchall()[0][0]
    fitted = model | {"probability_two_random_records_match": 1 / (1 + size)}
    linker = Linker(api.register(table), fitted, log_level=logging.CRITICAL, validate_settings=False)
    found = linker.inference.predict(threshold_match_weight=0.0, warning_mode="never")
    rows = con.execute(
        f"""SELECT round(max(match_weight), {DIGITS}), least(person_l, person_r), greatest(person_l, person_r)
            FROM {found.physical_name} GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    api.delete_tables_created_by_splink_from_db()  # type: ignore[no-untyped-call]  # no types
    return rows
