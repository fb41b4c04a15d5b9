"""Proves each rule of the model: the smallest change of a valid example that breaks it, and nothing else.

Small changes of every valid example of the rule's class are checked, one change first, then two, then three.
Of those with this rule as their one finding the smallest is kept, with the nearest that breaks nothing.
Beside those two stand edges: neighbours that differ from them in one cell, and books that tell the rule from
one with a small mistake (mutants.py). Other mistakes (held_out.py) choose nothing: they show its worth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, product
from random import Random

from das_analysis.model import Model, Rule, Supplier
from das_analysis.rules.books import Book, check_books, laid_out
from das_analysis.rules.edits import Edit, Scene, beside, changes, ways_out
from das_analysis.rules.noticed import fewest, noticed, rows_found

MANY = 20_000  # books in one go
SEEDS = 6  # changes of two cells to which a third is tried
TURNS = 3  # neighbours that differ in one cell and turn the outcome
SHADED = ("holds", "dated", "no_overlap", "range")  # can be wrong by a little; the others are there or not
DRAWN = 1500  # edges to choose from, of one valid example
FAR = 10.0**6


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A changed example and the rules that it breaks, in order."""

    scene: Scene
    edits: tuple[Edit, ...]
    found: tuple[str, ...] = ()

    @property
    def book(self) -> Book:
        """The example after its changes."""
        book = self.scene.book
        for edit in self.edits:
            book = edit.apply(book)
        return book

    @property
    def is_alone(self) -> bool:
        """Whether the rule is the one finding, beside those that cannot but break with it."""
        return [rule for rule in self.found if rule not in self.scene.also] == [self.scene.rule.id]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A rule, a change that breaks it alone, and the nearest that breaks nothing; all that was tried."""

    rule: Rule
    supplier: str | None
    broken: Trial | None
    passing: Trial | None
    tried: tuple[Trial, ...]


def prove(
    model: Model,
    examples: Mapping[str, Book],
    *,
    together: Mapping[str, Sequence[str]],
    rules: Iterable[Rule] | None = None,
) -> list[Proof]:
    """Search a proof for every rule, or for some.

    `examples`: valid books, each named by its class, a dash and a word. `together`: rules that cannot be
    broken alone, with those that break with them.
    """
    asked: dict[str | None, list[Rule]] = defaultdict(list)
    for rule in model.rules.values() if rules is None else rules:
        asked[_asker(rule, model)].append(rule)
    proofs = []
    for asker, mine in asked.items():
        supplier = model.suppliers[asker] if asker else None
        sound = _sound(examples, model, supplier=supplier)
        scenes = [
            replace(scene, also=frozenset(together.get(rule.id, ())))
            for rule in mine
            for scene in _scenes(rule, model, examples=sound)
        ]
        tried = _search(scenes, model, supplier=supplier)
        proofs += [_choose(rule, tried[rule.id], supplier=asker) for rule in mine]
    return sorted(proofs, key=lambda proof: list(model.rules).index(proof.rule.id))


def _sound(examples: Mapping[str, Book], model: Model, *, supplier: Supplier | None) -> dict[str, Book]:
    """The examples that are valid for a supplier too: those of one card need not be for another's."""
    found = check_books(list(examples.values()), model, supplier=supplier)
    return {name: book for (name, book), some in zip(examples.items(), found, strict=True) if not some}


def _asker(rule: Rule, model: Model) -> str | None:
    """The supplier whose card alone asks for a column to be filled."""
    if rule.check != "required" or model.tables[rule.table].columns[rule.column].required:
        return None
    return next(
        s.id
        for s in model.suppliers.values()
        for t in s.tables.values()
        for m in t.maps
        if m.table == rule.table and rule.column in m.required
    )


def _search(scenes: Sequence[Scene], model: Model, *, supplier: Supplier | None) -> dict[str, list[Trial]]:
    """Try one change, two, three, until each rule has a trial that breaks it alone, or there are no more."""
    tried: dict[str, list[Trial]] = defaultdict(list)
    for more in (_one, _two, _three):
        proven = {rule for rule, trials in tried.items() if any(trial.is_alone for trial in trials)}
        unproven = [scene for scene in scenes if scene.rule.id not in proven]
        trials = [trial for scene in unproven for trial in more(scene, tried[scene.rule.id])]
        for start in range(0, len(trials), MANY):
            part = trials[start : start + MANY]
            findings = check_books([trial.book for trial in part], model, supplier=supplier)
            for trial, found in zip(part, findings, strict=True):
                judged = tuple(finding.rule for finding in found)
                tried[trial.scene.rule.id].append(Trial(scene=trial.scene, edits=trial.edits, found=judged))
    return tried


def _scenes(rule: Rule, model: Model, *, examples: Mapping[str, Book]) -> list[Scene]:
    class_name = model.tables[rule.table].class_name
    named = {name: book for name, book in examples.items() if name.partition("-")[0] == class_name}
    return [Scene(rule=rule, model=model, name=name, book=book) for name, book in named.items()]


def _one(scene: Scene, _: Sequence[Trial]) -> Iterator[Trial]:
    return (Trial(scene=scene, edits=(edit,)) for edit in changes(scene))


def _two(scene: Scene, _: Sequence[Trial]) -> Iterator[Trial]:
    first, also = changes(scene), ways_out(scene)
    for one, other in (*combinations(first, 2), *product(first, also)):
        if _apart(one, other):
            yield Trial(scene=scene, edits=(one, other))


def _three(scene: Scene, tried: Sequence[Trial]) -> Iterator[Trial]:
    """To the trials that break the rule with the fewest others, one change more."""
    near = [t for t in tried if t.scene.name == scene.name and scene.rule.id in t.found]
    for trial in sorted(near, key=lambda t: len(t.found))[:SEEDS]:
        for edit in (*changes(scene), *ways_out(scene)):
            if all(_apart(edit, before) for before in trial.edits):
                yield Trial(scene=scene, edits=(*trial.edits, edit))


def _apart(one: Edit, other: Edit) -> bool:
    """Whether two changes are of different cells; a copy is made first."""
    return (one.table, one.row, one.column, one.how) != (other.table, other.row, other.column, other.how)


def _choose(rule: Rule, tried: Sequence[Trial], *, supplier: str | None) -> Proof:
    """The fewest changes; of those the one that lies nearest to a change that breaks nothing."""
    alone = [trial for trial in tried if trial.is_alone]
    fewest = min((len(trial.edits) for trial in alone), default=0)
    pairs = [
        (_gap(trial, other), i, j)
        for i, trial in enumerate(alone)
        if len(trial.edits) == fewest
        for j, other in enumerate(tried)
        if not other.found and other.scene.name == trial.scene.name
    ]
    nearest = min(pairs, default=None)
    broken = alone[nearest[1]] if nearest else next((t for t in alone if len(t.edits) == fewest), None)
    passing = tried[nearest[2]] if nearest and nearest[0] < FAR else None
    if broken and not passing:
        passing = _one_less(broken, tried)
    return Proof(rule=rule, supplier=supplier, broken=broken, passing=passing, tried=tuple(tried))


def _one_less(broken: Trial, tried: Sequence[Trial]) -> Trial:
    """The same without its last change that matters; in the end the example itself, which breaks nothing."""
    less = [t for t in tried if not t.found and set(t.edits) < set(broken.edits)]
    of_scene = [t for t in less if t.scene.name == broken.scene.name]
    return max(of_scene, key=lambda t: len(t.edits), default=Trial(scene=broken.scene, edits=()))


def edges(proof: Proof, model: Model, *, examples: Mapping[str, Book]) -> list[tuple[Trial, bool]]:
    """Return trials, and whether each breaks the rule, that notice the mistakes the proof itself does not.

    First the neighbours of the proof; then, of up to three changes at once of a valid example, whatever other
    rules say of it, those by which a mistake shows that shows by no other.
    """
    known = [trial for trial in (proof.broken, proof.passing) if trial]
    near = [(i, trial) for i, one in enumerate(known) for trial in _beside(one, known)]
    trials = [*known, *(trial for _, trial in near), *_draw(proof.rule, model, examples=examples)]
    alone = replace(model, rules={proof.rule.id: proof.rule})
    with laid_out([trial.book for trial in trials], alone) as laid:
        broken = {book for book, _ in rows_found(laid, proof.rule, model=model)}
        turned = [(of in broken) != (i in broken) for i, (of, _) in enumerate(near, len(known))]
        kept = [i for i, tells in enumerate(_telling(near, turned), len(known)) if tells]
        mistakes = noticed(laid, proof.rule, model=model) if proof.rule.check in SHADED else []
    chosen = fewest(mistakes, [*range(len(known)), *kept])
    return [(trials[i], i in broken) for i in sorted({*kept, *chosen})]


def _beside(trial: Trial, known: Sequence[Trial]) -> list[Trial]:
    """The neighbours of a trial; where they do not read its other cells, of the last one known alone."""
    if trial.scene.rule.check != "holds" and trial is not known[-1]:
        return []
    scene = replace(trial.scene, book=trial.book)
    return [replace(trial, edits=(*trial.edits, *more), found=()) for more in beside(scene)]


def _telling(near: Sequence[tuple[int, Trial]], turned: Sequence[bool]) -> list[bool]:
    """Which neighbours are kept: where a predicate reads more than one cell, those that say what one decides.

    That is a cell left empty, and the first values of a cell that turn the outcome.
    """
    count: dict[object, int] = defaultdict(int)
    kept = []
    for (of, trial), turns in zip(near, turned, strict=True):
        edit = trial.edits[-1]
        cell = (of, edit.table, edit.row, edit.column)
        count[cell] += turns
        kept.append(
            trial.scene.rule.check != "holds" or edit.value is None or (turns and count[cell] <= TURNS)
        )
    return kept


def _draw(rule: Rule, model: Model, *, examples: Mapping[str, Book]) -> list[Trial]:
    if rule.check not in SHADED:
        return []
    return [trial for scene in _scenes(rule, model, examples=examples) for trial in _drawn(scene)]


def _drawn(scene: Scene) -> Iterator[Trial]:
    first = changes(scene)
    yield from (Trial(scene=scene, edits=(edit,)) for edit in first)
    if scene.rule.check != "range" and len(first) > 1:
        draw = Random(f"{scene.rule.id} {scene.name}")  # noqa: S311 - the same draw every time
        for _ in range(DRAWN):
            some = draw.sample(first, min(len(first), draw.choice((2, 2, 3))))
            if all(_apart(one, other) for one, other in combinations(some, 2)):
                yield Trial(scene=scene, edits=tuple(some))


def _gap(one: Trial, other: Trial) -> float:
    """How far two changes of one example lie apart: infinite unless they differ in the value of one cell."""
    cells = [(e.table, e.row, e.column, e.how) for e in one.edits]
    if cells != [(e.table, e.row, e.column, e.how) for e in other.edits]:
        return FAR
    differing = [
        (a.value, b.value) for a, b in zip(one.edits, other.edits, strict=True) if a.value != b.value
    ]
    return _between(*differing[0]) if len(differing) == 1 else FAR


def _between(one: object, other: object) -> float:
    if isinstance(one, int) and isinstance(other, int):
        return abs(one - other)
    try:
        days = date.fromisoformat(str(one)) - date.fromisoformat(str(other))
    except ValueError:
        return FAR / 2
    return abs(days.days)
