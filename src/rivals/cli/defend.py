"""The command `rivals defend`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from rivals.cli import words
from rivals.errors import UsageError

defend_app = typer.Typer()


@defend_app.command()
def defend(
    data: Annotated[str, typer.Option(help="Pictures with labels.", autocompletion=words.data)],
    method: Annotated[
        str,
        typer.Option(help="fast, pgd, trades, inputs or detect.", autocompletion=words.defences),
    ] = "pgd",
    out: Annotated[Path | None, typer.Option(help="The run's folder; by default runs/defended-METHOD-DATA.")] = None,
    epsilon: Annotated[float, typer.Option(help="Largest perturbation of pictures in [0, 1].")] = 0.1,
    steps: Annotated[int, typer.Option(min=1, help="Of each training: with and without the defence.")] = 1500,
    samples: Annotated[int, typer.Option("-n", min=1, help="How many pictures are attacked.")] = 200,
    set: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="An option of the method's recipe; repeatable.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of trainings and attacks.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")
    ] = False,
) -> None:
    """Train a classifier that resists, and say what attacks leave of it; the run is a model for `rivals attack`."""
    from rivals import defending, options
    from rivals.cli.progress import Bar

    chosen = options.parse(set or [])
    if clash := sorted({"epsilon", "steps", "seed", "out", "data", "samples"} & chosen.keys()):
        raise UsageError(f"'{clash[0]}' is an option of the command: write --{clash[0]}, not --set {clash[0]}=…")
    place = out or Path("runs") / f"defended-{method}-{Path(data).stem}"
    found = defending.defend(
        data, method, out=place, epsilon=epsilon, steps=steps, samples=samples, seed=seed, progress=Bar(), **chosen
    )
    if as_json:
        return print(json.dumps(found.to_json(), indent=2))
    print(f"{found.method} on {data}: accuracy on {found.samples} pictures, epsilon {found.epsilon:g}")
    width = max(len(row.what) for row in found.rows)
    for row in found.rows:
        caught = "" if row.caught is None else f"   {row.caught:.1%} of the others detected"
        print(f"{row.what:>{width}}  clean {row.clean:6.1%}  robust {row.robust:6.1%}{caught}")
    print("\n".join(found.said))
    return print(f"model  {found.run}")
