"""das linkage: how good the links are, judged by people who can look it up."""

from __future__ import annotations

from pathlib import Path

import click

from das_analysis.cli.options import PATH, lake_option
from das_analysis.cli.terminal import progress, say, show


@click.group()
def linkage() -> None:
    """Pairs of rows that were compared: drawn for a person to judge, and read back."""


@linkage.command()
@lake_option
@click.argument("size", type=click.IntRange(1, 10_000))
@click.option("--out", type=PATH, required=True, help="The folder for the sheets: judge-SUPPLIER.csv.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed draws the same pairs.")
def sample(*, lake: Path, size: int, out: Path, seed: int) -> None:
    """Draw pairs from every band of weights: row numbers and what agrees, never who it is.

    The supplier looks both rows up in its own delivery and writes yes, no or unknown behind each pair.

    \b
    Example:  das linkage sample 200 --out sheets
    """  # noqa: D301 - click's \b keeps the lines as they are
    import pandas as pd

    from das_analysis.linkage import draw_sample
    from das_analysis.vault import find_pseudonymised

    with progress() as tell:
        bands = draw_sample(find_pseudonymised(lake), size, to=out, seed=seed, progress=tell)
    show(
        pd.DataFrame(bands, columns=["from_bits", "pairs", "drawn"]),
        "pairs of one supplier, by band of weights",
    )
    say(f"{sum(band.drawn for band in bands):,} pairs in {out}; read one back with das linkage judged FILE")


@linkage.command()
@lake_option
@click.argument("sheet", type=PATH)
def judged(*, lake: Path, sheet: Path) -> None:
    """Read a judged sheet back; the next das link tells the quality by it, with an interval of 95 %.

    \b
    Example:  das linkage judged sheets/judge-om.csv
    """  # noqa: D301 - click's \b keeps the lines as they are
    import pandas as pd

    from das_analysis.linkage import rates_of, read_judgments

    answers = read_judgments(lake, sheet)
    rates = rates_of(answers)
    rows = [
        {"band": band, **counts}
        | {
            f"{name}": f"{getattr(rates[band], name):.3f}" if band in rates else ""
            for name in ("value", "low", "high")
        }
        for band, counts in answers.items()
    ]
    show(
        pd.DataFrame(rows).rename(columns={"value": "rate"}),
        "pairs judged, and the share that is one person (95 %)",
    )
    say("run das link: the quality of the links is then told by these judgments")
