"""How a row reads in each format of RDF: texts with holes for its name and its values, and nothing of data.

A value in a hole is escaped already, in a way that N-Quads, Turtle and JSON all read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from das_analysis.errors import Refused
from das_analysis.model import Column, Model, Table, load_model
from das_analysis.semantic.context import context
from das_analysis.semantic.terms import (
    BASE,
    VOCABULARY,
    XSD,
    class_iri,
    code_iri,
    list_iri,
    row_prefix,
    slot_iri,
    term,
    told_columns,
)

RDF_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_LOCAL = re.compile(r"[A-Za-z0-9_](?:(?:[A-Za-z0-9_.-]|%[0-9A-F]{2})*(?:[A-Za-z0-9_-]|%[0-9A-F]{2}))?")


class Hole(Enum):
    """What is filled in for each row."""

    NAME = "the values that name the row"
    VALUE = "the value of the column"


Pieces = tuple[str | Hole, ...]


class Syntax(Protocol):
    """A format: what stands before and after all rows, around a row, and how a known value is said."""

    def header(self, table: Table) -> str:
        """Return what a file of this table begins with."""

    def start(self, table: Table) -> Pieces:
        """Return what a row begins with."""

    def value(self, table: Table, column: Column) -> Pieces:
        """Return what is written for a column that has a value."""

    def end(self, table: Table) -> Pieces:
        """Return what a row ends with."""

    def footer(self) -> str:
        """Return what a file ends with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """N-Triples; with a graph, N-Quads."""

    base: str
    graph: str | None

    def header(self, table: Table) -> str:  # noqa: ARG002 - the signature of every syntax
        """Return nothing: each line stands alone."""
        return ""

    def start(self, table: Table) -> Pieces:
        """Say the class."""
        return (*self._subject(table), f"> <{RDF_TYPE}> <{class_iri(table)}>{self._dot()}")

    def value(self, table: Table, column: Column) -> Pieces:
        """Say one triple or quad."""
        told = term(column, self.base)
        said = f"> <{slot_iri(column.name)}> "
        if told.form == "iri":
            return (*self._subject(table), f"{said}<{told.prefix}", Hole.VALUE, f">{self._dot()}")
        kind = "" if told.datatype == f"{XSD}string" else f"^^<{told.datatype}>"
        return (*self._subject(table), f'{said}"', Hole.VALUE, f'"{kind}{self._dot()}')

    def end(self, table: Table) -> Pieces:  # noqa: ARG002 - the signature of every syntax
        """Return nothing: each line stands alone."""
        return ()

    def footer(self) -> str:
        """Return nothing: each line stands alone."""
        return ""

    def _subject(self, table: Table) -> Pieces:
        return (f"<{row_prefix(table.name, self.base)}", Hole.NAME)

    def _dot(self) -> str:
        return f" <{self.graph}> .\n" if self.graph else " .\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turtle:
    """Turtle: grouped by row, names short, numbers and booleans bare."""

    base: str
    model: Model

    def header(self, table: Table) -> str:
        """Return the base and the prefixes that this table uses."""
        lists = dict.fromkeys(c.codes for c in told_columns(table) if c.codes and self._is_short(c.codes))
        prefixes = {"das": VOCABULARY, "xsd": XSD, **{name: f"{list_iri(name)}/" for name in lists}}
        return f"@base <{self.base}> .\n" + "".join(f"@prefix {k}: <{v}> .\n" for k, v in prefixes.items())

    def start(self, table: Table) -> Pieces:
        """Say name and class."""
        return (f"<{table.name}/", Hole.NAME, f"> a das:{table.class_name}")

    def value(self, table: Table, column: Column) -> Pieces:  # noqa: ARG002 - the signature of every syntax
        """Say predicate and object."""
        told, said = term(column, self.base), f" ;\n  das:{column.name} "
        if column.codes and not column.references and self._is_short(column.codes):
            return (f"{said}{column.codes}:", Hole.VALUE)
        if told.form == "iri":
            return (f"{said}<{told.prefix.removeprefix(self.base)}", Hole.VALUE, ">")
        if column.type in {"integer", "decimal", "boolean"}:
            return (said, Hole.VALUE)
        kind = "" if told.datatype == f"{XSD}string" else f"^^xsd:{told.datatype.removeprefix(XSD)}"
        return (f'{said}"', Hole.VALUE, f'"{kind}')

    def end(self, table: Table) -> Pieces:  # noqa: ARG002 - the signature of every syntax
        """End the row."""
        return (" .\n",)

    def footer(self) -> str:
        """Return nothing."""
        return ""

    def _is_short(self, codes: str) -> bool:
        """Whether every code of a list can be written after a prefix."""
        tails = (code_iri(codes, c).rpartition("/")[2] for c in self.model.code_lists[codes].codes)
        return all(_LOCAL.fullmatch(tail) for tail in tails)


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonLd:
    """JSON-LD: one object a row, in the snapshot's graph, under a context that stands in the file."""

    base: str
    graph: str
    model: Model

    def header(self, table: Table) -> str:
        """Return the context and the graph's name; an empty node first, so that each row begins alike."""
        said = json.dumps(context(self.model, self.base, table=table)["@context"], ensure_ascii=False)
        return f'{{"@context":{said},\n"@id":{json.dumps(self.graph)},"@graph":[\n{{}}'

    def start(self, table: Table) -> Pieces:
        """Say name and class."""
        return (f',\n{{"@id":"{table.name}/', Hole.NAME, f'","@type":"{table.class_name}"')

    def value(self, table: Table, column: Column) -> Pieces:  # noqa: ARG002 - the signature of every syntax
        """Say name and value; the context says which kind of value it is."""
        told, said = term(column, self.base), f',"{column.name}":'
        if column.type in {"integer", "boolean"} and told.form == "literal":
            return (said, Hole.VALUE)
        if column.codes and not column.references:
            return (f'{said}"code:{column.codes}/', Hole.VALUE, '"')
        return (f'{said}"{told.prefix.removeprefix(self.base)}', Hole.VALUE, '"')

    def end(self, table: Table) -> Pieces:  # noqa: ARG002 - the signature of every syntax
        """End the row."""
        return ("}",)

    def footer(self) -> str:
        """Close the graph and the document."""
        return "\n]}\n"


FORMATS = ("nq", "nt", "ttl", "jsonld")


def find_syntax(name: str, *, graph: str, base: str = BASE) -> Syntax:
    """Return the syntax of a format. Raises Refused for one that is not among FORMATS."""
    model = load_model()
    known: Mapping[str, Syntax] = {
        "nq": Lines(base=base, graph=graph),
        "nt": Lines(base=base, graph=None),
        "ttl": Turtle(base=base, model=model),
        "jsonld": JsonLd(base=base, graph=graph, model=model),
    }
    if name not in known:
        raise Refused(f"no format {name!r}", todo=f"use one of {', '.join(FORMATS)}")
    return known[name]
