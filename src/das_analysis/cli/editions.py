"""Editions of the model, as a person names them: a kept version, a folder, or the model in use."""

from __future__ import annotations

import json
from pathlib import Path

from das_analysis.errors import Refused
from das_analysis.model import Model, load_model
from das_analysis.model.load import PARTS, from_parts
from das_analysis.model.outline import Outline, edition, editions, outline, written


def find_outline(name: str | None) -> Outline:
    """Return the outline of an edition. Raises Refused when the name leads to none."""
    if name is None:
        return outline(load_model())
    if name in editions():
        return edition(name)
    folder = Path(name)
    if (folder / "das.yaml").is_file():
        from das_analysis.model.build import compile_model

        return outline(from_parts(json.loads(json.dumps(compile_model(folder)))))
    if (folder / "model.json").is_file():
        texts = {part: (folder / f"{part}.json").read_text(encoding="utf-8") for part in ("model", *PARTS)}
        return outline(from_parts({part: json.loads(text) for part, text in texts.items()}))
    todo = f"give a folder with das.yaml or model.json, or one of {', '.join(editions())}"
    raise Refused("no such edition of the model", where=name, todo=todo)


def keep_edition(model: Model, folder: Path | None = None) -> Path:
    """Write the outline of a model as the edition of its version. Raises Refused when another one is kept."""
    from das_analysis.model import editions as home

    target = (folder or Path(home.__path__[0])) / f"{model.version}.json"
    text = written(outline(model))
    if target.exists() and target.read_text(encoding="utf-8") != text:
        todo = "give the model a new version in model/das.yaml"
        raise Refused("another edition was kept under this version", where=model.version, todo=todo)
    target.write_text(text, encoding="utf-8")
    return target
