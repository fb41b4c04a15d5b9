"""das retention: which records have lapsed by law, and, when asked, their erasure."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from das_analysis.cli.options import lake_option
from das_analysis.cli.terminal import say, show


@click.command()
@lake_option
@click.option(
    "--on", type=click.DateTime(["%Y-%m-%d"]), default=None, help="The day to count on; default today."
)
@click.option(
    "--dry-run/--erase", "dry", default=True, help="Count only (the default), or erase what has lapsed."
)
@click.option(
    "--confirmed-by", default="", help="Who confirmed the rules that are not confirmed yet; certified."
)
@click.option("--lang", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
def retention(*, lake: Path, on: datetime | None, dry: bool, confirmed_by: str, lang: str) -> None:
    """Count by rule, table and supplier which records have lapsed by law; --erase takes them out.

    \b
    Example:  das retention --dry-run --on 2046-01-01
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.errors import Refused
    from das_analysis.lake import erase
    from das_analysis.query import dry_run, lapsed
    from das_analysis.words import t

    day = (on or datetime.now(UTC)).date()
    found = dry_run(lake, on=day)
    show(found, t("retention_title", lang, on=day))
    unsure = sorted(found.loc[~found["confirmed"].astype(bool), "rule"].unique())
    if unsure:
        say(t("retention_unconfirmed", lang, rules=", ".join(unsure)))
    if dry:
        return
    if unsure and not confirmed_by:
        raise Refused(
            "rules that nobody confirmed erase nothing", todo="let a lawyer look, then --confirmed-by"
        )
    records = lapsed(lake, on=day)
    if records:
        ground = f"retention on {day}: {', '.join(sorted(set(found.loc[found['lapsed'] > 0, 'rule'])))}"
        ground += f"; confirmed by {confirmed_by}" if confirmed_by else ""
        done = erase(lake, records, ground=ground, kind="lapse")
        say(t("retention_erased", lang, records=len(records), certificate=done.certificate))
