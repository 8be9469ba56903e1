"""What can be set in a run: the options and slots of its recipe, and those of the command."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rivals import catalog, registry
from rivals.data import specs
from rivals.data.specs import Spec
from rivals.errors import RivalsError
from rivals.game import Game
from rivals.objectives import Objective


@dataclass
class Case:
    """What can be set in a run.

    Attributes:
        recipe: id, or file:function; empty for a game made by hand.
        data: its spec; None where it is not known.
        seed: of the game's weights.
        given: options that were set.
        known: option -> (annotation, default), of the recipe's signature.
        slots: options that every declarative game has besides.
        now: what each of them holds, the recipe's own or a given one: a number, an objective's name, or whether a part.
        command: options of `train` that a remedy may name, with their values.
        size: number of training samples; None where they are generated or it is not known.
    """

    recipe: str = ""
    data: Spec | None = None
    seed: int = 0
    given: dict[str, Any] = field(default_factory=dict)
    known: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    slots: tuple[str, ...] = ()
    now: dict[str, Any] = field(default_factory=dict)
    command: dict[str, Any] = field(default_factory=dict)
    size: int | None = None

    @classmethod
    def of(cls, game: Game, size: int | None, command: Mapping[str, Any]) -> Case:
        """Of a game in training; one that the registry did not build has no options."""
        if game.config is None:
            return cls(command=dict(command), size=size)
        return cls.stored(game.config, size, command, game)

    @classmethod
    def stored(
        cls,
        config: Mapping[str, Any],
        size: int | None,
        command: Mapping[str, Any],
        game: Game | None = None,
    ) -> Case:
        """Of what a run's config.json says under "game"; where the recipe is not installed, it has no options."""
        try:
            known = registry.options_of(catalog.find(config["recipe"]))
            data = specs.from_json(dict(config["data"]))
            if game is None:
                game = registry.create(config["recipe"], data, seed=config["seed"], **config["options"])
        except (RivalsError, KeyError, ImportError):
            return cls(command=dict(command), size=size)
        slots = tuple(getattr(game, "slots", {}))
        now = {slot: _plain(getattr(game, slot, None)) for slot in slots}
        seed, given = config.get("seed", 0), dict(config["options"])
        return cls(config["recipe"], data, seed, given, known, slots, now, dict(command), size)

    def value(self, option: str) -> Any:
        """An option's value in this run, or what its slot holds; None for one that the recipe lacks."""
        default = self.known[option][1] if option in self.known else self.now.get(option)
        return self.given.get(option, default)

    def untouched(self) -> Game | None:
        """The recipe's game with its own rates and counts of moves, where others were given; None where none were."""
        given = {option: value for option, value in self.given.items() if not option.endswith(("rate", "_updates"))}
        if len(given) == len(self.given) or self.data is None:
            return None
        try:
            return registry.create(self.recipe, self.data, seed=self.seed, **given)
        except RivalsError:
            return None

    def takes(self, change: Mapping[str, Any]) -> bool:
        """Whether the recipe can be built with a change, and the change changes anything."""
        if all(value == self.now.get(option, self.value(option)) for option, value in change.items()):
            return False
        if any(option not in self.known and option not in self.slots for option in change):
            return False
        try:
            assert self.data is not None
            registry.create(self.recipe, self.data, seed=self.seed, **{**self.given, **change})
        except (RivalsError, RuntimeError, ValueError, TypeError, AssertionError):
            return False
        return True


def _plain(part: Any) -> Any:
    if isinstance(part, Objective):
        return part.name
    return part if isinstance(part, int | float) else bool(part)
