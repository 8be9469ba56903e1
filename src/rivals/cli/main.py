"""The command `rivals`: every verb of the library, typed once. Heavy imports happen inside the commands."""

from __future__ import annotations

import json
import os
import sys
import traceback
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from rivals.cli import words
from rivals.cli.attack import attack_app
from rivals.cli.certify import certify_app
from rivals.cli.comparison import comparison_app
from rivals.cli.data import data_app
from rivals.cli.defend import defend_app
from rivals.cli.judge import judge_app
from rivals.cli.lab import lab_app
from rivals.cli.studio import studio_app
from rivals.errors import Interrupted, RivalsError, UsageError, told

app = typer.Typer(
    name="rivals",
    help="Adversarial learning on one small engine: train, sample and score every GAN family.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(data_app, name="data")
app.add_typer(judge_app, name="judge")
app.add_typer(comparison_app)
app.add_typer(attack_app)
app.add_typer(certify_app)
app.add_typer(defend_app)
app.add_typer(lab_app)
app.add_typer(studio_app)


class Device(StrEnum):
    """Where to compute."""

    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"
    mps = "mps"


class Precision(StrEnum):
    """Number format of the networks."""

    fp32 = "fp32"
    bf16 = "bf16"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="A run's folder, or a saved model.")]
Outside = Annotated[str | None, typer.Option("--recipe", help="file.py:function, where the recipe is not installed.")]


@app.command()
def train(
    recipe: Annotated[
        str | None,
        typer.Argument(
            metavar="[ID]",
            help="A recipe's id (see `rivals list`), or file.py:function; by default what suits the data.",
            autocompletion=words.recipes_and_data,
        ),
    ] = None,
    given: Annotated[
        str | None, typer.Argument(metavar="[DATA]", help="The same as --data.", autocompletion=words.data)
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="A name (digits, ring, …), a path, or WORD:PATH.", autocompletion=words.data),
    ] = None,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Steps; by default the recipe's. More than before extends a run.")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Instead of --steps: as many steps as fit, measured once.")
    ] = None,
    batch: Annotated[int | None, typer.Option(min=1, help="Samples in a batch; by default the recipe's.")] = None,
    seed: Annotated[int, typer.Option(help="Of weights, data order and noise.")] = 0,
    out: Annotated[Path | None, typer.Option(help="The run's folder; by default runs/ID-DATA.")] = None,
    set: Annotated[
        list[str] | None,
        typer.Option(metavar="KEY=VALUE", help="An option of the recipe or a slot of its game; repeatable."),
    ] = None,
    read: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="An option of the data's reader; repeatable.")
    ] = None,
    start_from: Annotated[
        Path | None, typer.Option("--from", help="A run or model of the same recipe whose weights to start with.")
    ] = None,
    logger: Annotated[
        list[str] | None,
        typer.Option(help="tensorboard, mlflow, wandb or none; repeatable.", autocompletion=words.loggers),
    ] = None,
    device: Annotated[Device, typer.Option(help="Where to compute.")] = Device.auto,
    precision: Annotated[
        Precision, typer.Option(help="bf16 is autocast: networks in 16 bits, losses and moves in fp32.")
    ] = Precision.fp32,
    eval_every: Annotated[int, typer.Option(min=0, help="Steps between scores; 0 scores at the end only.")] = 0,
    save_every: Annotated[
        int | None, typer.Option(min=1, help="Steps between checkpoints; by default as often as costs next to nothing.")
    ] = None,
    accumulate: Annotated[int, typer.Option(min=1, help="Microbatches in a batch, where a batch does not fit.")] = 1,
    heal: Annotated[
        bool,
        typer.Option(
            "--heal", help="On a serious illness go back, apply the first remedy, go on; three times at most."
        ),
    ] = False,
    compile: Annotated[
        bool, typer.Option("--compile", help="Compile the networks: takes a minute; see `rivals tune`.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew in a folder beside an old run.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what was found and what it would cost; write nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Train a recipe on data. The same command again resumes; a finished run says so; more --steps extend it."""
    from rivals import options, processes
    from rivals.cli.progress import Bar

    chosen = options.parse(set or [])
    own = {"steps", "minutes", "batch", "seed", "out", "device", "precision", "accumulate", "read", "fresh", "heal"}
    own |= {"compile", "views", "eval_every", "save_every", "start_from", "loggers", "progress", "measure", "data"}
    own |= {"game"}
    if clash := sorted(own & chosen.keys()):
        word = {"start_from": "from", "loggers": "logger"}.get(clash[0], clash[0]).replace("_", "-")
        raise UsageError(f"'{clash[0]}' is an option of the command: write --{word}, not --set {clash[0]}=…")
    if given is not None and data is not None:
        raise UsageError(f"the data are named twice, '{given}' and --data {data}: name them once")
    from rivals import training

    arguments: dict[str, Any] = {
        "steps": steps, "minutes": minutes, "batch": batch, "seed": seed, "out": out, "device": device.value,
        "precision": precision.value, "accumulate": accumulate, "read": options.parse(read or []),
        "start_from": start_from, "fresh": fresh, "heal": heal, "compile": compile, **chosen,
    }  # fmt: skip
    data = given if data is None else data
    if dry_run:
        plan = training.plan(recipe, data, **arguments)
        return _print_json(plan.to_json()) if as_json else print("\n".join(plan.lines()))
    trained = training.train(
        recipe, data, eval_every=eval_every, save_every=save_every, loggers=logger or (), progress=Bar(), **arguments
    )  # fmt: skip
    if not processes.first():
        return None
    facts: dict[str, Any] = {"run": str(trained.folder), "step": trained.step, "already": trained.already}
    facts["scores"] = trained.scores.to_json() if trained.scores else None
    if as_json:
        return _print_json(facts)
    if trained.already:
        print(f"This run is finished: {trained.step} steps. A larger --steps extends it, --fresh starts beside it.")
    if trained.scores:
        _print_scores(trained.scores)
    for name in ("samples.png", "samples.csv", "samples.txt", "samples.npz", "report.html"):
        if (trained.folder / name).is_file():
            print(f"{name.partition('.')[0]:>9}  {trained.folder / name}")
    return None


@app.command()
def tune(
    recipe: Annotated[str | None, typer.Argument(metavar="[ID]", autocompletion=words.recipes_and_data)] = None,
    data: Annotated[str | None, typer.Argument(metavar="[DATA]", autocompletion=words.data)] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="As for train, and so are the others.")] = None,
    batch: Annotated[int | None, typer.Option(min=1)] = None,
    seed: Annotated[int, typer.Option()] = 0,
    out: Annotated[Path | None, typer.Option(help="The run's folder; by default runs/ID-DATA.")] = None,
    set: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE")] = None,
    read: Annotated[list[str] | None, typer.Option(metavar="KEY=VALUE")] = None,
    device: Annotated[Device, typer.Option()] = Device.auto,
    precision: Annotated[Precision, typer.Option()] = Precision.fp32,
    accumulate: Annotated[int, typer.Option(min=1)] = 1,
    fresh: Annotated[bool, typer.Option("--fresh")] = False,
    as_json: Json = False,
) -> None:
    """Measure what makes a step faster here, and begin a run's folder with it; the same words with train then train."""
    from rivals import options, training

    folder, found = training.tuned(
        recipe, data, steps=steps, batch=batch, seed=seed, out=out, device=device.value, precision=precision.value,
        accumulate=accumulate, read=options.parse(read or []), fresh=fresh, **options.parse(set or []),
    )  # fmt: skip
    if as_json:
        return _print_json({"run": str(folder.path), "tuned": found.to_json()})
    usual = next(iter(found.measured.values()))
    for way, ms in found.measured.items():
        mark = "  ← chosen" if way == found.best else ""
        print(f"{way.words:>40}  {ms:9.2f} ms a step  {ms / usual:5.2f}{mark}")
    print(f"{folder.path}/config.json keeps the choice: rivals train with the same words goes on from there")
    return None


@app.command()
def sample(
    run: RunPath,
    n: Annotated[
        int | None, typer.Option("-n", min=1, help="How many, by default 64; rows of a --picture, by default 8.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Which samples.")] = 0,
    label: Annotated[
        str | None, typer.Option(help="One class for all, or attributes, name=value with commas, as the model knows.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="A .png (grid or scatter), .npz, .txt (tokens), or a folder of pictures.")
    ] = Path("samples.png"),
    picture: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Instead of samples a picture of what it can do: interpolation, classes, traversal, reconstruction, "
            "edit, completion, mixing, truncation, projection, neighbours.",
            autocompletion=words.pictures,
        ),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="Where a --picture's real ones are from; by default the run's own.", autocompletion=words.data
        ),
    ] = None,
    recipe: Outside = None,
) -> None:
    """Make samples of a trained model; needs no data set and no option retyped."""
    if picture is not None:
        return _picture(run, picture, data, n or 8, seed, label, out, recipe)
    from rivals import conditions
    from rivals.data import specs
    from rivals.pictures import save_samples
    from rivals.store.model import load

    game = load(run, recipe=recipe)
    spec = specs.from_json((game.config or {})["data"])
    save_samples(game.sample(n or 64, seed=seed, label=conditions.read(label)), spec, out)
    print(out)
    return None


def _picture(
    run: Path, name: str, data: str | None, n: int, seed: int, label: str | None, out: Path, recipe: str | None
) -> None:
    from rivals import api
    from rivals.pictures import save_picture

    if label is not None:
        raise UsageError("--label is for samples: leave it out with --picture")
    save_picture(api.picture(run, name, data, n=n, seed=seed, recipe=recipe), out)
    print(out)


@app.command()
def report(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN…", help="Folders of runs.")],
    out: Annotated[
        Path | None, typer.Option(help="Of several runs: the page, a .html; by default report.html.")
    ] = None,
) -> None:
    """Write a run's report.html again, or one page about several runs."""
    from rivals.api import report as verb

    print(verb(*runs, out=out))


@app.command()
def export(
    run: RunPath,
    to: Annotated[str, typer.Option(help="onnx, torch-export, web (a page) or safetensors.")] = "safetensors",
    out: Annotated[
        Path | None, typer.Option(help="A .onnx or .pt2, or a folder; by default the recipe's name.")
    ] = None,
    recipe: Outside = None,
) -> None:
    """Write a trained model as a file that other programs run, and check that it gives the same samples."""
    from rivals.exporting import export as verb
    from rivals.store.model import load

    place, apart = verb(load(run, recipe=recipe), to, out)
    print(f"{place}  largest difference of a sample {apart:.2g}" if apart else place)


@app.command()
def push(
    run: RunPath,
    name: Annotated[str, typer.Argument(metavar="USER/NAME", help="Of the repository on the Hugging Face hub.")],
    private: Annotated[bool, typer.Option("--private", help="Only you may read it.")] = False,
    card: Annotated[bool, typer.Option("--card", help="Print the model's card, and push nothing.")] = False,
    recipe: Outside = None,
) -> None:
    """Put a trained model on the Hugging Face hub with a card that says what it is; hub:USER/NAME loads it."""
    from rivals import sharing

    print(sharing.card(run) if card else sharing.push(run, name, private=private, recipe=recipe))


@app.command()
def evaluate(
    run: RunPath,
    data: Annotated[
        str | None,
        typer.Option(help="What to compare with; by default the run's own data.", autocompletion=words.data),
    ] = None,
    samples: Annotated[
        int | None, typer.Option(min=2, help="How many to make; by default the protocol's number.")
    ] = None,
    metrics: Annotated[str, typer.Option(help="standard, all, or scores with commas: fid,kid.")] = "standard",
    judge: Annotated[
        str | None,
        typer.Option(
            help="Of pictures: a name of `rivals judge list` or a .safetensors file.", autocompletion=words.judges
        ),
    ] = None,
    intervals: Annotated[
        bool, typer.Option("--intervals", help="Give each figure its 95 % interval, by resampling the samples.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Which samples.")] = 0,
    recipe: Outside = None,
    as_json: Json = False,
) -> None:
    """Score a trained model: who judged, on how many samples, and the figures."""
    from rivals.api import evaluate as verb

    rounds = 200 if intervals else 0
    scores = verb(run, data, samples=samples, seed=seed, metrics=metrics, judge=judge, intervals=rounds, recipe=recipe)
    if as_json:
        return _print_json(scores.to_json())
    return _print_scores(scores)


@app.command("list")
def list_recipes(
    section: Annotated[str | None, typer.Option(help="Only one section: core, ensembles, translation, …")] = None,
    data: Annotated[
        str | None, typer.Option(metavar="KIND", help="Only recipes for this kind of data: points, images, …")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the recipes."""
    from rivals import catalog
    from rivals.data.specs import KINDS

    every = list(catalog.entries().values())
    _known("section", section, sorted({e.section for e in every}))
    _known("kind of data", data, list(KINDS))
    found = [e for e in every if (not section or e.section == section) and (not data or data in e.data)]
    if as_json:
        return _print_json([_facts(e) for e in found])
    width = max((len(e.id) for e in found), default=0)
    for name in sorted({e.section for e in found}, key=[e.section for e in every].index):
        print(f"\n{name}")
        for e in (e for e in found if e.section == name):
            print(f"  {e.id:<{width}}  {e.paper.year}  {', '.join(e.data):<15}  {e.summary}")
    return None


@app.command()
def info(
    recipe: Annotated[str, typer.Argument(metavar="ID", autocompletion=words.recipes)],
    as_json: Json = False,
) -> None:
    """Show one recipe: paper, mathematics, what it can do, options, deviations."""
    from rivals import catalog
    from rivals.contract import abilities
    from rivals.verbs import VERBS

    entry = catalog.find(recipe)
    can = abilities(entry)
    if as_json:
        facts = _facts(entry) | {"options": list(entry.options), "documentation": catalog.documentation(entry)}
        facts["can"] = can
        return _print_json(facts)
    link = f" · arXiv:{entry.paper.arxiv}" if entry.paper.arxiv else ""
    print(f"{entry.id} · {entry.paper.title} ({entry.paper.year}){link}")
    print(
        f"{entry.kind} · section {entry.section} · for {', '.join(entry.data)} · {entry.steps} steps of {entry.batch}\n"
    )
    print(catalog.documentation(entry))
    if can:
        print("\nBeside samples, a trained model can:")
        for name in can:
            print(f"  game.{name}: {VERBS[name]}")
    print("\nOptions (--set KEY=VALUE):")
    for option in entry.options:
        print(f"  {option}")
    return None


@app.command()
def check(
    recipe: Annotated[
        str,
        typer.Argument(metavar="ID", help="A recipe's id, or file.py:function.", autocompletion=words.recipes),
    ],
    as_json: Json = False,
) -> None:
    """Hold a recipe against the contract that every recipe keeps, on a tiny copy."""
    from rivals import catalog
    from rivals.contract import check as verb

    results = verb(catalog.find(recipe))
    if as_json:
        _print_json([vars(r) for r in results])
    else:
        for r in results:
            print(f"{'ok  ' if r.ok else 'FAIL'}  {r.data:<12} {r.check}{f': {r.detail}' if r.detail else ''}")
    if not all(r.ok for r in results):
        raise typer.Exit(1)


@app.command()
def doctor(as_json: Json = False) -> None:
    """Say what is installed, what the machine can do, and where things are kept."""
    from rivals.cli import doctor as verb

    facts = verb.facts()
    return _print_json(facts) if as_json else print("\n".join(verb.lines(facts)))


@app.callback(invoke_without_command=True)
def root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Adversarial learning on one small engine: train, sample and score every GAN family."""
    if version:
        from rivals import __version__

        print(__version__)
        raise typer.Exit


def _facts(entry: Any) -> dict[str, Any]:
    return {
        "id": entry.id,
        "title": entry.paper.title,
        "year": entry.paper.year,
        "arxiv": entry.paper.arxiv,
        "section": entry.section,
        "kind": entry.kind,
        "data": list(entry.data),
        "summary": entry.summary,
    }


def _known(what: str, word: str | None, known: list[str]) -> None:
    if word is not None and word not in known:
        raise UsageError(f"there is no {what} '{word}'; there are {', '.join(known)}")


def _print_json(data: Any) -> None:
    print(json.dumps(data, indent=2))


def _print_scores(scores: Any) -> None:
    if not scores.values:
        print("no score is known for such data and this game")
    width = max((len(name) for name in scores.values), default=0)
    bounds = scores.protocol.get("intervals", {})
    for name, value in scores.values.items():
        interval = "  95 % from {:.4g} to {:.4g}".format(*bounds[name]) if name in bounds else ""
        print(f"{name:>{width}}  {value:.4g}{interval}")
    kept = {k: v for k, v in scores.protocol.items() if k not in ("intervals", "left out")}
    print("protocol: " + ", ".join(f"{k} {v}" for k, v in kept.items()))
    for name, reason in scores.protocol.get("left out", {}).items():
        print(f"left out: {name}, since {reason}")


def main() -> NoReturn:
    """Run the command; 0 well, 1 failed, 2 wrong use, 130 interrupted, 143 terminated."""
    import warnings

    warnings.showwarning = lambda message, *_, **__: print(f"warning: {message}", file=sys.stderr)
    try:
        app(standalone_mode=True)
    except UsageError as error:
        _leave(2, f"error: {error}")
    except Interrupted as error:
        _leave(128 + error.signal, str(error))
    except RivalsError as error:
        _leave(1, f"error: {error}")
    except KeyboardInterrupt:
        _leave(130, "interrupted")
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except OSError as error:
        _leave(1, f"error: {told(error)}")
    except MemoryError:
        _leave(1, "error: the memory is full: give smaller sizes, or a smaller --batch with --accumulate")
    sys.exit(0)


def _leave(code: int, message: str) -> NoReturn:
    if os.environ.get("RIVALS_DEBUG"):
        traceback.print_exc()
    print(message, file=sys.stderr)
    sys.exit(code)
