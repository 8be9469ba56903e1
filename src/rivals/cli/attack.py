"""The command `rivals attack`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from rivals.cli import words
from rivals.errors import UsageError

attack_app = typer.Typer()


@attack_app.command()
def attack(
    model: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="A judge's name, a run that classifies, or file.py:function for your own.",
            autocompletion=words.judges,
        ),
    ],
    data: Annotated[
        str, typer.Option(help="Labelled pictures, of which held-out ones are attacked.", autocompletion=words.data)
    ],
    method: Annotated[
        str,
        typer.Option(
            help="fgsm, bim, pgd, apgd, cw, deepfool, fab, square, autoattack, boundary, nes, …",
            autocompletion=words.attacks,
        ),
    ] = "pgd",
    epsilon: Annotated[
        float | None, typer.Option(help="Largest perturbation of pictures in [0, 1]; by default the attack's own.")
    ] = None,
    suite: Annotated[
        bool, typer.Option("--suite", help="A ladder of attacks instead of one, and signs of masked gradients.")
    ] = False,
    target: Annotated[int | None, typer.Option(help="The class that all shall be named.")] = None,
    samples: Annotated[int, typer.Option("-n", min=1, help="How many pictures.")] = 200,
    weights: Annotated[Path | None, typer.Option(help="A .safetensors file for a model of your own.")] = None,
    preprocessing: Annotated[
        str | None,
        typer.Option(metavar="MEAN/STD", help="Where the model does not normalise: .5/.5, or .4,.5,.6/.2,.2,.2."),
    ] = None,
    set: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="An option of the attack; repeatable.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="A .png: originals, ten times the noise, what came of it.")] = None,
    seed: Annotated[int, typer.Option(help="Of the attack.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")
    ] = False,
) -> None:
    """Attack a classifier: accuracy before and after, size of the perturbation, questions asked."""  # fmt: skip
    from rivals import attacking, options
    from rivals.attacks import ATTACKS
    from rivals.pictures import save_picture

    chosen: dict[str, Any] = options.parse(set or [])
    scaling = _preprocessing(preprocessing)
    victim = attacking.model(model, weights)
    x, y, name = attacking.labelled(data, samples)
    how: dict[str, Any] = {"preprocessing": scaling, "seed": seed, "model_name": model, "data_name": name}
    if suite:
        if target is not None or chosen or out:
            raise UsageError("a suite has its own attacks: leave out --target, --set and --out")
        found, warned = attacking.suite(victim, x, y, 8 / 255 if epsilon is None else epsilon, **how)
        if as_json:
            reports = {rung: report.to_json() for rung, report in found.items()}
            return print(json.dumps({"attacks": reports, "warnings": warned}, indent=2))
        for rung, report in found.items():
            print(f"{rung:>15}  robust {report.robust:6.1%} of {report.clean:.1%}  ε {report.options['epsilon']:.3g}")
        return print("\n".join(f"warning: {line}" for line in warned) or "no sign of masked gradients")
    if epsilon is not None:
        chosen["epsilon"] = epsilon
    report, made = attacking.attack(victim, x, y, method, target=target, **how, **chosen)
    if out is not None:
        save_picture(attacking.picture(x, made), out)
    if as_json:
        return print(json.dumps(report.to_json(), indent=2))
    print(
        f"{report.method} ({ATTACKS[report.method].paper}) on {report.model}, "
        f"{report.samples} pictures of {report.data}"
    )
    print(f"accuracy     {report.clean:.1%}")
    print(f"robust       {report.robust:.1%}   kept as 8-bit pictures {report.stored:.1%}")
    if report.wanted is not None:
        print(f"named {target}      {report.wanted:.1%}")
    if report.size:
        print("perturbation " + ", ".join(f"norm {norm} {value:.4g}" for norm, value in report.size.items()))
    print(
        f"cost         {report.queries:,.0f} questions and {report.gradients:,.0f} gradients a picture, "
        f"{report.seconds:.1f} s"
    )
    if out is not None:
        print(out)
    return None


def _preprocessing(text: str | None) -> tuple[list[float], list[float]] | None:
    if text is None:
        return None
    try:
        mean, std = ([float(number) for number in part.split(",")] for part in text.split("/"))
    except ValueError:
        raise UsageError(f"preprocessing is MEAN/STD, a number or one a channel with commas, not '{text}'") from None
    return mean, std
