"""The critic compares with what should be."""

from __future__ import annotations

from torch import Tensor, nn

from rivals import noise
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Pairs
from rivals.game import Player
from rivals.networks import patch, translators
from rivals.nn.norms import Norm
from rivals.nn.siamese import Siamese
from rivals.optim import adam
from rivals.recipes.translation.pix2pix import Pix2Pix
from rivals.run import Run


class MatAN(Pix2Pix):
    """A translator whose critic is shown y beside y, or beside G(x), each perturbed. Mattyus & Urtasun 2018.

    Args:
        perturbation: σ of T(y) = y + σ ε.
        rest: as `Pix2Pix` takes it; D is a critic of two y.
    """

    def __init__(self, *rest: Pairs, perturbation: float, **players: Player | float) -> None:
        super().__init__(*rest, **players)  # type: ignore[arg-type]
        self.perturbation = perturbation

    def perturbed(self, y: Tensor) -> Tensor:
        """T(y), which keeps two equal y from being equal numbers."""
        return y + self.perturbation * noise.normal(*y.shape).to(y)

    def step(self, run: Run) -> None:
        """The critic names matching pairs (T y, T' y), then the translator makes (T y, T' G(x)) one of them."""
        x, y = run.real("x", "y")
        fake = self.G(x)
        match = self.D(self.perturbed(y), self.perturbed(y))
        run.descend((self.D, self.objective.critic(match, self.D(self.perturbed(y), self.perturbed(fake.detach())))))
        run.descend((self.G, self.objective.generator(self.D(self.perturbed(y), self.perturbed(fake)))))


@recipe(
    "matan",
    paper=Paper("Matching Adversarial Networks", 2018),
    data=("pairs",),
    kind="translator",
    batch=16,
    steps=2_000,
    tiny={"width": 8},
)
def matan(
    data: Pairs,
    *,
    perturbation: float = 0.3,
    width: int = 64,
    dropout: float = 0.0,
    norm: Norm = "batch",
    rate: float = 2e-4,
) -> MatAN:
    """A siamese critic of y and G(x), so that what the translator descends depends on the truth; no other loss.

    V = E log D(T₁(y), T₂(y)) + E log(1 - D(T₃(y), T₄(G(x)))), D(a, b) = c(|φ(a) - φ(b)|); G climbs
    log D(T₃(y), T₄(G(x))) instead.

    Args:
        data: pairs of points, or of pictures of any size and number of channels.
        perturbation: σ of the noise T, 0 for none: D then has only to see whether two inputs are the same.
        width: of the first hidden maps.
        dropout: probability, in the U-Net's first maps on the way back.
        norm: of both networks' hidden maps.
        rate: Adam's, for both, with betas (0.5, 0.999).

    Raises:
        UsageError: for a negative σ.

    Deviations: 1. Perturbations are noise, which suits any y. 2. The networks of `pix2pix`; its patch critic is split
    before its last layer. 3. The critic is not shown x.
    """
    body, pictures = patch.critic(data.y.shape, width, norm=norm), isinstance(data.y, Images)
    assert isinstance(body, nn.Sequential)
    return MatAN(
        data,
        G=Player(translators.unet(data.x, data.y, width, dropout=dropout, norm=norm), adam(rate, (0.5, 0.999))),
        D=Player(Siamese(body, 1 if pictures else 2), adam(rate, (0.5, 0.999))),
        weight=0.0,
        fool=1.0,
        perturbation=perturbation,
    )
