"""At the supplier: das keys signer, das deliver and, in the kit, check."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.box import SIMPLE_HEAD
from rich.table import Table

from das_analysis.cli.options import PATH, keys_option
from das_analysis.cli.terminal import progress, say, screen
from das_analysis.model.formats import endings

if TYPE_CHECKING:
    from das_analysis.intake.beforehand import Look

_SHOWN = 20  # rules, hard ones and those of most rows first
FILES = (
    f"Files: {endings('csv')}; of a supplier of XML {endings('xml')}. The header tells which table a file is."
)
LANG = click.option("--lang", type=click.Choice(["nl", "en"]), default="nl", show_default=True)


def _what(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what check and deliver both ask: whose files they are, and of when."""
    for option in (
        LANG,
        click.option("--findings", type=PATH, help="Where findings are listed; else findings-*.csv here."),
        click.option("--sequence", type=int, default=1, show_default=True, help="2 for a correction of 1."),
        click.option(
            "--period", required=True, help="2026, 2026-Q3, 2026-09 or 2026-09-30, as the card says."
        ),
        click.argument("files", type=PATH, nargs=-1, required=True),
        click.argument("supplier"),
        keys_option,
    ):
        command = option(command)
    return command


@click.command(epilog=FILES)
@_what
@click.option("--to", "target", type=PATH, default="packages", show_default=True)
@click.option("--with-findings", is_flag=True, help="Also with rows that the host will hold back.")
def deliver(*, supplier: str, files: tuple[Path, ...], target: Path, **asked: Any) -> None:
    """At the supplier: check the files whole, swap identities for pre-pseudonyms, sign and seal a package.

    \b
    Example:  das deliver dji verblijven.csv --period 2025
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.intake import deliver as seal

    look = _look(supplier, asked)
    given = {name: asked[name] for name in ("keys", "period", "sequence")}
    try:
        with progress() as tell:
            package = seal(supplier, list(files), target=target, look=look, progress=tell, **given)
    finally:
        _show(look)
    say(f"{package.rows:,} rows sealed in {package.path}")


@click.command(epilog=FILES)
@_what
def check(*, supplier: str, files: tuple[Path, ...], **asked: Any) -> None:
    """At the supplier: check files as das deliver does, and make no package.

    \b
    Example:  das-deliver check dji verblijven.csv --period 2025
    """  # noqa: D301 - click's \b keeps the lines as they are
    from tempfile import TemporaryDirectory

    from das_analysis.intake import deliver as seal

    look = _look(supplier, {**asked, "with_findings": True})
    given = {name: asked[name] for name in ("keys", "period", "sequence")}
    with TemporaryDirectory(prefix=".das-check-", dir=".") as target, progress() as tell:
        package = seal(supplier, list(files), target=Path(target), look=look, progress=tell, **given)
    _show(look)
    look.refuse()
    say(f"{package.rows:,} rows checked; das-deliver deliver makes the package")


@click.command()
@keys_option
@click.argument("supplier")
@click.option(
    "--rotate", is_flag=True, help="Replace the key that is there; the host must trust the new one."
)
def signer(*, keys: Path, supplier: str, rotate: bool) -> None:
    """At the supplier: make the key that signs its packages; only its public half leaves.

    \b
    Example:  das keys signer dji
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.intake.signing import new_signer, signer_file
    from das_analysis.intake.terms import find_card
    from das_analysis.model import load_model

    card = find_card(load_model(), supplier)
    name = new_signer(keys, card.id, rotate=rotate)
    path = signer_file(keys, card.id)
    say(f"made {path}: it stays here, readable by you only")
    say(f"send {path.with_suffix('.pub')} to the host, and tell its fingerprint by telephone:\n{name}")


def _look(supplier: str, asked: dict[str, Any]) -> Look:
    from das_analysis.intake.beforehand import Look
    from das_analysis.model import load_model

    name = f"findings-{Path(supplier).name}-{Path(asked['period']).name}-{asked['sequence']}.csv"
    return Look(
        model=load_model(),
        report=asked["findings"] or Path(name),
        lang=asked["lang"],
        with_findings=asked["with_findings"],
    )


def _show(look: Look) -> None:
    """Print the findings by rule, where there are any; never a value."""
    if not look.counts:
        return
    table = Table("bestand" if look.lang == "nl" else "file", box=SIMPLE_HEAD)
    for name in ("regel", "ernst", "rijen") if look.lang == "nl" else ("rule", "severity", "rows"):
        table.add_column(name, overflow="fold")
    for source, rule, severity, rows in look.counts[:_SHOWN]:
        table.add_row(source, rule, severity, f"{rows:,}")
    screen.print(table)
    more = f"{len(look.counts) - _SHOWN} rules more; " if look.counts[_SHOWN:] else ""
    say(f"{more}each row, and what to do: {look.report}")
