"""Loads the compiled model: JSON in, frozen values out."""

from __future__ import annotations

import json
import types
from collections.abc import Hashable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from das_analysis.errors import BadModel
from das_analysis.model.codes import CodeList
from das_analysis.model.schema import Breakdown, Indicator, Kind, Model, Rule, Supplier, Table

PARTS: dict[str, type] = {
    "tables": Table,
    "code_lists": CodeList,
    "kinds": Kind,
    "rules": Rule,
    "suppliers": Supplier,
    "indicators": Indicator,
    "breakdowns": Breakdown,
}


@cache
def load_model() -> Model:
    """Return the compiled model. Raises BadModel when it was never built."""
    home = resources.files("das_analysis.model.compiled")
    try:
        texts = {name: home.joinpath(f"{name}.json").read_text("utf-8") for name in ("model", *PARTS)}
    except FileNotFoundError:
        raise BadModel("the model is not compiled", todo="run das model build") from None
    return from_parts({name: json.loads(text) for name, text in texts.items()})


def from_parts(read: Mapping[str, Any]) -> Model:
    """Make a Model out of the parsed JSON of every compiled file."""
    parts = {name: {key: make(kind, v) for key, v in read[name].items()} for name, kind in PARTS.items()}
    return Model(version=read["model"]["version"], digest=read["model"]["digest"], **parts)


def make(kind: Any, value: Any) -> Any:  # noqa: ANN401 - the argument `kind` says what
    """Turn parsed JSON into a value of a type of `schema`: dataclass, mapping, tuple, optional or plain."""
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return None if value is None else make(next(a for a in get_args(kind) if a is not type(None)), value)
    if origin is tuple:
        inner = get_args(kind)
        return tuple(make(inner[0] if inner[-1] is Ellipsis else inner[i], v) for i, v in enumerate(value))
    if origin is not None and origin is not Literal and issubclass(origin, Mapping):
        return {key: make(get_args(kind)[1], item) for key, item in value.items()}
    if is_dataclass(kind):
        hints = _hints(cast(Hashable, kind))
        values = {f.name: make(hints[f.name], value[f.name]) for f in fields(kind) if f.name in value}
        return kind(**values)  # type: ignore[operator]  # a dataclass, not a value of one
    return value


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)
