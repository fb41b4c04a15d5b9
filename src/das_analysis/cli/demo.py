"""das demo: make a chain, walk it all the way, publish the monitors."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from das_analysis.cli.keys import make_keys
from das_analysis.cli.look import show_status
from das_analysis.cli.options import PATH, keys_option, lake_option
from das_analysis.cli.steps import show_quality
from das_analysis.cli.terminal import progress, say
from das_analysis.errors import Refused

DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """Where one chain's data are: its lake, key files and packages."""

    lake: Path
    keys: Path
    packages: Path


@click.command()
@lake_option
@keys_option
@click.option("--scale", type=float, default=0.01, show_default=True, help="1.0 is the whole country.")
@click.option("--years", type=int, default=5, show_default=True, help="How many years, the last one 2025.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--reports", type=PATH, default="reports", show_default=True)
@click.option(
    "--work",
    type=PATH,
    default="deliveries",
    show_default=True,
    help="Where deliveries and packages are made.",
)
@click.option(
    "--shared", type=PATH, default="../shared", show_default=True, help="Real data, used when it is there."
)
def demo(*, lake: Path, keys: Path, scale: float, years: int, seed: int, **places: Path) -> None:
    """Make a chain, walk it through every room, publish both monitors in Dutch and English.

    \b
    Example:  das demo
    """  # noqa: D301 - click's \b keeps the lines as they are
    started = time.monotonic()
    work, reports, shared = places["work"], places["reports"], places["shared"]
    make_keys(keys)
    chain = Chain(lake=lake, keys=keys, packages=work / "packages")
    say(f"1. a made-up chain, scale {scale}, {years} years -> {work}")
    _made_up(chain, work / "made-up", scale=scale, years=range(2026 - years, 2026), seed=seed)
    files = _publish("chain", lake, reports=reports, period="2025") + _publish(
        "detention", lake, reports=reports, period="2025"
    )
    if (shared / "data" / "rikers").is_dir():
        files += _real(chain, shared / "data", reports=reports)
    else:
        say(f"5. real suppliers: skipped, there is no {shared}/data")
    say(f"\ndone in {time.monotonic() - started:.0f} s; open these in a browser:")
    for path in files:
        say(f"  {path}")


def _made_up(chain: Chain, target: Path, *, scale: float, years: Sequence[int], seed: int) -> None:
    from das_analysis.synth import make_deliveries

    with progress() as tell:
        make_deliveries(target, scale=scale, years=list(years), seed=seed, faults=True, progress=tell)
    folders = sorted(p for p in target.glob("*/*") if p.is_dir() and p.parent.name != "truth")
    deliveries = [(p.parent.name, p.name, sorted(p.glob("*.csv"))) for p in folders]
    walk(chain, deliveries, name="synthetic", truth=target / "truth" / "person_rows.parquet")


def walk(
    chain: Chain,
    deliveries: Iterable[tuple[str, str, Sequence[Path]]],
    *,
    name: str,
    truth: Path | None = None,
) -> None:
    """Take (supplier, period, files) through every room, up to a frozen snapshot; `truth` as in `link`."""
    from das_analysis.intake import deliver, find_deliveries, receive, validate
    from das_analysis.lake import freeze, status
    from das_analysis.linkage import link
    from das_analysis.vault import find_pseudonymised, pseudonymise

    listed = list(deliveries)
    say(f"2. {len(listed)} deliveries sealed at the suppliers, received by the host")
    with progress() as tell:
        packages = []
        for i, (supplier, period, files) in enumerate(listed):
            tell(f"deliver {supplier}", i, len(listed))
            packages.append(deliver(supplier, files, period=period, keys=chain.keys, target=chain.packages))
        receive([p.path for p in packages], lake=chain.lake, keys=chain.keys)
    say("3. validated, pseudonymised, linked, frozen")
    with progress() as tell:
        found = find_deliveries(chain.lake)
        for supplier in sorted({d.supplier for d in found}):
            validated = validate([d for d in found if d.supplier == supplier], progress=tell)
            pseudonymise(validated, keys=chain.keys, progress=tell)
        linked = link(find_pseudonymised(chain.lake), truth=truth, progress=tell)
        snapshot = freeze(linked, name)
    show_quality(linked)
    show_status(
        status(chain.lake),
        f"{chain.lake}: snapshot {snapshot.number:04d}-{snapshot.name}, {snapshot.digest[:12]}",
    )


def _publish(monitor: str, lake: Path, *, reports: Path, period: str) -> list[Path]:
    from das_analysis.report import run_monitor

    say(f"4. monitor {monitor}, period {period}, nl and en")
    with progress() as tell:
        report = run_monitor(
            monitor, period=period, lang=("nl", "en"), lake=lake, reports=reports, progress=tell
        )
    return [p for p in report.files if p.suffix == ".html"]


def _real(chain: Chain, data: Path, *, reports: Path) -> list[Path]:
    """Two real suppliers, each in a lake of its own: their persons are not of this chain."""
    say("5. real suppliers: New York's jails, day by day, and Broward County")
    jails = Chain(lake=Path(f"{chain.lake}-rikers"), keys=chain.keys, packages=chain.packages)
    days = [("rikers", _day_of(p), [p]) for p in sorted((data / "rikers").glob("*.csv.gz"))]
    walk(jails, days, name="rikers")
    county = Chain(lake=Path(f"{chain.lake}-broward"), keys=chain.keys, packages=chain.packages)
    walk(county, [("broward", "2016", [data / "broward" / "compas-scores-two-years.csv"])], name="broward")
    return _publish("detention", jails.lake, reports=reports, period="2022-Q3")


def _day_of(path: Path) -> str:
    """Return the day that a file's name ends in, as a period."""
    found = DAY.search(path.name)
    if not found:
        raise Refused(
            "a daily file has no day in its name", where=path.name, todo="name it like _20220501.csv.gz"
        )
    return "-".join(found.groups())
