"""For each rule an example that breaks it and one that just does not, made out of the model's valid examples.

`das model examples` writes them; tests check them, and count the mistakes in rules that they notice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from das_analysis.errors import BadModel
from das_analysis.model import Model
from das_analysis.rules.books import Book
from das_analysis.rules.edits import Edit
from das_analysis.rules.proof import Proof, Trial, edges, prove

HERE = Path(__file__).parent / "compiled" / "examples.json"
SOURCE = Path(__file__).parents[3] / "model" / "examples"
TOGETHER = "together.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """How a rule is broken: `broken` has it as its one finding, `passing` lies next to it and has none.

    Books map the plural of a table to rows, as the model writes values. `of` names the valid example that was
    changed; `also` are rules that cannot but break with it; with `supplier` only that card asks for it.
    `edges` are more books, each with whether it breaks the rule.
    """

    rule: str
    of: str
    broken: Book
    passing: Book
    also: tuple[str, ...] = ()
    supplier: str | None = None
    edges: tuple[tuple[Book, bool], ...] = ()


def example_of(rule: str) -> Example:
    """Return the example of a rule by its id. Raises BadModel when none was compiled."""
    found = _compiled()
    if rule not in found["rules"]:
        raise BadModel("a rule has no example", where=rule, todo="run das model examples")
    entry, valid = found["rules"][rule], found["valid"]
    more = [(_changed(valid[e["of"]], e["changes"]), e["breaks"]) for e in entry.get("edges", ())]
    return Example(
        rule=rule,
        of=entry["of"],
        broken=_changed(valid[entry["of"]], entry["broken"]),
        passing=_changed(valid[entry["of"]], entry["passing"]),
        also=tuple(entry.get("also", ())),
        supplier=entry.get("supplier"),
        edges=tuple(more),
    )


@cache
def _compiled() -> Any:  # noqa: ANN401 - JSON's types, nested
    home = resources.files("das_analysis.rules").joinpath("compiled/examples.json")
    return json.loads(home.read_text("utf-8"))


def _changed(book: Book, changes: Sequence[Mapping[str, Any]]) -> Book:
    for change in changes:
        book = Edit(**change).apply(book)
    return book


def read_valid(home: Path = SOURCE) -> dict[str, Book]:
    """Return the valid examples of the model's source by name."""
    import yaml

    paths = sorted((home / "valid").glob("*.yaml"))
    return {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in paths}


def read_together(home: Path = SOURCE) -> dict[str, tuple[str, ...]]:
    """Return the rules that cannot be broken alone, each with those that break with it."""
    import yaml

    listed = yaml.safe_load((home / TOGETHER).read_text("utf-8")) or {}
    return {rule: tuple(entry["also"]) for rule, entry in listed.items()}


def compile_examples(model: Model, home: Path = SOURCE) -> dict[str, Any]:
    """Search an example for each rule out of the valid ones. Raises BadModel, naming rules without one."""
    valid, together = read_valid(home), read_together(home)
    proofs = prove(model, valid, together=together)
    unproven = [proof.rule.id for proof in proofs if not proof.broken]
    if unproven:
        todo = f"add a valid example to model/examples/valid, or the rule with a reason to {TOGETHER}"
        raise BadModel(
            "no change of a valid example breaks the rule alone", where=", ".join(unproven), todo=todo
        )
    rules = {proof.rule.id: _entry(proof, model, valid=valid) for proof in proofs}
    return {"valid": valid, "rules": rules}


def _entry(proof: Proof, model: Model, *, valid: Mapping[str, Book]) -> dict[str, Any]:
    broken, passing = proof.broken, proof.passing
    if broken is None or passing is None:
        raise BadModel("a rule has no proof", where=proof.rule.id)
    more = [
        {"of": trial.scene.name, "changes": _plain(trial), "breaks": breaks}
        for trial, breaks in edges(proof, model, examples=valid)
    ]
    entry = {"of": broken.scene.name, "broken": _plain(broken), "passing": _plain(passing)}
    more_of_it = {"also": sorted(broken.scene.also), "supplier": proof.supplier, "edges": more}
    return entry | {name: value for name, value in more_of_it.items() if value}


def _plain(trial: Trial) -> list[dict[str, object]]:
    defaults = {f.name: f.default for f in fields(Edit)}
    return [{k: v for k, v in asdict(edit).items() if v != defaults[k]} for edit in trial.edits]


def write_examples(model: Model, *, home: Path = SOURCE, target: Path = HERE) -> int:
    """Compile the examples into `target`, write the invalid ones beside the valid; return how many rules."""
    compiled = compile_examples(model, home)
    target.parent.mkdir(parents=True, exist_ok=True)
    rules = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in compiled["rules"].items())
    valid = ",\n".join(f" {json.dumps(k)}: {json.dumps(v)}" for k, v in compiled["valid"].items())
    target.write_text(f'{{"valid": {{\n{valid}\n}},\n"rules": {{\n{rules}\n}}}}\n', encoding="utf-8")
    _compiled.cache_clear()
    (home / "invalid").mkdir(exist_ok=True)
    wanted = invalid_files(model)
    for path in (home / "invalid").glob("*.yaml"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (home / "invalid" / name).write_text(text, encoding="utf-8")
    return len(compiled["rules"])


def invalid_files(model: Model) -> dict[str, str]:
    """Return the invalid examples as files, by name; what only a supplier's card asks is not among them."""
    import yaml

    files = {}
    for rule in model.rules.values():
        example = example_of(rule.id)
        if not example.supplier:
            name = f"{model.tables[rule.table].class_name}-{rule.id}.yaml"
            book = {table: [dict(row) for row in rows] for table, rows in example.broken.items()}
            text = yaml.safe_dump(book, sort_keys=False, allow_unicode=True, width=100)
            files[name] = (
                f"# {example.of}, changed so that it breaks {' and '.join((rule.id, *example.also))}\n{text}"
            )
    return files
