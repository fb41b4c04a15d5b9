"""das erase: a person out of the lake, or a hold that forbids it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from das_analysis.cli.options import PATH, lake_option
from das_analysis.cli.terminal import say


@click.command()
@lake_option
@click.option("--file", "file", type=PATH, required=True, help="Pseudonyms, one a line; - is standard input.")
@click.option(
    "--ground", default="", help="The legal ground, kept in the certificate: Wjsg 22, order of 2026-11-02."
)
@click.option("--hold", default="", help="Instead: forbid the erasure of these pseudonyms, for this reason.")
@click.option("--lift", is_flag=True, help="Instead: lift the hold on these pseudonyms.")
def erase(*, lake: Path, file: Path, ground: str, hold: str, lift: bool) -> None:
    """Take a person out of every file of the lake, of every version; leave a tombstone and a certificate.

    The pseudonym is read from a file, never from the command line, where others can see it.

    \b
    Example:  das erase --file person.txt --ground "Wjsg 22, decision of 2 November 2026"
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.lake import erase as take_out
    from das_analysis.lake import keep_hold

    if sum([bool(ground), bool(hold), lift]) != 1:
        raise click.UsageError("give one of --ground, --hold and --lift")
    pseudonyms = read_lines(file)
    if hold or lift:
        keep_hold(lake, pseudonyms, reason=hold)
        say("the hold is kept" if hold else "the hold is lifted")
        return
    done = take_out(lake, pseudonyms, ground=ground)
    say(f"{done.rows:,} rows out of {done.files:,} files, {done.cells:,} cells blanked")
    say(f"certificate: erased/{done.certificate}")
    for name in done.snapshots:
        say(f"snapshot {name}: population changed by erasure")


def read_lines(file: Path) -> list[str]:
    """Return the words of a file, or of standard input: what must not stand on a command line."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"the file cannot be read: {type(error).__name__}") from None
    return text.split()
