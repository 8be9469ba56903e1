"""A critic makes an auto-encoder's codes follow a prior."""

from __future__ import annotations

from typing import Any

from torch import nn

from rivals import parts
from rivals.catalog import Paper, recipe
from rivals.coded import AAE, SemiSupervisedAAE, SupervisedAAE
from rivals.conditions import Labels
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import mlp
from rivals.networks.coder import decoder
from rivals.optim import adam


@recipe(
    "aae",
    paper=Paper("Adversarial Autoencoders", 2015, "1511.05644"),
    data=("points", "images"),
    kind="encoder",
    batch=100,
    steps=10_000,
    tiny={"hidden": (16, 16)},
)
def aae(
    data: Points | Images,
    *,
    prior: str = "gaussian(8)",
    supervised: bool = False,
    labels: int = 0,
    subset: int | None = None,
    spread: float = 0.3,
    hidden: tuple[int, ...] = (1000, 1000),
    weight: float = 20.0,
    rate: float = 3e-4,
    beta: float = 0.5,
) -> AAE:
    """An auto-encoder, and a critic for which its codes must look like draws of any prior.

    min over E, G max over D of λ E ‖x - G(E(x))‖² + E log D(z) + E log(1 - D(E(x))); E climbs log D(E(x)) instead.

    Args:
        data: points, or pictures of any size.
        prior: of codes, a part: gaussian(8), mixture, swiss_roll.
        supervised: the critic is told the label, and each class gets its part of the prior.
        labels, subset: how many samples have one, 0 for none: else codes have classes; which, by default by the seed.
        spread: of the noise on what the encoder of classes is given.
        hidden, weight: units of all networks' layers; λ, of a mean over the numbers of a sample.
        rate, beta: Adam's for all, and β₁.

    Raises:
        UsageError: for labels that the data do not have, or a prior without a part for each class.

    Deviations: 1. Encoder and decoder descend all their losses at once, with Adam; the paper takes turns, with
    momentum. 2. The supervised critic is told all labels.
    """
    codes, named, told = parts.make("prior", prior), data.classes * bool(labels), data.classes * supervised
    if (supervised or labels) and (data.classes < 2 or (supervised and labels)):
        raise UsageError("supervised and labels are for data with classes, and exclude each other: leave one out")
    if supervised and getattr(codes, "components", 0) != data.classes:
        raise UsageError(f"supervised needs a prior with a part a class: say prior=mixture({data.classes})")

    def player(net: nn.Module) -> Player:
        return Player(net, adam(rate, (beta, 0.999)))

    units, relu = list(hidden), nn.ReLU()
    whole: dict[str, Any] = {
        "generator": player(decoder(data, named + codes.size, hidden=units, norm="none")),
        "encoder": player(mlp.critic(data.shape, units, named + codes.size, relu)),
        "critic": player(mlp.critic((codes.size + told,), units, activation=relu)),
    }
    if labels:
        whole["names"] = player(mlp.critic((named,), units, activation=relu))
        whole |= {"classes": named, "labels": labels, "subset": subset, "spread": spread}
        return SemiSupervisedAAE(prior=codes, weight=weight, **whole)
    game = (SupervisedAAE if supervised else AAE)(prior=codes, weight=weight, **whole)
    game.condition = Labels(told) if supervised else None
    return game
