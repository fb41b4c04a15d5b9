"""Attempts to learn more from releases than they say: an attacker reads what left, with code of his own."""

import itertools
import json
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp

from das_analysis.disclosure import Measured
from das_analysis.disclosure.audit import System, count_narrow
from das_analysis.disclosure.policy import load_policy
from das_analysis.errors import DisclosureRefused
from das_analysis.flow import Provenance, Result, Snapshot
from das_analysis.lake import Lake

PROVENANCE = Provenance(actor="test", at="2026-01-01T00:00:00Z", code="0", model="0", inputs=("d",))
STAMP = "application/vnd.das.release+json"
SEXES = ("man", "vrouw", "onbekend")
LAWS = {
    "JSR": "jeugdstrafrecht",
    "ASR": "volwassenenstrafrecht",
    "ADO": "adolescentenstrafrecht",
    "77B": "volwassenenstrafrecht op 16- en 17-jarigen",
    "ONB": "onbekend",
}
TITLES = ["PRE_TRIAL", "SENTENCE", "SUBSTITUTE", "MEASURE", "OTHER"]
often = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def leave(tmp_path):
    """Exact figures by codes -> what leaves the house."""
    snapshot = Snapshot(lake=tmp_path, number=1, name="t", digest="d", tables={}, provenance=PROVENANCE)

    def make(figures, by=(), names=None, **wish):
        rows = [
            {
                "indicator": indicator,
                **dict(zip(("period", *by), codes, strict=True)),
                "statistic": "",
                "value": float(value),
                "n": value,
            }
            for (indicator, *codes), value in figures.items()
        ]
        result = Result(
            indicators=tuple(names or dict.fromkeys(key[0] for key in figures)),
            by=("period", *by),
            frame=pd.DataFrame(rows),
            snapshot="0001-t",
            provenance=PROVENANCE,
        )
        made = Measured(result, Lake(snapshot, "statistiek", {})).release(
            **{"title": "t", "lang": "nl"} | wish
        )
        return made._repr_mimebundle_()

    return make


def interval(row, name):
    """What a reader knows of a printed figure, or of one that is not there."""
    if row is None or row[f"{name}_status"] == "low":
        return 0, 9
    if row[f"{name}_status"] == "hidden":
        return 10, 10**6
    return max(row[name] - 5, 10), row[name] + 4


def worked_out(content, dimensions, name):
    """The whole numbers that each figure under ten can be, given all totals, by integer programming."""
    axes = [("totaal", *labels) for labels in dimensions.values()]
    cells = list(itertools.product(*axes))
    printed = {tuple(row[d] for d in dimensions): row for row in content["rows"]}
    bounds = [interval(printed.get(cell), name) for cell in cells]
    sums = []
    for cell, axis in itertools.product(cells, range(len(axes))):
        if cell[axis] == "totaal":
            parts = [(*cell[:axis], label, *cell[axis + 1 :]) for label in axes[axis][1:]]
            sums.append([(c == cell) - (c in parts) for c in cells])
    found = {}
    for i, cell in enumerate(cells):
        if bounds[i] == (0, 9):
            ends = [
                milp(
                    sign * np.eye(len(cells))[i],
                    integrality=np.ones(len(cells)),
                    bounds=Bounds(*np.array(bounds).T),
                    constraints=LinearConstraint(np.array(sums), 0, 0),
                )
                for sign in (1, -1)
            ]
            found[cell] = round(ends[0].fun), round(-ends[1].fun)
    return found


def cube(values):
    """Cases by sex and kind of law, with every margin."""
    sexes = ("M", "V", "O")
    cells = dict(zip(itertools.product(sexes, LAWS), values, strict=True))
    for sex in sexes:
        cells[sex, "TOTAL"] = sum(cells[sex, law] for law in LAWS)
    for law in (*LAWS, "TOTAL"):
        cells["TOTAL", law] = sum(cells[sex, law] for sex in sexes)
    return {("om_inflow", "2025", *codes): value for codes, value in cells.items()}


edges = st.sampled_from([9, 9, 9, 14, 24, 10, 0])


@often
@example([9] * 15)
@example([9, 9, 9, 9, 9, 0, 14, 24, 44, 9, 9, 9, 8, 14, 14])
@given(st.lists(edges, min_size=15, max_size=15) | st.lists(st.integers(0, 60), min_size=15, max_size=15))
def test_no_figure_under_ten_follows_from_the_margins(leave, values):
    try:
        left = leave(cube(values), by=("sex", "criminal_law"))
    except DisclosureRefused:
        return
    labels = {"sex": SEXES, "criminal_law": tuple(LAWS.values())}
    assert all(
        most > least for least, most in worked_out(left[STAMP]["content"], labels, "om_inflow").values()
    )


def test_the_attack_finds_what_an_unguarded_release_gives_away(leave, monkeypatch):
    from das_analysis.disclosure import checks

    monkeypatch.setattr(checks, "count_narrow", lambda *_: 0)
    exact = {("prison_stock", "2025", code): 9 for code in TITLES} | {("prison_stock", "2025", "TOTAL"): 45}
    content = leave(exact, by=("detention_title_group",))[STAMP]["content"]
    titles = {"detention_title_group": tuple("abcde")}  # the five rows that are left out
    assert set(worked_out(content, titles, "prison_stock").values()) == {(9, 9)}


LEVELS = {"N": 9, "U": 9, "E": 9, "ONB": 9, "TOTAL": 36}  # printed as 40: without other levels each is 8 or 9


@pytest.mark.parametrize(("period", "refused"), [("2025", True), ("2015", False)])
def test_a_level_that_was_abolished_hides_nothing(leave, period, refused):
    """Two more levels, of at most nine, were there until 2021."""
    exact = {("prison_stock", period, level): value for level, value in LEVELS.items()}
    if refused:
        with pytest.raises(DisclosureRefused, match="rule: margins"):
            leave(exact, by=("security_level",))
    else:
        assert leave(exact, by=("security_level",))


def test_a_table_that_fits_no_valid_codes_is_audited_with_every_code():
    """Rows of a code that was not valid any more must not switch the audit off."""
    total, part = ("TOTAL",), ("N",)
    wider = System({total: (9, 9), part: (0, 9)}, [(total, [part])], [part])
    valid = System({total: (19, 19), part: (0, 9)}, [(total, [part])], [part])
    assert count_narrow([wider], load_policy()) == 1
    assert count_narrow([valid], load_policy()) == 0
    assert count_narrow([replace(valid, wider=wider)], load_policy()) == 1


@pytest.mark.parametrize(
    ("indicator", "by", "codes", "value", "refused"),
    [
        ("prison_stock", "detention_title_group", TITLES, 9, True),  # 45, printed as 50: all must be nine
        ("prison_stock", "detention_title_group", TITLES, 8, False),
        ("sanctions", "sanction_mode", ["OV", "GV", "VW", "ONB"], 9, True),  # two values left
        ("om_inflow", "sex", ["M", "V", "O"], 9, False),  # three values left
    ],
)
def test_figures_that_a_total_pins_down_do_not_leave(leave, indicator, by, codes, value, refused):
    exact = {(indicator, "2025", code): value for code in codes}
    exact[indicator, "2025", "TOTAL"] = value * len(codes)
    if refused:
        with pytest.raises(DisclosureRefused, match="rule: margins"):
            leave(exact, by=(by,))
    else:
        assert leave(exact, by=(by,))


def test_pairs_of_rows_are_no_figure_that_can_leave(tmp_path):
    """They grow with the square of a person's rows: a difference of 380 is a person with 20."""
    snapshot = Snapshot(lake=tmp_path, number=1, name="t", digest="d", tables={}, provenance=PROVENANCE)
    row = {"indicator": "pairs_linked", "linked_group": "all:all", "quality_method": "estimate"}
    result = Result(
        indicators=("pairs_linked",),
        by=("linked_group", "quality_method"),
        frame=pd.DataFrame([row | {"statistic": "", "value": 500.0, "n": 100}]),
        snapshot="0001-t",
        provenance=PROVENANCE,
    )
    with pytest.raises(DisclosureRefused, match="rule: columns"):
        Measured(result, Lake(snapshot, "statistiek", {})).release(title="t")


@often
@given(st.lists(st.integers(0, 400), min_size=3, max_size=3), st.integers(0, 2))
def test_two_releases_that_differ_by_one_person_differ_at_an_edge_of_rounding_only(leave, values, where):
    after = list(values)
    after[where] += 1

    def table(counts):
        exact = {("om_inflow", "2025", code): v for code, v in zip("MVO", counts, strict=True)}
        exact["om_inflow", "2025", "TOTAL"] = sum(counts)
        return exact

    try:
        before, then = (leave(table(v), by=("sex",))[STAMP]["content"]["rows"] for v in (values, after))
    except DisclosureRefused:
        return
    edges = [v == 9 or (v > 9 and v % 10 == 4) for v in (values[where], sum(values))]
    assert (before == then) == (not any(edges))


@often
@given(st.integers(45, 3000), st.integers(0, 3000), st.integers(0, 9), st.integers(0, 9))
def test_a_rate_times_its_printed_denominator_gives_the_printed_numerator_only(leave, to, of, d_to, d_of):
    def table(of, to):
        return {("registered_crimes", "2025"): to, ("cleared_crimes", "2025"): of}

    names = ("registered_crimes", "cleared_crimes", "clearance_rate")
    base = leave(table(min(of, to), to), names=names)[STAMP]["content"]["rows"][0]
    near = leave(table(min(of, to) + d_of, to + d_to), names=names)[STAMP]["content"]["rows"][0]
    same = all(base[name] == near[name] for name in names[:2])
    assert not same or base == near
    if base["clearance_rate"] is not None:
        implied = base["clearance_rate"] * base["registered_crimes"] / 100
        assert abs(implied - base["cleared_crimes"]) <= 0.0005 * base["registered_crimes"] + 1e-9


def numbers_in(text):
    """Every number that stands in a text, however it is grouped."""
    plain = re.sub(r"(?<=[0-9])[.,\u00a0](?=[0-9]{3}\b)", "", text)
    return {int(number) for number in re.findall(r"(?<![0-9a-f.#])[0-9]{3,}(?![0-9a-f.])", plain)}


@pytest.mark.parametrize(
    "chart",
    [
        None,
        {"kind": "line", "x": "period", "series": "sex", "values": ["om_inflow"]},
        {"kind": "bar", "x": "sex", "series": "period", "values": ["om_inflow"], "key": True},
    ],
)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_no_exact_figure_stands_anywhere_in_what_leaves(leave, tmp_path, chart, lang):
    counts = [5431, 5437, 1233, 1238, 777, 772]
    codes = itertools.product(("2024", "2025"), "MVO")
    exact = {("om_inflow", *code): value for code, value in zip(codes, counts, strict=True)}
    left = leave(exact, by=("sex",), chart=chart, lang=lang)
    picture_size = {720, 344, 123, 436}  # sizes and colours of the picture, which no figure here equals
    for kind in ("text/html", "text/plain"):
        assert not numbers_in(left[kind]) & set(counts) - picture_size, kind
    assert not numbers_in(json.dumps(left[STAMP]["content"])) & set(counts)
    assert not numbers_in((tmp_path / "releases" / "ledger.jsonl").read_text()) & set(counts)
    assert not numbers_in(repr(left)) & set(counts)


def test_the_flow_picture_holds_printed_figures_only(leave):
    exact = {
        ("registered_crimes", "2025", "", "registered_crimes"): 54321,
        ("registered_crimes", "2025", "registered_crimes", "registered_crimes:CLEARED"): 12347,
        ("suspects_registered", "2025", "registered_crimes:CLEARED", "suspects_registered"): 3,
    }
    chart = {"kind": "flow", "x": "source", "series": "target", "values": ["value"]}
    left = leave(exact, by=("source", "target"), chart=chart)
    assert not numbers_in(left["text/html"]) & {54321, 12347}
    assert {54320, 12350} <= numbers_in(left["text/html"])


def test_a_table_without_a_row_says_no_more_than_one_with(leave):
    def left(value):
        exact = {("om_inflow", "2025", "M"): 500, ("om_inflow", "2025", "V"): value}
        return leave(exact, by=("sex",))[STAMP]

    assert left(0) == left(1) == left(9)
