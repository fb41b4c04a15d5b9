#!/usr/bin/env bash
# What only Debian can give: by default the browser that looks at the reports in the tests.
# Installs it with apt-get where that is allowed (root, or sudo that asks no password); elsewhere it says
# what will be skipped and how to get it. It never fails.
# Usage: tools/debian.sh [PACKAGE...]
set -uo pipefail

say() { printf 'debian: %s\n' "$*"; }

browser() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" && return
    done
    return 1
}

admin() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    else
        sudo -n env DEBIAN_FRONTEND=noninteractive "$@"
    fi
}

may_install() {
    command -v apt-get >/dev/null || return 1
    [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null
}

install() {
    local apt=(timeout 600 apt-get --quiet=2 -o Acquire::Retries=2 -o DPkg::Lock::Timeout=60)
    admin "${apt[@]}" install --yes --no-install-recommends "$@" >/dev/null 2>&1 && return
    admin "${apt[@]}" update >/dev/null 2>&1
    admin "${apt[@]}" install --yes --no-install-recommends "$@" >/dev/null 2>&1
}

if [ $# -eq 0 ]; then
    if browser >/dev/null; then
        say "the tests will look at the reports with $(browser)"
        exit 0
    fi
    set -- chromium
    lost="the browser tests will be skipped; all others run"
else
    lost="this was asked for by the set-up"
fi

if may_install; then
    say "installing $* (once)"
    if install "$@"; then
        say "installed $*"
        exit 0
    fi
    say "apt-get could not install $*: $lost"
else
    say "$* is missing and may not be installed by this user: $lost"
fi
say "to get it: sudo apt-get install $*"
exit 0
