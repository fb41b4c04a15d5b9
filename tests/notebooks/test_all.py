"""Every committed notebook: runs by papermill, passes nbval, and carries no more than a reader should see."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FILLED = sorted([*NOTEBOOKS.glob("monitors/*.ipynb"), *NOTEBOOKS.glob("tutorial/*.ipynb")])
STUDIES = sorted(NOTEBOOKS.glob("studies/*.ipynb"))
MACHINES_OWN = re.compile(r"[0-9a-f]{40}|\d{4}-\d{2}-\d{2}T\d{2}:|(?<![\w.])/(?:tmp|home|root|Users)/")


def name(path):
    return path.stem


def cells(path):
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def nbval(path, lake, folder):
    """Run a notebook by nbval, as `pytest --nbval-lax notebooks` does, and return the process."""
    options = (
        "-p no:cacheprovider",
        "-o addopts=",
        "-o filterwarnings=default",
        f"--confcutdir={path.parents[1]}",
    )
    command = [sys.executable, "-m", "pytest", "--nbval-lax", "-q"]
    command += [word for option in options for word in option.split()] + [str(path)]
    surroundings = {"DAS_LAKE": str(lake), "IPYTHONDIR": str(folder)}
    return subprocess.run(
        command, capture_output=True, text=True, env=os.environ | surroundings, cwd=folder, check=False
    )


@pytest.fixture
def write(tmp_path):
    """Write a notebook of one cell where the committed ones stand: under the same conftest."""
    (tmp_path / "conftest.py").write_text((NOTEBOOKS / "conftest.py").read_text())
    (tmp_path / "studies").mkdir()

    def one(source):
        notebook = nbformat.read(FILLED[0], as_version=4)
        notebook.cells = [nbformat.v4.new_code_cell(source)]
        path = tmp_path / "studies" / "one.ipynb"
        nbformat.write(notebook, path)
        return path

    return one


@pytest.mark.parametrize("path", FILLED, ids=name)
def test_it_passes_nbval(path, demo_lake, tmp_path):
    done = nbval(path, demo_lake, tmp_path)
    assert done.returncode == 0, done.stdout[-3000:]
    assert f"{len(cells(path))} passed" in done.stdout


def test_nbval_sees_a_cell_that_fails(write, tmp_path):
    done = nbval(write("1 / 0"), tmp_path / "lake", tmp_path)
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stdout


def test_kernels_of_nbval_encrypt_their_channels(write, tmp_path):
    encrypted = (
        "from ipykernel.connect import get_connection_info as said\nassert 'curve_publickey' in said()"
    )
    assert nbval(write(encrypted), tmp_path / "lake", tmp_path).returncode == 0
    (tmp_path / "conftest.py").unlink()
    assert nbval(write(encrypted), tmp_path / "lake", tmp_path).returncode == 1


@pytest.mark.parametrize("path", FILLED, ids=name)
def test_it_carries_outputs_of_made_up_data_and_nothing_of_one_machine(path):
    from das_analysis.disclosure import STAMP

    found = [output for cell in cells(path) for output in cell.outputs]
    assert found, "run tools/fill_notebooks.py on the demo's lake"
    assert not [output for output in found if output.output_type == "error"]
    assert not [output for output in found if STAMP in output.get("data", {})]
    assert MACHINES_OWN.findall(str(found)) == []


@pytest.mark.parametrize("path", STUDIES, ids=name)
def test_a_study_of_real_persons_carries_no_output(path):
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells(path))


@pytest.mark.parametrize("path", [*FILLED, *STUDIES], ids=name)
def test_its_cells_are_short_and_its_parameters_tagged(path):
    assert [cell for cell in cells(path) if "parameters" in cell.metadata.get("tags", [])] == cells(path)[:1]
    assert max(len(cell.source.splitlines()) for cell in cells(path)) <= 16


def test_the_tutorial_releases_one_table_and_shows_a_refusal(demo_lake):
    from das_analysis.report import Job, execute
    from das_analysis.report.stamped import check_stamps, stamps_of

    path = next(p for p in FILLED if p.stem == "first_hour")
    executed = execute(Job(notebook=path, parameters={"lang": "nl"}, lake=demo_lake))
    (stamp,) = stamps_of(executed)
    (content,) = check_stamps([stamp], lake=demo_lake, snapshot_digest=stamp["content"]["snapshot_digest"])
    assert content["lang"] == "nl"
    said = str(executed.cells)
    assert "rule: grain" in said


@pytest.mark.shared
def test_the_study_of_broward_repeats_the_published_figures(shared, keys, tmp_path):
    from das_analysis.cli.demo import Chain, walk
    from das_analysis.report import Job, execute

    chain = Chain(lake=tmp_path / "lake", keys=keys, packages=tmp_path / "packages")
    file = shared / "data" / "broward" / "compas-scores-two-years.csv"
    walk(chain, [("broward", "2016", [file])], name="broward")
    executed = execute(Job(notebook=STUDIES[0], parameters={}, lake=chain.lake))
    said = str(executed.cells)
    assert "6172" in said
    assert "0.47721" in said
    assert "32.35" in said
