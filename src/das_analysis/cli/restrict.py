"""das restrict: what is known of a person stays, and is not used until that is lifted."""

from __future__ import annotations

from pathlib import Path

import click

from das_analysis.cli.erase import read_lines
from das_analysis.cli.options import PATH, lake_option
from das_analysis.cli.terminal import say


@click.command()
@lake_option
@click.option("--file", "file", type=PATH, help="Pseudonyms, one a line; - is standard input.")
@click.option(
    "--ground", default="", help="The legal ground, kept in the certificate: AVG 18, order of 2026-11-02."
)
@click.option(
    "--record", "of_record", is_flag=True, help="These are keys of records (case_key), not of persons."
)
@click.option("--lift", is_flag=True, help="Instead: lift the restriction on these pseudonyms.")
@click.option(
    "--apply", "again", is_flag=True, help="Instead: carry out what was ordered, after a stop or a backup."
)
def restrict(*, lake: Path, file: Path | None, ground: str, of_record: bool, lift: bool, again: bool) -> None:
    """Let nothing new use a person's data until that is lifted; the data stay, with a certificate.

    The pseudonym is read from a file, never from the command line, where others can see it.

    \b
    Example:  das restrict --file person.txt --ground "AVG 18, decision of 2 November 2026"
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.lake import lift_restriction, withhold
    from das_analysis.lake import restrict as leave_out

    if sum([bool(ground), lift, again]) != 1 or again == bool(file):
        raise click.UsageError("give --file with --ground or --lift, or --apply alone")
    if file is None:
        say(f"{withhold(lake):,} rows are not used")
        return
    if lift:
        lift_restriction(lake, read_lines(file))
        say("the restriction is lifted; das link takes the rows up again")
        return
    done = leave_out(lake, read_lines(file), ground=ground, of_record=of_record)
    say(f"{done.rows:,} rows are not used, {len(done.workspaces)} workspaces closed")
    say(f"certificate: restricted/{done.certificate}")
    for name in done.snapshots:
        say(f"snapshot {name}: population changed by restriction")
