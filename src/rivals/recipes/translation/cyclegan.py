"""Translation without pairs."""

from __future__ import annotations

from torch import Tensor, nn

from rivals.catalog import Paper, recipe
from rivals.data.specs import Unpaired
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks import patch, translators
from rivals.nn.distance import l1
from rivals.nn.pool import Pool
from rivals.objectives import least_squares
from rivals.optim import adam, linear
from rivals.run import Run
from rivals.translator import Translator
from rivals.verbs import verb


class CycleGAN(Translator):
    """Two translators whose round trip comes back; equations 1-3.

    Args:
        data: the two domains.
        G, F: players from x to y and back.
        D_x, D_y: players, critics of the domains.
        cycle: λ.
        identity: weight of the identity loss.
        pool: fakes that each critic remembers.
    """

    def __init__(
        self,
        data: Unpaired,
        *,
        G: Player,
        F: Player,
        D_x: Player,
        D_y: Player,
        cycle: float,
        identity: float,
        pool: int,
    ) -> None:
        super().__init__(data.x.shape)
        self.G, self.F, self.D_x, self.D_y = G, F, D_x, D_y
        self.pool_x, self.pool_y = Pool(pool, data.x.shape), Pool(pool, data.y.shape)
        self.objective, self.cycle, self.identity = least_squares(), cycle, identity

    def step(self, run: Run) -> None:
        """The translators move together, then the critics, on fakes out of their pools."""
        x, y = run.real("x", "y")
        fake_y, fake_x = self.G(x), self.F(y)
        loss = {
            "fool": 2 * self.objective.generator(self.D_y(fake_y)) + 2 * self.objective.generator(self.D_x(fake_x)),
            "cycle": self.cycle * (l1(self.F(fake_y), x) + l1(self.G(fake_x), y)),
        }
        if self.identity:
            loss["identity"] = self.identity * (l1(self.G(y), y) + l1(self.F(x), x))
        run.descend(((self.G, self.F), loss))
        run.descend(
            (self.D_x, self.objective.critic(self.D_x(x), self.D_x(self.pool_x(fake_x)))),
            (self.D_y, self.objective.critic(self.D_y(y), self.D_y(self.pool_y(fake_y)))),
        )

    @verb
    def translate(self, x: Tensor) -> Tensor:
        """See `Translator.translate`."""
        y: Tensor = self.G(x)
        return y

    def translate_back(self, y: Tensor) -> Tensor:
        """From y (N, ...) to x (N, ...)."""
        x: Tensor = self.F(y)
        return x


@recipe(
    "cyclegan",
    paper=Paper("Unpaired Image-to-Image Translation using Cycle-Consistent Adversarial Networks", 2017, "1703.10593"),
    data=("unpaired",),
    kind="translator",
    batch=16,
    steps=1_000,
    recommended={"unpaired": "without pairs, going there and back must give the same picture again."},
    tiny={"width": 8, "blocks": 1},
)
def cyclegan(
    data: Unpaired,
    *,
    width: int = 64,
    blocks: int = 6,
    cycle: float = 10.0,
    identity: float = 0.0,
    pool: int = 50,
    rate: float = 2e-4,
    decay: tuple[int, int] | None = None,
) -> CycleGAN:
    """Two translators whose round trip comes back, judged by a critic in each domain.

    G, F: E(D_y(G(x)) - 1)² + E(D_x(F(y)) - 1)² + λ(E‖F(G(x)) - x‖₁ + E‖G(F(y)) - y‖₁)
    + λ_id(E‖G(y) - y‖₁ + E‖F(x) - x‖₁); D: ½E(D(real) - 1)² + ½E D(fake)². Eq. 1-3 with the squares of section 4 and
    the identity of section 5.2. Norms are means over pixels.

    Args:
        data: points, or pictures of any size, in two domains.
        width: of the first hidden maps.
        blocks: residual ones of a translator of pictures.
        cycle: λ; 0 leaves the round trip free.
        identity: λ_id; the paper has λ/2 for paintings to photographs, else 0. Both domains must have one shape.
        pool: fakes that each critic remembers; 0 for none.
        rate: Adam's, for all, with betas (0.5, 0.999).
        decay: updates at which the rate starts to fall in a straight line, and at which it is 0; None holds it.

    Raises:
        UsageError: for an identity loss between domains of different shapes.

    Deviations: 1. Fewer halvings for small pictures (`rivals.networks.translators`, `rivals.networks.patch`). 2. Points
    have fully connected networks. 3. Gains and biases in the instance norms.
    4. Batches of 16 by default for the paper's 1.
    """
    if identity and data.x.shape != data.y.shape:
        raise UsageError(f"an identity loss needs two domains of one shape, not {data.x.shape} and {data.y.shape}")

    def player(net: nn.Module) -> Player:
        return Player(net, adam(rate, (0.5, 0.999)), schedule=linear(*decay) if decay else None)

    return CycleGAN(
        data,
        G=player(translators.residual(data.x, data.y, width, blocks=blocks)),
        F=player(translators.residual(data.y, data.x, width, blocks=blocks)),
        D_x=player(patch.critic(data.x.shape, width)),
        D_y=player(patch.critic(data.y.shape, width)),
        cycle=cycle,
        identity=identity,
        pool=pool,
    )
