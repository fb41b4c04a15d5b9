#!/usr/bin/env bash
# Makes or brings up to date the environment in .venv, from requirements.lock and nothing else.
# Usage: tools/setup.sh [FOLDER]         PYTHON=python3.12 chooses another interpreter
#        tools/setup.sh FOLDER spark    adds the other engine, which only its tests need
set -euo pipefail
cd "$(dirname "$0")/.."
venv="${1:-.venv}"

say() { printf 'set-up: %s\n' "$*"; }

fits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null; }

find_python() {
    local candidate
    if [ -n "${PYTHON:-}" ] && ! fits "$PYTHON"; then
        say "$PYTHON is not a Python 3.11 or 3.12; looking for another" >&2
    fi
    for candidate in ${PYTHON:-} python3 python3.12 python3.11; do
        if fits "$candidate"; then
            printf '%s' "$candidate"
            return
        fi
    done
    say "no Python 3.11 or 3.12 found. Install one, or name it: make demo PYTHON=/path/to/python3.11" >&2
    exit 1
}

has_venv() { "$1" -c 'import ensurepip, venv' 2>/dev/null; }

make_venv() {
    local python version
    python="$(find_python)"
    version="$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
    if ! has_venv "$python"; then
        tools/debian.sh "python$version-venv" || true
    fi
    if ! has_venv "$python"; then
        say "$python cannot make environments. On Debian: apt-get install python$version-venv" >&2
        exit 1
    fi
    say "environment in $venv ($("$python" --version))"
    "$python" -m venv --clear "$venv"
}

# Installs the packages of the lock whose line matches, or (not) does not match, a pattern.
locked() {
    awk -v pattern="$1" -v no="${2:-}" '/^[a-z]/ { keep = ($0 ~ pattern) != (no != "") } keep' \
        requirements.lock > "$part"
    "${pip[@]}" install --require-hashes --no-build-isolation --requirement "$part"
}

pip=("$venv/bin/python" -m pip --quiet --disable-pip-version-check)
spark='^(pyspark|py4j)=='
part="$(mktemp)"
trap 'rm -f "$part"' EXIT

if [ "${2:-}" = spark ]; then
    if ! java -version >/dev/null 2>&1; then tools/debian.sh default-jre-headless; fi
    if ! java -version >/dev/null 2>&1; then
        say "no Java: the tests on Spark will be skipped"
        exit 0
    fi
    say "adding Spark (half a gigabyte, once)"
    locked "$spark"
    exit 0
fi

# An environment that was moved, or whose interpreter went away or does not fit, is made anew.
if ! fits "$venv/bin/python" || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    make_venv
fi

say "installing the locked packages (a minute or two the first time)"
# The installer and the build backend first, hashes checked; then no package fetches a backend of its own.
locked '^(pip|setuptools|wheel|packaging)=='
locked "$spark" not
"${pip[@]}" install --no-deps --no-build-isolation --editable .
"${pip[@]}" check >/dev/null || say "pip sees packages that do not fit together; run: $venv/bin/python -m pip check"
say "done"
