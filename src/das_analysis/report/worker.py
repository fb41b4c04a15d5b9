"""The process of one notebook in one language: out come progress and stamped outputs, nothing else.

Whatever the kernel or a library writes to the screen is thrown away: it may hold values of persons. Run as
`python -m das_analysis.report.worker`: the job comes as JSON on standard input, each line of output is JSON.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from das_analysis.errors import DasError
from das_analysis.report.execute import Job, execute
from das_analysis.report.stamped import stamps_of


def work(asked: TextIO, answer: TextIO) -> None:
    """Do the job that is asked: write a line after each cell, and at the end stamps or an error."""
    said = json.load(asked)
    job = Job(notebook=Path(said["notebook"]), parameters=said["parameters"], lake=Path(said["lake"]))

    def tell(done: int, cells: int) -> None:
        _write(answer, {"done": done, "cells": cells})

    try:
        _write(answer, {"stamps": stamps_of(execute(job, tell=tell))})
    except DasError as error:
        told = {"what": error.what, "where": error.where, "todo": error.todo}
        _write(answer, {"error": type(error).__name__, **told})


def _write(answer: TextIO, said: dict[str, Any]) -> None:
    answer.write(json.dumps(said) + "\n")
    answer.flush()


def main() -> None:
    """Keep the way out for JSON alone, and silence the rest."""
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as answer:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        work(sys.stdin, answer)


if __name__ == "__main__":
    main()
