"""The order of the build, and the files it writes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any

import yaml

from das_analysis.errors import BadModel
from das_analysis.model.build.cards import read_card
from das_analysis.model.build.classes import read_schema
from das_analysis.model.build.implied import implied_rules
from das_analysis.model.build.indicators import read_breakdowns, read_indicators
from das_analysis.model.build.predicates import KINDS, read_rule
from das_analysis.model.build.terms import check_terms
from das_analysis.model.load import PARTS, from_parts
from das_analysis.model.schema import Model, Rule, Supplier

HERE = Path(__file__).parent.parent / "compiled"
SOURCE = Path(__file__).parents[4] / "model"


def build(source: Path, target: Path) -> None:
    """Compile the model at `source` into JSON files in `target`. Raises BadModel, naming the place."""
    compiled = compile_model(source)
    target.mkdir(parents=True, exist_ok=True)
    for name, content in compiled.items():
        text = json.dumps(content, ensure_ascii=False, indent=1)
        (target / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def compile_model(source: Path) -> dict[str, Any]:
    """Return the content of every compiled file, by name. Raises BadModel."""
    version, tables, code_lists, kinds = read_schema(
        source / "das.yaml", {y["list"]: y["meanings"] for _, y in _yaml(source / "meanings")}
    )
    check_terms(tables)
    known: Mapping[str, Any] = {"tables": tables, "code_lists": code_lists, "kinds": kinds}
    suppliers = _by_id([read_card(y, p.name, **known) for p, y in _yaml(source / "partners")], what="cards")
    written = [read_rule(entry, p.name, tables=tables) for p, y in _yaml(source / "rules") for entry in y]
    implied = implied_rules(tables, code_lists, suppliers=suppliers.values())
    rules = _by_id([*implied, *written], what="rules")
    _check_exemptions(suppliers, rules)
    figures = _yaml(source / "indicators")
    breakdowns = read_breakdowns(figures, tables, code_lists=code_lists)
    indicators = read_indicators(figures, tables, breakdowns=breakdowns)
    values = (tables, code_lists, kinds, rules, suppliers, indicators, breakdowns)
    parts = {name: plain(value) for name, value in zip(PARTS, values, strict=True)}
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
    compiled: dict[str, Any] = {"model": {"version": version, "digest": digest}, **parts}
    _reload(compiled)
    return compiled


def _check_exemptions(suppliers: Mapping[str, Supplier], rules: Mapping[str, Rule]) -> None:
    for supplier in suppliers.values():
        for rule, reason in supplier.exempt.items():
            if rule not in rules or rules[rule].check not in KINDS or not reason:
                raise BadModel(
                    "an exemption names no written rule, or gives no reason",
                    where=f"card {supplier.id}, exempt {rule}",
                    todo="name a rule of model/rules and say why it cannot hold here",
                )


def _reload(compiled: Mapping[str, Any]) -> Model:
    return from_parts(json.loads(json.dumps(compiled)))


def _by_id(elements: Sequence[Any], *, what: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for element in elements:
        if element.id in found:
            raise BadModel(f"two {what} with one id", where=element.id, todo="rename one of them")
        found[element.id] = element
    return found


def _yaml(home: Path) -> list[tuple[Path, Any]]:
    return [(path, _read(path)) for path in sorted(home.glob("*.yaml"))]


def _read(path: Path) -> Any:  # noqa: ANN401 - what YAML holds is judged by its reader
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise BadModel(
            f"a file is not YAML: {error}", where=f"model/{path.parent.name}/{path.name}"
        ) from None


def _is_default(field: Field[Any], value: object) -> bool:
    return bool(value == (field.default_factory() if field.default_factory is not MISSING else field.default))


def plain(value: object) -> Any:  # noqa: ANN401 - JSON's types, nested
    """Turn a value of `schema` into JSON's types, without the fields that hold their default."""
    if is_dataclass(value):
        pairs = ((f, getattr(value, f.name)) for f in fields(value))
        return {f.name: plain(v) for f, v in pairs if not _is_default(f, v)}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value
