"""The command `rivals attack`."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Annotated, Any

import typer

from rivals.cli import words
from rivals.errors import UsageError

attack_app = typer.Typer()

OTHERS = {"sentences": "rivals.attacking_words", "speech": "rivals.attacking_speech"}
"""Kind of data -> the module whose `command` attacks it; everything else is pictures."""


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
        str,
        typer.Option(
            help="Labelled pictures or sentences, or speech, of which held-out ones are attacked.",
            autocompletion=words.data,
        ),
    ],
    method: Annotated[
        str,
        typer.Option(
            help="fgsm, bim, pgd, apgd, cw, deepfool, fab, square, boundary, nes, …; hotflip, textfooler; ctc.",
            autocompletion=words.attacks,
        ),
    ] = "pgd",
    epsilon: Annotated[
        float | None, typer.Option(help="Largest perturbation of pictures in [0, 1]; by default the attack's own.")
    ] = None,
    suite: Annotated[
        bool, typer.Option("--suite", help="A ladder of attacks instead of one, and signs of masked gradients.")
    ] = False,
    target: Annotated[
        str | None, typer.Option(help="The class that all shall be named; of speech the word that shall be heard.")
    ] = None,
    samples: Annotated[int, typer.Option("-n", min=1, help="How many pictures.")] = 200,
    weights: Annotated[Path | None, typer.Option(help="A .safetensors file for a model of your own.")] = None,
    preprocessing: Annotated[
        str | None,
        typer.Option(metavar="MEAN/STD", help="Where the model does not normalise: .5/.5, or .4,.5,.6/.2,.2,.2."),
    ] = None,
    transfer_from: Annotated[
        list[str] | None,
        typer.Option(
            "--transfer-from",
            metavar="MODEL",
            help="Make the samples on this model, too, and show all to all: a matrix; repeatable.",
            autocompletion=words.judges,
        ),
    ] = None,
    within: Annotated[
        float | None,
        typer.Option(help="Of square, nes and boundary: count questions up to a perturbation of this size."),
    ] = None,
    set: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="An option of the attack; repeatable.")
    ] = None,
    read: Annotated[
        list[str] | None,
        typer.Option("--read", metavar="KEY=VALUE", help="An option of the data's reader; repeatable."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="A .png of originals, noise times ten, results; a .txt of sentences, a folder of sounds."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the attack.")] = 0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")
    ] = False,
) -> None:
    """Attack a classifier: accuracy before and after, size of the perturbation, questions asked."""  # fmt: skip
    from rivals import attacking, attacking_suite, options
    from rivals.attacks import ATTACKS, Victim, transfer
    from rivals.data import named, specs
    from rivals.pictures import save_picture

    chosen: dict[str, Any] = options.parse(set or [])
    source = named.load(data, **options.parse(read or []))
    kind = specs.kind_of(source.spec)
    if kind in OTHERS:
        pictures = {"--suite": suite, "--epsilon": epsilon, "--preprocessing": preprocessing, "--within": within,
                    "--transfer-from": transfer_from}  # fmt: skip
        if given := [word for word, value in pictures.items() if value not in (None, False, [])]:
            raise UsageError(f"{given[0]} is for pictures, and this data is {kind}: leave it out")
        found = importlib.import_module(OTHERS[kind]).command(
            source, model, method, samples=samples, weights=weights, target=target, out=out, chosen=chosen
        )
        print(json.dumps(found.to_json(), indent=2) if as_json else "\n".join(found.lines()))
        return print(out) if out is not None and not as_json else None
    wanted = _class(target)
    scaling = _preprocessing(preprocessing)
    victim = attacking.model(model, weights)
    x, y, name = attacking.labelled(source, samples)
    how: dict[str, Any] = {"preprocessing": scaling, "seed": seed, "model_name": model, "data_name": name}
    if suite:
        if wanted is not None or chosen or out or within is not None:
            raise UsageError("a suite has its own attacks: leave out --target, --set, --out and --within")
        others = {other: attacking.model(other) for other in transfer_from or []}
        rungs, warned = attacking_suite.suite(victim, x, y, 8 / 255 if epsilon is None else epsilon, others, **how)
        if as_json:
            reports = {rung: report.to_json() for rung, report in rungs.items()}
            return print(json.dumps({"attacks": reports, "warnings": warned}, indent=2))
        width = max(map(len, rungs))
        for rung, report in rungs.items():
            left = f"robust {report.robust:6.1%} of {report.clean:.1%}"
            print(f"{rung:>{width}}  {left}  ε {report.options['epsilon']:.3g}")
        print("".join(f"note: {line}\n" for line in rungs["fgsm"].notes), end="")
        return print("\n".join(f"warning: {line}" for line in warned) or "no sign of masked gradients")
    if epsilon is not None:
        chosen["epsilon"] = epsilon
    if transfer_from:
        if out is not None or within is not None:
            raise UsageError("a matrix of models has no picture and counts no questions: leave out --out and --within")
        attacking.known(method)
        models: dict[str, Any] = {model: Victim(victim, preprocessing=scaling)}
        models |= {other: attacking.model(other) for other in transfer_from}
        matrix = transfer(models, models, x, y, method, target=wanted, seed=seed, **chosen)
        if as_json:
            return print(json.dumps(matrix.to_json() | {"method": method, "data": name}, indent=2))
        print(f"{method} ({ATTACKS[method].paper}), share fooled of {matrix.samples} pictures of {name} that all know")
        return print("\n".join(matrix.lines()))
    report, made = attacking.attack(victim, x, y, method, target=wanted, within=within, **how, **chosen)
    if out is not None:
        save_picture(attacking.picture(x, made), out)
    if as_json:
        return print(json.dumps(report.to_json(), indent=2))
    print("\n".join(report.lines()))
    return print(out) if out is not None else None


def _class(target: str | None) -> int | None:
    try:
        return None if target is None else int(target)
    except ValueError:
        raise UsageError(f"the target is the number of a class, not '{target}'") from None


def _preprocessing(text: str | None) -> tuple[list[float], list[float]] | None:
    if text is None:
        return None
    try:
        mean, std = ([float(number) for number in part.split(",")] for part in text.split("/"))
    except ValueError:
        raise UsageError(f"preprocessing is MEAN/STD, a number or one a channel with commas, not '{text}'") from None
    return mean, std
