"""Which mistakes in a rule a set of small books notices: the rule and the mistake find different rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from das_analysis.model import Model, Rule
from das_analysis.rules.books import Laid
from das_analysis.rules.forms import cell_scans, row_scans, set_scans
from das_analysis.rules.mutants import Mutant, mutants

Rows = frozenset[tuple[int, int]]  # (number of the book, number of the row in the engine)


def rows_found(laid: Laid, rule: Rule, *, model: Model) -> Rows:
    """Return the rows that break a rule of a model, either of which may be a mistake."""
    alone = replace(model, rules={rule.id: rule})
    source = replace(laid.sources[rule.table], table=alone.tables[rule.table])
    asked = {rule.column} if rule.check == "required" else ()
    queries = [*cell_scans(source, alone, required=asked), *row_scans(source, alone)]
    queries += set_scans(source, alone, sources=laid.sources)
    found = (laid.con.execute(f"SELECT book, row FROM ({query})").fetchall() for query in queries)
    return frozenset(row for rows in found for row in rows)


def noticed(
    laid: Laid, rule: Rule, *, model: Model, mistakes: Callable[[Rule, Model], list[Mutant]] = mutants
) -> list[tuple[str, frozenset[int]]]:
    """Return each mistake of a kind in a rule, with the numbers of the books that notice it."""
    right = rows_found(laid, rule, model=model)
    wrong = [(what, rows_found(laid, bad, model=changed)) for what, bad, changed in mistakes(rule, model)]
    return [(what, frozenset(book for book, _ in right ^ rows)) for what, rows in wrong]


def fewest(mistakes: Sequence[tuple[str, frozenset[int]]], known: Sequence[int]) -> list[int]:
    """Return books that with the known ones notice all that any book notices; few, not always the fewest."""
    left = [books for _, books in mistakes if books and not books & set(known)]
    chosen = []
    while left:
        counts: dict[int, int] = {}
        for books in left:
            for book in books:
                counts[book] = counts.get(book, 0) + 1
        best = min(counts, key=lambda book: (-counts[book], book))
        chosen.append(best)
        left = [books for books in left if best not in books]
    return chosen
