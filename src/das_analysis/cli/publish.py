"""das run: a monitor, executed and published."""

from __future__ import annotations

from typing import Any

import click

from das_analysis.cli.options import PATH, lake_option
from das_analysis.cli.terminal import progress, say


@click.command()
@lake_option
@click.argument("monitor")
@click.option("--period", required=True, help="2025, 2025-Q3, 2025-09.")
@click.option("--lang", "lang", default="nl,en", show_default=True, help="nl, en or both, apart by a comma.")
@click.option("--snapshot", default="latest", show_default=True)
@click.option("--reports", type=PATH, default="reports", show_default=True)
@click.option("--notebooks", type=PATH, default="notebooks", show_default=True)
@click.option(
    "-p", "extra", type=(str, str), multiple=True, help="A further parameter of the monitor: -p NAME VALUE."
)
def run(monitor: str, *, extra: tuple[tuple[str, str], ...], lang: str, **given: Any) -> None:
    """Execute a monitor by papermill and publish its released figures.

    \b
    Example:  das run chain --period 2025 --lang nl,en
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.report import run_monitor

    with progress() as tell:
        report = run_monitor(
            monitor, lang=tuple(lang.split(",")), parameters=dict(extra), progress=tell, **given
        )
    for path in report.files:
        say(str(path))
