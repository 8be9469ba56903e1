"""Games from recipes: options typed and checked, data of the right kind, rebuilt from a config."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_type_hints

from rivals import options as typed
from rivals.catalog import Entry, find
from rivals.data import specs
from rivals.errors import UsageError

if TYPE_CHECKING:
    from rivals.data.specs import Spec
    from rivals.game import Game


def check_options(entry: Entry, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Sort and check options: those of the recipe's signature, and those of its game's slots.

    Raises:
        UsageError: for an unknown key or an ill-typed value.
    """
    function = entry.load()
    game = get_type_hints(function).get("return")
    slots = dict(getattr(game, "slots", {}))
    known = typed.signature(function, skip=1)
    everything = known | {k: (Any, None) for k in slots if k not in known}
    checked = typed.check(entry.id, given, everything)
    own = {k: v for k, v in checked.items() if k in known}
    overrides = {k: slots[k](v) for k, v in checked.items() if k not in known}
    return own, overrides


def check_data(entry: Entry, data: Spec) -> None:
    """Refuse data of a kind, or pictures of a size, that the recipe does not declare.

    Raises:
        UsageError: naming what it takes.
    """
    if refusal := entry.refusal(data):
        raise UsageError(refusal)


def create(name: str, data: Spec, *, seed: int = 0, **options: Any) -> Game:
    """Build the game of a recipe for data of a spec, with weights drawn from `seed`.

    Raises:
        UsageError: for an unknown recipe or option, an ill-typed value, or data of another kind.
    """
    import torch

    from rivals import layout, noise, weights

    entry = find(name)
    check_data(entry, data)
    own, overrides = check_options(entry, options)
    make = entry.load()
    blamed = typed.blamed(f"{entry.id} cannot be built", options)
    with noise.seeded(torch.device("cpu"), "create", seed), blamed, weights.bounded():
        game = make(data, **own)
        for slot, value in overrides.items():
            setattr(game, slot, value)
        if overrides:
            game.check_parts()
    layout.lay(game)
    game.config = {"recipe": entry.name, "data": specs.to_json(data), "seed": seed, "options": dict(options)}
    return game


def rebuild(config: Mapping[str, Any], name: str | None = None) -> Game:
    """The game of a stored config; `name` points to a recipe from outside, which is never taken from the config.

    Raises:
        UsageError: for a recipe that is not installed and was not named.
        RivalsError: for a config that describes no game.
    """
    stored, seed, options, data = typed.described(config)
    if name is None and stored.rpartition(":")[0].endswith(".py"):
        raise UsageError(f"this model's recipe is {stored}, from outside: name it with --recipe to run its code")
    return create(name or stored, specs.from_json(data), seed=seed, **options)


def options_of(entry: Entry) -> dict[str, tuple[Any, Any]]:
    """Option name -> (annotation, default), by importing the recipe."""
    return typed.signature(entry.load(), skip=1)
