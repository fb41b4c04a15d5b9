#!/usr/bin/env bash
# Makes .peers: an environment with what the benchmarks hold ours against. Nothing else needs it.
set -euo pipefail
cd "$(dirname "$0")/.."
"${PYTHON:-.venv/bin/python}" -m venv .peers
.peers/bin/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/peers.txt
