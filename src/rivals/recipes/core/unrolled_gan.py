"""A generator that looks some steps of the critic ahead."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.func import functional_call

from rivals import networks
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.game import Game, Player
from rivals.networks import mlp
from rivals.optim import adam
from rivals.priors import Gaussian, Prior
from rivals.run import Run

Weights = dict[str, Tensor]


class UnrolledGAN(Game):
    """The generator descends against the critic of k steps later, through those steps. Metz et al. 2016, section 2.

    Args:
        generator: z (N, L) -> x (N, ...).
        critic: x -> logits (N,), without statistics of the batch, since it sees reals and fakes in one; moved by Adam.
        prior: latents.
        steps: k; 0 is the plain game.
    """

    def __init__(self, generator: Player, critic: Player, prior: Prior, steps: int) -> None:
        super().__init__()
        self.generator, self.critic, self.prior, self.steps = generator, critic, prior, steps

    def step(self, run: Run) -> None:
        """Eqs. 11 and 12, both gradients at once: the generator's against the critic of k steps later."""
        x = run.real()
        fake = self.generator(self.prior(len(x)))
        foreseen = -self.value(x, fake, self.unrolled(x, fake))
        run.descend((self.critic, self.value(x, fake.detach())), (self.generator, foreseen))

    def value(self, x: Tensor, fake: Tensor, weights: Weights | None = None) -> Tensor:
        """-f(G, D) = -log D(x) - log(1 - D(G(z))), eq. 1, (N,), by the critic with its own or other weights."""
        real, made = functional_call(self.critic, weights or {}, (torch.cat([x, fake]),)).chunk(2)
        return F.softplus(-real) + F.softplus(made)

    def unrolled(self, x: Tensor, fake: Tensor) -> Weights:
        """The critic's weights after k steps of its own Adam on this batch, differentiable in `fake`; eqs. 7-9.

        Moments and count go on from where the real optimiser stands, as in the authors' code. All weights are one
        vector θ, since a step of many small tensors costs many times its arithmetic.
        """
        named = {f"net.{name}": weight for name, weight in self.critic.net.named_parameters()}
        sizes, shapes = [w.numel() for w in named.values()], [w.shape for w in named.values()]
        group, state = self.critic.optimizer.param_groups[0], self.critic.optimizer.state
        (b1, b2), rate, eps = group["betas"], group["lr"], group["eps"]
        theta = torch.cat([w.flatten() for w in named.values()])  # which need not lie in order
        m, v = (
            torch.cat([state[w][key].flatten() for w in named.values()]) if state else torch.zeros_like(theta)
            for key in ("exp_avg", "exp_avg_sq")
        )

        def weights() -> Weights:
            parts = theta.split(sizes)
            return {name: part.view(shape) for name, part, shape in zip(named, parts, shapes, strict=True)}

        with torch.autocast(x.device.type, enabled=False):
            for t in range(self.critic.updates + 1, self.critic.updates + 1 + self.steps):
                loss = self.value(x, fake, weights()).mean()
                (g,) = torch.autograd.grad(loss, theta, create_graph=True)
                m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g * g
                root = (v / (1 - b2**t) + 1e-30).sqrt()  # that of an exact zero has no derivative
                theta = theta - rate * m / (1 - b1**t) / (root + eps)
        return weights()

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        made: Tensor = self.generator(self.prior(n))
        return made


@recipe(
    "unrolled-gan",
    paper=Paper("Unrolled Generative Adversarial Networks", 2016, "1611.02163"),
    data=("points", "images"),
    batch=512,
    steps=25_000,
    tiny={"width": 8, "latent": 8, "unroll": 2},
)
def unrolled_gan(
    data: Points | Images,
    *,
    unroll: int = 5,
    width: int = 64,
    latent: int = 256,
    rate: float = 1e-3,
    critic_rate: float = 1e-4,
    beta: float = 0.5,
) -> UnrolledGAN:
    """The generator's gradient goes through k steps of the critic, so that leaving modes for others does not pay.

    θ_G ← θ_G - η ∂f(θ_G, θ_D^k(θ_G)) / ∂θ_G, θ_D^{i+1} = θ_D^i + η ∂f/∂θ_D^i, eqs. 7-11.

    Args:
        data: points, or pictures of any size.
        unroll: k.
        width: half the units of each hidden layer for points; for pictures see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, critic_rate: Adam's, for the generator; for the critic.
        beta: Adam's β₁.

    Deviations: 1. For pictures, networks of `rivals.networks`; the critic has no norm there, since each foreseen step
    would move a batch norm's statistics. 2. A microbatch of an accumulated batch foresees the critic's steps on itself
    alone.
    """
    if isinstance(data, Points):
        hidden, tanh = [2 * width] * 2, nn.Tanh()
        g: nn.Module = _orthogonal(mlp.generator(latent, data.shape, hidden, tanh))
        d: nn.Module = _orthogonal(mlp.critic(data.shape, hidden, activation=tanh))
    else:
        g, d = networks.generator(data, latent, width), networks.critic(data, width, norm="none")
    return UnrolledGAN(
        Player(g, adam(rate, (beta, 0.999))), Player(d, adam(critic_rate, (beta, 0.999))), Gaussian(latent), unroll
    )


def _orthogonal(net: nn.Sequential) -> nn.Sequential:
    """Weights orthogonal with gain 1.4, biases zero, as in the authors' code."""
    for layer in net.modules():
        if isinstance(layer, nn.Linear):
            nn.init.orthogonal_(layer.weight, 1.4)
            nn.init.zeros_(layer.bias)
    return net
