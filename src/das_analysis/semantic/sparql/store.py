"""What is not compiled: the needed triples in an embedded store, in a process that can be stopped."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from threading import Timer
from typing import Any

from das_analysis.errors import Refused, TryAgain
from das_analysis.semantic.sparql.asked import PREFIXES
from das_analysis.semantic.sparql.rows import Chain
from das_analysis.semantic.sparql.triples import Part, count, needs, ntriples, parts

MOST_TRIPLES = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A query for the store: its text, the graph it is about, and what it may cost."""

    text: str
    graph: str
    most: int
    seconds: float


def ask_store(tables: Chain, query: Any, *, question: Question) -> dict[str, Any]:
    """Return columns and rows of terms. Raises Refused for too many triples, too much time, bad syntax."""
    wanted = parts(tables, needs(query))
    triples = sum(map(count, wanted))
    if triples > MOST_TRIPLES:
        raise Refused(
            f"the question needs a store of {triples:,} triples, {MOST_TRIPLES:,} at most",
            todo="name classes and properties, or ask in what is compiled (das sparql --explain)",
        )
    answer = _run(wanted, question=question)
    if "error" in answer:
        raise Refused(
            f"the store cannot answer the query ({answer['error']})", todo="look at its syntax and size"
        )
    return answer


def _run(wanted: list[Part], *, question: Question) -> dict[str, Any]:
    asked = {"query": question.text, "graph": question.graph, "most": question.most, "prefixes": PREFIXES}
    command = [sys.executable, "-m", "das_analysis.semantic.sparql.worker"]
    pipe, none = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=none) as process:  # noqa: S603 - our own module
        clock = Timer(question.seconds, process.kill)
        clock.start()
        try:
            said = _talk(wanted, process=process, asked=asked)
        finally:
            late = not clock.is_alive()
            clock.cancel()
            process.kill()
    if late:
        raise too_long(question.seconds)
    if not said:
        raise TryAgain("the store stopped before it was done", todo="look at free memory, then ask again")
    return dict(json.loads(said))


def too_long(seconds: float) -> Refused:
    """Return the refusal of a query that takes longer than it may."""
    return Refused(
        f"the query takes more than {seconds:g} s", todo="ask for less, or allow more with seconds="
    )


def _talk(wanted: list[Part], *, process: subprocess.Popen[bytes], asked: dict[str, Any]) -> bytes:
    if process.stdin is None or process.stdout is None:
        return b""
    with suppress(BrokenPipeError):  # it said why and stopped reading, or it was stopped
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        for piece in chain.from_iterable(map(ntriples, wanted)):
            process.stdin.write(piece)
        process.stdin.close()
    return process.stdout.read()
