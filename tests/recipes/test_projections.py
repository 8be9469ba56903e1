"""Critics on random projections."""

import pytest
import torch

from rivals import registry
from rivals.data import named
from rivals.data.specs import Images, Points
from rivals.ensemble import Panel
from rivals.errors import UsageError
from rivals.objectives import minimax
from rivals.recipes.ensembles.stabilizing_gan import Projection, stabilizing_gan
from rivals.run import Run


@pytest.mark.parametrize("side", [8, 15, 28])
def test_pictures_come_out_at_half_their_sides(side: int) -> None:
    eye = Projection(Images(3, side, side + 1), 0)
    assert eye(torch.zeros(2, 3, side, side + 1)).shape == (2, 3, -(-side // 2), (side + 2) // 2)


def test_rows_are_orthonormal_fixed_and_different_for_each_critic() -> None:
    game = stabilizing_gan(Points(6), critics=3, width=4, latent=3)
    assert isinstance(game.critic, Panel)
    seen = [player.net[0].weight for player in game.critic.players]
    for w in seen:
        assert w.shape == (3, 6)
        torch.testing.assert_close(w @ w.T, torch.eye(3))
    assert not torch.equal(seen[0], seen[1])
    before = [w.clone() for w in seen]
    source = named.load("gaussian")
    wide = stabilizing_gan(source.spec, critics=2, width=4, latent=3)
    Run(wide, source, steps=3, batch=4).train()
    assert all(torch.equal(a, b) for a, b in zip(before, seen, strict=True))


def test_a_critic_does_not_see_what_its_projection_drops() -> None:
    game = stabilizing_gan(Points(6), critics=1, width=4, latent=3)
    w = game.critic.players[0].net[0].weight
    x = torch.randn(5, 6)
    hidden = torch.randn(5, 6)
    hidden = hidden - hidden @ w.T @ w
    torch.testing.assert_close(game.critic(x + hidden), game.critic(x), rtol=1e-4, atol=1e-5)


def test_one_critic_without_projection_is_the_dcgan() -> None:
    source, options = named.load("digits"), {"width": 4, "latent": 3}
    ours = registry.create("stabilizing-gan", source.spec, seed=2, critics=1, project=False, **options)
    theirs = registry.create("dcgan", source.spec, seed=2, **options)
    ours.objective = theirs.objective = minimax()
    for game in (ours, theirs):
        Run(game, source, steps=2, batch=8, seed=5).train()
    for a, b in zip(ours.generator.parameters(), theirs.generator.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_sizes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(UsageError, match="size from 1 to 6, not 7"):
        stabilizing_gan(Points(6), size=7)
    with pytest.raises(UsageError, match="critics must be at least 1, not 0"):
        stabilizing_gan(Points(6), critics=0)
