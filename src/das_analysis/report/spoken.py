"""Periods in words: 2025, the third quarter of 2025, September 2025, 30 September 2025."""

from __future__ import annotations

import re

from das_analysis.words import t


def say_period(period: str, lang: str) -> str:
    """Return a period in words: 2025, 3e kwartaal van 2025, september 2025, 30 september 2025."""
    quarter = re.fullmatch(r"(\d{4})-Q(\d)", period)
    if quarter:
        return t("report_quarter", lang, number=quarter[2], year=quarter[1])
    year, *rest = period.split("-")
    month = [t("report_months", lang).split()[int(rest[0]) - 1]] if rest else []
    day = [str(int(rest[1]))] if rest[1:] else []
    return " ".join([*day, *month, year])


def say_when(period: str, lang: str) -> str:
    """Return when something was: in 2025, in het 3e kwartaal van 2025, op 30 september 2025."""
    key = "report_in_quarter" if "Q" in period else "report_on_day" if period.count("-") > 1 else "report_in"
    return t(key, lang, period=say_period(period, lang))
