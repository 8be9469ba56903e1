"""Which recipes there are: read from their source without running it.

A recipe is a function `(data, *, options) -> Game` under the decorator `recipe`. The decorator's arguments are
literals, so that listing all recipes parses their files and imports neither them nor torch. What is claimed of a recipe
is no part of it: it stands in a file of the same name in the folder `claims` beside it.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from rivals import options as typed
from rivals.data import specs
from rivals.errors import UsageError
from rivals.protocols import PROTOCOLS

if TYPE_CHECKING:
    from rivals.data.specs import Spec
    from rivals.game import Game

RECIPES = Path(__file__).parent / "recipes"


@dataclass(frozen=True)
class Paper:
    """Where a recipe comes from."""

    title: str
    year: int
    arxiv: str | None = None


@dataclass(frozen=True)
class Claim:
    """What a paper says of its method, as a figure that can be measured; written down before it is run.

    Args:
        name: short, unique in its recipe.
        sentence: what the paper claims.
        source: where it says so: "table 1", "proposition 1".
        paper: the published figure, where there is one.
        metric: a score of `rivals.evaluate`, or "measure:NAME" for a function of `rivals.benchmark.measures`.
        data: a name of `rivals data list`.
        protocol: name of a protocol in `rivals.protocols`, whose fields hold where the claim has none of its own.
        also: further scores of the same samples, recorded beside the figure; a measure names its own.
        table: heading of a table that this claim is a row of, with all claims of that heading.
        options: of the recipe.
        steps, batch: by default the recipe's.
        samples: of the score; by default its protocol's.
        seeds: trainings, seeds 0, 1, ….
        minutes: that one training, and what is measured of it, are expected to take one core.
        at_most, at_least: the figure of ours that counts as reproduced.
        partly: a looser one.
        beats: instead of a threshold: the recipe that this one must beat by a paired interval over the same seeds.
        beats_options: of that recipe; by `beats_options` alone it is the same recipe, for example without its idea.
        lower_is_better: of the metric, for `beats`.
        reduced: one sentence that says how the protocol is smaller than the paper's; empty where it is the paper's.
        quick: what `--quick` changes: options, and "steps" or "batch".

    Raises:
        UsageError: unless there is exactly one of `at_most`, `at_least` and `beats`, where `partly` is stricter, or
            without metric, data or such a protocol.
    """

    name: str
    sentence: str
    metric: str = ""
    data: str = ""
    protocol: str = ""
    source: str = ""
    paper: float | None = None
    also: tuple[str, ...] = ()
    table: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    steps: int | None = None
    batch: int | None = None
    samples: int | None = None
    seeds: int = 3
    minutes: float = 1.0
    at_most: float | None = None
    at_least: float | None = None
    partly: float | None = None
    beats: str = ""
    beats_options: Mapping[str, Any] | None = None
    lower_is_better: bool = True
    reduced: str = ""
    quick: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.protocol and self.protocol not in PROTOCOLS:
            raise UsageError(
                f"claim '{self.name}': there is no protocol '{self.protocol}', only {', '.join(PROTOCOLS)}"
            )
        common = PROTOCOLS.get(self.protocol, {})
        for each in fields(self):
            usual = each.default_factory() if callable(each.default_factory) else each.default
            if each.name in common and getattr(self, each.name) == usual:
                object.__setattr__(self, each.name, common[each.name])
        if not (self.metric and self.data):
            raise UsageError(f"claim '{self.name}' must name its metric and its data, or a protocol that has them")
        ways = [self.at_most is not None, self.at_least is not None, self.compared]
        if sum(ways) != 1:
            raise UsageError(f"claim '{self.name}' must have exactly one of at_most, at_least and beats")
        if self.partly is not None:
            tighter = self.at_most is not None and self.partly < self.at_most
            tighter |= self.at_least is not None and self.partly > self.at_least
            if tighter or self.compared:
                raise UsageError(f"claim '{self.name}': partly must be looser than its threshold, {self.threshold}")
        same = {**self.options, **(self.beats_options or {})} == dict(self.options)
        if self.compared and not self.beats and same:
            raise UsageError(f"claim '{self.name}': beats_options change nothing, it compares a training with itself")

    @property
    def compared(self) -> bool:
        """Whether it is a comparison with another training."""
        return bool(self.beats) or self.beats_options is not None

    @property
    def threshold(self) -> str:
        """What counts as reproduced, in words."""
        if self.compared:
            options = ", ".join(f"{k}={v}" for k, v in (self.beats_options or {}).items())
            return f"beats {' with '.join(x for x in (self.beats or 'itself', options) if x)}"
        return f"≥ {self.at_least:g}" if self.at_least is not None else f"≤ {self.at_most:g}"


@dataclass(frozen=True)
class Entry:
    """What the decorator says of a recipe, and where the recipe is.

    Args:
        id: the registered name.
        paper: its source.
        data: kinds of data that it is built for, words of `rivals.data.specs.KINDS`.
        kind: generator, translator, encoder, classifier, likelihood or policy: which contract it must keep.
        batch, steps: the paper's, or what suits two cores; defaults of `train`.
        smallest, largest: sides of pictures that it takes, in pixels; 0 is no limit.
        recommended: kinds of data, joined by ", " -> why it is the recipe for them, one sentence. "images<12" is for
            pictures with a side below 12 pixels, and goes before plain "images".
        settings: options with which it is recommended, where its defaults are the paper's and others do better.
        tiny: options of a small copy for the contract check.
        exempt: check -> reason, for a check that cannot hold.
        claims: what its paper says, to be measured by `rivals reproduce`; see `read` for where else they may stand.
    """

    id: str
    paper: Paper
    data: tuple[str, ...]
    kind: str = "generator"
    batch: int = 64
    steps: int = 5000
    smallest: int = 0
    largest: int = 0
    recommended: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    tiny: Mapping[str, Any] = field(default_factory=dict)
    exempt: Mapping[str, str] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    function: str = ""
    path: Path = Path()
    section: str = ""
    summary: str = ""
    options: tuple[str, ...] = ()
    outside: str = ""

    @property
    def name(self) -> str:
        """What `rivals train` was asked for: an id, or file:function for a recipe from outside."""
        return self.outside or self.id

    def __post_init__(self) -> None:
        names = [claim.name for claim in self.claims]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise UsageError(f"{self.id} has two claims named '{twice[0]}': a claim's name is unique in its recipe")

    def claim(self, name: str) -> Claim:
        """One of its claims.

        Raises:
            UsageError: where there is none of this name.
        """
        for claim in self.claims:
            if claim.name == name:
                return claim
        names = [claim.name for claim in self.claims]
        raise UsageError(
            f"{self.id} has no claim '{name}'{typed.did_you_mean(name, names)} It has {typed.listed(names)}"
        )

    def recommends(self, kind: str, side: int | None) -> tuple[float, str] | None:
        """Below which side this is the recipe for a kind of data, and why; None where it is not.

        Args:
            kind: a word of `rivals.data.specs.KINDS`.
            side: the shortest of pictures.
        """
        for kinds, why in self.recommended.items():
            for word, _, below in (each.partition("<") for each in kinds.split(", ")):
                if word == kind and (not below or (side is not None and side < int(below))):
                    return float(below or "inf"), why
        return None

    def refusal(self, data: Spec) -> str:
        """Why the recipe does not take data of a spec, by kind or by the pictures' size; empty where it does."""
        if not set(specs.kinds_of(data)) & set(self.data):
            return f"{self.id} takes {' or '.join(self.data)}, and this data is {specs.spelled(data)}"
        for pictures in (data, getattr(data, "x", None), getattr(data, "y", None)):
            if isinstance(pictures, specs.Images):
                short, long = sorted((pictures.height, pictures.width))
                if short < self.smallest or (self.largest and long > self.largest):
                    limits = [f"at least {self.smallest}"] * bool(self.smallest)
                    limits += [f"at most {self.largest}"] * bool(self.largest)
                    size = f"{pictures.height}×{pictures.width}"
                    return f"{self.id} takes pictures with sides of {' and '.join(limits)} pixels, and these are {size}"
        return ""

    def load(self) -> Callable[..., Game]:
        """Import the recipe's module and give its function."""
        if self.path.is_relative_to(RECIPES):
            module = importlib.import_module(".".join(("rivals.recipes", self.section, self.path.stem)))
        else:
            # one module a file: a recipe from outside may be asked for many times in one process
            name = f"rivals_outside_{self.path.stem}_{abs(hash(self.path))}"
            if name not in sys.modules:
                spec = importlib.util.spec_from_file_location(name, self.path)
                assert spec is not None
                assert spec.loader is not None
                module = sys.modules[name] = importlib.util.module_from_spec(spec)
                spec.loader.exec_module(module)
            module = sys.modules[name]
        return getattr(module, self.function)  # type: ignore[no-any-return]


Recipe = TypeVar("Recipe", bound=Callable[..., Any])


def recipe(id: str, *, paper: Paper, data: tuple[str, ...], **facts: Any) -> Callable[[Recipe], Recipe]:
    """Mark a function as the recipe `id`; the arguments are `Entry`'s, all of them literals."""
    Entry(id, paper, data, **facts)  # refuses a fact that does not exist, at import
    return lambda function: function


@lru_cache(maxsize=1)
def entries() -> dict[str, Entry]:
    """Every installed recipe by id: our own, and those of packages with an entry point in group "rivals.recipes"."""
    found: dict[str, Entry] = {}
    files = sorted(f for f in RECIPES.rglob("*.py") if f.parent.name != "claims" and f.name != "__init__.py")
    for point in entry_points(group="rivals.recipes"):
        spec = importlib.util.find_spec(point.module)
        if spec is not None and spec.origin:
            files.append(Path(spec.origin))
    for file in files:
        for entry in read(file):
            if entry.id in found:
                raise UsageError(f"recipe '{entry.id}' is registered twice: {found[entry.id].path} and {entry.path}")
            found[entry.id] = entry
    return found


def read(file: Path) -> list[Entry]:
    """The recipes of one file, by parsing it, with the claims of the file of the same name in `claims` beside it."""
    found, claimed = [], _claims(file.parent / "claims" / file.name)
    for node in ast.parse(file.read_text(encoding="utf-8"), str(file)).body:
        calls = [d for d in getattr(node, "decorator_list", []) if isinstance(d, ast.Call)]
        for call in calls:
            if isinstance(node, ast.FunctionDef) and ast.unparse(call.func).rpartition(".")[2] == "recipe":
                try:
                    facts = {k.arg: _literal(k.value) for k in call.keywords if k.arg}
                    id = _literal(call.args[0])
                    entry = Entry(id, **{**facts, "claims": (*facts.get("claims", ()), *claimed.pop(id, ()))})
                except UsageError as error:
                    raise UsageError(f"{file}:{call.lineno}: {error}") from None
                except (ValueError, TypeError, IndexError) as error:
                    raise UsageError(f"{file}:{call.lineno}: @recipe takes literals only ({error})") from None
                place = {
                    "function": node.name,
                    "path": file,
                    "section": file.parent.name,
                    "summary": (ast.get_docstring(node) or "").partition("\n")[0],
                    "options": tuple(map(_spelled, node.args.kwonlyargs, node.args.kw_defaults)),
                }
                found.append(Entry(**{**vars(entry), **place}))
    if claimed:
        raise UsageError(f"{file.parent / 'claims' / file.name} has claims of '{min(claimed)}', which {file} has not")
    return found


def _claims(file: Path) -> dict[str, tuple[Claim, ...]]:
    """Recipe's id -> its claims, as the literal CLAIMS of a file says; nothing where there is no such file."""
    if not file.is_file():
        return {}
    for node in ast.parse(file.read_text(encoding="utf-8"), str(file)).body:
        if (
            isinstance(node, ast.Assign)
            and ast.unparse(node.targets[0]) == "CLAIMS"
            and isinstance(node.value, ast.Dict)
        ):
            try:
                pairs = zip(node.value.keys, node.value.values, strict=True)
                return {_literal(key): _literal(value) for key, value in pairs if key is not None}
            except UsageError as error:
                raise UsageError(f"{file}: {error}") from None
            except (ValueError, TypeError, IndexError) as error:
                raise UsageError(f"{file}: CLAIMS takes literals only ({error})") from None
    raise UsageError(f'{file} has no CLAIMS: write CLAIMS = {{"id": (Claim(…),)}}, or take the file away')


CALLS: dict[str, Callable[..., Any]] = {"Paper": Paper, "Claim": Claim}
"""Records that a decorator's literals may be made of."""


def _literal(node: ast.expr) -> Any:
    if isinstance(node, ast.Call) and (make := CALLS.get(ast.unparse(node.func).rpartition(".")[2])):
        return make(*map(_literal, node.args), **{k.arg: _literal(k.value) for k in node.keywords if k.arg})
    if isinstance(node, ast.Tuple):
        return tuple(map(_literal, node.elts))
    return ast.literal_eval(node)


def _spelled(option: ast.arg, default: ast.expr | None) -> str:
    annotation = f": {ast.unparse(option.annotation)}" if option.annotation else ""
    return f"{option.arg}{annotation}" + (f" = {ast.unparse(default)}" if default else "")


def find(name: str) -> Entry:
    """The recipe of an id, or of `file.py:function` for one from outside.

    Raises:
        UsageError: where there is none, with the nearest id.
    """
    file, colon, function = name.rpartition(":")
    if colon and file.endswith(".py"):
        if not Path(file).is_file():
            raise UsageError(f"there is no file {file}")
        inside = read(Path(file).resolve())
        for entry in inside:
            if function in (entry.function, entry.id):
                return Entry(**{**vars(entry), "section": "outside", "outside": name})
        raise UsageError(
            f"{file} has no recipe '{function}'; under @recipe it has {typed.listed(e.id for e in inside)}"
        )
    if name not in entries():
        raise UsageError(f"there is no recipe '{name}'{typed.did_you_mean(name, entries())} `rivals list` shows all")
    return entries()[name]


def documentation(entry: Entry) -> str:
    """The recipe's whole docstring, without importing it."""
    for node in ast.parse(entry.path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and node.name == entry.function:
            return inspect.cleandoc(ast.get_docstring(node) or "")
    return ""
