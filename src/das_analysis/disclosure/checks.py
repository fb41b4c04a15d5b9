"""Checks on a result as a whole, before any figure of it is printed. A finding is a reason to refuse."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

from das_analysis.disclosure.audit import MOST_QUESTIONS, count_narrow, systems
from das_analysis.disclosure.figures import Figures
from das_analysis.disclosure.labels import SPECIAL, is_known
from das_analysis.disclosure.policy import Policy
from das_analysis.disclosure.rounding import HIDDEN, LOW
from das_analysis.disclosure.wish import CHARTS, Wish
from das_analysis.flow import Result
from das_analysis.model import load_model
from das_analysis.query import OWN

FIXED = {"indicator", "statistic", "value", "n"}
GRAINS = {4: "year", 7: "month", 10: "day"}
FINER = ("year", "quarter", "month", "day")
PERIOD = re.compile(r"^[0-9]{4}(-Q[1-4]|-[0-9]{2}(-[0-9]{2})?)?$")
FEW = 20
NUMBER = re.compile(r"[0-9]+(?:[.,' \u00a0\u202f]?[0-9]+)*")


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not in order: which rule, in how many cells, in words without a value, and a way out."""

    rule: str
    cells: int
    text: str
    todo: str
    refused: bool = True


def structure(result: Result, policy: Policy) -> list[Finding]:
    """Return what is wrong with the shape of a result: nothing of it may be read before this is empty."""
    found = list(_columns(result, policy))
    if found:
        return found
    return [*_codes(result), *_cells(result), *_grain(result, policy)]


def _columns(result: Result, policy: Policy) -> Iterator[Finding]:
    model, held = load_model(), set(result.frame.columns)
    if "n" not in held:
        yield Finding("underlying", len(result.frame), "no number of persons behind the figures", "keep n")
    unknown = [name for name in result.indicators if name not in model.indicators and name not in OWN]
    loose = held - FIXED - set(result.by) | (FIXED | set(result.by)) - held - {"n"}
    strange = [name for name in result.by if name not in SPECIAL and name not in model.breakdowns]
    if unknown or loose or strange:
        count = len(unknown) + len(loose) + len(strange)
        yield Finding("columns", count, "a column or indicator that the model does not know", "use measure()")
    for name in set(result.by) & set(model.breakdowns):
        if any(_privacy(path, table) in policy.never_divide_by for table, path in _columns_of(name)):
            yield Finding("privacy", 1, "a column that may not divide a figure", "leave it out of by")


def _columns_of(breakdown: str) -> list[tuple[str, str]]:
    return list(load_model().breakdowns[breakdown].columns.items())


def _privacy(path: str, table: str) -> str:
    """Return the privacy of the column at the end of a path; the strictest answer when it leads nowhere."""
    model = load_model()
    step, _, rest = path.partition(".")
    columns = model.tables[table].columns
    if not rest:
        return columns[step].privacy if step in columns else "identifying"
    parent = columns[f"{step}_key"].references if f"{step}_key" in columns else step
    return _privacy(rest, parent or "") if parent in model.tables else "identifying"


def _codes(result: Result) -> Iterator[Finding]:
    for name in result.by:
        if wrong := sum(not _can_stand(name, code) for code in set(map(str, result.frame[name]))):
            yield Finding("codes", wrong, f"codes of {name} that the model does not know", "use measure()")


def _can_stand(name: str, code: str) -> bool:
    return PERIOD.match(code) is not None if name == "period" else is_known(name, code)


def _cells(result: Result) -> Iterator[Finding]:
    frame = result.frame
    if twice := int(frame.duplicated(["indicator", "statistic", *result.by]).sum()):
        yield Finding("cells", twice, "figures that stand in one cell", "one row a cell")
    counts = frame["statistic"].isin(["", "count"])
    rows = zip(counts, frame["value"], frame["n"], strict=True)
    if wrong := sum(not _can_be(value, n, is_count=is_count) for is_count, value, n in rows):
        yield Finding("underlying", wrong, "figures that no rows can be behind", "use measure()")


def _can_be(value: float, n: int, *, is_count: bool) -> bool:
    """Whether a figure can have `n` persons behind it: not below nought, not more than a count counts."""
    if not is_count:
        return n >= 0
    return math.isfinite(value) and float(value).is_integer() and 0 <= n <= value


def _grain(result: Result, policy: Policy) -> Iterator[Finding]:
    if "period" not in result.by:
        return
    labels = set(map(str, result.frame["period"]))
    grains = {"quarter" if "Q" in label else GRAINS.get(len(label), "day") for label in labels}
    finest = max(map(FINER.index, grains), default=0)
    known = load_model().indicators
    flows = [n for n in result.indicators if n in known and known[n].kind != "stock"]
    if flows and finest > FINER.index(policy.finest_flow):
        text = f"periods shorter than a {policy.finest_flow}: two in a row differ by single persons"
        yield Finding("grain", len(labels), text, f"over=das.{policy.finest_flow}s(...)")


def outcome(result: Result, figures: Figures, *, wish: Wish, policy: Policy) -> list[Finding]:
    """Return what is wrong with a release as it would leave, and how many figures it bands or hides."""
    printed = [cell for cells in figures.cells.values() for cell in cells.values()]
    found = [*_wording(result, figures, wish=wish), *_chart(result, figures, wish=wish)]
    if len(printed) > policy.most_cells:
        text = f"a table of more than {policy.most_cells} cells"
        found.append(
            Finding("size", len(printed), text, "a wider grouping, fewer periods, or several releases")
        )
    elif not printed:
        found.append(Finding("size", 0, "a table without cells", "other periods"))
    else:
        found += _margins(result, figures, policy=policy)
    for status, text in ((LOW, f"fewer than {policy.smallest_count}"), (HIDDEN, "too few persons behind it")):
        if count := sum(cell.status == status for cell in printed):
            found.append(Finding(status, count, text, "a wider grouping tells more", refused=False))
    return found


def _margins(result: Result, figures: Figures, *, policy: Policy) -> Iterator[Finding]:
    """Find figures under ten that the totals beside them give away."""
    held = list(systems(result.by, figures, policy=policy))
    questions = sum(len(system.low) for system in held)
    if questions > MOST_QUESTIONS:
        yield Finding("margins", questions, "too many figures to audit with totals", "leave out with_total")
    elif narrow := count_narrow(held, policy):
        text = f"figures under {policy.smallest_count} that the totals give away"
        yield Finding("margins", narrow, text, "leave out with_total, or take a wider grouping")


def _wording(result: Result, figures: Figures, *, wish: Wish) -> Iterator[Finding]:
    """Find exact figures of the result in the words beside it.

    A number of two digits can be anything in a large table, so there only longer ones are looked for.
    """
    if not wish.title.strip():
        yield Finding("title", 1, "a release needs a title", 'title=das.t("...")')
    exact = {text for v in (*result.frame["value"], *result.frame["n"]) for text in _written(float(v))}
    if len(exact) > FEW:
        exact = {text for text in exact if len(text) > 2}  # noqa: PLR2004 - two digits
    labels = set(map(str, result.frame["period"])) if "period" in result.by else set()
    known = {number for label in labels for number in NUMBER.findall(label)}
    cells = [cell for row in figures.cells.values() for cell in row.values()]
    printed = {f"{c.value:.0f}" for c in cells if c.value and float(c.value).is_integer()}
    said = {number for text in wish.texts() for number in NUMBER.findall(text)} - known
    if wrong := sum(bool(_readings(number) & exact - printed) for number in said):
        text = "an exact figure of the result stands in the title, section, notes or chart"
        yield Finding("wording", wrong, text, "say it without, or with the released figure")


def _written(value: float) -> set[str]:
    """Return how an exact figure could be written: a count that is no multiple of ten, days with decimals."""
    if not math.isfinite(value) or abs(value) < 10 or value % 10 == 0:  # noqa: PLR2004 - as printed
        return set()
    return {f"{value:.0f}"} if value.is_integer() else {f"{value:.1f}", f"{value:.2f}"}


def _readings(number: str) -> set[str]:
    """Return what a written number can mean: 1.234 is a thousand and more in Dutch, a fraction in English."""
    parts = re.findall(r"[0-9]+", number)
    whole = "".join(parts).lstrip("0")
    return {whole, f"{''.join(parts[:-1])}.{parts[-1]}"} if len(parts) > 1 else {whole}


def _chart(result: Result, figures: Figures, *, wish: Wish) -> Iterator[Finding]:
    chart, kind = wish.chart, wish.chart.get("kind")
    values = {m.name for m in figures.measures}
    axes = {chart.get("x"), chart.get("series")} - {None}
    drawn = chart.get("values", ())
    right = kind in CHARTS and axes <= set(result.by) and set(drawn) <= values
    if not right or (kind != "none" and (not drawn or "x" not in chart)):
        yield Finding("chart", 1, "the chart is of another table", f"values: {', '.join(sorted(values))}")
