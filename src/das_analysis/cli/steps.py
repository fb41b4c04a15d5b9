"""The verbs of the way of the data, each one function of a room."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from das_analysis.cli.options import PATH, keys_option, lake_option
from das_analysis.cli.terminal import progress, say, show
from das_analysis.errors import Refused

if TYPE_CHECKING:
    from das_analysis.flow import Linked


AGAIN = click.option("--again", is_flag=True, help="Also what was done before.")


def _say_left(count: int, done: str) -> None:
    if count:
        say(f"{count} deliveries were {done} before and are left as they are (--again does them too)")


def _years(text: str) -> range:
    first, _, last = text.partition("-")
    try:
        return range(int(first), int(last or first) + 1)
    except ValueError:
        raise click.BadParameter("write one year or a range: 2025 or 2021-2025") from None


@click.command()
@click.argument("target", type=PATH, default="deliveries")
@click.option("--scale", type=float, default=0.01, show_default=True, help="1.0 is the whole country.")
@click.option("--years", default="2025", show_default=True, help="One year or a range: 2021-2025.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same bytes.")
@click.option(
    "--faults/--no-faults", default=True, show_default=True, help="Plant faults for the rules to find."
)
def synth(*, target: Path, scale: float, years: str, seed: int, faults: bool) -> None:
    """Make deliveries that never were, in each supplier's layout, with the truth apart.

    \b
    Example:  das synth deliveries --scale 0.01 --years 2021-2025
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.synth import make_deliveries

    with progress() as tell:
        made = make_deliveries(
            target, scale=scale, years=list(_years(years)), seed=seed, faults=faults, progress=tell
        )
    say(f"{len(made)} files in {target}")


@click.command()
@lake_option
@keys_option
@click.argument("packages", type=PATH, nargs=-1, required=True)
def receive(*, lake: Path, keys: Path, packages: tuple[Path, ...]) -> None:
    """At the host: keep packages that can be trusted; refuse, whole and by name, what cannot.

    \b
    Example:  das receive packages/*
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.intake import receive as keep

    kept = keep(list(packages), lake=lake, keys=keys)
    say(f"{len(kept)} deliveries kept, {sum(d.rows for d in kept):,} rows")


@click.command()
@lake_option
@click.argument("supplier", required=False)
@click.argument("period", required=False)
@AGAIN
def validate(*, lake: Path, supplier: str | None, period: str | None, again: bool) -> None:
    """Cast, apply the rules, map to the model; hold back rows that break a hard rule.

    What was validated by the model of today is left as it is.

    \b
    Example:  das validate dji 2025
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.intake import find_deliveries, find_waiting
    from das_analysis.intake import validate as check

    received = find_deliveries(lake, supplier=supplier, period=period)
    if not received:
        raise Refused("no such delivery was received", todo="see das status")
    wanted = received if again else find_waiting(lake, supplier=supplier, period=period)
    _say_left(len(received) - len(wanted), "validated")
    of_supplier = defaultdict(list)
    for delivery in wanted:
        of_supplier[delivery.supplier].append(delivery)
    for name, deliveries in of_supplier.items():
        with progress() as tell:
            done = check(deliveries, progress=tell)
        say(
            f"{name}: {done.rows_in:,} rows in = {done.rows_validated:,} validated"
            f" + {done.rows_held:,} held back; {done.findings:,} findings (das findings {name})"
        )


@click.command()
@lake_option
@keys_option
@click.argument("supplier", required=False)
@click.argument("period", required=False)
@AGAIN
def pseudonymise(*, lake: Path, keys: Path, supplier: str | None, period: str | None, again: bool) -> None:
    """Turn pre-pseudonyms into the host's own, with a key that the suppliers do not hold.

    What has its pseudonyms under the key of today, and was not validated again since, is left as it is.

    \b
    Example:  das pseudonymise
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.intake import find_validated
    from das_analysis.vault import find_waiting
    from das_analysis.vault import pseudonymise as swap

    validated = find_validated(lake, supplier=supplier, period=period)
    wanted = validated.delivery_ids if again else find_waiting(validated, keys=keys)
    _say_left(len(validated.delivery_ids) - len(wanted), "pseudonymised")
    if not wanted:
        return
    with progress() as tell:
        done = swap(replace(validated, delivery_ids=wanted), keys=keys, progress=tell)
    say(f"{done.rows:,} rows under key version {done.key_version}")


@click.command()
@lake_option
@click.option("--train", is_flag=True, help="First learn from this lake's rows how persons are compared.")
@click.option("--truth", type=PATH, help="Whose each row is, where that is known: quality is counted then.")
def link(*, lake: Path, train: bool, truth: Path | None) -> None:
    """Find persons and cases again over all suppliers: by numbers first, then by comparing sealed keys.

    \b
    Example:  das link
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.linkage import link as find
    from das_analysis.vault import find_pseudonymised

    with progress() as tell:
        linked = find(find_pseudonymised(lake), train=train, truth=truth, progress=tell)
    say(f"{len(linked.tables)} tables, {linked.tables['person'].rows:,} persons")
    show_quality(linked)


def show_quality(linked: Linked) -> None:
    """Print precision, recall and F1 by group: by the truth where it was given, and as they are estimated."""
    import pandas as pd

    from das_analysis.linkage import METHODS, quality

    ratios = ("precision", "recall", "f1")
    for method, said in METHODS.items():
        if rows := quality(linked, method=method):
            told = [row | {r: "" if row[r] is None else f"{row[r]:.4f}" for r in ratios} for row in rows]
            show(pd.DataFrame(told).drop(columns="method"), f"links {said}, over pairs of rows of one person")


@click.command()
@lake_option
@click.argument("name")
def freeze(*, lake: Path, name: str) -> None:
    """Pin what was linked as a numbered snapshot.

    \b
    Example:  das freeze 2026-09
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.lake import freeze as pin
    from das_analysis.linkage import find_linked

    snapshot = pin(find_linked(lake), name)
    say(f"snapshot {snapshot.number:04d}-{snapshot.name}, digest {snapshot.digest[:12]}")
