"""rivals: adversarial learning on one small engine.

    >>> import rivals
    >>> trained = rivals.train("wgan-gp", data="digits", steps=200)
    >>> pictures = trained.game.sample(16, seed=0)

Nothing heavy is imported before one of the verbs is used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from rivals.api import create, evaluate, load, picture, report
    from rivals.catalog import Paper, recipe
    from rivals.game import Game, Player
    from rivals.run import Run
    from rivals.training import train

_HOMES = {
    "create": "rivals.api",
    "evaluate": "rivals.api",
    "load": "rivals.api",
    "picture": "rivals.api",
    "report": "rivals.api",
    "train": "rivals.training",
    "Game": "rivals.game",
    "Player": "rivals.game",
    "Run": "rivals.run",
    "Paper": "rivals.catalog",
    "recipe": "rivals.catalog",
}

__all__ = [
    "Game", "Paper", "Player", "Run", "__version__", "create", "evaluate", "load", "picture", "recipe", "report",
    "train",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'rivals' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
