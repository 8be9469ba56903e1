"""The critic answers where the generator is about to be."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from torch import Tensor
from torch.func import functional_call

from rivals import networks
from rivals.adversarial import Adversarial
from rivals.catalog import Paper, recipe
from rivals.data.specs import Shaped
from rivals.errors import UsageError
from rivals.game import Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.run import Run


class PredictionGAN(Adversarial):
    """The generator moves first; the critic moves against its predicted weights. Yadav et al. 2017.

    u' = u - α ∇_u L(u, v), ū = u' + s(u' - u), v' = v + β ∇_v L(ū, v).

    Args:
        prediction: s, 1 in the paper; 0 is plain alternation.
        **facts: see `Adversarial`.

    Raises:
        UsageError: for a negative s.
    """

    slots: ClassVar[dict[str, Any]] = {k: v for k, v in Adversarial.slots.items() if k != "reuse"}  # G moves first

    def __init__(self, *, prediction: float = 1.0, **facts: Any) -> None:
        super().__init__(**facts)
        if prediction < 0:
            raise UsageError(f"prediction must be at least 0, not {prediction}")
        self.prediction = prediction
        self._ahead: dict[str, Tensor] = {}

    def step(self, run: Run) -> None:
        """Fakes for the critic come from ū, which the generator itself never takes."""
        before = {name: weight.detach().clone() for name, weight in self._moving()}
        for _ in range(self.generator_updates):
            self.move_generator(run)
        now = dict(self._moving())
        self._ahead = {name: now[name].detach() + self.prediction * (now[name].detach() - before[name]) for name in now}
        for _ in range(self.critic_updates):
            self.move_critic(run)
        self._ahead = {}

    def fake(self, latent: Tensor, labels: Tensor | None) -> Tensor:
        """The generator's samples, by its weights or by the predicted ones."""
        made: Tensor = functional_call(self.generator, self._ahead, (latent,) if labels is None else (latent, labels))
        return made

    def _moving(self) -> list[tuple[str, torch.nn.Parameter]]:
        return [(name, weight) for name, weight in self.generator.named_parameters() if weight.requires_grad]


@recipe(
    "prediction-gan",
    paper=Paper("Stabilizing Adversarial Nets With Prediction Methods", 2017, "1705.07364"),
    data=("points", "images", "arrays"),
    tiny={"width": 8, "latent": 8},
)
def prediction_gan(
    data: Shaped,
    *,
    prediction: float = 1.0,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    critic_rate: float = 2e-4,
    betas: tuple[float, float] = (0.5, 0.999),
) -> PredictionGAN:
    """Alternation circles a saddle point for ever; with a prediction of the other's next move it spirals in.

    Args:
        data: points, pictures of any size, or other arrays.
        prediction: how many of its own moves ahead the critic sees the generator; 1 in the paper, 0 for none.
        width: of both networks; see `rivals.networks`.
        latent: numbers in a normal latent.
        rate, critic_rate: Adam's, for the generator; for the critic. Two time scales, a faster critic, are those of
            Heusel et al. 2017, arXiv:1706.08500.
        betas: Adam's, for both.

    Raises:
        UsageError: for a negative prediction.

    Deviations: 1. The networks of `rivals.networks`, without a norm in the critic.
    """
    return PredictionGAN(
        generator=Player(networks.generator(data, latent, width), adam(rate, betas)),
        critic=Player(networks.critic(data, width, norm="none"), adam(critic_rate, betas)),
        prior=Gaussian(latent),
        objective=non_saturating(),
        prediction=prediction,
    )
