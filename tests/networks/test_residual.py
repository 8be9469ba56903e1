import pytest
import torch
import torch.nn.functional as F

import rivals
from rivals.errors import UsageError
from rivals.networks import residual


@pytest.mark.parametrize("side", [(8, 8), (28, 28), (32, 32), (13, 22)])
def test_pictures_of_any_size_pass(side: tuple[int, int]):
    generator, critic = residual.generator(5, 3, *side, base=4), residual.critic(3, *side, base=4)
    x = generator(torch.randn(2, 5))
    assert x.shape == (2, 3, *side)
    assert critic(x).shape == (2,)


def test_shortcuts_give_what_the_paper_s_order_gives():
    x = torch.randn(2, 4, 6, 6)
    up = residual.UpBlock(4, 8, (12, 12), norm="none")
    y = up.second(F.relu(up.first(F.interpolate(F.relu(x), scale_factor=2.0))))
    torch.testing.assert_close(up(x), y + up.beside(F.interpolate(x, scale_factor=2.0)))
    down = residual.DownBlock(4, 8, (3, 3))
    y = down.second(F.relu(down.first(F.relu(x))))
    torch.testing.assert_close(down(x), F.avg_pool2d(y + down.beside(x), 2))


def test_a_spectral_critic_has_slope_below_the_product_of_its_layers():
    critic = residual.critic(1, 8, 8, base=4, norm="spectral")
    for _ in range(30):
        critic(torch.randn(2, 1, 8, 8))
    critic.eval()
    weights = [m.weight for m in critic.modules() if isinstance(m, torch.nn.Conv2d | torch.nn.Linear)]
    for w in weights:
        assert torch.linalg.matrix_norm(w.flatten(1), 2).item() == pytest.approx(1, abs=0.05)


@pytest.mark.parametrize("id", ["sngan", "wgan-gp"])
def test_recipes_have_it_as_a_body(id: str):
    game = rivals.create(id, "digits", width=2, latent=4, body="resnet")
    assert any(isinstance(m, residual.UpBlock) for m in game.generator.modules())
    assert game.sample(2).shape == (2, 1, 8, 8)


def test_it_is_refused_for_points():
    with pytest.raises(UsageError, match="for pictures"):
        rivals.create("sngan", "ring", body="resnet")
