"""A joint distribution of two domains without pairs, by shared weights."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from rivals import noise
from rivals.catalog import Paper, recipe
from rivals.data.specs import Pairs, Unpaired
from rivals.errors import UsageError
from rivals.game import Chain, Player
from rivals.networks import coupled
from rivals.nn.distance import squared
from rivals.nn.search import nearest
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.priors import Gaussian
from rivals.run import Run
from rivals.translator import Translator
from rivals.verbs import verb


class CoGAN(Translator):
    """Two generators that begin alike against two critics that end alike, a pair for each domain. Liu & Tuzel 2016.

    Args:
        early, late: of the generators, one where it is shared and else two: z (N, L) -> maps; maps -> x, and maps -> y.
        first, last, judge: of the critics: x, and y -> maps; maps -> features (N, F); features -> logits (N,).
        namer: features -> logits of the classes of x, (N, K); none where x has no labels.
        shape, latent: of one x; L.
        naming, alike: weights of the labelled x's loss, and of the distance of the features of a made pair.

    Raises:
        UsageError: for a negative weight.
    """

    def __init__(
        self, *, early: Sequence[Player], late: Sequence[Player], first: Sequence[Player], last: Sequence[Player],
        judge: Sequence[Player], namer: Sequence[Player], shape: tuple[int, ...], latent: int, naming: float,
        alike: float,
    ) -> None:  # fmt: skip
        super().__init__(shape)
        if min(naming, alike) < 0:
            raise UsageError("the weights naming and alike must be at least 0")
        self.generators, self.critics = nn.ModuleList([*early, *late]), nn.ModuleList([*first, *last, *judge, *namer])
        self.prior, self.objective, self.naming, self.alike = Gaussian(latent), non_saturating(), naming, alike
        self.made = tuple(Chain(early[i % len(early)], late[i]) for i in (0, 1))
        self.trunks = tuple(Chain(first[i], last[i % len(last)]) for i in (0, 1))
        self.judge, self.namer = tuple(judge[i % len(judge)] for i in (0, 1)), tuple(namer)
        self.lacks = () if namer else ("classify",)  # tuples own nothing: the lists above do

    def pair(self, z: Tensor) -> list[Tensor]:
        """The x and the y of latents."""
        return [generator(z) for generator in self.made]

    def judged(self, x: Tensor, y: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Features and logits of an x and of a y."""
        features = [self.trunks[0](x), self.trunks[1](y)]
        return features, [judge(f) for judge, f in zip(self.judge, features, strict=True)]

    def step(self, run: Run) -> None:
        """All critics move, then all generators, each for its domain; the labels of x beside them."""
        x, label = run.real("x", "label") if self.namer else (run.real("x"), None)
        fakes = self.pair(self.prior(len(x)))
        (of_x, _), real = self.judged(x, run.real("y"))
        features, fake = self.judged(*(f.detach() for f in fakes))
        loss = {name: self.objective.critic(r, f) for name, r, f in zip("xy", real, fake, strict=True)}
        if self.alike:
            loss["alike"] = self.alike * squared(*features)
        if label is not None:
            loss["naming"] = self.naming * F.cross_entropy(self.namer[0](of_x), label, reduction="none")
        run.descend((self.critics, loss))
        fooled = map(self.objective.generator, self.judged(*fakes)[1])
        run.descend((self.generators, dict(zip("xy", fooled, strict=True))))

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """See `Game.generate`: the y of new pairs."""
        return self.pair(self.prior(n))[1]

    def joint(self, n: int, *, seed: int = 0) -> tuple[Tensor, Tensor]:
        """N new pairs, x and y (n, ...) each."""
        with self.presenting(), noise.seeded(self.device, "joint", seed):
            x, y = self.pair(self.prior(n))
        return x, y

    @verb
    def translate(self, x: Tensor) -> Tensor:
        """The y of the pair whose x is nearest, in squared error, as far as a search from latent 0 finds it."""
        zero = x.new_zeros(len(x), self.prior.size)
        return self.pair(nearest(zero, lambda z: (self.made[0](z) - x).square(), 200, 0.1))[1]

    @verb
    def classify(self, x: Tensor) -> Tensor:
        """Log probabilities of the classes of x, (N, ...) -> (N, K)."""
        logits: Tensor = self.namer[0](self.trunks[0](x))
        return logits.log_softmax(1)

    @verb
    def adapted(self, y: Tensor) -> Tensor:
        """The same of y, whose labels nobody has seen."""
        logits: Tensor = self.namer[0](self.trunks[1](y))
        return logits.log_softmax(1)


@recipe(
    "cogan",
    paper=Paper("Coupled Generative Adversarial Networks", 2016, "1606.07536"),
    data=("pairs", "unpaired"),
    steps=10_000,
    tiny={"width": 8, "latent": 8},
)
def cogan(
    data: Pairs | Unpaired,
    *,
    shared: bool = True,
    private: int = 1,
    naming: float = 10.0,
    alike: float = 0.0,
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
) -> CoGAN:
    """What two generators share makes one latent mean the same in both domains; no pair is ever seen.

    min over G_x, G_y max over D_x, D_y of the sum of both games, with the generators' first layers the same, and the
    critics' last. Where x has labels, the critics' features learn to name them: a classifier of y that saw none of y.

    Args:
        data: two domains of points, or of pictures of one size; of pairs, it is not used which belong together.
        shared: whether there is anything in common; without it the games are apart.
        private: layers of a generator's end, and of a critic's beginning, that are a domain's own.
        naming: weight of the labels' cross-entropy.
        alike: weight of the squared distance of the features of a made pair, of the authors' code; 0 for none.
        width, latent: of all networks, see `rivals.networks`; numbers in a normal latent.
        rate: Adam's, for all, with betas (0.5, 0.999).

    Raises:
        UsageError: for pictures of two sizes, a number of layers that the networks do not have, or a negative weight.

    Deviations: 1. The DCGAN's networks, without norms in the critics, which see each domain apart.
    """
    early, late = coupled.generators(data.x, data.y, latent, width, private, shared)
    first, last, judge = coupled.critics(data.x, data.y, width, private, shared)
    namer: list[nn.Module] = [nn.Linear(8 * width, data.x.classes)] if data.x.classes > 1 else []
    sides = {"early": early, "late": late, "first": first, "last": last, "judge": judge, "namer": namer}
    players = {name: [Player(net, adam(rate, (0.5, 0.999))) for net in nets] for name, nets in sides.items()}
    return CoGAN(**players, shape=data.x.shape, latent=latent, naming=naming, alike=alike)
