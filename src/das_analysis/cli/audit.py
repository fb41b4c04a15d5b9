"""das audit: the access log, followed line by line."""

from __future__ import annotations

from pathlib import Path

import click

from das_analysis.cli.options import lake_option
from das_analysis.cli.terminal import say
from das_analysis.errors import Refused


@click.group()
def audit() -> None:
    """The log of who did what with which snapshot: is it whole?"""


@audit.command()
@lake_option
@click.option(
    "--expect", default="", help="A head written down before: LINE:HASH, as this command printed it."
)
def verify(*, lake: Path, expect: str) -> None:
    """Find any line of the access log that was edited, deleted or moved, and a tail that was cut.

    Who can write both the log and its head can rewrite both: write the printed head down elsewhere, and give
    it with --expect the next time.

    \b
    Example:  das audit verify --expect 120:5f0c...
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.lake import Head, head_at, verify_log

    number, _, digest = expect.partition(":")
    if expect and not (number.isdigit() and digest):
        raise click.BadParameter("write LINE:HASH")
    found = verify_log(lake)
    if expect and head_at(lake, int(number)) != Head(int(number), digest):
        raise Refused("the log was rewritten", where=f"line {number} or before", todo="restore it")
    again = f"; its head was missing and began anew {found.anew} times" if found.anew else ""
    say(f"{found.head.line:,} lines, the chain holds{again}; head {found.head.line}:{found.head.digest}")
