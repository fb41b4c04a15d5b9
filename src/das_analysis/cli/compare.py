"""das diff: two snapshots side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from das_analysis.cli.options import lake_option
from das_analysis.cli.terminal import say, show

if TYPE_CHECKING:
    import pandas as pd

    from das_analysis.query import Diff, Periods

COUNTS = ("added", "removed", "changed", "before", "after", "n_before", "n_after")


@click.command()
@lake_option
@click.argument("before")
@click.argument("after")
@click.option("--years", default="", help="Of the indicators: one year or a range; default all delivered.")
@click.option("--lang", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
def diff(*, lake: Path, before: str, after: str, years: str, lang: str) -> None:
    """Which rows, persons, links and indicators differ between two snapshots; exact, for the host only.

    \b
    Example:  das diff 2026-08 2026-09 --lang en
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.lake import open_lake
    from das_analysis.query import diff as compare

    first, last = (open_lake(name, lake=lake) for name in (before, after))
    tell(compare(first, last, over=_over(years)), lang, same=first.snapshot.digest == last.snapshot.digest)


def _over(text: str) -> Periods | None:
    from das_analysis.query import years as over

    first, _, last = text.partition("-")
    try:
        return over(int(first), int(last or first)) if text else None
    except ValueError:
        raise click.BadParameter("write one year or a range: 2025 or 2021-2025") from None


def tell(found: Diff, lang: str, *, same: bool) -> None:
    """Print what differs, and how many lines hold a number that could point to a person."""
    from das_analysis.disclosure.policy import load_policy
    from das_analysis.words import t

    if same:
        say(t("diff_same", lang))
    least, lines = load_policy().smallest_count, list[str]()
    links = found.links[found.links[["added", "removed", "changed"]].sum(axis=1) > 0]
    for name, frame in (("rows", found.rows), ("links", links), ("indicators", found.indicators)):
        if frame.empty:
            say(t(f"diff_no_{name}", lang))
            continue
        marked = frame.assign(small=mark(frame, least))
        lines += list(marked["small"])
        named = marked.rename(columns={c: t(f"diff_column_{c}", lang) for c in marked})
        show(named, t(f"diff_{name}", lang, before=found.before, after=found.after))
    if found.unmeasured:
        say(t("diff_unmeasured", lang, names=", ".join(found.unmeasured)))
    say(t("diff_host_only", lang, small=lines.count("!"), all=len(lines), least=least))


def mark(frame: pd.DataFrame, least: int) -> list[str]:
    """Return "!" for each row with a count from one up to `least`, or a difference as small, and "" else."""
    counts = frame[[c for c in COUNTS if c in frame]].fillna(0)
    small = ((counts > 0) & (counts < least)).any(axis=1)
    for old, new in (("before", "after"), ("n_before", "n_after")):
        if new in counts:
            apart = (counts[new] - counts[old]).abs()
            small |= (apart > 0) & (apart < least)
    return ["!" if one else "" for one in small]
