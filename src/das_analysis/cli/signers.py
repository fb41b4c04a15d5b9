"""das partner trust, distrust, signers: at the host, whose signature under a package is believed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import click

from das_analysis.cli.options import keys_option
from das_analysis.cli.terminal import say, show

DAY = click.DateTime(["%Y-%m-%d"])
_TRY_OUT = timedelta(days=730)


@click.command()
@keys_option
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--fingerprint", required=True, help="As the supplier told it, on another road than the file.")
@click.option("--from", "since", type=DAY, help="First day; else today, in UTC.")
@click.option("--until", type=DAY, required=True, help="Last day.")
def trust(*, keys: Path, file: Path, fingerprint: str, since: datetime | None, until: datetime) -> None:
    """At the host: believe what a supplier signs with this key, for a time. Said again, it gets other days.

    \b
    Example:  das partner trust dji.pub --fingerprint e1-0123... --until 2028-12-31
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.intake.signers import trust as enrol

    first = since.date() if since else _today()
    entry = enrol(keys, file, name=fingerprint, since=first, until=until.date())
    say(f"trusted for {entry.supplier}, {entry.valid_from} to {entry.valid_until}: {entry.signer}")


@click.command()
@keys_option
@click.argument("fingerprint")
def distrust(*, keys: Path, fingerprint: str) -> None:
    """At the host: believe a key no more, from this moment; nothing that it signed comes in.

    \b
    Example:  das partner distrust e1-0123...
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.intake.signers import revoke

    entry = revoke(keys, fingerprint, on=_today())
    say(f"revoked for {entry.supplier} on {entry.revoked_on}: {entry.signer}")


@click.command()
@keys_option
def signers(*, keys: Path) -> None:
    """At the host: every key that was ever trusted, and how it stands today.

    \b
    Example:  das partner signers
    """  # noqa: D301 - click's \b keeps the lines as they are
    import pandas as pd

    from das_analysis.intake.signers import trusted

    rows = [
        (t.supplier, t.signer, t.valid_from, t.valid_until, t.standing(_today()), t.revoked_on)
        for t in trusted(keys)
    ]
    columns = ["supplier", "fingerprint", "from", "until", "standing", "revoked on"]
    show(pd.DataFrame(rows, columns=columns), "trusted signers")


def make_signers(keys: Path) -> list[Path]:
    """For trying things out: make and trust every supplier's key that is missing; return what was made."""
    from das_analysis.intake.signers import trust as enrol
    from das_analysis.intake.signing import new_signer, signer_file
    from das_analysis.model import load_model

    made = [path for name in load_model().suppliers if not (path := signer_file(keys, name)).exists()]
    for path in made:
        told = new_signer(keys, path.stem)
        enrol(keys, path.with_suffix(".pub"), name=told, since=_today(), until=_today() + _TRY_OUT)
    return made


def _today() -> date:
    return datetime.now(UTC).date()
