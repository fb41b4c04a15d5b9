"""Runs a monitor: checked parameters, a notebook a language, a report of what they released."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypedDict, Unpack

from das_analysis.disclosure.linkage_block import linkage_block
from das_analysis.disclosure.pinned import pinned
from das_analysis.errors import Refused
from das_analysis.flow import Report
from das_analysis.report.apart import run_apart
from das_analysis.report.execute import Job
from das_analysis.report.parameters import check_parameters
from das_analysis.report.provenance import Origin, origin_of
from das_analysis.report.publish import alone, files_of, is_whole, write_report
from das_analysis.report.stamped import check_stamps
from das_analysis.words import LANGUAGES

_NAME = re.compile(r"[a-z][a-z0-9_]{0,40}")
_SIDE_BY_SIDE = 2
Progress = Callable[[str, int, int], None]


class Options(TypedDict, total=False):
    """What is seldom given to `run_monitor`."""

    notebooks: Path | None
    parameters: Mapping[str, Any]
    force: bool
    progress: Progress


def run_monitor(
    name: str,
    *,
    period: str,
    lang: Sequence[str] = LANGUAGES,
    snapshot: str = "latest",
    lake: Path,
    reports: Path,
    **options: Unpack[Options],
) -> Report:
    """Execute the monitor `name` in each language and publish reports/<name>/<period>/<snapshot>/.

    The notebook is `<notebooks>/monitors/<name>.ipynb` (default: ./notebooks); `parameters` are further ones
    of the monitor, as text or typed; `progress(text, done, total)` is told after each cell. How well the
    snapshot is linked comes after what the notebook releases. A report of the same origin that is whole is
    left as it is, unless `force`. Raises Refused for a parameter, a cell or a release that is not right,
    TryAgain when a kernel died twice or another run makes the same monitor.
    """
    notebook = _find(name, options.get("notebooks") or Path("notebooks"))
    languages = _languages(lang)
    known = pinned(lake, snapshot)
    given = {**options.get("parameters", {}), "period": period, "snapshot": known[0]}
    checked = {one: check_parameters(notebook, {**given, "lang": one}) for one in languages}
    origin = origin_of(notebook, parameters=checked[languages[0]], languages=languages, snapshot=known)
    folder = reports / name / period / known[0]
    with alone(reports / name):
        if options.get("force") or not is_whole(folder, origin):
            jobs = {one: Job(notebook=notebook, parameters=checked[one], lake=lake) for one in languages}
            told = _run_all(jobs, origin, progress=options.get("progress"))
            contents = {one: told[one] + linkage_block(lake, known[0], lang=one) for one in languages}
            write_report(folder, origin, contents=contents, period=period)
    return Report(monitor=name, period=period, snapshot=known[0], files=files_of(folder))


def _languages(given: Sequence[str]) -> tuple[str, ...]:
    """The languages in their usual order, each once."""
    if not given or not set(given) <= set(LANGUAGES):
        raise Refused(
            "a report has a language that DAS speaks", todo=f"give one or more of {', '.join(LANGUAGES)}"
        )
    return tuple(one for one in LANGUAGES if one in given)


def _find(name: str, notebooks: Path) -> Path:
    monitors = sorted(path.stem for path in (notebooks / "monitors").glob("*.ipynb"))
    if not _NAME.fullmatch(name) or name not in monitors:
        listed = ", ".join(monitors) or f"none: there is no folder {notebooks.name}/monitors here"
        raise Refused(
            f"no monitor {name!r}", where=f"known: {listed}", todo="give one of these, or --notebooks"
        )
    return notebooks / "monitors" / f"{name}.ipynb"


def _run_all(
    jobs: Mapping[str, Job], origin: Origin, *, progress: Progress | None
) -> dict[str, list[dict[str, Any]]]:
    """Run the jobs side by side; return the checked contents of each language."""
    done = dict.fromkeys(jobs, 0)

    def run(lang: str) -> list[dict[str, Any]]:
        def step(cell: int, cells: int) -> None:
            done[lang] = cell
            if progress:
                progress(f"{origin.monitor} {', '.join(jobs)}", sum(done.values()), cells * len(jobs))

        stamps = run_apart(jobs[lang], step)
        return check_stamps(stamps, lake=jobs[lang].lake, snapshot_digest=origin.snapshot_digest)

    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        return dict(zip(jobs, pool.map(run, jobs), strict=True))
