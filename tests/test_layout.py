import copy

import pytest
import torch
from torch import Tensor, nn

import rivals
from rivals import layout
from rivals.data import named
from rivals.game import Game, Player
from rivals.optim import adam
from rivals.run import Hooks, Run
from rivals.snapshot import State


def test_networks_that_convolve_lie_channels_last():
    conv = rivals.create("dcgan", "digits", width=8)
    kernels = [w for w in conv.parameters() if w.dim() == 4]
    assert kernels
    assert all(w.is_contiguous(memory_format=torch.channels_last) for w in kernels)
    dense = rivals.create("gan", "ring", hidden=(8,))
    assert all(w.is_contiguous() for w in dense.parameters())


def test_layout_changes_weights_by_rounding_alone():
    def train(format: torch.memory_format) -> list[Tensor]:
        game = rivals.create("sngan", "digits", seed=3, width=8, latent=8)
        game.to(memory_format=format)
        Run(game, named.load("digits"), steps=10, batch=16, seed=1).train()
        return [w.detach() for p in game.players().values() for w in p.weights]

    for a, b in zip(train(torch.channels_last), train(torch.contiguous_format), strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-3)


class Conv(Game):
    """Moves one kernel by a gradient that lies in memory as nothing else does."""

    def __init__(self) -> None:
        super().__init__()
        self.player = Player(nn.Conv2d(4, 8, 3), adam(0.1))

    def step(self, run: Run) -> None:
        odd = torch.linspace(-1, 1, 8 * 4 * 9).view(3, 3, 8, 4).permute(2, 3, 0, 1)
        run.apply(self.player, [odd, torch.ones(8)])


@pytest.mark.parametrize("last", [True, False])
def test_moves_do_not_depend_on_how_a_gradient_lies(last: bool):
    torch.manual_seed(0)
    game = Conv()
    before = game.player.net.weight.detach().clone()
    if last:
        layout.lay(game)
    Run(game, named.load("ring"), steps=2, batch=4).train()
    want = torch.optim.Adam([w := nn.Parameter(before.clone())], 0.1)
    for _ in range(2):
        w.grad = torch.linspace(-1, 1, 8 * 4 * 9).view(3, 3, 8, 4).permute(2, 3, 0, 1).contiguous()
        want.step()
    torch.testing.assert_close(game.player.net.weight.detach(), w.detach())


def test_moments_come_back_as_their_weights_lie():
    source = named.load("digits")
    states: list[State] = []

    def train(resume: State | None = None) -> Game:
        game = rivals.create("dcgan", "digits", seed=1, width=8, latent=8)
        hooks = Hooks(save=lambda state: states.append(copy.deepcopy(state)))
        Run(game, source, steps=6, batch=8, save_every=3, hooks=hooks, resume=resume).train()
        return game

    whole, half = train(), train(states[0])
    moments = [m for p in half.players().values() for s in p.optimizer.state.values() for m in s.values()]
    kernels = [m for m in moments if m.dim() == 4]
    assert kernels
    assert all(m.is_contiguous(memory_format=torch.channels_last) for m in kernels)
    for a, b in zip(whole.parameters(), half.parameters(), strict=True):
        assert torch.equal(a, b)
