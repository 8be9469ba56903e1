"""Encoders that invert a conditional generator, so that real samples can be edited."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rivals import conditions, networks
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.encoding import Inverted
from rivals.errors import UsageError
from rivals.game import OptimizerFactory, Player
from rivals.networks import Join
from rivals.networks.coder import decoder, encoder
from rivals.nn import labels
from rivals.nn.distance import squared
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.run import Run


class ICGAN(Inverted):
    """A conditional game, then encoders of its latent and of its condition. Perarnau et al. 2016.

    Args:
        critic: x and y -> logits (N,).
        encoder: E_z, x -> z (N, L).
        y_encoder: E_y, x -> y (N, A).
        share: of the steps that are the encoders', in (0, 1).
        draw: how fakes' conditions are drawn.
        bandwidth: standard deviation of the density's kernel, above 0.
        mismatch: weight of reals with others' conditions as further fakes, at least 0.
        **others: of `Inverted`, with a prior.

    Raises:
        UsageError: for a number out of range.
    """

    def __init__(
        self, *, critic: Player, y_encoder: Player, share: float, draw: labels.Draw, bandwidth: float, mismatch: float,
        **others: Any,
    ) -> None:  # fmt: skip
        super().__init__(**others)
        if not (0 < share < 1 and bandwidth > 0 and mismatch >= 0):
            raise UsageError("share must be in (0, 1), bandwidth above 0, and mismatch at least 0")
        self.critic, self.y_encoder, self.objective = critic, y_encoder, non_saturating()
        self.share, self.draw, self.bandwidth, self.mismatch = share, draw, bandwidth, mismatch

    def stages(self, budget: int) -> dict[str, int]:
        """The conditional game, then the encoders."""
        last = round(budget * self.share)
        return {"cgan": budget - last, "encoders": last}

    def program(self, run: Run) -> None:
        """The generator stands still while it is inverted."""
        for _ in run.stage("cgan"):
            self.step(run)
        for _ in run.stage("encoders"):
            self.move_encoders(run)

    def drawn(self, y: Tensor) -> Tensor:
        """Conditions y' of fakes, from those of a batch, both (N, A)."""
        return labels.drawn(y, self.draw, self.bandwidth)

    def step(self, run: Run) -> None:
        """D climbs log D(x, y) + log(1 - D(G(z, y'), y')), then G climbs log D(G(z, y'), y')."""
        x, y = self.told(run)
        drawn, wrong = self.drawn(y), y.roll(1, 0)
        fake = self.generator(self.with_latents(drawn))
        loss = {"": self.objective.critic(self.critic(x, y), self.critic(fake.detach(), drawn))}
        if self.mismatch:
            as_fake = self.objective.generator(-self.critic(x, wrong))
            loss["mismatch"] = self.mismatch * as_fake * ~labels.alike(y, wrong)
        run.descend((self.critic, loss))
        run.descend((self.generator, self.objective.generator(self.critic(fake, drawn))))

    def move_encoders(self, run: Run) -> None:
        """E_z descends ‖z - E_z(G(z, y'))‖² on fakes, E_y ‖y - E_y(x)‖² on reals; means over the numbers."""
        x, y = self.told(run)
        z = self.with_latents(self.drawn(y))
        with self.presenting():
            fake = self.generator(z)
        loss = {"z": squared(self.encoder(fake), z[:, : -self.size]), "y": squared(self.y_encoder(x), y)}
        run.descend(((self.encoder, self.y_encoder), loss))

    def code(self, x: Tensor) -> Tensor:
        """(E_z(x), E_y(x)); of classes, the latter's squared loss makes it an estimate of p(y | x)."""
        return torch.cat([self.encoder(x), self.y_encoder(x)], 1)


@recipe(
    "icgan",
    paper=Paper("Invertible Conditional GANs for image editing", 2016, "1611.06355"),
    data=("points", "images"),
    kind="encoder",
    tiny={"width": 8, "latent": 4},
)
def icgan(
    data: Points | Images,
    *,
    draw: labels.Draw = "data",
    bandwidth: float = 0.1,
    mismatch: float = 0.5,
    join: Join = "input",
    share: float = 0.4,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> ICGAN:
    """Once the game is over, encoders learn to invert its generator, and a real sample's attributes can be changed.

    E_z: min E ‖z - E_z(G(z, y'))‖²;  E_y: min E ‖y - E_y(x)‖²;  an edit is G(E_z(x), y).

    Args:
        data: points or pictures, with labels or attributes.
        draw: of fakes' conditions y' in the game: "data", "density" (a kernel on each of the data's), "interpolation".
        bandwidth: the kernel's standard deviation.
        mismatch: weight of reals with wrong conditions as fakes (Reed et al. 2016, arXiv:1605.05396); 0 for none.
        join: where the critic is told y, see `rivals.networks.Join`.
        share: of the steps, the last ones, in which the encoders learn.
        width, latent: of all networks, see `rivals.networks`; numbers in a normal latent.
        rate, beta: Adam's, for all.

    Raises:
        UsageError: for data without labels and attributes, a number out of range, or a body that cannot be told there.

    Deviations: 1. The generator is told y beside z; `join` of later papers. 2. Fakes for the encoders are drawn as they
    go.
    """
    players = parts(data, width, latent, adam(rate, (beta, 0.999)), join)
    return ICGAN(**players, share=share, draw=draw, bandwidth=bandwidth, mismatch=mismatch)


def parts(data: Points | Images, width: int, latent: int, optimizer: OptimizerFactory, join: Join) -> dict[str, Any]:
    """Condition, prior and the four players of an `ICGAN`."""
    condition = conditions.of(data)
    return {
        "condition": condition,
        "prior": Gaussian(latent),
        "generator": Player(decoder(data, latent + condition.size, width), optimizer),
        "critic": Player(networks.critic(data, width, condition=condition.size, join=join), optimizer),
        "encoder": Player(encoder(data, latent, width), optimizer),
        "y_encoder": Player(encoder(data, condition.size, width), optimizer),
    }
