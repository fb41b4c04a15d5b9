"""How well persons are linked in a snapshot, by method and group, out of what linkage counted."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from das_analysis.errors import Refused
from das_analysis.flow import Result
from das_analysis.model import load_model
from das_analysis.query.counted import stack
from das_analysis.query.measuring import make_result
from das_analysis.words import t

if TYPE_CHECKING:
    import pandas as pd

    from das_analysis.lake import Lake

METHODS = ("truth", "clerical", "clerical_low", "clerical_high", "estimate")  # the best first
PAIRS = ("linked", "true", "both")
FIGURES = ("link_precision", "link_recall")
WHOLE = "all:all"
UNKNOWN = "?"
_AGES = ("00-17", "18-24", "25-44", "45+", UNKNOWN)
_IDENTITIES = ("SKN", "BSN", "own number", "combination", "none")


def person_quality(lake: Lake) -> Result:
    """Return the pairs of rows linked, of one person, and both: the parts of precision and recall.

    The rates exist only in a release, which holds nothing else: the pairs are no indicators of the result.
    Returns a Result by linked_group (`supplier:om`) and quality_method: the whole by every method, groups
    by the best. `n` is the persons behind a figure, or its pairs, whichever are fewer. Raises
    Refused for a snapshot of which the quality was not counted.
    """
    found = _counted(lake)
    if found.empty:
        raise Refused("the quality of linkage was not counted", todo="link and freeze again")
    best = min(found["quality_method"], key=METHODS.index)
    chosen = (found["quality_method"] == best) | (found["linked_group"] == WHOLE)
    by = ["linked_group", "quality_method"]
    frame = stack(found[chosen], PAIRS, by=by, names=("pairs", "persons"))
    return make_result(FIGURES, lake, by=tuple(by), frame=frame)


def _counted(lake: Lake) -> pd.DataFrame:
    import pandas as pd

    if "person_quality" not in lake.tables or "persons_linked" not in lake.tables["person_quality"].columns:
        return pd.DataFrame()  # of before persons were counted for each figure
    found: pd.DataFrame = lake.tables["person_quality"].to_pandas()
    found["linked_group"] = found["breakdown"] + ":" + found["value"]
    found = found.drop(columns="value").rename(columns={"method": "quality_method"})
    return found[found["quality_method"].isin(METHODS) & found["linked_group"].isin(linked_groups())]


@cache
def linked_groups() -> tuple[str, ...]:
    """Return every group that linkage can count, the whole first: `breakdown:value`."""
    model = load_model()
    groups = {
        "supplier": tuple(model.suppliers),
        "sex": (*model.code_lists["Sex"].codes, UNKNOWN),
        "age": _AGES,
        "identity": _IDENTITIES,
    }
    return (WHOLE, *(f"{name}:{value}" for name, values in groups.items() for value in values))


def group_title(group: str, lang: str) -> str:
    """Return the name of a group: `Supplier: Public Prosecution Service`."""
    name, _, value = group.partition(":")
    if group == WHOLE:
        return t("quality_whole", lang)
    return f"{t(f'quality_{name}', lang)}: {_value_title(name, value, lang=lang)}"


def _value_title(name: str, value: str, *, lang: str) -> str:
    if value == UNKNOWN:
        return t("disclosure_unknown", lang)
    if name == "supplier":
        return load_model().suppliers[value].title[lang]
    if name == "sex":
        return load_model().code_lists["Sex"].codes[value].title[lang]
    return t(f"quality_{name}_{value.replace(' ', '_')}", lang)


def method_title(method: str, lang: str) -> str:
    """Return the name of a method."""
    return t(f"quality_method_{method}", lang)
