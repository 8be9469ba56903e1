"""Measures of encoders on games whose figures are known."""

from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from rivals.benchmark.measures import encoders
from rivals.data import named
from rivals.encoding import Encoding, OneClass
from rivals.errors import RivalsError
from rivals.game import Game, Player
from rivals.optim import sgd
from rivals.priors import Gaussian, Prior
from rivals.verbs import verb

HERE = Path("nowhere")


class Copier(OneClass, Encoding):
    """Codes are the pixels, times a factor on the way back; anomalies are dark."""

    def __init__(self, factor: float = 1.0, prior: Prior | None = None) -> None:
        scale = nn.Conv2d(1, 1, 1, bias=False)
        nn.init.constant_(scale.weight, factor)
        back = nn.Sequential(nn.Unflatten(1, (1, 8, 8)), scale)
        super().__init__(Player(back, sgd(1.0)), Player(nn.Flatten(), sgd(1.0)), prior)

    @verb
    def anomaly(self, x: Tensor) -> Tensor:
        return -x.flatten(1).mean(1)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        return torch.cat([named.load("digits").first("image", n)] * (n // 1000 + 1))[:n].float() / 127.5 - 1


def given(monkeypatch: pytest.MonkeyPatch, game: Game) -> None:
    monkeypatch.setattr(encoders, "load", lambda run, recipe=None: game)


def test_neighbours_of_pixels_are_those_of_codes_that_are_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, Copier())
    found = encoders.one_nearest(HERE, "digits", 0, None)
    assert found.value == found.also["raw"] > 95


@pytest.mark.parametrize("factor", [1.0, 0.0])
def test_a_copy_is_at_no_distance_and_a_grey_picture_far(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    given(monkeypatch, Copier(factor))
    found = encoders.inversion(HERE, "digits", 0, None)
    assert found.value == 0 if factor else found.value > 0.8
    assert found.also["same label"] > 0.95 if factor else found.also["same label"] < 0.3


def test_a_copier_keeps_all_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, Copier())
    found = encoders.restoration(HERE, "digits", 0, None)
    assert found.value == pytest.approx(1, abs=0.02)
    assert found.also["clean"] == 0


def test_codes_of_another_place_are_far_from_the_prior(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, Copier(prior=Gaussian(64)))
    found = encoders.code_distance(HERE, "digits", 0, None)
    assert found.value > 3 * found.also["floor"] > 0
    given(monkeypatch, Copier())
    with pytest.raises(RivalsError, match="prior"):
        encoders.code_distance(HERE, "digits", 0, None)


def test_samples_of_the_data_are_as_sharp_as_it(monkeypatch: pytest.MonkeyPatch) -> None:
    given(monkeypatch, Copier())
    assert encoders.sharpness(HERE, "digits", 0, None).value < 0.05


def test_the_area_is_that_of_pairs_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    game = Copier()
    given(monkeypatch, game)
    with pytest.raises(RivalsError, match="normal"):
        encoders.auc(HERE, "digits", 0, None)
    game.normal = 8
    test = named.load("digits").test
    assert test is not None
    bright, label = test.first("image", 1000).float().flatten(1).mean(1), test.first("label", 1000)
    mine, others = bright[label == 8], bright[label != 8]
    pairs = (mine[:, None] > others).double() + 0.5 * (mine[:, None] == others)
    assert encoders.auc(HERE, "digits", 0, None).value == pytest.approx(pairs.mean().item(), abs=1e-3)
