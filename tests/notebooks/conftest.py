"""Reports of both monitors on the small made-up chain, made once."""

import pytest


@pytest.fixture(scope="session")
def reports(demo_lake, root, tmp_path_factory):
    """The published monitors, by name: Report."""
    from das_analysis.report import run_monitor

    target = tmp_path_factory.mktemp("reports")
    return {
        name: run_monitor(name, period="2025", lake=demo_lake, reports=target, notebooks=root / "notebooks")
        for name in ("chain", "detention")
    }
