"""The command `rivals certify`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from rivals.cli import words
from rivals.errors import RivalsError, UsageError

certify_app = typer.Typer()


@certify_app.command()
def certify(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A run that classifies, a judge's name, or file.py:function for your own.",
            autocompletion=words.judges,
        ),
    ],
    data: Annotated[str, typer.Option(help="Labelled pictures; held-out ones are taken.", autocompletion=words.data)],
    method: Annotated[
        str, typer.Option(help="smoothing (votes under noise), linear (bounds of all layers), exact (small nets).")
    ] = "smoothing",
    radius: Annotated[
        list[float] | None, typer.Option(help="A radius for pictures in [0, 1]; repeatable, by default a few.")
    ] = None,
    samples: Annotated[int, typer.Option("-n", min=1, help="How many pictures.")] = 100,
    weights: Annotated[Path | None, typer.Option(help="A .safetensors file for a model of your own.")] = None,
    set: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="An option of the method: sigma=.25, property=l2, …; repeatable."),
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A .png: the curves against the radius.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")
    ] = False,
) -> None:
    """Prove what can be proved of a classifier near pictures, beside what attacks leave of it."""
    from rivals import attacking, certifying, options
    from rivals.pack import replace_file

    if out is not None and out.suffix.lower() != ".png":
        raise UsageError(f"a figure is a PNG: write --out {out.with_suffix('.png')}")
    if method not in certifying.METHODS:
        raise UsageError(f"there is no method '{method}': take {', '.join(certifying.METHODS)}")
    usual = options.signature(certifying.METHODS[method][0], skip=4)
    chosen: dict[str, Any] = options.check(f"the method {method}", options.parse(set or []), usual)
    found = attacking.model(model, weights)
    x, y, name = attacking.labelled(data, samples)
    report = certifying.certify(
        found, x, y, method, radii=radius or (), model_name=model, data_name=name, **chosen
    )  # fmt: skip
    if out is not None:
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            replace_file(out, _png(report))
        except OSError as error:
            raise RivalsError(f"{out} cannot be written: {error.strerror}") from error
    if as_json:
        return print(json.dumps(report.to_json(), indent=2))
    print(f"{method} on {model}, {report.samples} pictures of {name}, {report.seconds:.1f} s")
    print("\n".join(report.lines()))
    return print(out) if out is not None else None


def _png(report: Any) -> bytes:
    import io

    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 3.8), dpi=110, facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    report.draw(figure)
    file = io.BytesIO()
    figure.savefig(file, format="png")
    return file.getvalue()
