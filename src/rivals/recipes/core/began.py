"""Auto-encoder losses held in balance."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import networks
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.networks.autoencoder import AutoEncoder
from rivals.optim import adam
from rivals.priors import Prior, Uniform
from rivals.run import Run


class BEGAN(Game):
    """The critic's gain on fakes is steered so that E L(G(z)) stays γ E L(x). Berthelot et al. 2017, section 3.

    Args:
        generator: z (N, L) -> x (N, ...).
        critic: x -> -L(x), (N,), minus the auto-encoder's loss.
        prior: latents.
        gamma: γ in (0, 1].
        gain: λ_k, how fast k follows.

    Raises:
        UsageError: for another γ.
    """

    k: Tensor

    def __init__(self, generator: Player, critic: Player, prior: Prior, gamma: float, gain: float) -> None:
        super().__init__()
        if not 0 < gamma <= 1:
            raise UsageError(f"gamma must be above 0 and at most 1, not {gamma}")
        self.generator, self.critic, self.prior = generator, critic, prior
        self.gamma, self.gain = gamma, gain
        self.register_buffer("k", torch.zeros(()))

    def step(self, run: Run) -> None:
        """Both losses at once, then k and the measure of convergence M; section 3.3 and 3.4."""
        x, k = run.real(), self.k.clone()  # every microbatch must start from the same k
        with torch.no_grad():
            fake = self.generator(self.prior(len(x)))
        real, fooled = -self.critic(x), -self.critic(self.generator(self.prior(len(x))))
        run.descend((self.critic, {"real": real, "fake": k * self.critic(fake)}), (self.generator, fooled))
        losses = run.mean(torch.stack([real, fooled], 1).detach())
        balance = self.gamma * losses[0] - losses[1]
        self.k.copy_((k + self.gain * balance).clamp(0, 1))
        run.log(k=self.k.clone(), convergence=losses[0] + balance.abs())

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`."""
        made: Tensor = self.generator(self.prior(n))
        return made


@recipe(
    "began",
    paper=Paper("BEGAN: Boundary Equilibrium Generative Adversarial Networks", 2017, "1703.10717"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8},
)
def began(
    data: Points | Images,
    *,
    gamma: float = 0.5,
    gain: float = 1e-3,
    width: int = 64,
    latent: int = 64,
    rate: float = 1e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> BEGAN:
    """L(x) = |x - Dec(Enc(x))|; the critic lowers L(x) - k L(G(z)), the generator L(G(z)).

    k ← clip(k + λ_k (γ L(x) - L(G(z))), 0, 1), and M = L(x) + |γ L(x) - L(G(z))| falls as training goes on.

    Args:
        data: points, or pictures of any size.
        gamma: γ in (0, 1], the diversity ratio: low for sharp samples, high for various ones.
        gain: λ_k.
        width: of all networks; see `rivals.networks`.
        latent: numbers in a uniform latent, and in the auto-encoder's code.
        rate, betas: Adam's, for both.

    Raises:
        UsageError: for another γ.

    Deviations: 1. The networks of `rivals.networks`, with a norm over each sample; the decoder has the generator's
    form, as in the paper. 2. A constant rate; the paper halves it where M stalls.
    """
    return BEGAN(
        generator=Player(networks.generator(data, latent, width, norm="layer"), adam(rate, betas)),
        critic=Player(AutoEncoder(data, latent, width, power=1), adam(rate, betas)),
        prior=Uniform(latent),
        gamma=gamma,
        gain=gain,
    )
