"""What linkage counted of itself, as the frame of a result: each figure with the persons behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def stack(
    found: pd.DataFrame, figures: Sequence[str], *, by: Sequence[str], names: tuple[str, str]
) -> pd.DataFrame:
    """Return one row a figure: `by`, indicator, statistic, value and n, out of a column of each.

    `names` are how columns begin: ("pairs", "persons") for pairs_linked and persons_linked. `n` is the
    persons, no more than the value; of whom it is not known who they are, nobody.
    """
    import pandas as pd

    value, persons = names
    frames = [
        found[list(by)].assign(
            indicator=f"{value}_{figure}",
            statistic="",
            value=found[f"{value}_{figure}"].astype(float),
            n=found[f"{persons}_{figure}"].fillna(0).astype(int),
        )
        for figure in figures
    ]
    frame = pd.concat(frames)
    frame["n"] = frame[["n", "value"]].min(axis=1).astype(int)
    return frame.sort_values(["indicator", *by], ignore_index=True)
