"""The police stage of one year: crimes, suspects, and what becomes of suspects who are not sent on."""

from __future__ import annotations

import numpy as np

from das_analysis.synth import codes
from das_analysis.synth.calibration import Figures
from das_analysis.synth.draw import Draw
from das_analysis.synth.frame import NEVER, NO_ROW, Array, Frame, day, length, number_within, stack

LONGEST_AGO = 1825  # days between an offence and its registration, at most
POL, KMAR, BOD, CJIB = (np.int8(code) for code in range(len(codes.SOURCES)))
REPRIMAND, HALT, REPORT, NOTHING = (np.int8(code) for code in range(len(codes.DISPOSALS)))


def cleared_crimes(draw: Draw, year: int) -> Frame:
    """Crimes registered in a year that get a suspect."""
    counts = {scm: draw.scale * n for scm, n in expected(draw.figures["crime"])[1].items()}
    return _crimes(draw, year, counts=counts)


def other_crimes(draw: Draw, year: int) -> Frame:
    """Crimes registered in a year that never get a suspect."""
    total, cleared = expected(draw.figures["crime"])
    counts = {scm: draw.scale * max(n - cleared.get(scm, 0.0), 0.0) for scm, n in total.items()}
    return _crimes(draw, year, counts=counts)


def expected(crime: Figures) -> tuple[dict[str, float], dict[str, float]]:
    """National count per year by kind: all crimes, and those that are cleared."""
    total: dict[str, float] = {}
    cleared: dict[str, float] = {}
    for main, share in crime["scm1"].items():
        in_group = crime["per_year"] * share
        total |= {scm: in_group * part for scm, part in crime["kinds"][main].items()}
        kinds = crime["kinds_cleared"].get(main, crime["kinds"][main])
        cleared |= {scm: in_group * crime["clearance"][main] * part for scm, part in kinds.items()}
    return total, cleared


def _crimes(draw: Draw, year: int, *, counts: dict[str, float]) -> Frame:
    n = draw.whole(sum(counts.values()))
    kinds = np.array([codes.SCM.index(scm) for scm in counts], dtype=np.int8)
    scm = kinds[draw.kinds(n, list(counts.values()))]
    registered = _days_of(draw, year, n=n)
    started = registered - draw.days(
        registered, draw.figures["leadtime_days"]["offence_to_registered"], most=LONGEST_AGO
    )
    period = draw.chance(n, draw.figures["crime"]["period_share"])
    until = np.where(period, started + ((registered - started) * draw.uniform(n)).astype(np.int32), started)
    unit = draw.kinds(n, [u["share"] for u in draw.figures["units"].values()])
    return {
        "scm": scm,
        "registered": registered,
        "from": started.astype(np.int32),
        "until": until.astype(np.int32),
        "unit": unit,
        "municipality": _municipality(draw, unit),
        "is_cyber": _share_by_kind(draw, scm, shares=draw.figures["crime"]["cyber"]),
        "victims": _victims(draw, scm),
    }


def _days_of(draw: Draw, year: int, *, n: int) -> Array:
    """The days of n events, evenly over the year and in order of time."""
    first, last = day(year), day(year + 1)
    return (first + np.sort(draw.uniform(n)) * (last - first)).astype(np.int32)


def _municipality(draw: Draw, unit: Array) -> Array:
    sizes = np.array([len(u["municipalities"]) for u in draw.figures["units"].values()])
    offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    skewed = draw.uniform(len(unit)) ** 1.5
    rows: Array = (offsets[unit] + (skewed * sizes[unit]).astype(np.int64)).astype(np.int8)
    return rows


def _share_by_kind(draw: Draw, scm: Array, *, shares: Figures) -> Array:
    by_kind = np.array([shares.get(code, 0.0) for code in codes.SCM])
    chosen: Array = draw.uniform(len(scm)) < by_kind[scm]
    return chosen


def _victims(draw: Draw, scm: Array) -> Array:
    shares = draw.figures["crime"]["victims"]
    numbers = np.array([int(k) for k in shares], dtype=np.int8)[draw.kinds(len(scm), list(shares.values()))]
    has_victims = np.array([code[0] in "123" for code in codes.SCM])
    counts: Array = np.where(has_victims[scm], numbers, 0).astype(np.int8)
    return counts


def suspects_of(draw: Draw, crimes: Frame) -> Frame:
    """One row a suspect of a cleared crime, without a person yet; most crimes have one."""
    of, lead = draw.figures["suspects"], draw.figures["leadtime_days"]["registered_to_suspect"]
    shares = draw.figures["crime"]["suspects_per_cleared"]
    each = np.array([int(k) for k in shares])[draw.kinds(length(crimes), list(shares.values()))]
    crime = np.repeat(np.arange(length(crimes), dtype=np.int32), each)
    n = len(crime)
    lag = np.where(
        draw.chance(n, lead["same_day"]),
        0,
        draw.days(crimes["registered"][crime], lead["later"], most=700, least=1),
    )
    arrested = draw.chance(n, of["arrested"])
    role = np.where(number_within(crime) == 1, 0, draw.kinds(n, list(of["roles"].values())))
    copied = {name: crimes[name][crime] for name in ("scm", "from", "until", "unit")}
    return copied | {
        "crime": crime,
        "marked": (crimes["registered"][crime] + lag).astype(np.int32),
        "role": role.astype(np.int8),
        "is_arrested": arrested,
        "in_custody": arrested & draw.chance(n, of["custody_of_arrested"]),
        "source": np.full(n, POL),
    }


def suspects_of_others(draw: Draw, year: int) -> Frame:
    """Suspects whom other services bring to the prosecution service; the police do not know them."""
    return stack([_of_service(draw, year, source=source) for source in (KMAR, BOD, CJIB)])


def _of_service(draw: Draw, year: int, *, source: np.int8) -> Frame:
    name = codes.SOURCES[source]
    n = draw.whole(draw.figures["case"]["sources"][name] * draw.scale)
    mix = draw.figures["case"]["other_sources"][name]
    kinds = np.array([codes.SCM.index(scm) for scm in mix], dtype=np.int8)
    marked = _days_of(draw, year, n=n)
    started = marked - draw.days(
        marked, draw.figures["leadtime_days"]["offence_to_registered"], most=LONGEST_AGO
    )
    return {
        "scm": kinds[draw.kinds(n, list(mix.values()))],
        "from": started.astype(np.int32),
        "until": started.astype(np.int32),
        "unit": draw.kinds(n, [u["share"] for u in draw.figures["units"].values()]),
        "crime": np.full(n, NO_ROW),
        "marked": marked,
        "role": np.zeros(n, dtype=np.int8),
        "is_arrested": np.zeros(n, dtype=bool),
        "in_custody": np.zeros(n, dtype=bool),
        "source": np.full(n, source),
    }


def settle_those_left(draw: Draw, suspects: Frame, *, is_minor: Array) -> Array:
    """Disposal code of each suspect; `case` tells who was sent to the prosecution service."""
    of = draw.figures["suspects"]
    left = suspects["case"] == NO_ROW
    disposal = np.where(left, NOTHING, REPORT)
    minors = left & is_minor
    halt = draw.race(minors.astype(float), draw.whole(of["halt"] * draw.scale))
    disposal[halt] = HALT
    rest = left & ~halt
    for group, name in ((rest & is_minor, "minor"), (rest & ~is_minor, "adult")):
        wanted = draw.whole(of["reprimand_of_rest"][name] * int(group.sum()))
        disposal[draw.race(group.astype(float), wanted)] = REPRIMAND
    return disposal.astype(np.int8)


def clear(crimes: Frame, suspects: Frame) -> None:
    """Add the day on which each crime was cleared: the first suspect's."""
    cleared = np.full(length(crimes), NEVER)
    known = suspects["crime"] != NO_ROW
    np.minimum.at(cleared, suspects["crime"][known], suspects["marked"][known])
    crimes["cleared"] = cleared
