"""Measures of many networks, on games whose answer is known."""

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from rivals import registry
from rivals.benchmark.measures import ensembles
from rivals.data import named
from rivals.errors import RivalsError
from rivals.game import Game, Player
from rivals.optim import sgd

MEANS = named.load("ring").truth.means
FOLDER = Path("made-by-hand")


class Made(nn.Module):
    """Puts a latent where a function says."""

    def __init__(self, where: Any) -> None:
        super().__init__()
        self.where, self.weight = where, nn.Parameter(torch.zeros(()))

    def forward(self, z: torch.Tensor) -> torch.Tensor:
        made: torch.Tensor = self.where(z)
        return made


def shown(monkeypatch: pytest.MonkeyPatch, game: Game) -> None:
    monkeypatch.setattr(ensembles, "load", lambda run, recipe=None: game)


def mixture(where: Any) -> Game:
    game = registry.create("mgan", named.load("ring").spec, generators=4, width=4, latent=3)
    game.generator = Player(Made(where), sgd(1.0))
    return game


def test_owners_need_modes_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    def which(z: torch.Tensor) -> torch.Tensor:
        return z[:, -4:].argmax(1)

    def by_sign(z: torch.Tensor) -> torch.Tensor:
        return (z[:, 0] > 0).long()

    cases = {
        "two each": (lambda z: MEANS[2 * which(z) + by_sign(z)], 1.0, 8),
        "all everywhere": (lambda z: MEANS[(z[:, 0].abs() * 1e4).long() % 8], 0.29, 8),
        "one mode for all": (lambda z: MEANS[0 * which(z)], 0.07, 1),
        "beside the modes": (lambda z: 1.2 * MEANS[which(z)], 0.0, 0),
    }
    for name, (where, wanted, modes) in cases.items():
        shown(monkeypatch, mixture(where))
        figure = ensembles.owned_modes(FOLDER, "ring", 0)
        assert figure.value == pytest.approx(wanted, abs=0.04), name
        assert figure.also["modes"] == modes, name
    shown(monkeypatch, registry.create("gan", named.load("ring").spec, hidden=(4, 4)))
    with pytest.raises(RivalsError, match="name a generator"):
        ensembles.owned_modes(FOLDER, "ring", 0)


def test_each_round_adds_the_mass_of_its_modes(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = {"width": 4, "component_options": ("hidden=(4, 4)", "latent=4")}
    game = registry.create("adagan", named.load("ring").spec, rounds=3, **tiny)

    def near(modes: list[int]) -> Any:
        return lambda z: MEANS[torch.tensor(modes)[(z[:, 0].abs() * 1e4).long() % len(modes)]] + 0.01 * z[:, 1:3]

    for component, modes in zip(game.components, ([0, 1], [2, 3, 4], [5, 6]), strict=True):
        component.generator = Player(Made(near(modes)), sgd(1.0))
    shown(monkeypatch, game)
    monkeypatch.setattr(ensembles, "SAMPLES", 800)
    figure = ensembles.round_gain(FOLDER, "ring", 0)
    # by definition .95 of a mode's mass is where a right model is
    assert figure.protocol["rounds"] == pytest.approx([0.95 * n / 8 for n in (2, 5, 7)], abs=0.06)
    assert figure.value == pytest.approx(0.95 * 2 / 8, abs=0.06)
    assert ensembles.covered_mass(FOLDER, "ring", 0).value == pytest.approx(0.95 * 7 / 8, abs=0.06)


def test_the_union_is_of_the_local_modes(monkeypatch: pytest.MonkeyPatch) -> None:
    game = registry.create("local-pairs-gan", named.load("ring").spec, pairs=2, width=4, latent=3)

    def at(*modes: int) -> Player:
        return Player(Made(lambda z: MEANS[torch.tensor(modes)[(z[:, 0].abs() * 1e4).long() % len(modes)]]), sgd(1.0))

    game.pairs[0].generator, game.pairs[1].generator, game.generator = at(0, 1), at(1, 2, 3), at(1, 2, 5)
    shown(monkeypatch, game)
    figure = ensembles.union_of_pairs(FOLDER, "ring", 0)
    assert figure.value == 2 / 4
    assert (figure.protocol["local"], figure.protocol["union"], figure.protocol["global"]) == ([2, 3], 4, 3)


def test_a_level_is_reached_or_the_whole_run_is_the_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    game = registry.create("gman", named.load("ring").spec, width=4, latent=3, critics=2)
    config = {"game": game.config, "steps": 20, "batch": 8}
    monkeypatch.setattr(ensembles.RunFolder, "config", lambda self: config)
    monkeypatch.setattr(ensembles, "SAMPLES", 100)
    monkeypatch.setattr(ensembles, "PIECE", 5)
    far = ensembles.reals_to_level(FOLDER, "ring", 0)
    assert (far.value, far.protocol["reached"], len(far.protocol["curve"])) == (0.16, False, 4)
    monkeypatch.setattr(ensembles, "LEVEL", 100.0)
    near = ensembles.reals_to_level(FOLDER, "ring", 0)
    assert (near.value, near.protocol["reached"]) == (0.08, True)
