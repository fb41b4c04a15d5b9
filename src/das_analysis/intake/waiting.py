"""What has not been validated yet, by the model of today: so that a new month costs a month."""

from __future__ import annotations

from pathlib import Path

from das_analysis.flow import Delivery
from das_analysis.intake.receive import find_deliveries
from das_analysis.lake import connect, enter, files
from das_analysis.lake.sql import scan
from das_analysis.model import Model, load_model


def edition(model: Model) -> str:
    """Return what a validation notes of the model that it went by: two models that differ differ in this."""
    return f"{model.version}+{model.digest[:12]}"


def find_waiting(lake: Path, *, supplier: str | None = None, period: str | None = None) -> list[Delivery]:
    """Return what was received and is not validated by this model; of one supplier or period if asked."""
    paths = files(enter(lake, "intake"), "validated", table="delivery")
    done: set[str] = set()
    if paths:
        with connect(enter(lake, "intake")) as con:
            query = f"SELECT delivery_id FROM {scan(paths)} WHERE model_version = ?"
            done = {i for (i,) in con.execute(query, [edition(load_model())]).fetchall()}
    return [d for d in find_deliveries(lake, supplier, period=period) if d.delivery_id not in done]
