"""The commands `rivals data …`: what data there is, what is in a file, where to get more."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rivals.cli import words
from rivals.errors import RivalsError, UsageError

if TYPE_CHECKING:
    from rivals.data.sources import Source

data_app = typer.Typer(
    help="What data there is, what is in a file, where to get more.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document to stdout and nothing else.")]
Read = Annotated[
    list[str] | None, typer.Option(metavar="KEY=VALUE", help="An option of the data's reader; repeatable.")
]
What = Annotated[
    str, typer.Argument(metavar="NAME|PATH", help="A name, a path, or WORD:PATH.", autocompletion=words.data)
]


@data_app.command("list")
def list_data(as_json: Json = False) -> None:
    """List the sets that have a name, and the cards of well-known ones that you can get."""
    from rivals.data.cards import CARDS
    from rivals.data.named import NAMED

    if as_json:
        sets = [{"name": name, "kind": entry.kind, "from": entry.origin} for name, entry in NAMED.items()]
        cards = [{**_plain(card), "files": [_plain(file) for file in card.files]} for card in CARDS.values()]
        return _print_json({"sets": sets, "cards": cards})
    width = max(map(len, [*NAMED, *CARDS]))
    print("Sets, for --data NAME:")
    for name, entry in NAMED.items():
        print(f"  {name:<{width}}  {entry.kind:<11}  {entry.origin}")
    print("\nCards of well-known sets, for `rivals data show NAME` and, marked *, `rivals data get NAME`:")
    for card in CARDS.values():
        print(f"{'*' if card.files else ' '} {card.name:<{width}}  {card.title}")
    return None


@data_app.command()
def readers(as_json: Json = False) -> None:
    """List the readers: words to write before a path, what they take, their options."""
    from rivals import options
    from rivals.data.readers import READERS

    known: dict[str, dict[str, str]] = {}
    for word, reader in READERS.items():
        signature = options.signature(reader.load(), skip=1)
        known[word] = {name: f"{options.spelled(kind)} = {default!r}" for name, (kind, default) in signature.items()}
    if as_json:
        rows = [{"word": word, "takes": r.takes, "options": known[word]} for word, r in READERS.items()]
        return _print_json(rows)
    for word, reader in READERS.items():
        print(f"{word}:  {reader.takes}")
        for name, what in known[word].items():
            print(f"    --read {name}: {what}")
    return None


@data_app.command()
def show(what: What, read: Read = None, as_json: Json = False) -> None:
    """Say what is in a set, a file or a folder; of a well-known set that is not here, its card."""
    from rivals.data import specs
    from rivals.data.cards import CARDS
    from rivals.data.named import HOME, NAMED

    here = Path(what).exists() or (what in NAMED and (NAMED[what].origin != HOME or HOME in os.environ))
    if what in CARDS and not here:
        card = CARDS[what]
        facts = {**_plain(card), "files": [file.url for file in card.files]}
        return _print_json(facts) if as_json else _print_facts(facts)
    source = _load(what, read)
    fields = {name: f"{x.dtype} {tuple(x.shape[1:])}".removeprefix("torch.") for name, x in _first(source, 1).items()}
    found, bad = (source.found.facts, source.found.bad) if source.found else ({}, [])
    if as_json:
        about = {"name": source.name, "size": source.size, "fields": fields, "found": found}
        held = source.test.size if source.test else 0
        return _print_json(
            about | {"held out": held, "bad": [vars(b) for b in bad], "spec": specs.to_json(source.spec)}
        )
    facts = {"data": source.name, "is": specs.spelled(source.spec), "samples": _count(source)}
    facts["held out"] = _count(source.test) if source.test else "nothing"
    facts["truth"] = type(source.truth).__name__ if source.truth is not None else ""
    _print_facts(facts | {f"field {name}": shape for name, shape in fields.items()} | found)
    if bad:
        print(f"\n{len(bad):,} cannot be used; `rivals data check` says which and what to do.")
    return None


@data_app.command()
def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A card's name (see `rivals data list`).")],
    out: Annotated[Path | None, typer.Option(help="The folder; by default data/NAME.")] = None,
) -> None:
    """Download a well-known set where its terms allow it; an interrupted download goes on where it stopped."""
    from rivals.data.cards import CARDS
    from rivals.data.fetch import fetch, unpack
    from rivals.options import did_you_mean

    if name not in CARDS:
        raise UsageError(f"there is no card '{name}'{did_you_mean(name, CARDS)} Cards: {', '.join(CARDS)}")
    card, folder = CARDS[name], out or Path("data") / name
    if not card.files:
        raise RivalsError(f"{name} is not downloaded for you ({card.terms}). By hand: {card.get}")
    print(f"terms   {card.terms}")
    for file in card.files:
        with _downloading(file.name) as progress:
            path = fetch(file.url, folder / file.name, file.checksum, progress)
        inside = folder / file.name.split(".")[0]
        if file.name.endswith((".zip", ".tar.gz")) and not inside.exists():
            path = unpack(path, inside)
        print(path)
    print(f"next    {card.get}\nread    {card.reader}:{folder / card.path}")


@data_app.command()
def check(what: What, read: Read = None, as_json: Json = False) -> None:
    """Read data and name each file or line that cannot be used, why, and what to do; exit 1 if there are any."""
    with _no_cache():
        source = _load(what, read)
    bad = source.found.bad if source.found else []
    if as_json:
        _print_json({"name": source.name, "ok": not bad, "samples": source.size, "bad": [vars(b) for b in bad]})
    else:
        for b in bad:
            print(f"{b.file}\n    {b.reason}\n    → {b.mend}")
        samples = "samples without end" if source.size is None else f"{_count(source)} samples to learn from"
        print(f"{len(bad):,} cannot be used; there are {samples}" if bad else f"fine: {samples}")
    if bad:
        raise typer.Exit(1)


@data_app.command()
def make(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A set that is made (see `rivals data list`).")],
    out: Annotated[Path, typer.Option(help="A new folder.")],
    n: Annotated[int, typer.Option("-n", min=1, help="How many; a finite set gives what it has.")] = 1000,
    read: Read = None,
) -> None:
    """Write a set as files: pictures as PNG with their classes, attributes or captions, other data as .npz or .csv."""
    from rivals.data.named import HOME, NAMED
    from rivals.data.write import write

    made = [word for word, entry in NAMED.items() if entry.origin != HOME]
    if name not in made:
        raise UsageError(f"'{name}' is not a set that is made; those are {', '.join(made)}")
    for path in write(_load(name, read), out, n):
        print(path)


@contextlib.contextmanager
def _downloading(name: str) -> Iterator[Callable[[int, int | None], None]]:
    """A progress bar on stderr, for as long as it is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(20), DownloadColumn(), TransferSpeedColumn())
    console = Console(stderr=True, highlight=False)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name, total=None)
        yield lambda there, total: bar.update(task, completed=there, total=total)


@contextlib.contextmanager
def _no_cache() -> Iterator[None]:
    """Let readers decode into a folder that is gone afterwards."""
    before = os.environ.get("RIVALS_CACHE")
    with tempfile.TemporaryDirectory(prefix="rivals-check-") as folder:
        os.environ["RIVALS_CACHE"] = folder
        try:
            yield
        finally:
            if before is None:
                del os.environ["RIVALS_CACHE"]
            else:
                os.environ["RIVALS_CACHE"] = before


def _load(what: str, read: list[str] | None) -> Source:
    from rivals import options
    from rivals.data import named

    return named.load(what, **options.parse(read or []))


def _first(source: Source, n: int) -> dict[str, Any]:
    return {name: source.first(name, n) for name in source.fields}


def _count(source: Source) -> str:
    return "without end" if source.size is None else f"{source.size:,}"


def _plain(thing: Any) -> dict[str, Any]:
    return dict(vars(thing))


def _print_json(data: Any) -> None:
    print(json.dumps(data, indent=2, ensure_ascii=False))


def _print_facts(facts: dict[str, Any]) -> None:
    width = max(map(len, facts))
    for name, value in facts.items():
        if value:
            print(f"{name:<{width}}  {', '.join(value) if isinstance(value, list) else value}")
