"""das keys: who makes which key, and when one ends. Keys are in files, never in an argument."""

from __future__ import annotations

from pathlib import Path

import click

from das_analysis.cli.deliver import signer
from das_analysis.cli.options import keys_option, lake_option
from das_analysis.cli.signers import make_signers
from das_analysis.cli.terminal import say


@click.group()
def keys() -> None:
    """Key files of the key holder, the suppliers and the host: three hands, and never inside a lake."""


keys.add_command(signer)


@keys.command("new")
@keys_option
def new(*, keys: Path) -> None:
    """For trying things out: make every key file that is missing, of all three hands in one folder.

    \b
    Example:  das keys new --keys keys
    """  # noqa: D301 - click's \b keeps the lines as they are
    for name in make_keys(keys):
        say(f"made {name}")


def make_keys(keys: Path) -> list[str]:
    """Make the key files that are missing, for every supplier of the model, and return what was made.

    A supplier's key that was issued and is not here whole, after a stop, gets its next version.
    """
    from das_analysis.keys import new_holder, new_supplier
    from das_analysis.keys.holder import issued, ratio_file, supplier_file
    from das_analysis.model import load_model
    from das_analysis.vault import new_host_key

    made = []
    for name, make in (("holder", new_holder), ("host", new_host_key)):
        if not (keys / f"{name}.key").exists():
            make(keys)
            made.append(f"{name}.key")
    counted = issued(keys)
    for supplier in sorted(load_model().suppliers):
        last = counted.get(supplier, 0)
        files = (supplier_file(keys, supplier), ratio_file(keys, supplier, version=last))
        if not last or not all(file.path.exists() for file in files):
            version = new_supplier(keys, supplier, rotate=bool(last))
            lost = f": version {version}, because a file of version {last} is missing" if last else ""
            made.append(f"suppliers/{supplier}.key and its ratio{lost}")
    return made + [f"signers/{path.name}" for path in make_signers(keys)]


@keys.command("holder")
@keys_option
def holder(*, keys: Path) -> None:
    """At the key holder, once: make the alliance's key. With the host's it opens everything: keep it apart.

    \b
    Example:  das keys holder --keys holder
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.keys import new_holder

    new_holder(keys)
    say("made holder.key; give it to nobody")


@keys.command("supplier")
@keys_option
@click.argument("supplier")
@click.option("--rotate", is_flag=True, help="The next version: what the host makes of it stays the same.")
def supplier(*, keys: Path, supplier: str, rotate: bool) -> None:
    """At the key holder: make a supplier's key, and the ratio with which the host finds its persons again.

    \b
    Example:  das keys supplier dji --keys holder
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.intake.terms import find_card
    from das_analysis.keys import new_supplier
    from das_analysis.model import load_model

    version = new_supplier(keys, find_card(load_model(), supplier).id, rotate=rotate)
    say(f"made version {version}: bring suppliers/{supplier}.key to the supplier, and nowhere else")
    say(f"and ratios/{supplier}-{version}.key to the host; then remove both here")


@keys.command("host")
@keys_option
def host(*, keys: Path) -> None:
    """At the host, once: make the host's own key.

    \b
    Example:  das keys host
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.vault import new_host_key

    say(f"made host.key, version {new_host_key(keys)}")


@keys.command("rotate")
@keys_option
def rotate(*, keys: Path) -> None:
    """At the host: make the next version of the host's key; the one before lives on until it is destroyed.

    \b
    Example:  das keys rotate && das pseudonymise && das link && das freeze 2026-09
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.vault import rotate_host_key

    version = rotate_host_key(keys)
    say(f"made version {version} of host.key; next: das pseudonymise, das link, das freeze")
    say(f"after that release: das keys destroy --version {version - 1}")


@keys.command("destroy")
@lake_option
@keys_option
@click.option("--version", type=int, required=True, help="An earlier version of the host's key.")
def destroy(*, lake: Path, keys: Path, version: int) -> None:
    """At the host: destroy an earlier version of its key, and the table of what followed its pseudonyms.

    \b
    Example:  das keys destroy --version 1
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.vault import destroy_host_key

    destroy_host_key(lake, version, keys=keys)
    say(f"version {version} of host.key is destroyed; old pseudonyms can never be made again")


@keys.command("list")
@keys_option
def list_(*, keys: Path) -> None:
    """Show which versions of the host's key are alive and since when; of a key itself nothing is shown.

    \b
    Example:  das keys list
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.vault.host_key import read_host_keys

    found = read_host_keys(keys)
    for version in found.alive:
        use = "in use" if version == found.current else "until it is destroyed"
        say(f"host.key version {version}, made on {found.made_on.get(version, 'an unknown day')}: {use}")
    for path in sorted((keys / "ratios").glob("*.key")):
        say(f"ratio {path.stem}")
