"""Commands that only look: das status, das findings, das return."""

from __future__ import annotations

from pathlib import Path

import click

from das_analysis.cli.options import PATH, lake_option
from das_analysis.cli.terminal import say, show


@click.command()
@lake_option
def status(*, lake: Path) -> None:
    """Suppliers x periods x how far each has come, and the snapshots.

    \b
    Example:  das status
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.lake import frozen
    from das_analysis.lake import status as read_status

    found = read_status(lake)
    if found.empty:
        say(f"nothing was received yet in {lake}; start with das deliver, or with das demo")
        return
    show(found, "deliveries")
    show(frozen(lake), "snapshots")


@click.command()
@lake_option
@click.argument("supplier")
@click.argument("period", required=False)
@click.option("--lang", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
@click.option(
    "--to", "target", type=PATH, help="Write the return file for the supplier: row, rule, what to do."
)
def findings(*, lake: Path, supplier: str, period: str | None, lang: str, target: Path | None) -> None:
    """What was found in deliveries, and which rows are held back; never a value.

    \b
    Example:  das findings om 2025 --to return-om-2025.csv
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.intake import findings as read_findings
    from das_analysis.intake import write_return_file

    found = read_findings(lake, supplier=supplier, period=period, lang=lang)
    if target:
        write_return_file(found, target)
        say(f"{len(found):,} findings written to {target}")
        return
    counted = found.groupby(["rule_id", "severity", "source_table"]).size().reset_index(name="rows")
    counted = counted.sort_values("rows", ascending=False)
    show(counted[["rule_id", "rows", "severity", "source_table"]], f"findings of {supplier} {period or ''}")
    say("hard: the row is held back; soft: reported only. --to FILE lists each row and what to do")


@click.command("return")
@lake_option
@click.argument("supplier")
@click.argument("period")
@click.option("--to", "target", type=PATH, help="The file to write; else return-SUPPLIER-PERIOD.csv here.")
def return_(*, lake: Path, supplier: str, period: str, target: Path | None) -> None:
    """Write the file that goes back to a supplier: held-back rows by number, rule and what to mend, in Dutch.

    A newer delivery of the same period closes it.

    \b
    Example:  das return dji 2025
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.intake import returned, write_return_file

    found = returned(lake, supplier, period=period)
    if found.empty:
        say(f"nothing of {supplier} {period} is held back: there is nothing to return")
        return
    path = target or Path(f"return-{supplier}-{period}.csv")
    write_return_file(found, path)
    rows = len(found[["bestand", "rij"]].drop_duplicates())
    say(f"{len(found):,} faults in {rows:,} rows written to {path}; a newer delivery of {period} closes it")
