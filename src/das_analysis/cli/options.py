"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

Command = Callable[..., Any]
PATH = click.Path(path_type=Path)


def lake_option(command: Command) -> Command:
    """Add --lake: where the lake is."""
    return click.option(
        "--lake",
        type=PATH,
        envvar="DAS_LAKE",
        default="lake",
        show_default=True,
        help="The lake's folder; also DAS_LAKE.",
    )(command)


def keys_option(command: Command) -> Command:
    """Add --keys: the folder with key files, never the keys themselves."""
    return click.option(
        "--keys",
        type=PATH,
        envvar="DAS_KEYS",
        default="keys",
        show_default=True,
        help="The folder of key files; also DAS_KEYS.",
    )(command)
