"""The models of the studio: which there are, loaded one at a time, and what each can do."""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from torch import Tensor

import rivals
from rivals import noise
from rivals.data import specs
from rivals.data.specs import Images, Pairs, Spec, Tokens, Unpaired
from rivals.errors import RivalsError, UsageError
from rivals.game import Game
from rivals.pictures.shown import Shown
from rivals.priors import Prior
from rivals.store import hub
from rivals.store.folder import RunFolder
from rivals.store.model import load
from rivals.styled import StyleGAN
from rivals.verbs import abilities

DEPTH, MOST = 4, 500
"""How deep runs are looked for below a folder, and how many are shown."""
KEPT = 3
"""Games that stay in memory."""
INSIDE = {"checkpoints", "samples", "model", "healthy"}
"""Folders of a run, in which no other run is looked for."""


@dataclass(frozen=True)
class Model:
    """A run or a saved model, with its game where it could be loaded.

    Attributes:
        name: as it is shown.
        path: of its folder.
        config: its config.json.
        game: trained; None where there is none yet, or it cannot be loaded.
        why: why there is no game.
        others: names of the other models of the studio.
    """

    name: str
    path: Path
    config: Mapping[str, Any]
    game: Game | None = None
    why: str = ""
    others: tuple[str, ...] = ()

    @property
    def recipe(self) -> str:
        """Its id."""
        return str((self.config.get("game") or self.config).get("recipe", ""))

    @property
    def trained(self) -> Game:
        """The game.

        Raises:
            UsageError: where there is none.
        """
        if self.game is None:
            raise UsageError(self.why)
        return self.game

    @cached_property
    def data(self) -> Spec:
        """What it was trained on."""
        return specs.from_json((self.trained.config or {})["data"])

    @property
    def made(self) -> Spec:
        """What its samples are."""
        return self.data.y if isinstance(self.data, Pairs | Unpaired) else self.data

    @property
    def given(self) -> Spec:
        """What it takes: of pairs the x."""
        return self.data.x if isinstance(self.data, Pairs | Unpaired) else self.data

    @cached_property
    def can(self) -> frozenset[str]:
        """Its verbs, and what else the tabs ask for."""
        verbs = abilities(self.game) if self.game is not None else []
        return frozenset([*verbs, *(word for word, has in ABILITIES.items() if has(self))])

    def latents(self, n: int, seed: int) -> Tensor:
        """The latents (n, L) that the first samples of a seed are made of, where a sample begins with its latent."""
        game = self.trained
        assert isinstance(game.prior, Prior)
        with game.presenting(), noise.seeded(game.device, "sample", seed, 0):
            z: Tensor = game.prior(game.chunk)
        return z[:n].to(game.device)

    def drawn(self, z: Tensor) -> Tensor:
        """What latents (N, L) become; with a condition, classes in turn."""
        return Shown(self.trained, _no_source, len(z), 0).drawn(z)


class Shelf:
    """All models of the studio. One computation at a time: what is random about a sample is drawn from global state.

    Args:
        path: of a run, of a saved model, or of a folder with some below; hub:USER/NAME for one on the hub.
        recipe: file.py:function, where a recipe is not installed.
        device: where to compute.

    Raises:
        UsageError: where there is no run and no model.
    """

    def __init__(self, path: str | Path, *, recipe: str | None = None, device: str = "cpu") -> None:
        root = hub.fetch(str(path).removeprefix(hub.PREFIX)) if str(path).startswith(hub.PREFIX) else Path(path)
        if not root.is_dir():
            raise UsageError(f"there is no folder {root}: name a run, a saved model, or a folder of runs")
        self.folders = _named(root)
        if not self.folders:
            raise UsageError(f"{root} holds no run and no saved model: `rivals train` makes one")
        self.lock = threading.RLock()
        self._recipe, self._device = recipe, device
        self._kept: OrderedDict[str, Model] = OrderedDict()
        self._stamps: dict[str, str] = {}

    @property
    def names(self) -> list[str]:
        """Of the models."""
        return list(self.folders)

    def model(self, name: str, *, fresh: bool = False) -> Model:
        """A model, which stays loaded until others push it out.

        Args:
            name: one of `names`.
            fresh: load it again.

        Raises:
            UsageError: for another name.
        """
        if name not in self.folders:
            raise UsageError(f"there is no model '{name}' in this studio")
        with self.lock:
            if fresh or name not in self._kept or self._kept[name].game is None:
                self._kept[name] = self._loaded(name)
            self._kept.move_to_end(name)
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return self._kept[name]

    def newest(self, name: str) -> Model:
        """A model with the weights of its newest checkpoint."""
        with self.lock:
            return self.model(name, fresh=self._stamps.get(name) != _checkpoint(self.folders[name]))

    def _loaded(self, name: str) -> Model:
        path = self.folders[name]
        others = tuple(other for other in self.folders if other != name)
        config: dict[str, Any] = {}
        self._stamps[name] = _checkpoint(path)
        try:
            config = RunFolder(path).config()
            game = load(path, recipe=self._recipe, device=self._device)
            model = Model(name, path, config, game, others=others)
            _ = model.data
        except RivalsError as error:
            return Model(name, path, config, why=f"{error}{_newer(config)}", others=others)
        except (KeyError, TypeError, ValueError, AttributeError) as error:  # config.json of another version
            told = f"{path / 'config.json'} is not understood ({type(error).__name__}: {error})"
            return Model(name, path, config, why=f"{told}{_newer(config)}", others=others)
        return model


def _named(root: Path) -> dict[str, Path]:
    """Name -> folder, the newest first; of a single one its own name."""
    if RunFolder(root).exists:
        return {root.resolve().name: root}
    found = sorted(_below(root, DEPTH), key=lambda p: (p / "config.json").stat().st_mtime, reverse=True)
    return {path.relative_to(root).as_posix(): path for path in found[:MOST]}


def _below(folder: Path, depth: int) -> Iterator[Path]:
    """Runs and models below a folder; links are not followed."""
    with os.scandir(folder) as entries:
        inner = [Path(e.path) for e in entries if e.is_dir(follow_symlinks=False) and not e.name.startswith(".")]
    for path in inner:
        if RunFolder(path).exists:
            yield path
        elif depth > 1 and path.name not in INSIDE and os.access(path, os.R_OK | os.X_OK):
            yield from _below(path, depth - 1)


def _checkpoint(path: Path) -> str:
    return max((found.name for found in (path / "checkpoints").glob("step-*")), default="")


def _newer(config: Mapping[str, Any]) -> str:
    """What to do about a model that a newer version wrote."""
    versions = config.get("versions")
    wrote = str(versions.get("rivals", "")) if isinstance(versions, Mapping) else ""
    mine = rivals.__version__
    return f"; rivals {wrote} wrote it, and this is {mine}: upgrade" if _numbers(wrote) > _numbers(mine) else ""


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".") if part.isdigit()]


def _no_source() -> Any:
    raise UsageError("the studio shows real pictures that are uploaded, and no others")


def _walks(model: Model) -> bool:
    """Whether latents can be drawn: tried, since a game says nowhere what its prior's latents become."""
    if not isinstance(getattr(model.game, "prior", None), Prior):
        return False
    try:
        model.drawn(model.latents(1, 0))
    except (RivalsError, RuntimeError):
        return False
    return True


def _samples(model: Model) -> bool:
    return model.game is not None and type(model.game).generate is not Game.generate


def _pictures(model: Model) -> bool:
    return model.game is not None and isinstance(model.made, Images)


ABILITIES: dict[str, Callable[[Model], bool]] = {
    "sample": _samples,
    "walk": _walks,
    "mix": lambda model: isinstance(model.game, StyleGAN),
    "pictures": _pictures,
    "text": lambda model: model.game is not None and isinstance(model.made, Tokens),
    "beside": lambda model: bool(model.others),
    "run": lambda model: "game" in model.config,
}
"""Word -> whether a model has it; beside these it has its game's verbs."""
