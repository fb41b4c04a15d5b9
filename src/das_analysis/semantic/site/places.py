"""Where a page of the site is: one address a thing, the same in both languages."""

from __future__ import annotations

import re
from dataclasses import dataclass

FOLDERS = ("suppliers", "codes", "classes", "rules", "indicators")
MENU = (
    ("suppliers", "suppliers.html"),
    ("codes", "codes.html"),
    ("classes", "classes.html"),
    ("rules", "rules.html"),
    ("indicators", "indicators.html"),
    ("check", "check.html"),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A page, by its language and its path below the folder of that language."""

    lang: str
    path: str

    @property
    def root(self) -> str:
        """The way from here to the folder that holds both languages."""
        return "../" * (1 + self.path.count("/"))

    @property
    def section(self) -> str:
        """The page of the menu that this one belongs to."""
        folder, slash, _ = self.path.partition("/")
        return f"{folder}.html" if slash else self.path

    def page(self, path: str) -> str:
        """Return the way from here to another page of this language."""
        return f"{self.root}{self.lang}/{path}"

    def to(self, kind: str, name: str = "", *, code: str = "", anchor: str = "") -> str:
        """Return the way to a thing of the model; `code` is one code of a list, `anchor` a part of a page."""
        at = code_id(code) if code else anchor
        return self.page(address(kind, name)) + (f"#{at}" if at else "")


def address(kind: str, name: str = "") -> str:
    """Return the path of a thing's page: codes/Scm2010.html; without a name the page of its kind."""
    return f"{kind}/{name}.html" if name else f"{kind}.html"


def code_id(code: str) -> str:
    """Return the anchor of a code on the page of its list: a name that an address can hold."""
    return "c-" + re.sub(r"[^A-Za-z0-9.-]", "_", code)
