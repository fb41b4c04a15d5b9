"""How many mistakes in the rules of the model their examples notice: those that chose examples, and others.

    python benchmarks/mistakes.py [--unseen]

A mistake is noticed when the rule and the mistake find different rows in the examples of that rule. Those
held out (src/das_analysis/rules/held_out.py) chose none. Some change nothing, and so cannot be noticed.
"""

import argparse
from collections import Counter

from das_analysis.model import load_model
from das_analysis.rules.books import laid_out
from das_analysis.rules.examples import example_of
from das_analysis.rules.held_out import held_out
from das_analysis.rules.mutants import mutants
from das_analysis.rules.noticed import noticed

LINE = "{:<24}{:>10}{:>10}{:>8.1%}"


def books_of(rules):
    """All books of the examples, and for each rule which are its own."""
    books, own = [], {}
    for rule in rules:
        example = example_of(rule)
        mine = [example.broken, example.passing, *(book for book, _ in example.edges)]
        own[rule] = frozenset(range(len(books), len(books) + len(mine)))
        books += mine
    return books, own


def main():
    """Print a line a kind of mistake."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--unseen", action="store_true", help="List the mistakes that no example notices.")
    unseen_too, model = parser.parse_args().unseen, load_model()
    books, own = books_of(model.rules)
    print(
        f"{len(model.rules)} rules, {len(books):,} books\n{'mistake':<24}{'made':>10}{'noticed':>10}{'':>8}"
    )
    with laid_out(books, model) as laid:
        for mistakes in (mutants, held_out):
            made, seen, unseen = Counter(), Counter(), []
            for rule in model.rules.values():
                for what, by in noticed(laid, rule, model=model, mistakes=mistakes):
                    made[what] += 1
                    seen[what] += bool(by & own[rule.id])
                    unseen += [] if by & own[rule.id] else [f"    {rule.id}: {what}"]
            for what in made:
                print(LINE.format(what, made[what], seen[what], seen[what] / made[what]))
            print(
                LINE.format(
                    f"all: {mistakes.__name__}", made.total(), seen.total(), seen.total() / made.total()
                )
            )
            print("\n".join(unseen) if unseen_too else "")


if __name__ == "__main__":
    main()
