"""Runs a notebook in a process of its own: two languages side by side, and nothing leaks between."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from das_analysis import errors
from das_analysis.errors import DasError, TryAgain
from das_analysis.report.execute import Job
from das_analysis.report.stamped import Stamp

Step = Callable[[int, int], None]


def run_apart(job: Job, step: Step) -> list[Stamp]:
    """Run a notebook in a process of its own and return its stamps; `step(done, total)` counts cells.

    Raises what `execute` raises, and TryAgain when the process itself ended before it was done.
    """
    command = [sys.executable, "-m", "das_analysis.report.worker"]
    asked = {"notebook": str(job.notebook), "parameters": dict(job.parameters), "lake": str(job.lake)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own module
        if process.stdin and process.stdout:
            with process.stdin as stdin:
                json.dump(asked, stdin)
            for line in process.stdout:
                said = json.loads(line)
                if "stamps" in said:
                    return list(said["stamps"])
                _hear(said, step)
    raise TryAgain(
        "the notebook's process ended before it was done",
        where=f"notebook {job.notebook.name}",
        todo="look at free memory, then run it again",
    )


def _hear(said: dict[str, Any], step: Step) -> None:
    if "error" in said:
        kind = getattr(errors, said["error"])
        error: DasError = kind(said["what"], where=said["where"], todo=said["todo"])
        raise error
    step(said["done"], said["cells"])
