"""What an experiment is, which there are, and how one is run.

As with recipes, listing them parses their files: neither they nor torch are imported before one is run.
"""

from __future__ import annotations

import ast
import inspect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from rivals import options as typed
from rivals.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Cell: TypeAlias = float | int | str

ROOM = Path(__file__).parent


@dataclass(frozen=True)
class Table:
    """Numbers with names.

    Attributes:
        title: what the rows are.
        columns: names; the first column says which row it is.
        rows: one cell a column.
    """

    title: str
    columns: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]

    def column(self, name: str) -> list[Any]:
        """All cells under a name."""
        place = self.columns.index(name)
        return [row[place] for row in self.rows]

    def lines(self) -> list[str]:
        """The table as text: words to the left, numbers to the right."""
        whole = [list(self.columns), *([spelled(cell) for cell in row] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*whole, strict=True)]
        words = [all(isinstance(row[i], str) for row in self.rows) for i in range(len(self.columns))]
        made = [
            "  ".join(
                c.ljust(w) if word else c.rjust(w) for c, w, word in zip(row, widths, words, strict=True)
            ).rstrip()
            for row in whole
        ]
        return [self.title, *(f"  {line}" for line in made)]


@dataclass(frozen=True)
class Result:
    """What an experiment found.

    Attributes:
        tables: its numbers, what was computed beside what theory says.
        draw: puts the picture into an empty figure.
        size: of the figure in inches.
    """

    tables: tuple[Table, ...]
    draw: Callable[[Figure], None]
    size: tuple[float, float] = (8.0, 3.4)

    def table(self, title: str) -> Table:
        """The table whose title begins with these words."""
        return next(table for table in self.tables if table.title.startswith(title))

    def lines(self) -> list[str]:
        """All tables as text, an empty line between two."""
        return [line for i, table in enumerate(self.tables) for line in ([""] if i else []) + table.lines()]

    def to_json(self) -> list[dict[str, Any]]:
        """The tables as plain data; what JSON has no number for is a word: "inf", "nan"."""
        return [
            {"title": t.title, "columns": list(t.columns), "rows": [[_plain(cell) for cell in row] for row in t.rows]}
            for t in self.tables
        ]


@dataclass(frozen=True)
class Entry:
    """One experiment as its file tells it.

    Attributes:
        name: as registered.
        summary: the first line of its documentation.
        documentation: all of it.
        options: as spelled in the signature.
        module, function: where it is.
    """

    name: str
    summary: str
    documentation: str
    options: tuple[str, ...]
    module: str
    function: str


Experiment = TypeVar("Experiment", bound=Callable[..., Result])


def experiment(name: str) -> Callable[[Experiment], Experiment]:
    """Mark a function of typed, keyword-only options as an experiment; `seed` among them is the command's --seed."""
    return lambda function: function


@lru_cache(maxsize=1)
def entries() -> dict[str, Entry]:
    """Every experiment by name, in the order in which they build on each other."""
    found = [entry for file in sorted(ROOM.glob("*.py")) for entry in _read(file)]
    places = {name: place for place, name in enumerate(ORDER)}
    return {entry.name: entry for entry in sorted(found, key=lambda e: (places.get(e.name, len(places)), e.name))}


ORDER = (
    "earth-mover", "parallel-lines", "js-saturates", "optimal-discriminator", "vanishing-gradient", "lipschitz",
    "dirac", "mode-collapse", "broken-map", "activations", "convolution-arithmetic", "separability",
)  # fmt: skip
"""What a student reads first; a name that is not here comes after them."""


def find(name: str) -> Entry:
    """The experiment of a name.

    Raises:
        UsageError: where there is none, with the nearest.
    """
    if name not in entries():
        near = typed.did_you_mean(name, entries())
        raise UsageError(f"there is no experiment '{name}'{near or ';'} `rivals lab` shows all")
    return entries()[name]


def run(name: str, /, *, seed: int = 0, **options: Any) -> Result:
    """Run an experiment.

    Args:
        name: see `entries`.
        seed: of everything random in it; whatever it is, no random state outside has moved.
        **options: of the experiment.

    Raises:
        UsageError: for an unknown name or option, or a value of another type or range.
    """
    entry = find(name)
    function: Callable[..., Result] = getattr(import_module(f"rivals.lab.{entry.module}"), entry.function)
    known = typed.signature(function)
    seeded = {"seed": seed} if known.pop("seed", None) else {}
    checked = typed.check(name, options, known)
    import torch

    from rivals import noise

    with noise.seeded(torch.device("cpu"), "lab", name, seed):
        return function(**checked, **seeded)


def defaults(name: str) -> dict[str, Any]:
    """The options of an experiment with their defaults."""
    entry = find(name)
    function = getattr(import_module(f"rivals.lab.{entry.module}"), entry.function)
    return {key: default for key, (_, default) in typed.signature(function).items() if key != "seed"}


def spelled(cell: Cell) -> str:
    """A cell as text: four digits that count."""
    if isinstance(cell, str | bool | int):
        return str(cell)
    if math.isinf(cell):
        return "∞" if cell > 0 else "-∞"
    return "0" if cell == 0 else f"{cell:.4g}"


def _plain(cell: Cell) -> Cell:
    return str(cell) if isinstance(cell, float) and not math.isfinite(cell) else cell


def _read(file: Path) -> list[Entry]:
    """The experiments of one file, by parsing it."""
    found = []
    for node in ast.parse(file.read_text(encoding="utf-8"), str(file)).body:
        for call in getattr(node, "decorator_list", []):
            if isinstance(node, ast.FunctionDef) and isinstance(call, ast.Call) and _called(call) == "experiment":
                text = inspect.cleandoc(ast.get_docstring(node) or "")
                pairs = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
                options = tuple(_option(o, default) for o, default in pairs if o.arg != "seed")
                name = str(ast.literal_eval(call.args[0]))
                found.append(Entry(name, text.partition("\n")[0], text, options, file.stem, node.name))
    return found


def _called(call: ast.Call) -> str:
    return ast.unparse(call.func).rpartition(".")[2]


def _option(option: ast.arg, default: ast.expr | None) -> str:
    annotation = f": {ast.unparse(option.annotation)}" if option.annotation else ""
    return f"{option.arg}{annotation}" + (f" = {ast.unparse(default)}" if default else "")
