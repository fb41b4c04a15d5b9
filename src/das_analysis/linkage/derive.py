"""Named transformations that a card may ask for: a class made out of another one's rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from das_analysis.errors import BadModel
from das_analysis.lake.sql import literal
from das_analysis.linkage.work import Work, hashed


def derive(work: Work) -> None:
    """Run what the suppliers' cards ask for. Raises BadModel for a name that is not in the list."""
    for supplier in work.model.suppliers.values():
        for target, name in sorted(supplier.derives.items()):
            if name not in DERIVATIONS:
                raise BadModel(
                    f"no derivation {name!r} for {target}",
                    where=f"card of {supplier.id}",
                    todo=f"use one of {', '.join(DERIVATIONS)}",
                )
            DERIVATIONS[name](work, supplier.id)


def spells_from_days(work: Work, supplier: str) -> None:
    """Make detention spells out of daily counts.

    A spell is a run of consecutive delivered days on which a person was present with one day of admission and
    one title. It starts on the first such day and ends on the next delivered day on which he is not among
    them, which nobody knows yet for who was there on the last day. What happens between two delivered days is
    never seen.
    """
    work.con.execute(
        f"""CREATE OR REPLACE TEMP TABLE present AS
            SELECT *, dense_rank() OVER (ORDER BY present_on) AS day FROM detention_day
            WHERE supplier = {literal(supplier)}
            QUALIFY row_number() OVER (
                PARTITION BY person_key, present_on ORDER BY admitted_on, title_code, age_years) = 1"""
    )
    work.con.execute(
        """CREATE OR REPLACE TEMP TABLE run AS
            SELECT supplier, person_key, admitted_on, title_code, min(present_on) AS started_on,
                max(day) AS last_day, min_by(age_years, present_on) AS age_at_start_years,
                min_by(delivery_id, present_on) AS delivery_id, min_by(period, present_on) AS period
            FROM (SELECT *, day - row_number() OVER (
                      PARTITION BY person_key, admitted_on, title_code ORDER BY day) AS run FROM present)
            GROUP BY supplier, person_key, admitted_on, title_code, run"""
    )
    stay = hashed("concat_ws('/', 'stay', supplier, person_key, admitted_on)")
    spell = hashed("concat_ws('/', 'spell', supplier, person_key, admitted_on, started_on)")
    work.con.execute(
        f"""INSERT INTO detention_spell BY NAME
            SELECT run.* EXCLUDE (last_day), after.present_on AS ended_on, true AS is_from_snapshots,
                {stay} AS stay_key, {spell} AS spell_key
            FROM run LEFT JOIN (SELECT DISTINCT day, present_on FROM present) AS after
                ON after.day = run.last_day + 1"""
    )


DERIVATIONS: Mapping[str, Callable[[Work, str], None]] = {"spells_from_days": spells_from_days}
