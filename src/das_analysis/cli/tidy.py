"""das tidy: what dead steps left in the lake, listed, and taken away when asked."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from das_analysis.cli.options import lake_option
from das_analysis.cli.terminal import say, show


@click.command()
@lake_option
@click.option(
    "--days", type=int, default=30, show_default=True, help="Only what is at least so many days old."
)
@click.option("--dry-run/--remove", "dry", default=True, help="List only (the default), or take it away.")
def tidy(*, lake: Path, days: int, dry: bool) -> None:
    """List what no snapshot and no newest version of a table needs; --remove takes it away.

    \b
    Example:  das tidy --days 30 --remove
    """  # noqa: D301 - click's \b keeps the lines as they are
    import pandas as pd

    from das_analysis.lake import leftovers
    from das_analysis.lake import tidy as take_away

    found = leftovers(lake, days=days) if dry else take_away(lake, days=days)
    count, size = Counter[str](), Counter[str]()
    for one in found:
        folder = str(Path(one.path).parent)
        count[folder] += 1
        size[folder] += one.size
    if found:
        rows = [(folder, count[folder], size[folder]) for folder in sorted(count)]
        show(pd.DataFrame(rows, columns=["folder", "files", "bytes"]), f"left over for {days} days or more")
    say(f"{len(found):,} {'can be taken away: das tidy --remove' if dry else 'taken away'}")
