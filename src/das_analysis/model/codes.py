"""Code lists of the model: codes, their hierarchy and crosswalks, and what they said in which period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Text:
    """The same text in Dutch and English."""

    nl: str
    en: str

    def __getitem__(self, lang: str) -> str:
        return self.nl if lang == "nl" else self.en


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What one code said in a period, first and last day included; what is not given is as the code says."""

    valid_from: str | None = None
    valid_until: str | None = None
    title: Text | None = None
    definition: Text | None = None
    crosswalks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)

    def holds_on(self, day: str) -> bool:
        """Whether the period holds a day, YYYY-MM-DD."""
        return (self.valid_from or "") <= day <= (self.valid_until or "9999")


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """One permissible value of a code list, as it is now.

    `parent` is a code of the list's `parent_list`, or of the list itself. `crosswalks` names codes of other
    lists (list -> codes), `replaced_by` codes of this list. `synonyms` (language -> words) serve search;
    `mappings` (exact, close, ... -> IRIs) name the same in known vocabularies. `meanings` are the periods in
    which the code said something else, or something more; `facts` is the rest: groups, limits, sources.
    """

    code: str
    title: Text
    definition: Text
    valid_from: str | None = None
    valid_until: str | None = None
    parent: str | None = None
    replaced_by: tuple[str, ...] = ()
    crosswalks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    mappings: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    meanings: tuple[Meaning, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    def on(self, day: str) -> Code:
        """Return the code as it was on a day, YYYY-MM-DD: the text, crosswalks and facts of that period."""
        meaning = next((m for m in self.meanings if m.holds_on(day)), Meaning())
        return replace(
            self,
            title=meaning.title or self.title,
            definition=meaning.definition or self.definition,
            crosswalks={**self.crosswalks, **meaning.crosswalks},
            facts={**self.facts, **meaning.facts},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeList:
    """A code list: a LinkML enum. `parent_list` is the list that the parents of its codes belong to."""

    name: str
    title: Text
    definition: Text
    codes: Mapping[str, Code]
    parent_list: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
