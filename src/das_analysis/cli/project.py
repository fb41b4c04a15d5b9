"""das project: what one project may work with, and until when."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from das_analysis.cli.options import keys_option, lake_option
from das_analysis.cli.terminal import say


@click.group()
def project() -> None:
    """Workspaces of projects: only the columns one needs, under pseudonyms of its own, until its last day."""


@project.command("open")
@lake_option
@keys_option
@click.argument("name")
@click.option("--purpose", required=True, help="statistiek, monitor, wetenschappelijk_onderzoek, ...")
@click.option(
    "--tables", multiple=True, required=True, help="A table and its columns: cases:case_key,office_code."
)
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The project's last day.")
@click.option("--snapshot", default="latest", show_default=True)
def open_(*, lake: Path, keys: Path, name: str, tables: tuple[str, ...], snapshot: str, **asked: Any) -> None:
    """Give a project the columns it needs, keys under its own pseudonyms: no two projects can be joined by them.

    \b
    Example:  das project open lead-times --purpose monitor --until 2027-12-31 --tables cases:case_key,registered_on
    """  # noqa: D301, E501 - click's \b keeps the lines as they are
    from das_analysis.vault import Wanted, open_project

    pairs = [text.partition(":")[::2] for text in tables]
    columns = {table: tuple(filter(None, names.split(","))) for table, names in pairs}
    wanted = Wanted(project=name, purpose=asked["purpose"], until=asked["until"].date(), columns=columns)
    made = open_project(lake, wanted, keys=keys, snapshot=snapshot)
    given = ", ".join(f"{table} {rows:,}" for table, rows in made.rows.items())
    say(f"project {name}, snapshot {made.snapshot}, until {made.until}: rows of {given}")


@project.command("close")
@lake_option
@keys_option
@click.argument("name")
def close(*, lake: Path, keys: Path, name: str) -> None:
    """Take a project's workspace away and destroy its key: its pseudonyms can never be made again.

    \b
    Example:  das project close lead-times
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.vault import close_project

    close_project(lake, name, keys=keys)
    say(f"project {name} is closed, its key destroyed")
