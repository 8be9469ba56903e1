"""Training sees the normal alone; a search finds what the generator has."""

import pytest
import torch
from torch import nn

from rivals import registry
from rivals.benchmark.measures.encoders import energy
from rivals.data import named
from rivals.data.labelled import only
from rivals.data.specs import Points
from rivals.errors import UsageError
from rivals.game import Player
from rivals.nn.distance import squared
from rivals.objectives import non_saturating
from rivals.optim import sgd
from rivals.priors import Gaussian
from rivals.recipes.inference.anomaly_gan import AnoGAN, AnomalyGAN
from rivals.run import Run


def test_only_one_class_is_fed_and_all_are_held_out() -> None:
    source = named.load("digits")
    normal = only(source, 3)
    assert normal.first("label", 1000).unique().tolist() == [3]
    assert normal.size == int((source.first("label", source.size or 0) == 3).sum())
    assert normal.test is source.test
    seen = Run(registry.create("anomaly-gan", source.spec, normal=3, hidden=(8,)), source, steps=1).source
    assert seen.draw(["label"], seed=0, start=0, size=64)[0].unique().tolist() == [3]


@pytest.mark.parametrize("recipe", ["anomaly-gan", "autoencoder"])
def test_a_class_that_there_is_not_is_refused(recipe: str) -> None:
    source = named.load("digits")
    with pytest.raises(UsageError, match="normal"):
        Run(registry.create(recipe, source.spec, normal=10, hidden=(8,)), source, steps=1)


def test_data_without_labels_have_no_normal_class() -> None:
    with pytest.raises(UsageError, match="labels"):
        only(named.load("dirac"), 0)


def test_the_score_is_the_error_of_the_reconstruction() -> None:
    game = registry.create("anomaly-gan", Points(2), hidden=(8,), latent=2)
    assert isinstance(game, AnomalyGAN)
    x = torch.randn(5, 2)
    torch.testing.assert_close(game.anomaly(x), squared(game.reconstruct(x), x))


def test_the_critic_moves_as_often_as_it_should() -> None:
    game = registry.create("anomaly-gan", Points(2), hidden=(8,), latent=2, critic_updates=3)
    assert isinstance(game, AnomalyGAN)
    Run(game, named.load("ring"), steps=2, batch=8).train()
    assert (game.critic.updates, game.encoder.updates, game.generator.updates) == (6, 2, 2)


def lined(search: int) -> AnoGAN:
    """A generator of points on a line, (z, 0)."""
    line = nn.Linear(1, 2, bias=False)
    line.weight.data.copy_(torch.tensor([[1.0], [0.0]]))
    critic = nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(), nn.Linear(3, 1), nn.Flatten(0))
    return AnoGAN(
        generator=Player(line, sgd(0.1)),
        critic=Player(critic, sgd(0.1)),
        prior=Gaussian(1),
        objective=non_saturating(),
        normal=None,
        search=search,
    )


def test_a_search_finds_what_the_generator_can_make() -> None:
    torch.manual_seed(0)
    game = lined(150)
    near, far = torch.tensor([[0.5, 0.0], [-1.0, 0.0]]), torch.tensor([[0.5, 2.0], [-1.0, 2.0]])
    assert game.anomaly(near).max() < 0.05
    assert game.anomaly(far).min() > 0.85  # 0.9 of a mean absolute difference of 1
    assert (lined(1).anomaly(near) >= game.anomaly(near)).all()
    assert torch.equal(game.anomaly(near), game.anomaly(near))


def test_gradient_energy_of_a_ramp() -> None:
    x = torch.arange(4.0).expand(1, 1, 5, 4)
    assert energy(x).item() == 1.0
