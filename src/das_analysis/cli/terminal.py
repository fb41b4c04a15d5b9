"""What a person sees while a command runs: progress, tables, refusals. Never a value out of a row."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from das_analysis.errors import DasError

if TYPE_CHECKING:
    import pandas as pd

screen = Console(highlight=False)
Tell = Callable[[str, int, int], None]


def say(text: str) -> None:
    """Print a line."""
    screen.print(text, soft_wrap=True, markup=False)


@contextmanager
def progress() -> Iterator[Tell]:
    """Yield a function tell(text, done, total) that moves a bar on a terminal, and prints lines elsewhere."""
    if not screen.is_terminal:
        yield _tell_lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(bar_width=24), TimeElapsedColumn())
    with Progress(*columns, console=screen, transient=True) as bars:
        task = bars.add_task("", total=None)

        def tell(text: str, done: int, total: int) -> None:
            bars.update(task, description=text, completed=done, total=total)

        yield tell


def _tell_lines() -> Tell:
    said: set[str] = set()

    def tell(text: str, _done: int, _total: int) -> None:
        step = text.partition(":")[0]
        if step not in said:
            said.add(step)
            say(f"  {step}")

    return tell


def show(frame: pd.DataFrame, title: str) -> None:
    """Print a data frame of counts or texts as a table."""
    table = Table(
        title=title, title_justify="left", title_style="bold", box=SIMPLE_HEAD, collapse_padding=True
    )
    for i, column in enumerate(frame.columns):
        number = frame[column].dtype.kind in "iuf"
        side: Literal["left", "right"] = "right" if number else "left"
        table.add_column(str(column).replace("_", " "), justify=side, no_wrap=i == 0, overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*(f"{cell:,}" if isinstance(cell, int) else str(cell) for cell in row))
    screen.print(table)


def run(command: click.Command) -> None:
    """Run a command and leave with its exit code: the one place where a refusal becomes one."""
    try:
        command.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        screen.print("stopped; what was committed stays, the same command goes on from there", markup=False)
        sys.exit(3)
    except DasError as error:
        screen.print(f"{type(error).__name__}: {error}", markup=False, soft_wrap=True)
        sys.exit(error.exit_code)
