"""The commands `rivals judge …`: which judges there are, what one is, how to train one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rivals.cli import words
from rivals.errors import RivalsError, UsageError

if TYPE_CHECKING:
    from rivals.metrics.judges import Judge

judge_app = typer.Typer(
    help="Which judges there are, what one is, how to train one's own.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")]


@judge_app.command("list")
def list_judges(as_json: Json = False) -> None:
    """List the judges that are shipped, and those whose weights you download."""
    from rivals.metrics import judges
    from rivals.metrics.judges import references

    rows = [_facts(judges.load(name), judges.WEIGHTS / f"{name}.safetensors") for name in judges.names()]
    for name, reference in references.REFERENCES.items():
        found = reference.found()
        present = ", ".join(map(str, found)) if found else f"not downloaded: {reference.wanted()}"
        rows.append({"name": name, "sees": reference.sees, "present": present})
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    for row in rows:
        shipped = "{fingerprint}  {accuracy:.2%}  {bytes:,} bytes  " if "fingerprint" in row else ""
        print(f"{row['name']:<10} {shipped.format(**row)}{row['sees']}")
        if not shipped:
            print(f"{'':<10} {row['present']}")


@judge_app.command()
def info(
    name: Annotated[str, typer.Argument(metavar="NAME|PATH", help="A judge's name, NAME:PATH, or your own's file.")],
    as_json: Json = False,
) -> None:
    """Say what a judge sees, what it gives, and its fingerprint."""
    from rivals.metrics import judges

    own = Path(name) if name.endswith(".safetensors") and ":" not in name else None
    judge = judges.load(name)
    facts = _facts(judge, own or judges.WEIGHTS / f"{name}.safetensors")
    facts |= {"preprocessing": judge.preprocessing, "features": judge.dim, "classes": judge.classes}
    facts["weights"] = sum(weight.numel() for weight in judge.state_dict().values())
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    for key, value in facts.items():
        if value is not None:
            print(f"{key:<14} {value}")


@judge_app.command()
def train(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA", help="Pictures with labels: a name, a path, or WORD:PATH.", autocompletion=words.data
        ),
    ],
    out: Annotated[Path, typer.Option(help="The judge's file, which ends in .safetensors.")],
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the training split.")] = 15,
    read: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="An option of the data's reader; repeatable.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Train a judge of your own; score with it by naming its file."""
    from rivals import options
    from rivals.data import named
    from rivals.metrics.judges import classifier, names, training
    from rivals.metrics.judges.references import REFERENCES
    from rivals.pack import replace_file

    if out.suffix != ".safetensors":
        raise UsageError(f"a judge's file ends in .safetensors: write --out {out.with_suffix('.safetensors')}")
    if out.stem in [*names(), *REFERENCES]:
        raise UsageError(f"'{out.stem}' is the name of another judge: call the file something else")
    source = named.load(data, **options.parse(read or []))
    spec = training.pictures(source)
    plan = training.plan_for(spec, epochs)
    judge = training.train(out.stem, source, plan, None if as_json else _tell)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        replace_file(out, classifier.to_bytes(judge, plan.half))
    except OSError as error:
        raise RivalsError(f"{out} cannot be written: {error.strerror}") from error
    facts = _facts(judge, out)
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    right = "not measured: the data has no test split" if judge.accuracy is None else f"{judge.accuracy:.2%} of test"
    print(f"{out}  {judge.fingerprint}  {right}")


def _facts(judge: Judge, path: Path) -> dict[str, Any]:
    """What a list tells of a judge; bytes only where it is one file."""
    size = f"{judge.size}x{judge.size}" if judge.size else "any size"
    shade = "colour" if getattr(judge, "colour", True) else "grey"
    sees = f"{size} in {shade}, {judge.dim} features, {judge.classes} classes"
    facts = {"name": judge.name, "fingerprint": judge.fingerprint, "accuracy": judge.accuracy, "sees": sees}
    return facts | ({"bytes": path.stat().st_size, "present": str(path)} if path.is_file() else {})


def _tell(epoch: int, epochs: int, loss: float) -> None:
    """Progress, on stderr."""
    typer.echo(f"epoch {epoch}/{epochs}  loss {loss:.3f}", err=True)
