"""Trained games from a model folder or a run's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rivals import pack, registry
from rivals.errors import RivalsError, UsageError
from rivals.game import Game
from rivals.store.folder import RunFolder


def load(path: str | Path, *, recipe: str | None = None, device: str = "cpu") -> Game:
    """The trained game of a run (its newest checkpoint) or of a folder that `save_pretrained` wrote.

    Only safetensors and JSON are read, and no code that the folder brings is run.

    Args:
        path: of the folder.
        recipe: file.py:function, for a model whose recipe is not installed.
        device: where to put it.

    Raises:
        UsageError: where there is no model, or its recipe is not installed.
        RivalsError: where a file is damaged or does not fit the recipe.
    """
    folder = RunFolder(path)
    config = folder.config() if folder.exists else None
    if config is None:
        raise UsageError(f"{path} is neither a run nor a saved model: it has no config.json")
    if "game" not in config:
        return _restored(config, pack.read_tensors(folder.path / "model.safetensors"), folder.path, recipe).to(device)
    state = folder.newest()
    if state is None:
        raise UsageError(f"{path} has no checkpoint yet: let the run reach its first save")
    return _restored(config["game"], state["game"], folder.path, recipe).to(device)


def _restored(config: dict[str, Any], state: dict[str, Any], path: Path, recipe: str | None) -> Game:
    game = registry.rebuild(config, recipe)
    try:
        missing, unexpected = game.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise RivalsError(f"the weights in {path} do not fit recipe {config['recipe']}: {error}") from error
    missing = [name for name in missing if not name.endswith("_extra_state")]
    if missing or unexpected:
        names = ", ".join([*missing, *unexpected][:3])
        raise RivalsError(f"the weights in {path} do not fit recipe {config['recipe']}: {names} …")
    return game.eval()
