"""Every rule proves itself: an example breaks it alone, its neighbour breaks nothing, mistakes show."""

import random
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from das_analysis.model import load_model
from das_analysis.rules.books import check_books, laid_out
from das_analysis.rules.examples import example_of, invalid_files, read_together, read_valid
from das_analysis.rules.held_out import held_out
from das_analysis.rules.mutants import mutants
from das_analysis.rules.noticed import noticed
from das_analysis.rules.proof import prove

MODEL = load_model()
EXAMPLES = [example_of(rule) for rule in MODEL.rules]
HOME = Path(__file__).parents[2] / "model" / "examples"
SCORE = 0.90
RULES = 120  # whose mistakes are counted; of all of them by benchmarks/mistakes.py


def findings(books):
    """Rules that each book breaks; books are (supplier or None, book)."""
    found = {}
    for asker in {supplier for supplier, _ in books}:
        mine = [i for i, (supplier, _) in enumerate(books) if supplier == asker]
        judged = check_books([books[i][1] for i in mine], MODEL, supplier=MODEL.suppliers.get(asker))
        found |= {i: sorted(f.rule for f in some) for i, some in zip(mine, judged, strict=True)}
    return [found[i] for i in range(len(books))]


def test_every_rule_is_broken_by_its_example_alone(capsys):
    found = findings([(e.supplier, e.broken) for e in EXAMPLES])
    wanted = [sorted((e.rule, *e.also)) for e in EXAMPLES]
    assert [pair for pair in zip(found, wanted, strict=True) if pair[0] != pair[1]] == []
    covered = {rule for rules in found for rule in rules} & set(MODEL.rules)
    with capsys.disabled():
        sys.stdout.write(f"\nrules that an example breaks: {len(covered)} of {len(MODEL.rules)}\n")
    assert covered == set(MODEL.rules)


def test_the_neighbour_of_every_example_breaks_nothing():
    assert [f for f in findings([(e.supplier, e.passing) for e in EXAMPLES]) if f] == []


def test_every_edge_is_judged_as_it_was():
    edges = [(e, book, breaks) for e in EXAMPLES for book, breaks in e.edges]
    found = findings([(e.supplier, book) for e, book, _ in edges])
    assert [e.rule for (e, _, breaks), f in zip(edges, found, strict=True) if (e.rule in f) != breaks] == []


def test_every_class_has_valid_examples_without_findings():
    valid = read_valid(HOME)
    assert {name.partition("-")[0] for name in valid} == {t.class_name for t in MODEL.tables.values()}
    found = dict(zip(valid, check_books(list(valid.values()), MODEL), strict=True))
    assert {name: some for name, some in found.items() if some} == {}


def test_the_invalid_examples_are_those_of_the_rules():
    committed = {p.name: p.read_text(encoding="utf-8") for p in (HOME / "invalid").glob("*.yaml")}
    assert committed == invalid_files(MODEL), "run das model examples and commit what it writes"


def test_no_rule_is_listed_that_can_be_broken_alone():
    listed = read_together(HOME)
    proofs = prove(MODEL, read_valid(HOME), together={}, rules=[MODEL.rules[rule] for rule in listed])
    assert [proof.rule.id for proof in proofs if proof.broken] == []


def books_of_rules():
    """All books, and for each rule the numbers of its own."""
    books, own = [], defaultdict(set)
    for example in EXAMPLES:
        for book in (example.broken, example.passing, *(book for book, _ in example.edges)):
            own[example.rule].add(len(books))
            books.append(book)
    return books, own


@pytest.fixture(scope="module")
def laid():
    """The books of all examples, laid out and checked, and for each rule the numbers of its own."""
    books, own = books_of_rules()
    with laid_out(books, MODEL) as laid:
        yield laid, own


@pytest.mark.slow
@pytest.mark.parametrize("mistakes", [mutants, held_out])
def test_a_mistake_in_a_rule_is_noticed(mistakes, laid, capsys):
    """A sample of the mistakes; by those held out no example was chosen."""
    books, own = laid
    made, seen, unseen = 0, 0, []
    for rule in random.Random(1).sample(list(MODEL.rules.values()), RULES):
        for what, by in noticed(books, rule, model=MODEL, mistakes=mistakes):
            made += 1
            seen += bool(by & own[rule.id])
            unseen += [] if by & own[rule.id] else [(rule.id, what)]
    with capsys.disabled():
        sys.stdout.write(f"\n{mistakes.__name__}: an example notices {seen} of {made} ({seen / made:.1%})\n")
    assert made > 150
    assert seen >= SCORE * made, unseen


def test_no_mistake_is_both_held_out_and_one_by_which_examples_are_chosen():
    for rule in MODEL.rules.values():
        chosen, other = (
            {wrong for _, wrong, changed in some(rule, MODEL) if changed is MODEL} - {rule}
            for some in (mutants, held_out)
        )
        assert not chosen & other, rule.id


def test_a_rule_without_an_example_would_be_seen():
    """The examples of one rule do not prove another."""
    mine = example_of("verdict_before_first_hearing")
    with laid_out([mine.passing], MODEL) as laid:
        rule = MODEL.rules["verdict_before_first_hearing"]
        assert not all(by for _, by in noticed(laid, rule, model=MODEL))
