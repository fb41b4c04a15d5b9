"""How an answer of `das partner new` is read: by its kind, or refused with what does fit.

Each reader takes a text and gives what the card will hold; an empty text leaves the place open (TODO).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from das_analysis.intake.proposal import TODO
from das_analysis.words import t

Read = Callable[[str], object]
LONGEST, LEAST = 300, 0.01
_ADDRESS = re.compile(r"@|[0-9][0-9 -]{5,}")
_KEY_ID = re.compile(r"[a-z][0-9a-z]{0,7}-[0-9a-f]{16}")
_TERMS = 3  # a reference and two days


class BadAnswer(Exception):
    """An answer that does not fit; its text says what does."""


def line(lang: str) -> Read:
    """A plain text of one line; empty: to be written later."""

    def read(text: str) -> object:
        if len(text) > LONGEST or not text.isprintable():
            raise BadAnswer(t("card_bad_text", lang))
        return text or TODO

    return read


def role(lang: str) -> Read:
    """A text without an address or a number of a person."""

    def read(text: str) -> object:
        if _ADDRESS.search(text):
            raise BadAnswer(t("card_bad_contact", lang))
        return line(lang)(text)

    return read


def code(allowed: tuple[str, ...], lang: str) -> Read:
    """One of some codes; empty: to be chosen later."""

    def read(text: str) -> object:
        if text and text not in allowed:
            raise BadAnswer(t("card_bad_code", lang, codes=", ".join(allowed)))
        return text or TODO

    return read


def codes(allowed: tuple[str, ...], lang: str) -> Read:
    """Some codes, apart by commas; empty: none yet."""

    def read(text: str) -> object:
        one = code(allowed, lang)
        return [one(word) for word in dict.fromkeys(_listed(text))]

    return read


def _listed(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def dated(lang: str) -> Read:
    """A reference and two days; empty: there is none yet."""

    def read(text: str) -> object:
        words = text.split()
        try:
            days = [date.fromisoformat(word).isoformat() for word in words[1:]]
        except ValueError:
            days = []
        if words and (len(words) != _TERMS or len(days) != _TERMS - 1 or days[0] > days[1]):
            raise BadAnswer(t("card_bad_dated", lang))
        return {"reference": words[0], "valid_from": days[0], "valid_until": days[1]} if words else {}

    return read


def number(low: int, high: int, *, lang: str) -> Read:
    """A whole number within bounds; empty: to be filled in later."""

    def read(text: str) -> object:
        if text and not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise BadAnswer(t("card_bad_number", lang, low=low, high=high))
        return int(text) if text else TODO

    return read


def share(lang: str) -> Read:
    """A part of one, from 0.01."""

    def read(text: str) -> object:
        if not re.fullmatch(r"0[.,][0-9]{1,3}|1", text) or float(text.replace(",", ".")) < LEAST:
            raise BadAnswer(t("card_bad_number", lang, low=LEAST, high="1"))
        return float(text.replace(",", "."))

    return read


def key_ids(lang: str) -> Read:
    """Ids of keys, apart by commas; empty: none are named."""

    def read(text: str) -> object:
        if not all(_KEY_ID.fullmatch(word) for word in _listed(text)):
            raise BadAnswer(t("card_bad_key", lang))
        return _listed(text)

    return read
