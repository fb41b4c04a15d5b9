"""What a supplier makes of a name, a date or an address so that it can be compared once it is sealed.

Each is a function of one normalised text; an empty outcome is blank, and a blank gives no key. The sound of a
name is an own, small one for Dutch. Its rules are those of Dutch spelling and speech: one sound with two
spellings (ij and y, ei; c, k, q and ck; ph and f; th, dt and t; x and ks; g and ch) and the loss of voice
(final d and b, v beside f, z beside s) as G. Booij describes it in The Phonology of Dutch (1995);
vowels behind the first letter are left out as in Russell's Soundex (US patent
1,261,167 of 1918), without its digits.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

UNUSABLE = "\x00"  # stands in a part for a value that is no value; a file cannot hold it
_REMEMBERED = 1 << 17
_LAST_MONTH = "12"

# Letters that NFKD does not take apart, as they are written without their sign
_FOLDS = str.maketrans(
    {
        "Æ": "AE",
        "æ": "ae",
        "Œ": "OE",
        "œ": "oe",
        "Ø": "O",
        "ø": "o",
        "Ð": "D",
        "ð": "d",
        "Đ": "D",
        "đ": "d",
        "Þ": "TH",
        "þ": "th",
        "Ł": "L",
        "ł": "l",
        "ß": "ss",
        "ẞ": "SS",
        "Ħ": "H",
        "ħ": "h",
        "Ŋ": "N",
        "ŋ": "n",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
    }
)
_BETWEEN_WORDS = re.compile(r"[^A-Z]+")
_NOT_PLAIN = re.compile(r"[^A-Z0-9]+")
_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_ONE_SOUND = (  # in this order: a later one sees what an earlier one made
    ("TSCH", "S"),
    ("SCH", "SG"),
    ("CH", "G"),
    ("GH", "G"),
    ("PH", "F"),
    ("TH", "T"),
    ("DT", "T"),
    ("CK", "K"),
    ("QU", "KW"),
    ("Q", "K"),
    ("X", "KS"),
    ("TZ", "S"),
    ("TS", "S"),
    ("IJ", "Y"),
    ("V", "F"),
    ("Z", "S"),
)
_SOFT_C = re.compile(r"C(?=[EIY])")
_FINAL = {"D": "T", "B": "P"}
_VOWELS = frozenset("AEIOUYH")  # an h behind the first letter is not heard, or makes no other name
_TWICE = re.compile(r"(.)\1+")


def folded(text: str) -> str:
    """Return a text in capitals, without accents; letters such as ø written without their sign."""
    plain = unicodedata.normalize("NFKD", text.translate(_FOLDS)).upper().translate(_FOLDS)
    return "".join(c for c in plain if not unicodedata.combining(c))


@lru_cache(maxsize=_REMEMBERED)
def given(text: str) -> str:
    """Return the first given name in capitals A-Z."""
    return next((word for word in _BETWEEN_WORDS.split(folded(text)) if word), "")


@lru_cache(maxsize=_REMEMBERED)
def sound(name: str) -> str:
    """Return how a name in capitals A-Z sounds in Dutch: its consonants, and A for a vowel in front."""
    for spelling, one in _ONE_SOUND:
        name = name.replace(spelling, one)
    name = _SOFT_C.sub("S", name).replace("C", "K")
    name = _TWICE.sub(r"\1", name)
    if not name or name == UNUSABLE:
        return ""
    first = "A" if name[0] in _VOWELS - {"H"} else name[0]
    rest = name[1:-1] + _FINAL.get(name[-1], name[-1]) if name[1:] else ""
    return _TWICE.sub(r"\1", first + "".join(c for c in rest if c not in _VOWELS))


def letters(name: str) -> str:
    """Return the letters of a name in order of the alphabet: two that changed places give the same."""
    return "" if name == UNUSABLE else "".join(sorted(name))


def initial(name: str) -> str:
    """Return the first letter of a name."""
    return name.replace(UNUSABLE, "")[:1]


def swapped(date: str) -> str:
    """Return a date with day and month exchanged; blank where that is no date, or the same one."""
    found = _DATE.fullmatch(date)
    if not found or found[3] > _LAST_MONTH or found[2] == found[3]:
        return ""
    return f"{found[1]}-{found[3]}-{found[2]}"


def birthday(date: str) -> str:
    """Return month and day of a date."""
    return f"--{date[5:]}" if _DATE.fullmatch(date) else ""


@lru_cache(maxsize=_REMEMBERED)
def plain(text: str) -> str:
    """Return the capitals and digits of a text: no blanks, points, dashes or accents."""
    return _NOT_PLAIN.sub("", folded(text))


# the words of model.schema.DERIVE
DERIVED: Mapping[str, Callable[[str], str]] = {
    "given": given,
    "sound": sound,
    "letters": letters,
    "initial": initial,
    "swapped": swapped,
    "birthday": birthday,
    "plain": plain,
}
