"""das-deliver: what a supplier installs alone: tools/kit.py makes a wheel of this and what it imports."""

from __future__ import annotations

import click

from das_analysis.cli.deliver import check, deliver, signer
from das_analysis.cli.terminal import run


@click.group("das-deliver", context_settings={"help_option_names": ["-h", "--help"]})
def kit() -> None:
    """Deliver to DAS: check files, swap identities for pre-pseudonyms, sign a package. Without a network.

    \b
    The way:     keys signer (once) -> check -> deliver -> bring the package to the host
    Exit codes:  0 done, 1 refused with a reason, 2 wrong use, 3 try again later
    """  # noqa: D301 - click's \b keeps the lines as they are


@kit.group()
def keys() -> None:
    """The key that signs packages."""


keys.add_command(signer)
kit.add_command(check)
kit.add_command(deliver)


def main() -> None:
    """Run `das-deliver` and leave with its exit code."""
    run(kit)
