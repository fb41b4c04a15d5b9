"""Strict parameters: what is given is compared with what the notebook's cell tagged `parameters` declares.

One parameter a line, with a type or a default that shows it, and where the choice is closed the choices:

    period: str = "2025"  # a year, quarter, month or day
    lang: str = "nl"  # one of: nl, en
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from das_analysis.errors import Refused
from das_analysis.words import LANGUAGES

EXPECTED = ("snapshot", "period", "lang")
_TYPES: dict[str, type] = {"str": str, "int": int, "float": float, "bool": bool}
_PERIOD = re.compile(r"(\d{4})(?:-Q([1-4])|-(\d{2})(?:-(\d{2}))?)?")
_SNAPSHOT = re.compile(r"[0-9a-z][0-9a-z-]{0,50}")
_CHOICES = re.compile(r"one of:\s*(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter as its notebook declares it; without a default it must be given."""

    name: str
    type: type
    default: Any
    choices: tuple[str, ...] = ()
    about: str = ""

    @property
    def required(self) -> bool:
        """Whether it must be given: its default is `...`."""
        return self.default is ...

    def __str__(self) -> str:
        default = "must be given" if self.required else f"default {self.default!r}"
        return ", ".join(part for part in (f"{self.name}: {self.type.__name__}", default, self.about) if part)


def declared(notebook: Path) -> dict[str, Parameter]:
    """Return a notebook's parameters by name. Raises Refused when it has none tagged, or none of a type."""
    from papermill import inspect_notebook

    if not notebook.is_file():
        raise Refused(f"no notebook {notebook.name!r}", todo="see das run --help for the monitors there are")
    found = {name: _read(raw, notebook.name) for name, raw in inspect_notebook(notebook).items()}
    if not found:
        raise Refused(
            f"notebook {notebook.name!r} has no parameters",
            todo="tag its first code cell `parameters`, one a line",
        )
    return found


def _read(raw: Mapping[str, str], notebook: str) -> Parameter:
    name, about = raw["name"], raw["help"].strip()
    try:
        default = ast.literal_eval(raw["default"])
    except (ValueError, SyntaxError):
        default = ...
    given = raw["inferred_type_name"]
    kind = _TYPES.get(given) if given != "None" else _TYPES.get(type(default).__name__)
    if kind is None or not (default is ... or type(default) is kind):
        raise Refused(
            f"parameter {name!r} of notebook {notebook!r} has no type or a default of another type",
            todo=f"write it as  name: type = default  with one of {', '.join(_TYPES)}",
        )
    choices = _CHOICES.search(about)
    listed = tuple(part.strip() for part in choices[1].split(",")) if choices else ()
    return Parameter(name=name, type=kind, default=default, choices=listed, about=about)


def check_parameters(notebook: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return every parameter of the notebook with its value, defaults filled in.

    A number or truth value may be given as text, as a command line gives it: 10, 0.5, True.
    Raises Refused, with the list of parameters, for one that is unknown, missing, ill-typed or not a choice,
    and for a notebook that does not declare snapshot, period and lang.
    """
    known = declared(notebook)
    given = {
        name: _from_text(known[name], value) if name in known else value for name, value in given.items()
    }
    faults = [f"the notebook does not declare {name!r}" for name in EXPECTED if name not in known]
    faults += [f"unknown parameter {name!r}" for name in given if name not in known]
    faults += [
        f"parameter {p.name!r} must be given" for p in known.values() if p.required and p.name not in given
    ]
    faults += [
        fault for name, value in given.items() if name in known and (fault := _fault(known[name], value))
    ]
    if faults:
        listed = "\n        ".join(map(str, known.values()))
        raise Refused("; ".join(faults), where=f"notebook {notebook.name}", todo=f"give\n        {listed}")
    return {name: given.get(name, parameter.default) for name, parameter in known.items()}


def _from_text(parameter: Parameter, value: object) -> object:
    """A text that writes a value of the parameter's type becomes that value; anything else stays as it is."""
    if parameter.type is str or not isinstance(value, str):
        return value
    try:
        read = ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return value
    return read if repr(read) == value else value


def _fault(parameter: Parameter, value: object) -> str:
    name, text = parameter.name, str(value)
    if type(value) is not parameter.type:
        return f"parameter {name!r} is a {parameter.type.__name__}, not a {type(value).__name__}"
    choices = LANGUAGES if name == "lang" else parameter.choices
    if choices and text not in choices:
        return f"parameter {name!r} is one of {', '.join(choices)}"
    if name == "period" and not is_period(text):
        return "parameter 'period' is a year, quarter, month or day: 2025, 2025-Q3, 2025-09, 2025-09-30"
    if name == "snapshot" and not _SNAPSHOT.fullmatch(text):
        return "parameter 'snapshot' is a snapshot's number or name, or latest"
    return ""


def is_period(text: str) -> bool:
    """Return whether `text` names a year, quarter, month or day that exists."""
    parts = _PERIOD.fullmatch(text)
    if not parts:
        return False
    year, quarter, month, day = parts.groups()
    try:
        date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return False
    return quarter is None or month is None
