"""A conditional game that infers most labels, on features that self-supervision keeps useful."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals import networks
from rivals.catalog import Paper, recipe
from rivals.conditions import Labels
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Chain, Player
from rivals.networks import mlp
from rivals.networks.trunk import trunk as features_of
from rivals.nn.conditional import Projection
from rivals.nn.norms import spectral
from rivals.objectives import hinge
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.run import Run
from rivals.semi import Named, Naming
from rivals.terms import Rotation


class S3GAN(Named):
    """A projection critic that is told the labels its own head infers. Lucic et al. 2019, section 3. As `Named`."""

    def reals(self, run: Run) -> tuple[Tensor, Tensor | None]:
        """Real samples and the likeliest label of each."""
        x = run.real()
        with torch.no_grad():
            return x, self.log_probabilities(x).argmax(1)


@recipe(
    "s3gan",
    paper=Paper("High-Fidelity Image Generation With Fewer Labels", 2019, "1903.02271"),
    data=("images",),
    tiny={"width": 8, "latent": 8, "labels": 10},
)
def s3gan(
    data: Images,
    *,
    labels: int = 100,
    subset: int | None = None,
    known: bool = False,
    named: float = 1.0,
    rotation: float = 1.0,
    fakes: float = 0.2,
    width: int = 64,
    latent: int = 128,
    rate: float = 2e-4,
    betas: tuple[float, float] = (0.0, 0.999),
    average: float = 2e4,
) -> Named:
    """Few labels teach a head on the critic's trunk, which labels all reals; another tells how pictures are turned.

    Hinge losses of D(x, ŷ(x)) and D(G(z, y), y), and in the critic's move λ E[-log P(y | x)] over labelled samples and
    β E[-log Q(r | x turned by r)]; the generator's has α E[-log Q(r | G(z, y) turned by r)].

    Args:
        data: square pictures of any size, with classes.
        labels, subset: how many samples have a label; which, by default as the seed says.
        known: all labels are used as they are in the game, the fully labelled game to compare with.
        named, rotation, fakes: λ, β and α.
        width, latent: of both networks, see `rivals.networks`; numbers in a normal latent.
        rate, betas, average: Adam's, for all; half-life of the averaged weights of generator, trunk and head in reals.

    Raises:
        UsageError: for no labels, or pictures that are not square.

    Deviations: 1. The co-training of section 3 with the self-supervision of section 3.2; the paper also trains
    classifiers beforehand. 2. The DCGAN's networks, spectral norm in the critic alone. 3. One move of the critic.
    """
    if data.height != data.width:
        raise UsageError("how a picture is turned can be asked of square pictures only")
    k, optimizer = data.classes, adam(rate, betas)
    body, features = features_of(data, width, norm="none")
    trunk, judge, namer, turner = (
        Player(spectral(net), optimizer, average=average)
        for net in (
            body, Projection(torch.nn.Identity(), features, k), mlp.mlp([features, k]), mlp.mlp([features, 4]),
        )
    )  # fmt: skip
    generator = networks.generator(data, latent, width, condition=k, join="projection")
    return (Named if known else S3GAN)(
        generator=Player(generator, optimizer, average=average),
        critic=Chain(trunk, judge),
        prior=Gaussian(latent),
        objective=hinge(),
        condition=Labels(k),
        naming=Naming(trunk, namer, named),
        terms=[Rotation(trunk, turner, real=rotation, fake=fakes)],
        classes=k, labels=labels, subset=subset,
    )  # fmt: skip
