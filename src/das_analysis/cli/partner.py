"""das partner: on which terms a supplier delivers, and what of them lapses when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import click

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
@click.option("--within", type=int, default=90, show_default=True, help="Days within which a lapse counts.")
@LANG
@ON
def check(*, within: int, lang: str, day: datetime | None) -> None:
    """What lapses when, over all suppliers. Leaves with 1 when a term is out of force or lapses soon.

    \b
    Example:  das partner check --within 180
    """  # noqa: D301 - click's \b keeps the lines as they are
    import pandas as pd

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
