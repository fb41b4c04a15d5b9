"""A second process that knows a kernel's ports listens while a notebook prints a secret: it reads nothing."""

import json
import subprocess
import sys
import threading

import nbformat
import pytest
from traitlets.config import Config

from das_analysis.report import Job, execute

SECRET = "marked-4711-value"
PARAMETERS = 'snapshot: str = "latest"\nperiod: str = "2025"\nlang: str = "nl"\nfolder: str = "."'
TALK = """
import json, pathlib, time
from ipykernel.connect import get_connection_info
said = get_connection_info(unpack=True)
ports = {name: value for name, value in said.items() if name.endswith("port") or name == "ip"}
pathlib.Path(folder, "ports.partial").write_text(json.dumps(ports))
pathlib.Path(folder, "ports.partial").rename(pathlib.Path(folder, "ports.json"))
for _ in range(100):
    print("marked-" + "4711-value", flush=True)
    time.sleep(0.1)
    if pathlib.Path(folder, "heard.json").exists():
        break
"""
LISTEN = """
import json, pathlib, sys, time, zmq
folder = pathlib.Path(sys.argv[1])
while not (folder / "ports.json").exists():
    time.sleep(0.05)
ports = json.loads((folder / "ports.json").read_text())
context, poller = zmq.Context(), zmq.Poller()
for name, kind in (("iopub_port", zmq.SUB), ("shell_port", zmq.DEALER), ("control_port", zmq.DEALER)):
    socket = context.socket(kind)
    if kind == zmq.SUB:
        socket.subscribe(b"")
    socket.connect(f"tcp://{ports['ip']}:{ports[name]}")
    if kind == zmq.DEALER:
        socket.send_multipart([b"<IDS|MSG>", b"", b"{}", b"{}", b"{}", b"{}"])
    poller.register(socket, zmq.POLLIN)
heard, until = [], time.monotonic() + 3
while time.monotonic() < until and sys.argv[2].encode() not in b"".join(heard):
    for socket, _ in poller.poll(200):
        heard += socket.recv_multipart()
said = {"frames": len(heard), "secret": sys.argv[2].encode() in b"".join(heard)}
(folder / "heard.json").write_text(json.dumps(said))
context.destroy(linger=0)
"""


@pytest.fixture
def talking(tmp_path):
    """A notebook that tells its ports (not its keys) and prints a secret until somebody has listened."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": kernel})
    parameters = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    notebook.cells = [parameters, nbformat.v4.new_code_cell(TALK)]
    path = tmp_path / "talking.ipynb"
    nbformat.write(notebook, path)
    return Job(notebook=path, parameters={"folder": str(tmp_path)}, lake=tmp_path / "lake")


def eavesdrop(job, folder):
    """Run the notebook, listen from a process of its own, and return what that process heard."""
    command = [sys.executable, "-c", LISTEN, str(folder), SECRET]
    listener = threading.Thread(target=subprocess.run, args=(command,), kwargs={"check": True, "timeout": 60})
    listener.start()
    executed = execute(job)
    listener.join()
    assert SECRET in executed.cells[-1].outputs[0]["text"]
    return json.loads((folder / "heard.json").read_text())


def test_a_second_process_reads_nothing(talking, tmp_path):
    assert eavesdrop(talking, tmp_path) == {"frames": 0, "secret": False}


def test_without_encryption_it_reads_the_secret(talking, tmp_path, monkeypatch):
    def open_channels(folder):
        plain = {"transport_encryption": "disabled", "connection_file": str(folder / "kernel.json")}
        return Config({"KernelManager": plain, "AsyncKernelManager": plain})

    monkeypatch.setattr(sys.modules["das_analysis.report.execute"], "encrypted", open_channels)
    heard = eavesdrop(talking, tmp_path)
    assert heard["secret"]


def test_the_laboratory_and_the_runs_ask_for_the_same(root, tmp_path):
    from traitlets.config.loader import PyFileConfigLoader

    laboratory = PyFileConfigLoader("jupyter_server_config.py", path=str(root / "config")).load_config()
    runs = sys.modules["das_analysis.report.execute"].encrypted(tmp_path)
    for asked in (laboratory, runs):
        assert asked.KernelManager.transport_encryption == "required"
        assert asked.AsyncKernelManager.transport_encryption == "required"


def test_a_kernel_that_cannot_encrypt_is_refused(talking, monkeypatch):
    from jupyter_client import KernelManager

    from das_analysis.errors import Refused

    monkeypatch.setattr(KernelManager, "_kernel_supports_curve_encryption", lambda _: False)
    with pytest.raises(Refused, match="does not encrypt"):
        execute(talking)
