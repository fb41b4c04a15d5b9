"""das model: build it, check it, show it."""

from __future__ import annotations

from pathlib import Path

import click

from das_analysis.cli.options import PATH
from das_analysis.cli.terminal import say, show
from das_analysis.errors import Refused

LANG = click.Choice(["nl", "en"])


@click.group()
def model() -> None:
    """The model of the chain: one readable source, compiled to data."""


@model.command()
@click.option("--source", type=PATH, default="model", show_default=True)
def build(*, source: Path) -> None:
    """Compile model/ after a change in it.

    \b
    Example:  das model build
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.model.build import HERE, build

    build(source, HERE)
    say(f"compiled to {HERE.name}/")


@model.command()
@click.option("--source", type=PATH, default="model", show_default=True)
def check(*, source: Path) -> None:
    """Say whether model/ is sound and compiled/ is made of it.

    \b
    Example:  das model check
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.model import load_model
    from das_analysis.model.build import compile_model

    found = compile_model(source)["model"]["digest"]
    if found != load_model().digest:
        raise Refused("compiled/ was not made of this model/", todo="run das model build")
    say(f"sound and fresh: {found[:12]}")


@model.command("show")
@click.argument("name", required=False)
@click.option("--lang", type=LANG, default="nl", show_default=True)
def show_(*, name: str | None, lang: str) -> None:
    """The tables of the model; or one table, code list, supplier or indicator.

    \b
    Example:  das model show case --lang en
    """  # noqa: D301 - click's \b keeps the lines as they are
    import pandas as pd

    from das_analysis.cli.pages import page

    title, rows, columns = page(name, lang)
    show(pd.DataFrame(rows, columns=columns), title)


@model.command("downloads")
@click.option("--to", "target", type=PATH, required=True, help="folder to write into; made when needed")
def downloads_(*, target: Path) -> None:
    """Write what partners can take along: schemas, and each supplier's contract and templates.

    \b
    Example:  das model downloads --to downloads
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.model import load_model
    from das_analysis.semantic.downloads import downloads

    files = downloads(load_model())
    for name, content in files.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    say(f"{len(files)} files in {target}/")


@model.command()
@click.option(
    "--to", "target", type=PATH, default="model-site", show_default=True, help="The folder to write."
)
@click.option(
    "--examples", type=PATH, default="model/examples", show_default=True, help="Rows that break each rule."
)
@click.option("--serve", is_flag=True, help="Show it on this machine only, until you stop it.")
def site(*, target: Path, examples: Path, serve: bool) -> None:
    """The site that partners read: Dutch and English, from file:// or any server.

    \b
    Example:  das model site --to model-site
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.model import load_model
    from das_analysis.semantic.downloads import downloads
    from das_analysis.semantic.site import make_site, serve_site, write_site

    source = load_model()
    shown = examples if examples.is_dir() else None
    files = make_site(source, downloads=downloads(source), example_folder=shown)
    write_site(files, target)
    say(f"{len(files)} files; open {target / 'index.html'}")
    if serve:
        serve_site(target, told=lambda address: say(f"on this machine only: {address}; stop with Ctrl-C"))


@model.command()
@click.argument("old")
@click.argument("new", required=False)
@click.option("--lang", type=LANG, default="nl", show_default=True)
def diff(*, old: str, new: str | None, lang: str) -> None:
    """What changed between two editions of the model, and whether it breaks a supplier.

    An edition is a version that was kept, a model/ folder, or a folder of compiled files; without NEW it is
    the model in use. Leaves with 1 when a supplier must act, with 0 otherwise.

    \b
    Example:  das model diff 0.1.0 --lang en
    """  # noqa: D301 - click's \b keeps the lines as they are
    import pandas as pd

    from das_analysis.cli.editions import find_outline
    from das_analysis.model.changes import compare
    from das_analysis.semantic.site import say_change
    from das_analysis.words import t

    changes = compare(find_outline(old), find_outline(new))
    if not changes:
        say(t("site_no_change", lang))
        return
    rows = [(say_change(change, lang), ", ".join(change.breaks)) for change in changes]
    show(
        pd.DataFrame(rows, columns=[t("site_what_changed", lang), t("site_breaks", lang)]),
        f"{old} -> {new or 'now'}",
    )
    broken = sorted({supplier for change in changes for supplier in change.breaks})
    if broken:
        raise Refused(t("site_breaks", lang), where=", ".join(broken), todo=t("site_break_todo", lang))
    say(t("site_breaks_none", lang))


@model.command()
@click.option("--to", "target", type=PATH, help="The folder of kept editions; else that of the package.")
def keep(*, target: Path | None) -> None:
    """Keep the model in use as the edition of its version, for later comparison.

    \b
    Example:  das model keep
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.cli.editions import keep_edition
    from das_analysis.model import load_model

    say(f"kept as {keep_edition(load_model(), target)}")


@model.command()
@click.option("--source", type=PATH, default="model", show_default=True)
def examples(*, source: Path) -> None:
    """Search for each rule an example that breaks it and nothing else, out of the valid examples.

    \b
    Example:  das model examples
    """  # noqa: D301 - click's \b keeps the lines as they are
    from das_analysis.model import load_model
    from das_analysis.rules.examples import write_examples

    found = write_examples(load_model(), home=source / "examples")
    say(f"{found} of {len(load_model().rules)} rules have an example; see {source}/examples/invalid")
