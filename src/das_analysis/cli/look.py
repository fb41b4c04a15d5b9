"""Commands that only look: das status, das findings, das check, das return."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from das_analysis.cli.options import PATH, lake_option
from das_analysis.cli.terminal import progress, say, show
from das_analysis.errors import Refused

if TYPE_CHECKING:
    import pandas as pd


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
    show_status(found, "deliveries")
    show(frozen(lake), "snapshots")


def show_status(found: pd.DataFrame, title: str) -> None:
    """Print how far deliveries have come, and below it which supplier skipped which periods."""
    show(found.drop(columns="gaps"), title)
    for supplier, gaps in zip(found["supplier"], found["gaps"], strict=True):
        if gaps:
            say(f"{supplier} skipped {gaps}: figures of those periods say so")


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


@click.command()
@lake_option
@click.argument("snapshot", default="latest")
@click.option(
    "--files", "folder", type=PATH, help="Parquet files instead: DIR/cases.parquet, DIR/cases/*.parquet."
)
@click.option("--lang", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
def check(*, lake: Path, snapshot: str, folder: Path | None, lang: str) -> None:
    """Check a snapshot, or Parquet files, against every rule of the model; leaves with 1 when one is broken.

    A snapshot is not asked for rows that were held back nor for links that were cut.

    \b
    Example:  das check 2026-09
              das check --files parquet --lang en
    """  # noqa: D301 - click's \b keeps the lines as they are
    import pandas as pd

    from das_analysis.model import load_model
    from das_analysis.rules import check_folder, check_snapshot
    from das_analysis.words import t

    model = load_model()
    with progress() as tell:
        if folder:
            found = check_folder(folder, model, progress=tell)
        else:
            found = check_snapshot(snapshot, model, lake=lake, progress=tell)
    if not found:
        say(t("check_sound", lang, rules=len(model.rules)))
        return
    rules = [(model.rules[name], rows) for name, rows in found.items()]
    rows = [(rule.id, n, t(f"check_{rule.severity}", lang), rule.message[lang]) for rule, n in rules]
    columns = ["check_rule", "check_rows", "check_severity", "check_message"]
    show(pd.DataFrame(rows, columns=[t(name, lang) for name in columns]), str(folder or snapshot))
    hard = sum(rule.severity == "hard" for rule, _ in rules)
    what = t("check_broken", lang, broken=len(found), hard=hard, rows=sum(found.values()))
    raise Refused(what, todo=t("check_todo", lang))


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
