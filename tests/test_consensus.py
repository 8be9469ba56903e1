"""The consensus regulariser against finite differences, and the order of moves."""

import copy

import pytest
import torch

from rivals import noise
from rivals.consensus import Consensus
from rivals.data import named
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import mlp
from rivals.objectives import minimax, non_saturating
from rivals.optim import sgd
from rivals.penalties import r1
from rivals.priors import Gaussian
from rivals.recipes.core.dirac_gan import dirac_gan
from rivals.run import Run
from rivals.theory import dirac


class Fixed(Gaussian):
    """The same latents each time, in float64."""

    def forward(self, n: int) -> torch.Tensor:
        with noise.seeded(torch.device("cpu"), "fixed"):
            return super().forward(n).double()


def game(**parts: object) -> Consensus:
    torch.manual_seed(0)
    tanh = torch.nn.Tanh()
    made = {
        "generator": Player(mlp.generator(2, (2,), [3], tanh), sgd(0.1)),
        "critic": Player(mlp.critic((2,), [4], activation=tanh), sgd(0.1)),
        "prior": Fixed(2),
        "objective": non_saturating(),
    }
    return Consensus(**{**made, **parts}).double()  # type: ignore[arg-type]


def a_run(g: Consensus, accumulate: int = 1) -> Run:
    return Run(g, named.load("ring"), steps=1, batch=8, seed=3, accumulate=accumulate)


def total(g: Consensus, who: str) -> torch.Tensor:
    run = a_run(g).view(data=torch.Tensor.double)
    return torch.stack([term.mean() for term in g.losses(run)[who].values()]).sum()


def squared_norm(g: Consensus) -> float:
    found = 0.0
    for who in ("generator", "critic"):
        gradients = torch.autograd.grad(total(g, who), g.side(who).players[0].weights)
        found += float(sum(x.square().sum() for x in gradients))
    return found


@pytest.mark.parametrize("penalties", [[], [r1(2.0)]])
def test_gradient_is_that_of_finite_differences(penalties: list[object]) -> None:
    plain, with_it = game(penalties=penalties), game(penalties=penalties, consensus=0.8)
    for who in ("generator", "critic"):
        weights = with_it.side(who).players[0].weights
        bare = torch.autograd.grad(total(plain, who), plain.side(who).players[0].weights)
        found = torch.autograd.grad(total(with_it, who), weights)
        for weight, all_of_it, own in zip(plain.side(who).players[0].weights, found, bare, strict=True):
            flat, h = weight.data.view(-1), 1e-5
            there = flat[0].item()
            flat[0] = there + h
            up = squared_norm(plain)
            flat[0] = there - h
            down = squared_norm(plain)
            flat[0] = there
            expected = 0.4 * (up - down) / (2 * h)
            assert (all_of_it - own).view(-1)[0].item() == pytest.approx(expected, rel=1e-5, abs=1e-8)


def test_the_field_is_that_of_the_whole_batch_however_it_is_split() -> None:
    once, split = game(consensus=0.5).float(), game(consensus=0.5).float()
    once.prior = split.prior = Gaussian(2)
    a_run(once).train()
    a_run(split, accumulate=4).train()
    for a, b in zip(once.parameters(), split.parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["gan", "consensus", "nsgan"])
@pytest.mark.parametrize("updates", [0, 2])
def test_the_recipe_follows_the_theory(name: str, updates: int) -> None:
    source = named.load("dirac")
    played = dirac_gan(source.spec, simultaneous=updates == 0, consensus=float(name == "consensus"))
    played.critic_updates = max(1, updates)
    played.objective = non_saturating() if name == "nsgan" else minimax()
    path: list[float] = []
    run = Run(played, source, steps=20, batch=4)
    run.hooks.step.append(lambda r: path.extend(p.item() for p in r.game.parameters()))
    run.train()
    expected = dirac.trajectory(dirac.methods()[name], steps=20, critic_updates=updates)[1:]
    torch.testing.assert_close(torch.tensor(path).view(-1, 2).double(), expected, rtol=1e-4, atol=1e-5)


def test_simultaneous_moves_see_the_same_point() -> None:
    together = game()
    before = copy.deepcopy(together)
    run = a_run(together)
    run.view(data=torch.Tensor.double)
    together.step(run.view(data=torch.Tensor.double))
    for who in ("generator", "critic"):
        weights = before.side(who).players[0].weights
        gradients = torch.autograd.grad(total(before, who), weights)
        for old, gradient, new in zip(weights, gradients, together.side(who).players[0].weights, strict=True):
            torch.testing.assert_close(new, old - 0.1 * gradient, rtol=1e-5, atol=1e-7)


def test_a_negative_weight_is_refused() -> None:
    with pytest.raises(UsageError, match="consensus must be at least 0, not -1"):
        game(consensus=-1.0)
