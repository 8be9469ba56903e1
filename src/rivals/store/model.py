"""Trained games from a model folder or a run's folder."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from rivals import pack, registry
from rivals.diagnosis import heal
from rivals.errors import RivalsError, UsageError
from rivals.game import Game
from rivals.store import hub
from rivals.store.folder import RunFolder


def load(path: str | Path, *, recipe: str | None = None, device: str = "cpu") -> Game:
    """The trained game of a run (its newest checkpoint) or of a folder that `save_pretrained` wrote.

    Only safetensors and JSON are read, and no code that the folder brings is run.

    Args:
        path: of the folder, or hub:USER/NAME for one on the Hugging Face hub.
        recipe: file.py:function, for a model whose recipe is not installed.
        device: where to put it.

    Raises:
        UsageError: where there is no model, or its recipe is not installed.
        RivalsError: where a file is damaged or does not fit the recipe.
    """
    if str(path).startswith(hub.PREFIX):
        path = hub.fetch(str(path).removeprefix(hub.PREFIX))
    folder = RunFolder(path)
    config = folder.config() if folder.exists else None
    if config is None:
        raise UsageError(f"{path} is neither a run nor a saved model: it has no config.json")
    if "game" not in config:
        return _restored(config, pack.read_tensors(folder.path / "model.safetensors"), folder.path, recipe).to(device)
    state = folder.newest()
    if state is None:
        raise UsageError(f"{path} has no checkpoint yet: let the run reach its first save")
    try:
        game, weights = heal.healed(config["game"], heal.interventions(folder.path)), state["game"]
    except (KeyError, TypeError, ValueError) as error:
        raise RivalsError(f"{path} describes no game ({error}): its config.json is damaged") from error
    return _restored(game, weights, folder.path, recipe).to(device)


def start(game: Game, path: str | Path, *, recipe: str | None = None) -> str:
    """Put a trained game's weights into the players of a new one; optimisers, counts and the game's own state stay.

    Args:
        game: of the same recipe, with weights of the same names and shapes.
        path: of a run or a saved model.
        recipe: file.py:function, where the recipe is not installed.

    Returns:
        SHA-256 of the weights.

    Raises:
        UsageError: where the recipe is another, or the weights differ, naming the options and data that do.
    """
    folder = RunFolder(path)
    if not folder.exists:
        raise UsageError(f"{path} is neither a run nor a saved model: it has no config.json")
    whole = folder.config()
    theirs, mine = whole.get("game", whole), game.config or {}
    if theirs["recipe"].rpartition(":")[2] != mine.get("recipe", "").rpartition(":")[2]:
        raise UsageError(f"{path} is a {theirs['recipe']}, and this is {mine.get('recipe', 'a game made by hand')}")
    players = tuple(f"{name}." for name in game.players())
    old, new = (
        {name: x for name, x in each.portable().items() if name.startswith(players)}
        for each in (load(path, recipe=recipe), game)
    )
    wrong = [n for n in {**old, **new} if n not in old or n not in new or old[n].shape != new[n].shape]
    if wrong:
        told = [
            f"{kind} {key} was {before!r} and is now {now!r}"
            for kind, a, b in (("option", theirs["options"], mine["options"]), ("data", theirs["data"], mine["data"]))
            for key in {**a, **b}
            if (before := a.get(key, "the default")) != (now := b.get(key, "the default"))
        ]
        why = "; ".join(told) or "the recipe has changed"
        raise UsageError(f"the weights of {path} do not fit ('{wrong[0]}'): {why}")
    game.load_state_dict(old, strict=False)
    return hashlib.sha256(pack.portable(old)).hexdigest()


def _restored(config: dict[str, Any], state: dict[str, Any], path: Path, recipe: str | None) -> Game:
    game = registry.rebuild(config, recipe)
    try:
        missing, unexpected = game.load_state_dict(state, strict=False)
    except pack.DAMAGED as error:
        first = (str(error).splitlines() or [""])[-1].strip()
        raise RivalsError(f"the weights in {path} do not fit recipe {config['recipe']}: {first}") from error
    missing = [name for name in missing if not name.endswith("_extra_state")]
    if missing or unexpected:
        names = ", ".join([*missing, *unexpected][:3])
        raise RivalsError(f"the weights in {path} do not fit recipe {config['recipe']}: {names} …")
    return game.eval()
