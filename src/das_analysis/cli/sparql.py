"""das sparql: a question in SPARQL about a snapshot."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from das_analysis.cli.options import PATH, lake_option
from das_analysis.cli.terminal import say, show

if TYPE_CHECKING:
    import pandas as pd


@click.command()
@lake_option
@click.argument("query", required=False)
@click.option("--file", "file", type=PATH, help="Read the query from a file; - is standard input.")
@click.option("--snapshot", default="latest", show_default=True)
@click.option(
    "--format", "layout", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
@click.option(
    "--explain", is_flag=True, help="Print the SQL it is compiled to, or why it is not; ask nothing."
)
def sparql(
    *, lake: Path, query: str | None, file: Path | None, snapshot: str, layout: str, explain: bool
) -> None:
    """Ask a snapshot in SPARQL. The answer is data of the house: it may not leave as it is.

    \b
    Example:  das sparql "SELECT ?office (COUNT(*) AS ?n) { ?c a das:Case ; das:office_code ?office } GROUP BY ?office"
    """  # noqa: D301, E501 - click's \b keeps the lines as they are
    from das_analysis.lake import open_lake
    from das_analysis.semantic.sparql import explain as explain_query
    from das_analysis.semantic.sparql import sparql as ask

    text = _text(query, file)
    opened = open_lake(snapshot, lake=lake)
    if explain:
        say(explain_query(opened, text))
        return
    answer = ask(opened, text)
    _print(answer, layout)
    why = f": {answer.attrs['why']} is not compiled" if answer.attrs["why"] else ""
    click.echo(f"{len(answer):,} rows, by way of the {answer.attrs['way']}{why}", err=layout != "table")


def _text(query: str | None, file: Path | None) -> str:
    if (query is None) == (file is None):
        raise click.UsageError("give a query, or --file with one")
    if file is None:
        return query or ""
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"the file cannot be read: {type(error).__name__}") from None


def _print(answer: pd.DataFrame, layout: str) -> None:
    if layout == "csv":
        click.echo(answer.to_csv(index=False), nl=False)
    elif layout == "json":
        click.echo(answer.to_json(orient="records", date_format="iso", force_ascii=False))
    else:
        show(answer.astype("object").where(answer.notna(), ""), "")
