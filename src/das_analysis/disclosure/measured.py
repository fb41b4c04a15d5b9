"""What a researcher holds after measuring: his own figures, not released, and the one way out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from das_analysis import query
from das_analysis.disclosure.checks import Finding, outcome, structure
from das_analysis.disclosure.content import build
from das_analysis.disclosure.figures import protect
from das_analysis.disclosure.ledger import digest_of, enter_release
from das_analysis.disclosure.policy import load_policy
from das_analysis.disclosure.shown import Shown
from das_analysis.disclosure.wish import Wish, make_wish
from das_analysis.errors import DisclosureRefused, Refused
from das_analysis.flow import Result
from das_analysis.words import t

if TYPE_CHECKING:
    import pandas as pd

    from das_analysis.lake import Lake
    from das_analysis.query import Periods


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A result inside the house. `frame` holds exact figures; publish only what `release` gives."""

    result: Result
    lake: Lake

    @property
    def frame(self) -> pd.DataFrame:
        """Return a copy of the exact figures, one row a cell."""
        return self.result.frame.copy()

    def checks(self, lang: str = "nl") -> pd.DataFrame:
        """Return what the output checker will see: rules, cells they touch, whether they refuse."""
        import pandas as pd

        wish = make_wish(title="-", lang=lang, section="", notes=(), chart=None)
        found = _findings(self.result, wish)
        rows = [(f.rule, f.cells, f.text, f.todo, f.refused) for f in found]
        return pd.DataFrame(rows, columns=["rule", "cells", "finding", "next", "refused"])

    def release(
        self,
        *,
        title: str,
        lang: str = "nl",
        section: str = "",
        chart: Mapping[str, Any] | None = None,
        notes: Sequence[str] = (),
    ) -> Shown:
        """Check, round and enter in the ledger: see `das_analysis.disclosure.release`."""
        return release(self, title=title, lang=lang, section=section, chart=chart, notes=notes)

    def __repr__(self) -> str:
        return f"{t('disclosure_not_released')} / {t('disclosure_not_released', 'en')}\n{self.result.frame}"

    def _repr_html_(self) -> str:
        banner = f"<strong>{t('disclosure_not_released')} / {t('disclosure_not_released', 'en')}</strong>"
        return f"{banner}{self.result.frame.to_html(index=False, max_rows=20)}"


def measure(
    indicators: str | Sequence[str],
    lake: Lake,
    *,
    by: Sequence[str] = (),
    over: Periods,
    with_total: bool = False,
) -> Measured:
    """Measure indicators over periods: see `das_analysis.query.measure`. The result knows the way out."""
    result = query.measure(indicators, lake, by=by, over=over, with_total=with_total)
    return _noted(result, lake, asked=("measure", result.indicators, by, over.labels, with_total))


def attrition(lake: Lake, *, over: Periods) -> Measured:
    """Measure the flow from crimes to detention: see `das_analysis.query.attrition`."""
    return _noted(query.attrition(lake, over=over), lake, asked=("attrition", over.labels))


def linkage_rates(lake: Lake) -> Measured:
    """Measure how much is linked at each seam of the chain: see `das_analysis.query.linkage`."""
    return _noted(query.linkage(lake), lake, asked="linkage")


def _noted(result: Result, lake: Lake, *, asked: object) -> Measured:
    lake.note("measure", asked=asked, rows=len(result.frame))
    return Measured(result, lake)


def release(
    measured: Measured,
    *,
    title: str,
    lang: str = "nl",
    section: str = "",
    chart: Mapping[str, Any] | None = None,
    notes: Sequence[str] = (),
) -> Shown:
    """Return the rounded table that may leave, entered in the ledger of releases.

    Counts are rounded to tens, each on its own; nought to nine is `<10`; rates come from rounded parts;
    statistics of days from enough persons only. `chart` is {"kind": "line" (or bar, flow), "x": a column of
    by, "series": another or none, "values": [columns of figures]}.
    The same result and words give the same release, digest included.
    Raises DisclosureRefused, naming rules and numbers of cells and never a value; Refused when the result
    is of another snapshot than the lake.
    """
    result, snapshot, policy = measured.result, measured.lake.snapshot, load_policy()
    if snapshot.digest not in result.provenance.inputs:
        raise Refused("the result is of another snapshot than this lake", todo="measure again")
    wish = make_wish(title=title, lang=lang, section=section, notes=notes, chart=chart)
    _refuse(result, _findings(result, wish))
    measured.lake.check_current()
    content = build(result, protect(result, policy), wish=wish, snapshot=snapshot, policy=policy)
    made = Shown(title=title, content=content, digest=digest_of(content), snapshot=result.snapshot)
    enter_release(made, snapshot.lake)
    measured.lake.note("release", asked=made.digest, rows=len(result.frame))
    return made


def _findings(result: Result, wish: Wish) -> list[Finding]:
    policy = load_policy()
    found = structure(result, policy)
    return found or outcome(result, protect(result, policy), wish=wish, policy=policy)


def _refuse(result: Result, findings: Iterable[Finding]) -> None:
    broken = [f for f in findings if f.refused]
    if broken:
        lines = [f"  {f.cells:6d}  {f.text}  (rule: {f.rule})" for f in broken]
        what = f"{', '.join(result.indicators)} may not leave:"
        todo = "; ".join(dict.fromkeys(f.todo for f in broken))
        raise DisclosureRefused("\n".join([what, *lines]), todo=f"{todo}; or look at .checks()")
