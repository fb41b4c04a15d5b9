"""das partner: a first card, on which terms a supplier delivers, and what of them lapses when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import click

from das_analysis.cli.options import PATH
from das_analysis.cli.signers import distrust, signers, trust
from das_analysis.cli.terminal import say, show
from das_analysis.errors import Refused
from das_analysis.model import Model, Standing, Supplier, closed_gates, load_model, standings
from das_analysis.words import t

LANG = click.option("--lang", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
ON = click.option(
    "--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="As if it were this day; else today, in UTC."
)
_WORDS = {"in force": "left", "ended": "ended", "not yet": "not_yet", "absent": "absent"}


@click.group()
def partner() -> None:
    """Suppliers' dossiers: agreement, permission, purposes, why each column; and whose signature counts."""


for command in (trust, distrust, signers):
    partner.add_command(command)


@partner.command("new")
@click.argument("supplier")
@click.argument("files", type=PATH, nargs=-1, required=True)
@click.option("--to", "home", type=PATH, default="model/partners", show_default=True, help="Folder of cards.")
@click.option("--answers", type=PATH, help="Where answers are kept; else SUPPLIER.answers.yaml.")
@LANG
def new_(*, supplier: str, files: tuple[Path, ...], home: Path, answers: Path | None, lang: str) -> None:
    """Write a first card: from a sample of each file and your answers to questions. Overwrites nothing.

    Of the samples it tells names, formats and codes, never a value of a person.

    \b
    Example:  das partner new halt verwijzingen.csv
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.cli.interview import answered, questions
    from das_analysis.intake.draft import draft_card
    from das_analysis.intake.sample import look_all

    model, path = load_model(), home / f"{supplier}.yaml"
    _check_free(supplier, path, model=model)
    samples = look_all(files, model)
    kept = answers or Path(f"{supplier}.answers.yaml")
    told = answered(questions(samples, model, lang=lang), kept, lang=lang)
    text = draft_card(supplier, told, samples=samples, model=model)
    with path.open("x", encoding="utf-8") as card:
        card.write(text)
    columns = sum(len(sample.columns) for sample in samples.values())
    used = columns - text.count("why: GEEN")
    say(t("card_written", lang, path=path, columns=columns, used=used, todo=text.count("TODO")))
    say(t("card_next", lang, path=path))


def _check_free(supplier: str, path: Path, *, model: Model) -> None:
    """A name that a card can have and no card has. Raises Refused otherwise."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,30}", supplier):
        raise Refused("not a name for a supplier", todo="use 2 to 31 small letters, digits and _")
    if supplier in model.suppliers or path.exists():
        raise Refused(
            "this supplier has a card", where=path.name, todo="change that card by hand, or take another name"
        )
    if not path.parent.is_dir():
        raise Refused("no such folder for cards", where=str(path.parent), todo="give it with --to")


@partner.command("show")
@click.argument("supplier")
@LANG
@ON
def show_(*, supplier: str, lang: str, day: datetime | None) -> None:
    """The dossier of one supplier, and whether it can deliver.

    \b
    Example:  das partner show dji --lang en
    """  # noqa: D301 - click's \b keeps the lines as they are
    import pandas as pd

    model, on = load_model(), _day(day)
    if supplier not in model.suppliers:
        raise Refused("no supplier of this name", todo=f"use one of {', '.join(sorted(model.suppliers))}")
    card = model.suppliers[supplier]
    title = t("dossier_title", lang, name=card.title[lang])
    show(pd.DataFrame(list(_facts(card, model, lang=lang)), columns=[t("dossier_term", lang), ""]), title)
    columns = [t(f"dossier_{word}", lang) for word in ("file", "column", "means", "why")]
    show(pd.DataFrame(list(_reasons(card, model, lang=lang)), columns=columns), t("dossier_what", lang))
    closed = ", ".join(t(f"dossier_{gate.term}", lang) for gate in closed_gates(card, on))
    say(t("dossier_closed_gate" if closed else "dossier_open_gate", lang, day=on, terms=closed))


@partner.command()
@click.argument("card", type=PATH, required=False)
@click.option("--within", type=int, default=90, show_default=True, help="Days within which a lapse counts.")
@LANG
@ON
def check(*, card: Path | None, within: int, lang: str, day: datetime | None) -> None:
    """What lapses when, over all suppliers; or of one CARD (a file) what it still lacks.

    Leaves with 1 when a term is out of force or lapses soon, or the card is not finished.

    \b
    Example:  das partner check --within 180
    """  # noqa: D301 - click's \b keeps the lines as they are
    import pandas as pd

    if card is not None:
        _check_card(card, lang)
        return
    cards = load_model().suppliers.values()
    found = [(card, standing) for card in cards for standing in standings(card, _day(day))]
    words = ("supplier", "term", "reference", "until", "standing")
    rows = [_row(card, standing, within=within, lang=lang) for card, standing in found]
    show(pd.DataFrame(rows, columns=[t(f"dossier_{w}", lang) for w in words]), t("dossier_term", lang))
    late = sorted({card.id for card, standing in found if _is_late(standing, within)})
    if late:
        raise Refused(
            t("dossier_is_late", lang, days=within), where=", ".join(late), todo=t("dossier_late_todo", lang)
        )


def _check_card(path: Path, lang: str) -> None:
    """Say what a card lacks, by line. Raises Refused when that is anything."""
    import pandas as pd

    from das_analysis.model.build import missing_in_card

    missing = missing_in_card(path, load_model())
    if not missing:
        say(t("card_whole", lang, path=path))
        return
    rows = [(str(line or ""), what) for line, what in missing]
    show(pd.DataFrame(rows, columns=[t("card_line", lang), t("card_missing", lang)]), path.name)
    raise Refused(t("card_unfinished", lang, n=len(missing)), where=path.name, todo=t("card_fill_in", lang))


def _day(given: datetime | None) -> date:
    return (given or datetime.now(UTC)).date()


def _is_late(standing: Standing, within: int) -> bool:
    return not standing.holds or (standing.days is not None and standing.days <= within)


def _row(card: Supplier, standing: Standing, *, within: int, lang: str) -> tuple[str, ...]:
    key = _WORDS.get(standing.state, "not_needed")
    if key == "left" and standing.days is None:
        key = "in_force"
    elif key == "left" and _is_late(standing, within):
        key = "lapses"
    term = t(f"dossier_{standing.term}", lang)
    return (
        card.id,
        term,
        standing.reference,
        standing.until or "",
        t(f"dossier_{key}", lang, days=standing.days),
    )


def _facts(card: Supplier, model: Model, *, lang: str) -> Iterator[tuple[str, str]]:
    """Who delivers, on which ground and how, as label and text; what the card does not say is left out."""
    for key, text in (*_grounds(card, model, lang=lang), *_manner(card, lang)):
        if text:
            yield t(f"dossier_{key}", lang), text


def _grounds(card: Supplier, model: Model, *, lang: str) -> Iterator[tuple[str, str]]:
    purposes = model.code_lists["Purpose"].codes
    yield "partner", model.code_lists["ChainPartner"].codes[card.partner].title[lang]
    yield "gate", model.code_lists["LegalBasis"].codes[card.legal_gate].title[lang]
    yield "purposes", ", ".join(purposes[p].title[lang] for p in card.purposes)
    dpia = card.dossier.dpia if card.dossier else {}
    for key, terms in (("agreement", card.agreement), ("permission", card.permission), ("dpia", dpia)):
        since, until = terms.get("valid_from"), terms.get("valid_until")
        reference = terms.get("reference")
        told = {"reference": reference, "since": since, "until": until}
        yield key, t("dossier_from_until", lang, **told) if terms else ""


def _manner(card: Supplier, lang: str) -> Iterator[tuple[str, str]]:
    if card.dossier is None:
        return
    terms, period = card.dossier, t(f"period_{card.period}", lang)
    yield "contact", terms.contact[lang]
    yield "basis", terms.basis[lang] if terms.basis else ""
    yield "dpia", terms.no_dpia[lang] if terms.no_dpia else ""
    yield "retention", terms.retention[lang]
    yield "cadence", t("dossier_cadence_is", lang, period=period, days=terms.due_days)
    yield "transport", terms.transport[lang]
    yield "keys", ", ".join(terms.keys) or t("dossier_keys_any", lang)
    for name, volume in terms.volume.items():
        share = t("dossier_tolerance_is", lang, share=round(100 * volume.tolerance))
        yield "rows", f"{name}: {volume.rows}, {share}"


def _reasons(card: Supplier, model: Model, *, lang: str) -> Iterator[tuple[str, ...]]:
    needs = model.code_lists["ColumnNeed"].codes
    for table in card.tables.values():
        for column in table.columns.values():
            why = needs[column.why].title[lang] if column.why else ""
            yield table.name, column.name, column.about[lang], why
