"""From crime to detention as a flow figure: links between stages, each with an indicator's own figures.

It is no cohort: each link counts what happened at its stage in the period, whenever the case began;
counting units differ from stage to stage (crimes, suspects, cases, sanctions, orders, stays).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from das_analysis.flow import Result
from das_analysis.model import load_model
from das_analysis.query.measuring import make_result, measure
from das_analysis.query.skipped import skipped

if TYPE_CHECKING:
    import pandas as pd

    from das_analysis.lake import Lake
    from das_analysis.query.periods import Periods

PARTS = "*"
AFTER_VERDICT = ("SENTENCE", "SUBSTITUTE", "MEASURE", "OTHER")


@dataclass(frozen=True, slots=True)
class Link:
    """What flows from `source` to `target`, counted by an indicator.

    A stage is an indicator, or one group of it: `om_decisions:SUMMONS`. `*` stands for each group of `by`, or
    for those of `only`.
    """

    indicator: str
    source: str
    target: str
    by: str | None = None
    only: tuple[str, ...] = ()

    @property
    def codes(self) -> tuple[str, ...]:
        """Return the groups that the link is split into; one without a name when it is whole."""
        if self.by is None:
            return ("",)
        return tuple(
            g.code for g in load_model().breakdowns[self.by].groups if g.code in (self.only or (g.code,))
        )


LINKS = (
    Link("registered_crimes", "", "registered_crimes"),
    Link("registered_crimes", "registered_crimes", "registered_crimes:*", "clearance"),
    Link("suspects_registered", "registered_crimes:CLEARED", "suspects_registered"),
    Link("om_inflow", "suspects_registered", "om_inflow"),
    Link("om_decisions", "om_inflow", "om_decisions:*", "decision_group"),
    Link("court_verdicts", "om_decisions:SUMMONS", "court_verdicts:*", "outcome_group"),
    Link("sanctions", "court_verdicts:GUILTY", "sanctions:*", "sanction_group"),
    Link("cjib_inflow", "sanctions:*", "cjib_inflow", "sanction_group"),
    Link("prison_inflow", "suspects_registered", "prison_inflow:*", "detention_title_group", ("PRE_TRIAL",)),
    Link("prison_inflow", "cjib_inflow", "prison_inflow:*", "detention_title_group", AFTER_VERDICT),
)


def attrition(lake: Lake, *, over: Periods) -> Result:
    """Measure the flow from registered crimes to stays in prison.

    Returns a Result by period, source and target; `indicator` says what each link counts, `stage_title` names
    a stage.
    """
    import pandas as pd

    frames = [_link(link, lake, over=over) for link in LINKS]
    names = dict.fromkeys(link.indicator for link in LINKS)
    frame = pd.concat(frames, ignore_index=True)
    found = make_result(names, lake, by=("period", "source", "target"), frame=frame)
    return replace(found, gaps=skipped([load_model().indicators[name] for name in names], lake, over=over))


def _link(link: Link, lake: Lake, *, over: Periods) -> pd.DataFrame:
    frame = measure(link.indicator, lake, by=[link.by] if link.by else [], over=over).frame
    if link.by:
        frame = frame[frame[link.by].isin(link.codes)]
    codes = frame[link.by] if link.by else [""] * len(frame)
    stages = {
        side: [getattr(link, side).replace(PARTS, code) for code in codes] for side in ("source", "target")
    }
    return frame.assign(**stages)[["indicator", "period", "source", "target", "statistic", "value", "n"]]


def flows() -> tuple[tuple[str, str], ...]:
    """Return every (source, target) of the figure, in the order of the chain."""
    found: list[tuple[str, str]] = []
    for link in LINKS:
        found += [(link.source.replace(PARTS, c), link.target.replace(PARTS, c)) for c in link.codes]
    return tuple(found)


def stages() -> tuple[str, ...]:
    """Return every stage of the figure, in the order of the chain; the empty one is where it begins."""
    return tuple(dict.fromkeys(stage for flow in flows() for stage in flow))


def stage_title(stage: str, lang: str) -> str:
    """Return the name of a stage: the title of its indicator, or of the group of it."""
    if not stage:
        return ""
    name, _, code = stage.partition(":")
    if not code:
        return load_model().indicators[name].title[lang]
    by = next(link.by for link in LINKS if link.indicator == name and link.by)
    groups = load_model().breakdowns[by].groups
    return next(g.title[lang] for g in groups if g.code == code)
