#!/usr/bin/env bash
# Writes requirements.lock from pyproject.toml: every version and its hashes, for every platform, and no
# address of where they came from. The resolver lives in a throwaway environment.
# Usage: tools/lock.sh [--upgrade] [--upgrade-package NAME]
set -euo pipefail
cd "$(dirname "$0")/.."
room="$(mktemp -d)"
trap 'rm -rf "$room"' EXIT
"${PYTHON:-python3}" -m venv "$room"
"$room/bin/python" -m pip install --quiet --disable-pip-version-check uv
"$room/bin/uv" pip compile pyproject.toml --all-extras --generate-hashes --universal --python-version 3.11 \
    --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet \
    --output-file requirements.lock "$@"
