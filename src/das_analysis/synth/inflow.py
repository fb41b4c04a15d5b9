"""Which suspects become cases of the prosecution service, and what such a case is like on its first day."""

from __future__ import annotations

import numpy as np

from das_analysis.synth import codes
from das_analysis.synth.calibration import calibration
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import NEVER, NO_ROW, Array, Frame, indices, length, take
from das_analysis.synth.police import BOD, CJIB, POL

NEARLY_ADULT, ADULT, GROWN_UP = 16, 18, 23  # ages at the offence (Sr 77a, 77b, 77c)
ATTEMPT_FROM = 24  # months: attempts at lesser offences are seldom charged
YOUTH_LAW, ADULT_LAW, ADOLESCENT_LAW, ADULT_LAW_16_17 = (np.int8(code) for code in range(len(codes.LAWS)))
SIMPLE, INTERVENTION, INVESTIGATION, UNDERMINING = (np.int8(code) for code in range(len(codes.STREAMS)))
LAW_MONTHS = np.array([row[2] for row in codes.LAW], dtype=np.int16)
LAW_ARTICLE = indices(codes.ARTICLES, (row[1] for row in codes.LAW))
LAW_WORDS = indices(codes.WORDS, (row[4] for row in codes.LAW))
LAW_SCM = indices(codes.SCM, (row[0] for row in codes.LAW))


def sent_to_prosecution(draw: Draw, suspects: Frame) -> Array:
    """A mask over suspects: all of other services, of the police as many of each age as the inflow asks."""
    of, twice = draw.figures["case"], 1.0 - draw.figures["noise"]["double_registration"]
    police, legal, minor = suspects["source"] == POL, suspects["is_legal"], suspects["age"] < ADULT
    legal_wanted = of["legal_persons"] - of["legal_at_bod"]
    minors_wanted = of["minors"] - float((~police & minor & ~legal).sum()) / draw.scale
    adults_wanted = of["inflow"] - sum(of["sources"].values()) - minors_wanted - legal_wanted
    chosen: Array = ~police
    for group, wanted in (
        (police & legal, legal_wanted),
        (police & ~legal & minor, minors_wanted),
        (police & ~legal & ~minor, adults_wanted),
    ):
        chosen |= draw.race(
            group * (1.0 + suspects["in_custody"]), draw.whole(max(wanted * twice * draw.scale, 0.0))
        )
    return chosen


def open_cases(draw: Draw, suspects: Frame) -> Frame:
    """The cases of a year's suspects, one suspect a case; double registrations come on top."""
    rows = np.flatnonzero(sent_to_prosecution(draw, suspects)).astype(np.int32)
    cases = take({name: suspects[name] for name in _FROM_SUSPECT}, rows) | {"suspect": rows}
    n = length(cases)
    cases["scm"] = _scm_of_case(cases["scm"])
    cases["law_row"] = _law_row(draw, cases["scm"])
    attempt = draw.chance(n, draw.figures["case"]["attempt"]) & (LAW_MONTHS[cases["law_row"]] >= ATTEMPT_FROM)
    cases["is_attempt"] = attempt
    months = LAW_MONTHS[cases["law_row"]]
    cases["max_months"] = np.where(attempt, months * 2 // 3, months).astype(np.int16)
    cases["charges"] = 1 + draw.kinds(n, list(draw.figures["case"]["charges"].values()))
    cases["law"] = _law(draw, cases)
    cases["court"], cases["prefix"] = _court(draw, cases["unit"])
    cases["office"] = _office(cases)
    cases["stream"] = _stream(draw, cases)
    cases["is_zsm"] = draw.race(
        np.where(cases["source"] == POL, 1.0, 0.05), draw.whole(draw.figures["case"]["zsm"] * n)
    )
    for name in ("parent", "double_of"):
        cases[name] = np.full(n, NO_ROW)
    cases["is_reinflow"] = np.zeros(n, dtype=bool)
    cases["registered"] = np.full(n, NEVER)
    return cases


_FROM_SUSPECT = (
    "person",
    "scm",
    "from",
    "until",
    "unit",
    "marked",
    "source",
    "age",
    "is_legal",
    "birth",
    "is_arrested",
)


def register_twice(draw: Draw, cases: Frame) -> Array:
    """Rows of cases that the office enters a second time by mistake."""
    share = draw.figures["noise"]["double_registration"] / (
        1.0 - draw.figures["noise"]["double_registration"]
    )
    return np.flatnonzero(
        draw.race((cases["source"] == POL).astype(float), draw.whole(share * length(cases)))
    )


def age_groups(cases: Frame) -> Array:
    """Number of the age group whose mix of decisions holds; legal persons come after the last."""
    untils = [group["until"] for group in calibration()["case"]["om_mix_by_age"]]
    groups = np.searchsorted(np.array(untils), cases["age"], side="right")
    return np.where(cases["is_legal"], len(untils), groups).astype(np.int8)


def _scm_of_case(scm: Array) -> Array:
    """Only the police tell open violence against persons from that against goods."""
    joint = codes.SCM.index("2.2.1")
    split = indices(codes.SCM, ("2.2.1.1", "2.2.1.2"))
    return np.where(np.isin(scm, split), joint, scm).astype(np.int8)


def _law_row(draw: Draw, scm: Array) -> Array:
    rows = np.zeros(len(scm), dtype=np.int16)
    for kind in np.unique(scm):
        options = np.flatnonzero(kind == LAW_SCM)
        at = np.flatnonzero(scm == kind)
        rows[at] = options[draw.kinds(len(at), [float(codes.LAW[row][3]) for row in options])]
    return rows


def _law(draw: Draw, cases: Frame) -> Array:
    n, age = length(cases), cases["age"]
    law = np.where(~cases["is_legal"] & (age < ADULT), YOUTH_LAW, ADULT_LAW)
    older_minor = ~cases["is_legal"] & (age >= NEARLY_ADULT) & (age < ADULT)
    law[older_minor & draw.chance(n, draw.figures["case"]["adult_law_16_17"])] = ADULT_LAW_16_17
    young_adult = ~cases["is_legal"] & (age >= ADULT) & (age < GROWN_UP)
    law[young_adult & draw.chance(n, draw.figures["case"]["adolescent_law"])] = ADOLESCENT_LAW
    return law.astype(np.int8)


def _court(draw: Draw, unit: Array) -> tuple[Array, Array]:
    court, prefix = np.zeros(len(unit), dtype=np.int8), np.zeros(len(unit), dtype=np.int8)
    for number, of in enumerate(draw.figures["units"].values()):
        at = np.flatnonzero(unit == number)
        which = draw.kinds(len(at), [share for _, share, _ in of["courts"]])
        court[at] = indices(codes.COURTS, (code for code, _, _ in of["courts"]))[which]
        prefix[at] = np.array([int(digits) for _, _, digits in of["courts"]], dtype=np.int8)[which]
    return court, prefix


def _office(cases: Frame) -> Array:
    """Offices go by the unit; special services have a national one, penal orders of CJIB a central one."""
    for source, prefix in ((BOD, 83), (CJIB, 96)):
        cases["prefix"][cases["source"] == source] = prefix
    office = cases["unit"].astype(np.int8)
    office = np.where(cases["source"] == BOD, codes.OFFICES.index("FP"), office)
    return np.where(cases["source"] == CJIB, codes.OFFICES.index("CVOM"), office).astype(np.int8)


def _stream(draw: Draw, cases: Frame) -> Array:
    n, shares = length(cases), draw.figures["case"]["streams"]
    stream = np.full(n, INTERVENTION)
    free = np.ones(n)
    heavy = (cases["max_months"] / 24.0) ** 2
    undermining = (
        np.isin(cases["scm"], indices(codes.SCM, ("1.7", "6.1", "6.3", "9.2", "2.2.6"))) * heavy + 0.01
    )
    for code, weight in ((UNDERMINING, undermining), (INVESTIGATION, heavy), (SIMPLE, 1.0 / (1.0 + heavy))):
        chosen = draw.race(free * weight, draw.whole(shares[codes.STREAMS[code]] * n))
        stream[chosen], free[chosen] = code, 0.0
    return stream
