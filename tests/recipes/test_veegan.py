"""Which gradient reaches whom in VEEGAN."""

import pytest
import torch
import torch.nn.functional as F

from rivals import registry
from rivals.data.named import load
from rivals.errors import UsageError
from rivals.run import Run


def test_the_reconstructor_learns_from_latents_alone_and_the_generator_from_both():
    source = load("ring")
    game = registry.create("veegan", source.spec, width=4, latent=3, weight=2.0)
    run, moves = Run(game, source, steps=1, batch=8), []
    vars(run)["descend"] = lambda *given: moves.extend(given)
    torch.manual_seed(0)
    game.step(run)
    (critic, loss), (both, losses) = moves
    assert critic is game.critic
    assert both == (game.generator, game.encoder)
    f, g, d = (p.weights for p in (game.encoder, game.generator, game.critic))

    def reached(value, weights):
        found = torch.autograd.grad(value.mean(), weights, retain_graph=True, allow_unused=True)
        return any(x is not None and bool(x.abs().sum() > 0) for x in found)

    assert not reached(losses["ratio"], f)
    assert reached(losses["ratio"], g)
    assert reached(losses["reconstruction"], f)
    assert reached(losses["reconstruction"], g)
    assert not reached(losses["reconstruction"], d)
    assert reached(loss, d)
    assert not reached(loss, f)


@pytest.mark.parametrize("spread", [0.0, 0.5])
def test_the_critic_sees_codes_of_a_gaussian_around_the_reconstructors(spread: float):
    source = load("ring")
    game = registry.create("veegan", source.spec, width=4, latent=3, spread=spread)
    seen = []
    game.critic.register_forward_pre_hook(lambda module, given: seen.append(given))
    run = Run(game, source, steps=1, batch=4000)
    vars(run)["descend"] = lambda *given: None
    game.step(run)
    (x, code), (_, z) = seen
    noise = code - game.encoder(x).detach()
    assert abs(float(noise.std()) - spread) < 0.01
    if spread:
        assert abs(float((noise * z).mean())) < 0.02  # its own, not the latents' again


def test_a_negative_spread_is_refused():
    with pytest.raises(UsageError, match="spread must be at least 0"):
        registry.create("veegan", load("ring").spec, spread=-1.0)


def test_the_generators_loss_is_the_papers_log_ratio():
    """The critic's logit is -D: at its optimum D = log of (z, G(z)) over (F(x), x), and G descends it."""
    logit = torch.tensor([1.5], requires_grad=True)
    # the critic's loss in the paper's D: -log σ(D) on (z, G(z)), -log(1 - σ(D)) on (F(x), x)
    torch.testing.assert_close(F.softplus(logit), -F.logsigmoid(-logit))
    torch.testing.assert_close(F.softplus(-logit), -torch.log(1 - torch.sigmoid(-logit)))
