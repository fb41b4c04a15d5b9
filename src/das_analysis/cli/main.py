"""`das`: the group of commands."""

from __future__ import annotations

from importlib import import_module
from keyword import iskeyword

import click

from das_analysis.cli.terminal import run

# command -> module that holds it: loaded when used, so that `das --help` is quick
COMMANDS = {
    "demo": "demo",
    "status": "look",
    "findings": "look",
    "check": "look",
    "return": "look",
    "synth": "steps",
    "keys": "keys",
    "deliver": "deliver",
    "receive": "steps",
    "validate": "steps",
    "pseudonymise": "steps",
    "link": "steps",
    "linkage": "linkage",
    "freeze": "steps",
    "run": "publish",
    "export": "export",
    "sparql": "sparql",
    "diff": "compare",
    "audit": "audit",
    "project": "project",
    "erase": "erase",
    "restrict": "restrict",
    "rectify": "rectify",
    "retention": "retention",
    "tidy": "tidy",
    "model": "model",
    "partner": "partner",
}


class _Verbs(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        if cmd_name not in COMMANDS:
            return None
        module = import_module(f"das_analysis.cli.{COMMANDS[cmd_name]}")
        command: click.Command = getattr(module, f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name)
        return command


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="das-analysis")
def das() -> None:
    """Data on the criminal-justice chain, from a partner's file to a published monitor.

    \b
    The way of the data:  deliver -> receive -> validate -> pseudonymise -> link -> freeze -> run
    Exit codes:           0 done, 1 refused with a reason, 2 wrong use, 3 try again later
    """  # noqa: D301 - click's \b keeps the lines as they are


def main() -> None:
    """Run `das` and leave with its exit code."""
    run(das)
