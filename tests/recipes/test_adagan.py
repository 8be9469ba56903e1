"""The boosting weights solve the paper's equation, and every component keeps its own counts."""

import pytest
import torch
from torch import nn

from rivals import registry
from rivals.data import named
from rivals.errors import UsageError
from rivals.game import Player
from rivals.optim import sgd
from rivals.penalties import every
from rivals.recipes.ensembles.adagan import AdaGAN, importance
from rivals.run import Run

TINY = {"width": 4, "component_options": ("hidden=(4, 4)", "latent=2")}


@pytest.mark.parametrize("beta", [0.1, 1 / 3, 0.9])
@pytest.mark.parametrize("spread", [0.01, 1.0, 5.0])
def test_weights_average_to_one_and_agree_with_bisection(beta: float, spread: float) -> None:
    ratio = (spread * torch.randn(501, generator=torch.Generator().manual_seed(0)).double()).exp()
    weights = importance(ratio, beta)
    assert weights.min() >= 0
    assert weights.mean().item() == pytest.approx(1, abs=1e-9)
    low, high = 0.0, beta + (1 - beta) * ratio.max().item() + 1
    for _ in range(200):
        middle = (low + high) / 2
        too_much = ((middle - (1 - beta) * ratio).relu() / beta).mean() > 1
        low, high = (low, middle) if too_much else (middle, high)
    torch.testing.assert_close(weights, (low - (1 - beta) * ratio).relu() / beta, rtol=1e-6, atol=1e-6)


def test_weights_in_cases_worked_out_by_hand() -> None:
    one = torch.ones(4).double()
    assert torch.equal(importance(3 * one, 1.0), one)  # nothing comes before the first component
    torch.testing.assert_close(importance(one, 0.25), one)  # a mixture that is right already
    # half of the mass is missed, the rest is there twice over: all weight on what is missed
    torch.testing.assert_close(importance(torch.tensor([0.0, 2.0]).double(), 0.5), torch.tensor([2.0, 0.0]).double())
    # too little weight to make all good: still all on what is missed
    torch.testing.assert_close(importance(torch.tensor([0.0, 9.0]).double(), 0.2), torch.tensor([2.0, 0.0]).double())


def test_data_are_drawn_from_what_the_mixture_misses() -> None:
    class Oracle(nn.Module):
        """The log odds of real against a mixture that covers the right half plane alone, far too densely."""

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return torch.where(x[:, 0] > 0, torch.tensor(-3.0), torch.tensor(50.0))

    source = named.load("ring")
    game = registry.create("adagan", source.spec, rounds=2, **TINY)
    run = Run(game, source, steps=4, batch=8)
    kept = run.view(data=lambda x: game.resampled(run, Player(Oracle(), sgd(1.0)), 0.5, x)).real()
    assert kept.shape == (8, 2)
    assert bool((kept[:, 0] <= 0).all())


def test_every_component_counts_its_own_updates() -> None:
    source = named.load("ring")
    game = registry.create("adagan", source.spec, rounds=3, **TINY)
    fired: list[list[int]] = [[], [], []]
    for component, seen in zip(game.components, fired, strict=True):
        component.penalties = (every(2, lambda p, seen=seen: (seen.append(p.updates), p.fake_logits * 0)[1]),)
    plan = game.stages(16)
    assert plan == {"component 1": 4, "judge 1": 2, "component 2": 4, "judge 2": 2, "component 3": 4}
    Run(game, source, steps=16, batch=8).train()
    assert fired == [[0, 2]] * 3
    assert game.components[0].critic.updates == 4
    torch.testing.assert_close(game.mixture, torch.full((3,), 1 / 3))


def test_a_lazy_penalty_is_an_option_of_a_component() -> None:
    tiny = {"width": 4, "component_options": ("hidden=(4, 4)", "latent=2", "penalties=lazy_r1(gamma=1, k=4)")}
    game = registry.create("adagan", named.load("ring").spec, **tiny)
    assert all(len(component.penalties) == 1 for component in game.components)


@pytest.mark.parametrize("budget", [1, 6, 9, 1000])
def test_every_stage_has_a_step(budget: int) -> None:
    plan = registry.create("adagan", named.load("ring").spec, **TINY).stages(budget)
    assert min(plan.values()) >= 1
    assert budget < 9 or sum(plan.values()) == budget


def test_samples_come_from_finished_components_by_their_weights() -> None:
    class At(nn.Module):
        def __init__(self, place: float) -> None:
            super().__init__()
            self.place = nn.Parameter(torch.tensor(place))

        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return self.place.expand(len(z), 2)

    game = registry.create("adagan", named.load("ring").spec, rounds=3, **TINY)
    for i, component in enumerate(game.components):
        component.generator = Player(At(float(i)), sgd(1.0))
    assert game.sample(9).unique().tolist() == [0.0]
    game.mixture.copy_(torch.tensor([0.75, 0.25, 0.0]))
    shares = torch.bincount(game.sample(1024)[:, 0].long(), minlength=3) / 1024
    assert shares[0].item() == pytest.approx(0.75, abs=0.05)
    assert shares[2] == 0


def test_what_cannot_be_boosted_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot be boosted"):
        registry.create("adagan", named.load("ring").spec, component="adagan")
    assert isinstance(registry.create("adagan", named.load("ring").spec, rounds=1, **TINY), AdaGAN)
