"""The command `rivals lab`: experiments that a student begins with."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from rivals.cli import words
from rivals.errors import RivalsError, UsageError

lab_app = typer.Typer()


@lab_app.command()
def lab(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME]", help="An experiment; without one they are listed.", autocompletion=words.experiments
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The figure, a .png; by default lab-NAME.png in the working folder.")
    ] = None,
    set: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="An option of the experiment; repeatable.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything random in it.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")
    ] = False,
) -> None:
    """Run a small experiment on why GANs work and fail: numbers beside theory, and a figure."""
    from rivals import options
    from rivals.lab import experiment

    if name is None:
        if out is not None or set:
            raise UsageError("--out and --set belong to one experiment: name it, `rivals lab` shows all")
        return _list(as_json)
    entry = experiment.find(name)
    chosen = options.parse(set or [])
    if "seed" in chosen:
        raise UsageError("'seed' is an option of the command: write --seed, not --set seed=…")
    path = out or Path(f"lab-{name}.png")
    _check(path)
    found = experiment.run(name, seed=seed, **chosen)
    from rivals.lab.drawing import png
    from rivals.pack import replace_file

    picture = png(found)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, picture)
    except OSError as error:
        raise RivalsError(f"{path} cannot be written: {error.strerror}") from error
    if as_json:
        facts: dict[str, Any] = {"experiment": name, "summary": entry.summary, "seed": seed}
        facts["options"] = experiment.defaults(name) | chosen
        facts |= {"tables": found.to_json(), "figure": str(path)}
        return print(json.dumps(facts, indent=2))
    about = entry.documentation.partition("\nArgs:")[0].rstrip().splitlines()
    changes = [f"options: {'; '.join(entry.options)}"] if entry.options else []
    return print("\n".join([*about, "", *found.lines(), "", *changes, f"figure: {path}"]))


def _check(path: Path) -> None:
    """Refuse a figure that could not be written, before anything is computed."""
    if path.suffix.lower() != ".png":
        raise UsageError(f"a figure is a PNG: write --out {path.with_suffix('.png')}")
    if path.is_dir():
        raise UsageError(f"{path} is a folder: name a file in it")
    above = next(folder for folder in path.absolute().parents if folder.exists())
    if not above.is_dir():
        raise UsageError(f"{path} cannot be written: {above} is a file")
    if not os.access(above, os.W_OK):
        raise UsageError(f"{path} cannot be written: {above} is closed to you")


def _list(as_json: bool) -> None:
    from rivals.lab import experiment

    found = experiment.entries().values()
    if as_json:
        rows = [{"name": e.name, "summary": e.summary, "options": list(e.options)} for e in found]
        return print(json.dumps(rows, indent=2))
    width = max(len(e.name) for e in found)
    return print("\n".join(f"{e.name:<{width}}  {e.summary}" for e in found))
