"""Changes between editions, told: each in a sentence, by kind, and by the supplier who must act."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from das_analysis.model import Model
from das_analysis.model.changes import KINDS, Change, compare
from das_analysis.model.outline import edition, editions, outline
from das_analysis.words import t

Lines = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one edition changed in the one before it, in a language."""

    old: str
    new: str
    changes: tuple[Change, ...]
    breaks: tuple[tuple[str, Lines], ...]
    groups: tuple[tuple[str, Lines], ...]


def steps(model: Model, lang: str) -> list[Step]:
    """Return the step of each kept edition to the next, and to this model if it differs; newest first."""
    names = editions()
    outlines = [*map(edition, names), outline(model)]
    labels = [*names, t("site_now", lang, version=model.version)]
    pairs = zip(outlines, outlines[1:], labels, labels[1:], strict=False)
    found = [step(compare(old, new), between, lang=lang) for old, new, *between in pairs]
    return [one for one in found if one.changes][::-1]


def step(changes: tuple[Change, ...], between: Sequence[str], *, lang: str) -> Step:
    """Return changes as they are told: who must act on which, and all of them by kind."""
    old, new = between
    suppliers = sorted({supplier for change in changes for supplier in change.breaks})
    return Step(
        old=old,
        new=new,
        changes=changes,
        breaks=tuple(
            (one, tuple(say_change(c, lang) for c in changes if one in c.breaks)) for one in suppliers
        ),
        groups=tuple(_groups(changes, lang)),
    )


def _groups(changes: Sequence[Change], lang: str) -> Iterator[tuple[str, Lines]]:
    for kind in KINDS:
        found = tuple(say_change(change, lang) for change in changes if change.kind == kind)
        if found:
            yield t(f"what_{kind}", lang), found


def say_change(change: Change, lang: str) -> str:
    """Return a change as a line: what it is about, what happened to it, and which facts differ."""
    facts = f" ({', '.join(change.facts)})" if change.facts else ""
    return f"{t(f'what_{change.kind}', lang)} {change.name}: {t(f'change_{change.how}', lang)}{facts}"
