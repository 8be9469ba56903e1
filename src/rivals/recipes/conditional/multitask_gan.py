"""A critic's trunk that several tasks shape together."""

from __future__ import annotations

from typing import Any

from torch import Tensor

from rivals import networks
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Chain, Player
from rivals.networks import mlp
from rivals.networks.trunk import trunk as features_of
from rivals.nn.norms import Norm
from rivals.objectives import Pass, non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.run import Run
from rivals.semi import Named, Naming
from rivals.terms import Rotation, Term


class Reconstruction(Term):
    """λ ‖d(f(x)) - x‖² over reals, f the critic's trunk and d a decoder on it; a mean over numbers.

    Args:
        trunk: of the critic, which the critic's side moves; samples -> features.
        decoder: features -> samples.
        weight: λ.
    """

    name = "reconstruction"

    def __init__(self, trunk: Player, decoder: Player, weight: float = 1.0) -> None:
        super().__init__()
        self.decoder, self.critic_players, self.weight = decoder, (decoder,), weight
        self._trunk = (trunk,)  # in a tuple: owned elsewhere

    def critic(self, p: Pass) -> Tensor:
        """Of reals, (N,)."""
        made: Tensor = self.decoder(self._trunk[0](p.real))
        return self.weight * (made - p.real).square().flatten(1).mean(1)


class MultiTask(Named):
    """A `Named` game whose critic's objective is one weighted task of several.

    Args:
        source: the weight.
        **others: of `Named`.
    """

    def __init__(self, *, source: float, **others: Any) -> None:
        super().__init__(**others)
        self.source = source

    def critic_loss(self, run: Run, p: Pass) -> dict[str, Tensor]:
        """All tasks, by name."""
        loss = super().critic_loss(run, p)
        return {**loss, "objective": self.source * loss["objective"]}


@recipe(
    "multitask-gan",
    paper=Paper("Multi-task adversarial training on a shared trunk (no paper of its own)", 2018),
    data=("images",),
    tiny={"width": 8, "latent": 8, "labels": 10},
)
def multitask_gan(
    data: Images,
    *,
    labels: int = 100,
    subset: int | None = None,
    source: float = 0.3,
    classes: float = 1.0,
    rotation: float = 0.5,
    fakes: float = 0.0,
    reconstruction: float = 10.0,
    width: int = 64,
    norm: Norm = "layer",
    latent: int = 100,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> MultiTask:
    """Real or fake, which class, how turned, and what it looked like: one trunk learns all four, each by a head.

    L = λ_s L_D + λ_c E[-log p(y | x)] + λ_r E[-log Q(r | x turned by r)] + λ_x E ‖d(f(x)) - x‖². Each head learns its
    own task whatever its weight; the weights say how much the trunk does, at 0 not at all.

    Args:
        data: square pictures of any size, with classes.
        labels, subset: how many samples have a label; which, by default as the seed says.
        source, classes, rotation, reconstruction: λ_s, λ_c, λ_r and λ_x.
        fakes: weight of the turned fakes' loss in the generator's move.
        width, norm: of both networks, see `rivals.networks`; of the trunk's hidden maps.
        latent: numbers in a normal latent.
        rate, beta: Adam's learning rate and β₁, for all.

    Raises:
        UsageError: for no labels, a negative weight, or pictures that are not square.
    """
    if data.height != data.width:
        raise UsageError("how a picture is turned can be asked of square pictures only")
    if min(source, classes, rotation, fakes, reconstruction) < 0:
        raise UsageError("the weights of tasks must be at least 0")
    optimizer = adam(rate, (beta, 0.999))
    body, features = features_of(data, width, norm=norm)
    nets = (body, *(mlp.mlp([features, n]) for n in (data.classes, 4)))
    trunk, namer, turner = (Player(net, optimizer) for net in nets)
    decoder = Player(networks.generator(data, features, width), optimizer)
    return MultiTask(
        generator=Player(networks.generator(data, latent, width), optimizer),
        critic=Chain(trunk, Player(mlp.critic((features,), []), optimizer)),
        prior=Gaussian(latent),
        objective=non_saturating(),
        naming=Naming(trunk, namer, classes),
        terms=[
            Rotation(trunk, turner, real=rotation, fake=fakes), Reconstruction(trunk, decoder, reconstruction),
        ],
        source=source, classes=data.classes, labels=labels, subset=subset,
    )  # fmt: skip
