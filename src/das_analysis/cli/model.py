"""das model: build it, check it, show it."""

from __future__ import annotations

from pathlib import Path

import click

from das_analysis.cli.options import PATH
from das_analysis.cli.terminal import say, show
from das_analysis.errors import Refused


@click.group()
def model() -> None:
    """The model of the chain: one readable source, compiled to data."""


@model.command()
@click.option("--source", type=PATH, default="model", show_default=True)
def build(*, source: Path) -> None:
    """Compile model/ after a change in it.

    \b
    Example:  das model build
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.model.build import HERE, build

    build(source, HERE)
    say(f"compiled to {HERE.name}/")


@model.command()
@click.option("--source", type=PATH, default="model", show_default=True)
def check(*, source: Path) -> None:
    """Say whether model/ is sound and compiled/ is made of it.

    \b
    Example:  das model check
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.model import load_model
    from das_analysis.model.build import compile_model

    found = compile_model(source)["model"]["digest"]
    if found != load_model().digest:
        raise Refused("compiled/ was not made of this model/", todo="run das model build")
    say(f"sound and fresh: {found[:12]}")


@model.command("show")
@click.argument("name", required=False)
@click.option("--lang", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
def show_(*, name: str | None, lang: str) -> None:
    """The tables of the model; or one table, code list, supplier or indicator.

    \b
    Example:  das model show case --lang en
    """  # noqa: D301 - click's \b keeps the lines as they are
    import pandas as pd

    from das_analysis.cli.pages import page

    title, rows, columns = page(name, lang)
    show(pd.DataFrame(rows, columns=columns), title)


@model.command("downloads")
@click.option("--to", "target", type=PATH, required=True, help="folder to write into; made when needed")
def downloads_(*, target: Path) -> None:
    """Write what partners can take along: schemas, and each supplier's contract and templates.

    \b
    Example:  das model downloads --to downloads
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.model import load_model
    from das_analysis.semantic.downloads import downloads

    files = downloads(load_model())
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    say(f"{len(files)} files in {target}/")
