"""An auto-encoder is the critic: what it copies badly is fake."""

from __future__ import annotations

from typing import Any

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks.autoencoder import AutoEncoder
from rivals.objectives import energy
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.run import Run
from rivals.terms import PullingAway


class EBGAN(Adversarial):
    """The declarative game, after a stage in which the critic learns to copy reals alone. Zhao et al. 2016.

    Args:
        pretrain: steps of that stage; 0 for none.
        **facts: see `Adversarial`.

    Raises:
        UsageError: for fewer than 0 steps.
    """

    def __init__(self, *, pretrain: int = 0, **facts: Any) -> None:
        super().__init__(**facts)
        if pretrain < 0:
            raise UsageError(f"pretrain must be at least 0 steps, not {pretrain}")
        self.pretrain = pretrain

    def stages(self, budget: int) -> dict[str, int]:
        """Pre-training is part of the budget."""
        alone = min(self.pretrain, budget)
        return {"pretrain": alone, "train": budget - alone} if alone else {"train": budget}

    def program(self, run: Run) -> None:
        """Energy falls on the data before there is anything to contrast it with; then the game."""
        for _ in run.stage("pretrain") if self.pretrain else ():
            run.descend((self.critic, {"energy": -self.critic(run.real())}))
        super().program(run)


@recipe(
    "ebgan",
    paper=Paper("Energy-based Generative Adversarial Network", 2016, "1609.03126"),
    data=("points", "images"),
    tiny={"width": 8, "latent": 8, "code": 4, "pretrain": 2},
)
def ebgan(
    data: Points | Images,
    *,
    width: int = 64,
    latent: int = 100,
    code: int = 16,
    margin: float = 0.2,
    pulling_away: float = 0.005,
    pretrain: int = 0,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> EBGAN:
    """Energy E(x) = ‖Dec(Enc(x)) - x‖² is pushed down on reals, and up on fakes that lie below the margin; eq. 1-3.

    min E(x) + max(0, m - E(G(z)))  and  min E(G(z)) + λ Σ_{j≠i} cos²(Enc(G(zᵢ)), Enc(G(zⱼ))) / N(N - 1).

    Args:
        data: points, or pictures of any size.
        width: of all networks; see `rivals.networks`.
        latent, code: numbers in a normal latent; in the auto-encoder's code.
        margin: m, above 0, in squared units of one number of a sample.
        pulling_away: λ of the repelling regulariser, section 2.4; 0 for none.
        pretrain: steps in which the critic sees reals alone.
        rate, betas: Adam's, for both.

    Raises:
        UsageError: for a margin that is not positive, or fewer than 0 steps.

    Deviations: 1. The networks of `rivals.networks`; the critic's norm is over one sample, not over the batch. 2. The
    energy is a mean over the numbers of a sample, so that a margin suits pictures of any size; λ is smaller than the
    paper's .1 for that reason.
    """
    critic = Player(AutoEncoder(data, code, width), adam(rate, betas))
    return EBGAN(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=critic,
        prior=Gaussian(latent),
        objective=energy(margin),
        terms=[PullingAway(critic, pulling_away)] if pulling_away else [],
        pretrain=pretrain,
    )
