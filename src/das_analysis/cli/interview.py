"""The questions of `das partner new`: asked one by one, and answers kept as they come.

An answer out of the file of answers and one that is typed are read by the same readers. What does not fit is
asked again on a terminal, and refused where nobody can answer: in a file or a pipe.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click
import yaml

from das_analysis.cli.answers import BadAnswer, Read, code, codes, dated, key_ids, line, number, role, share
from das_analysis.cli.terminal import say
from das_analysis.errors import Refused
from das_analysis.intake.proposal import likely_class
from das_analysis.intake.sample import Sample
from das_analysis.model import Code, Model
from das_analysis.words import t

PERIODS = ("year", "quarter", "month", "day")


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question. `usual` is what Enter answers; `asks` the key of its text; `file` what it is about.

    `told` is said before it: what one can choose from.
    """

    key: str
    read: Read
    usual: str = ""
    asks: str = ""
    file: str = ""
    told: str = ""


def questions(samples: Mapping[str, Sample], model: Model, *, lang: str) -> list[Question]:
    """Return what a card must know beyond its samples: the dossier, then each file."""
    lists, word = model.code_lists, line(lang)
    partners, gates, purposes = (lists[x].codes for x in ("ChainPartner", "LegalBasis", "Purpose"))
    asked = [
        *(Question(key=key, read=word) for key in ("title_nl", "title")),
        Question(key="partner", read=code(tuple(partners), lang), told=_choices(partners, lang)),
        Question(key="legal_gate", read=code(tuple(gates), lang), told=_choices(gates, lang)),
        *(Question(key=key, read=word) for key in ("basis_nl", "basis")),
        Question(key="purposes", read=codes(tuple(purposes), lang), told=_choices(purposes, lang)),
        *(Question(key=key, read=dated(lang)) for key in ("agreement", "permission", "dpia")),
        *(Question(key=key, read=role(lang)) for key in ("contact_nl", "contact")),
        Question(key="retention_years", read=number(1, 80, lang=lang)),
        *(Question(key=key, read=word) for key in ("retention_nl", "retention")),
        *(
            Question(key=key, read=word, usual=t(f"card_usual_{key}", lang))
            for key in ("transport_nl", "transport")
        ),
        Question(key="period", read=code(PERIODS, lang), usual="year"),
        Question(key="due_days", read=number(0, 366, lang=lang), usual="60"),
        Question(key="keys", read=key_ids(lang)),
    ]
    return asked + [
        q for name, sample in samples.items() for q in _of_file(name, sample, model=model, lang=lang)
    ]


def _choices(listed: Mapping[str, Code], lang: str) -> str:
    return "\n".join(f"  {code:<28}{known.title[lang]}" for code, known in listed.items())


def _of_file(name: str, sample: Sample, *, model: Model, lang: str) -> list[Question]:
    likely = likely_class(sample, model)
    table = next(x for x in model.tables.values() if x.class_name == likely)
    classes = tuple(x.class_name for x in model.tables.values())
    return [
        Question(key=f"{name}.class", asks="class", file=name, read=code(classes, lang), usual=likely),
        *(
            Question(key=f"{name}.{key}", asks=f"file_{key}", file=name, read=line(lang), usual=usual)
            for key, usual in (("title_nl", table.title.nl.lower()), ("title", table.title.en.lower()))
        ),
        Question(
            key=f"{name}.rows",
            asks="rows",
            file=name,
            read=number(1, 10**9, lang=lang),
            usual=str(max(1, sample.rows)),
        ),
        Question(key=f"{name}.tolerance", asks="tolerance", file=name, read=share(lang), usual="0.3"),
    ]


def answered(asked: list[Question], kept: Path, *, lang: str) -> dict[str, object]:
    """Ask what `kept` does not answer yet, and keep each answer at once.

    Raises Refused, naming the question, for an answer that does not fit where it cannot be asked again.
    """
    texts = _kept(kept)
    say(t("card_intro", lang, kept=kept.name))
    found: dict[str, object] = {}
    for question in asked:
        try:
            found[question.key] = (
                question.read(texts[question.key])
                if question.key in texts
                else _asked(question, texts, kept=kept, lang=lang)
            )
        except BadAnswer as why:
            raise Refused(
                t("card_bad_answer", lang),
                where=f"{kept.name}, {question.key}" if question.key in texts else question.key,
                todo=str(why),
            ) from None
    return found


def _kept(path: Path) -> dict[str, str]:
    try:
        texts = yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else {}
    except (yaml.YAMLError, UnicodeDecodeError):
        texts = None
    if texts is not None and not isinstance(texts, dict):
        texts = None
    if texts is None:
        raise Refused("the answers cannot be read", where=path.name, todo="mend the file, or take it away")
    return {str(key): "" if text is None else str(text) for key, text in texts.items()}


def _asked(question: Question, texts: dict[str, str], *, kept: Path, lang: str) -> object:
    if question.told:
        say(question.told)
    words = t(f"card_ask_{question.asks or question.key}", lang, file=question.file)
    while True:
        text = click.prompt(words, default=question.usual, show_default=bool(question.usual)).strip()
        try:
            value = question.read(text)
        except BadAnswer as why:
            if not sys.stdin.isatty():
                raise
            say(f"  {why}")
            continue
        texts[question.key] = text
        kept.write_text(yaml.safe_dump(texts, allow_unicode=True, sort_keys=False), encoding="utf-8")
        return value
