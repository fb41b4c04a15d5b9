"""Runs one notebook by papermill: encrypted channels to the kernel, nothing written outside a private folder.

What a cell prints and what an error says may hold values of persons. So the executed notebook stays in
memory, and of an error only the number of the cell and the kind are told; DAS' own errors hold no values and
are told whole.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from das_analysis import errors
from das_analysis.errors import DasError, Refused, TryAgain

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from papermill import PapermillExecutionError
    from papermill.engines import NotebookExecutionManager
    from traitlets.config import Config

_SECRETS = ("DAS_KEYS",)  # a kernel has no business with keys
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A notebook, its checked parameters and the lake it reads."""

    notebook: Path
    parameters: Mapping[str, Any]
    lake: Path


def execute(job: Job, *, tell: Tell | None = None) -> NotebookNode:
    """Run a notebook and return it executed; `tell(done, cells)`. A kernel that dies is started once more.

    Raises Refused when a cell fails, TryAgain when the kernel died twice.
    """
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill import PapermillExecutionError

    for _ in range(2):
        with suppress(DeadKernelError, CellTimeoutError):
            try:
                return _execute_once(job, tell or _silent)
            except PapermillExecutionError as error:
                raise _told(job, error) from None
            except RuntimeError as error:
                _refuse_open_channels(error)
    raise TryAgain(
        "the kernel died twice",
        where=f"notebook {job.notebook.name}",
        todo="look at free memory, then run it again",
    )


def _refuse_open_channels(error: RuntimeError) -> None:
    """Raise Refused when the kernel cannot encrypt; anything else is a kernel that died while starting."""
    if "transport_encryption" in str(error):
        raise Refused(
            "the kernel does not encrypt its channels",
            todo="install ipykernel 7 or newer in this environment",
        ) from None


def _silent(_done: int, _cells: int) -> None:
    return


def _execute_once(job: Job, tell: Tell) -> NotebookNode:
    from papermill.execute import execute_notebook

    with TemporaryDirectory(prefix="das-run-") as folder, _surroundings(job.lake, Path(folder)):
        executed: NotebookNode = execute_notebook(
            str(job.notebook.resolve()),
            None,
            parameters=dict(job.parameters),
            engine_name=_engine(tell),
            kernel_name="python3",
            progress_bar=False,
            log_output=False,
            cwd=folder,
            config=encrypted(Path(folder)),
        )
    executed.metadata.pop("papermill", None)  # it holds paths of this machine
    return executed


def encrypted(folder: Path) -> Config:
    """Return the configuration that makes kernels encrypt every channel, or not start.

    The file with the channels' keys goes into `folder`. Both classes are named, so that this holds when the
    asynchronous one, which nbclient starts, no longer inherits from the other.
    """
    from traitlets.config import Config

    required = {"transport_encryption": "required", "connection_file": str(folder / "kernel.json")}
    return Config({"KernelManager": required, "AsyncKernelManager": required})


@contextmanager
def _surroundings(lake: Path, folder: Path) -> Iterator[None]:
    """The kernel's environment: where the lake is, no keys, its history in a private folder."""
    before = dict(os.environ)
    os.environ.update(
        DAS_LAKE=str(lake.resolve()),
        JUPYTER_RUNTIME_DIR=str(folder),
        IPYTHONDIR=str(folder / "ipython"),
    )
    for name in _SECRETS:
        os.environ.pop(name, None)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _engine(tell: Tell) -> str:
    """Register an engine that tells after each cell how far it is, and return its name."""
    from papermill.engines import NBClientEngine, papermill_engines

    class Telling(NBClientEngine):  # type: ignore[misc]  # papermill has no types
        @classmethod
        def execute_managed_notebook(
            cls, nb_man: NotebookExecutionManager, kernel_name: str, **options: object
        ) -> object:
            complete, cells = nb_man.cell_complete, len(nb_man.nb.cells)

            def completed(cell: NotebookNode, cell_index: int = 0, **more: object) -> None:
                complete(cell, cell_index=cell_index, **more)
                tell(cell_index + 1, cells)

            nb_man.cell_complete = completed
            return super().execute_managed_notebook(nb_man, kernel_name, **options)

    papermill_engines.register("das", Telling)
    return "das"


def _told(job: Job, error: PapermillExecutionError) -> DasError:
    """What may be told of a failed cell: its number and the kind of error; DAS' own message whole."""
    ours = getattr(errors, error.ename, None)
    number = (error.exec_count or 1) - bool(
        job.parameters
    )  # papermill puts what was given in a cell before it
    where = f"notebook {job.notebook.name}, code cell {number}"
    if isinstance(ours, type) and issubclass(ours, DasError):
        kind = TryAgain if issubclass(ours, TryAgain) else Refused
        return kind(_CONTROL.sub("", error.evalue), where=where)
    name = re.sub(r"\W", "", error.ename)[:60]
    return Refused(
        f"a cell stopped with {name}; its text may hold values and is not shown",
        where=where,
        todo="open the notebook (make lab) with the same parameters",
    )
