"""das rectify: another value in one cell, by decision, until the supplier sends a newer row."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from das_analysis.cli.options import PATH, lake_option
from das_analysis.cli.terminal import say, show


@click.command()
@lake_option
@click.argument("supplier", required=False)
@click.argument("column", required=False)
@click.option(
    "--file",
    "file",
    type=PATH,
    help="The key of the row, and on the next line the value; - is standard input.",
)
@click.option("--basis", default="", help="The basis in law, kept with the order: Wjsg 22, AVG 16.")
@click.option(
    "--reason", default="", help="The decision and why, without a name or a value: decision of 2026-11-02."
)
@click.option("--lift", is_flag=True, help="Instead: let the supplier's own value count again.")
@click.option("--list", "listed", is_flag=True, help="Instead: show every order and what became of it.")
def rectify(
    *,
    lake: Path,
    supplier: str | None,
    column: str | None,
    file: Path | None,
    lift: bool,
    listed: bool,
    **why: str,
) -> None:
    """Rectify a column (table.column) of one row; the next das link uses the value.

    Row and value are read from a file, never from the command line, where others can see them. A second line
    that is there and is empty makes the cell unknown.

    \b
    Example:  das rectify om case.registered_on --file - --basis "AVG 16" --reason "decision 2026-31"
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.linkage import Cell, Decision, lift_rectification, rectifications
    from das_analysis.linkage import rectify as put_right

    if listed:
        show(rectifications(lake), "rectifications")
        return
    if not (supplier and column and "." in column and file):
        raise click.UsageError("give the supplier, table.column and --file, or --list")
    key, value = _read(file, may_lack_value=lift)
    table, _, name = column.partition(".")
    cell = Cell(supplier=supplier, table=table, column=name, record_key=key)
    if lift:
        lift_rectification(lake, cell)
        say("the rectification is lifted; das link takes the supplier's value up again")
        return
    made = put_right(lake, cell, value=value, decision=Decision(**why))
    say(f"certificate: rectified/{made}; das link puts the value in its place")


def _read(file: Path, *, may_lack_value: bool) -> tuple[str, str]:
    """Return the key and the value: a second line that is empty is one, a line that was forgotten is none."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"the file cannot be read: {type(error).__name__}") from None
    key, *values = (line.strip() for line in text.removesuffix("\n").split("\n"))
    if not key or len(values) > 1 or not (values or may_lack_value):
        said = "the file must have two lines: the key of the row, and the value (empty: unknown)"
        raise click.UsageError(f"{said}; it has {1 + len(values) if text else 0}")
    return key, "".join(values)
