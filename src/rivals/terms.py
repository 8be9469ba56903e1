"""Terms: extra named losses of either player of a declarative game."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import noise
from rivals.errors import UsageError
from rivals.game import Player
from rivals.nn.distance import l1
from rivals.nn.labels import alike, unlikelihood
from rivals.objectives import Pass, per_sample
from rivals.parts import part
from rivals.priors import Codes, GaussianMixture, Prior

if TYPE_CHECKING:
    from rivals.adversarial import Adversarial


class Term(nn.Module):
    """A loss that is added to the critic's move, to the generator's, or to both.

    A term may own players (a classifier head); `critic_players` then move with the critic, `generator_players` with
    the generator.
    """

    name: str = "term"
    critic_players: tuple[Player, ...] = ()
    generator_players: tuple[Player, ...] = ()

    def join(self, game: Adversarial) -> None:
        """Look at the game that it is part of, once its players and parts stand; buffers may be made here."""

    def critic(self, p: Pass) -> Tensor | None:
        """Added to the critic's loss, (N,) or (); None adds nothing."""
        return None

    def generator(self, p: Pass) -> Tensor | None:
        """Added to the generator's loss, (N,) or (); None adds nothing."""
        return None


class Information(Term):
    """-λ L_I(G, Q) = λ E[-log Q(c | G(z, c))], up to λ H(c). Chen et al. 2016, arXiv:1606.03657, eq. 5.

    Q is softmax for the category and a diagonal Gaussian for the continuous codes. It shares the critic's trunk; only
    its head is owned here, and moves with the critic, as in the authors' code.

    Args:
        trunk: the critic's trunk, which the critic's side moves.
        head: features -> (N, K + C), logits and means; (N, K + 2C) with log standard deviations.
        prior: says where the codes are in a latent.
        weight, continuous_weight: λ of the category and of the continuous codes.
        learned_std: whether the head gives log standard deviations; otherwise they are 1.
    """

    name = "information"

    def __init__(
        self,
        trunk: Player,
        head: Player,
        prior: Codes,
        *,
        weight: float = 1.0,
        continuous_weight: float = 0.1,
        learned_std: bool = False,
    ) -> None:
        super().__init__()
        self.head, self.prior = head, prior
        self.weight, self.continuous_weight, self.learned_std = weight, continuous_weight, learned_std
        self.critic_players = (head,)
        # in a tuple, a module is copied along but not registered a second time
        self._trunk = (trunk,)

    def read(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Q on samples (N, ...): logits (N, K), means (N, C) and log standard deviations (N, C) of the codes."""
        k, c = self.prior.categories, self.prior.continuous
        logits, mean, *rest = self.head(self._trunk[0](x)).split([k, c, c] if self.learned_std else [k, c], 1)
        return logits, mean, rest[0].clamp(-3, 3) if rest else torch.zeros_like(mean)

    def information(self, p: Pass) -> Tensor:
        """Cross-entropy of the category and Gaussian negative log-likelihood of the codes, (N,)."""
        _, category, codes = self.prior.split(p.latent)
        logits, mean, log_std = self.read(p.fake)
        gaussian = 0.5 * ((codes - mean) / log_std.exp()).square() + log_std + 0.5 * math.log(2 * math.pi)
        named = F.cross_entropy(logits, category, reduction="none")
        return self.weight * named + self.continuous_weight * gaussian.sum(1)

    def critic(self, p: Pass) -> Tensor:
        """Q and the trunk learn from fakes in the critic's move."""
        return self.information(p)

    def generator(self, p: Pass) -> Tensor | None:
        """G learns to be read."""
        return self.information(p)


class AuxiliaryClassifier(Term):
    """λ E[-log P(y | x)], which both sides descend, each on its own. Odena et al. 2016, arXiv:1610.09585, section 3.

    P shares the critic's trunk; only its head is owned here, and moves with the critic. The critic's side looks at
    reals, and at fakes too, with the conditions that the generator was told; the generator at fakes.

    Args:
        trunk: the critic's trunk, which the critic's side moves.
        head: features -> logits (N, K) of labels, or (N, A) of attributes.
        weight, generator_weight: λ of the critic's side and of the generator's, the same by default.
        fakes: whether the critic's side learns from fakes, too.
    """

    name = "class"

    def __init__(
        self,
        trunk: Player,
        head: Player,
        *,
        weight: float = 1.0,
        generator_weight: float | None = None,
        fakes: bool = True,
    ) -> None:
        super().__init__()
        self.head, self.weight, self.fakes = head, weight, fakes
        self.generator_weight = weight if generator_weight is None else generator_weight
        self.critic_players = (head,)
        # in a tuple, a module is copied along but not registered a second time
        self._trunk = (trunk,)

    def read(self, x: Tensor) -> Tensor:
        """The logits of samples (N, ...) as the critic sees them, (N, K)."""
        logits: Tensor = self.head(self._trunk[0](x))
        return logits

    def critic(self, p: Pass) -> Tensor | None:
        """Of reals, and of fakes, (N,)."""
        if p.labels is None:
            return None
        loss = unlikelihood(self.read(p.real), p.labels)
        return self.weight * (loss + unlikelihood(self.read(p.fake), p.labels) if self.fakes else loss)

    def generator(self, p: Pass) -> Tensor | None:
        """Of fakes, (N,)."""
        return None if p.labels is None else self.generator_weight * unlikelihood(self.read(p.fake), p.labels)


@part("term", "matching_aware")
class MatchingAware(Term):
    """Right picture, wrong label counts as fake: half of the fakes' loss. Reed et al. 2016, arXiv:1605.05396, alg. 1.

    Args:
        weight: of the added loss.
    """

    name = "mismatch"

    def __init__(self, weight: float = 0.5) -> None:
        super().__init__()
        self.weight = weight

    def critic(self, p: Pass) -> Tensor | None:
        """softplus(D(x, wrong)): labels move one place along the batch, and right ones by chance are left out."""
        if p.labels is None:
            return None
        wrong = p.labels.roll(1)
        loss = F.softplus(p.critic(p.real, wrong))
        return self.weight * loss * ~alike(wrong, p.labels)


@part("term", "mode_seeking")
class ModeSeeking(Term):
    """λ / (d(G(z₁, y), G(z₂, y)) / d(z₁, z₂)) over neighbours of the batch. Mao et al. 2019, arXiv:1903.05628, eq. 3.

    A neighbour is the next sample with the same label, since labels alone set samples apart; one without is left out.

    Args:
        weight: λ.
    """

    name = "mode seeking"

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        self.weight = weight

    def generator(self, p: Pass) -> Tensor:
        """The ratio's reciprocal, as in the authors' code, (N,)."""
        if p.labels is not None and p.labels.dim() == 1:
            order = p.labels.argsort(stable=True)
        else:
            order = torch.arange(len(p.fake), device=p.fake.device)
        next_ = order.roll(1)
        apart = (p.fake[order] - p.fake[next_]).flatten(1).abs().mean(1)
        latents = (p.latent[order] - p.latent[next_]).abs().mean(1)
        loss = self.weight / (apart / latents + 1e-5)
        return loss if p.labels is None else loss * alike(p.labels[order], p.labels[next_])


@part("term", "feature_matching")
class FeatureMatching(Term):
    """λ ‖E f(x) - E f(G(z))‖², f the input of the critic's last layer. Salimans et al. 2016, 1606.03498, section 3.1.

    Expectations are means over the batch. The paper's generator has this loss alone: `objective=critic_only`.

    Args:
        weight: λ.
    """

    name = "feature matching"

    def __init__(self, weight: float = 1.0) -> None:
        super().__init__()
        self.weight = weight

    def generator(self, p: Pass) -> Tensor:
        """The squared distance of the means, ()."""
        with torch.no_grad():
            real = p.features(p.real, p.labels).mean(0)
        return self.weight * (real - p.features(p.fake, p.labels).mean(0)).square().sum()


@part("term", "historical_averaging")
class HistoricalAveraging(Term):
    """λ ‖θ - (1/t) Σ_i θ[i]‖² for either side, θ[i] its weights before move i. Salimans et al. 2016, section 3.3.

    Args:
        weight: λ.
    """

    name = "historical averaging"

    def __init__(self, weight: float = 1e-3) -> None:
        super().__init__()
        self.weight = weight
        self._sides: dict[str, tuple[Player, ...]] = {}  # players in a tuple are not registered a second time
        self._seen = {"critic": 0, "generator": 0}

    def join(self, game: Adversarial) -> None:
        """Make room for the means."""
        self._sides = {"critic": game.critic.players, "generator": game.generator.players}
        for side in self._sides:
            for i, weight in enumerate(self._weights(side)):
                self.register_buffer(f"{side}_{i}", weight.detach().clone())

    def critic(self, p: Pass) -> Tensor:
        """Of the critic, ()."""
        return self._distance("critic")

    def generator(self, p: Pass) -> Tensor:
        """Of the generator, ()."""
        return self._distance("generator")

    def get_extra_state(self) -> dict[str, int]:
        """How many states the means are of."""
        return dict(self._seen)

    def set_extra_state(self, state: dict[str, int]) -> None:
        """Inverse of `get_extra_state`."""
        self._seen = dict(state)

    def _weights(self, side: str) -> list[nn.Parameter]:
        return [weight for player in self._sides[side] for weight in player.weights]

    def _distance(self, side: str) -> Tensor:
        """Let the means take in the present state, and measure how far it is from them."""
        weights = self._weights(side)
        means: list[Tensor] = [getattr(self, f"{side}_{i}") for i in range(len(weights))]
        states = self._sides[side][-1].updates + 1
        if states > self._seen[side]:  # not again by each shard of a batch
            with torch.no_grad():
                torch._foreach_lerp_(means, list(weights), 1 / states)
            self._seen[side] = states
        apart = [(weight - mean).square().sum() for weight, mean in zip(weights, means, strict=True)]
        return self.weight * torch.stack(apart).sum()


class Spread(Term):
    """λ mean (1 - σ)²: a mixture's components stay wide. Gurumurthy et al. 2017, arXiv:1706.02071.

    The term owns no weights, but takes the prior's player along with the generator.

    Args:
        prior: the mixture.
        weight: λ.
    """

    name = "spread"

    def __init__(self, prior: GaussianMixture, weight: float = 1.0) -> None:
        super().__init__()
        self.weight, self.generator_players = weight, (prior.player,)
        self._prior = (prior,)  # in a tuple, a module is copied along but not registered a second time

    def generator(self, p: Pass) -> Tensor:
        """The mean over components and coordinates, ()."""
        return self.weight * (1 - self._prior[0].stds).square().mean()


@part("term", "margin")
class Margin(Term):
    """λ C(Δ + L(x) - L(G(z))), L = -D, Δ = |x - G(z)| over pairs of a batch. Qi 2017, arXiv:1701.06264.

    C(a) = max(a, νa): a real's loss shall lie below a fake's by their distance. Slope 0 is the LS-GAN's hinge; slope 1
    is WGAN's loss but for the mean of Δ, which no weight of the critic moves.

    Args:
        weight: λ.
        slope: ν, at most 1.

    Raises:
        UsageError: for a slope above 1.
    """

    name = "margin"

    def __init__(self, weight: float = 1.0, slope: float = 0.0) -> None:
        super().__init__()
        if slope > 1:
            raise UsageError(f"the slope of a margin's cost must be at most 1, not {slope}")
        self.weight, self.slope = weight, slope

    def critic(self, p: Pass) -> Tensor:
        """The cost of each pair, (N,), with the mean absolute difference for Δ."""
        assert p.real_logits is not None  # a critic's move always sees reals
        return self.weight * F.leaky_relu(l1(p.real, p.fake) + per_sample(p.fake_logits - p.real_logits), self.slope)


@part("term", "path_length")
class PathLength(Term):
    """λ (‖J_wᵀ y‖ - a)², J_w = ∂G/∂w, y ~ N(0, I) / √(H·W): equal steps in w, equal steps in the picture.

    w is what the generator's last player is given: a style where a mapping goes in front, else the latent. a is a
    running mean of the lengths, from the first ones on. Karras et al. 2019, arXiv:1912.04958, eq. 4; on new latents,
    half as many as a batch.

    Args:
        weight: λ, at least 0.
        every: moves of the generator between two that have the term, which is then as many times as strong.
        follow: share of a that each new mean replaces, in (0, 1].

    Raises:
        UsageError: for a number out of range.
    """

    name = "path length"
    mean: Tensor

    def __init__(self, weight: float = 2.0, every: int = 4, follow: float = 0.01) -> None:
        super().__init__()
        if not (0 <= weight < math.inf and every >= 1 and 0 < follow <= 1):
            raise UsageError("path_length: weight must be at least 0, every at least 1, and follow in (0, 1]")
        self.weight, self.every, self.follow = weight, every, follow
        self._links: tuple[Player, ...] = ()  # in a tuple: owned elsewhere
        self._prior: tuple[Prior, ...] = ()
        self.register_buffer("mean", torch.zeros(()))

    def join(self, game: Adversarial) -> None:
        """Remember generator and prior."""
        self._links, self._prior = game.generator.players, (game.prior,)

    def lengths(self, latent: Tensor, labels: Tensor | None = None) -> Tensor:
        """‖J_wᵀ y‖ at latents (N, L), each with a y of its own: (N,), differentiable in the generator's weights."""
        *trunk, last = self._links
        with torch.enable_grad(), torch.compiler.set_stance("force_eager"):  # compiled code has no second derivative
            w = latent.detach().requires_grad_()
            for link in trunk:
                w = link(w)
            x = last(w) if labels is None else last(w, labels)
            y = noise.normal(*x.shape).to(x) / math.sqrt(x[0, 0].numel())
            (gradient,) = torch.autograd.grad((x * y).sum(), w, create_graph=True)
        return gradient.flatten(1).square().sum(1).add(1e-24).sqrt()

    def generator(self, p: Pass) -> Tensor | None:
        """The penalty at each `every`-th move, (N,)."""
        if not self.weight or self._links[-1].updates % self.every:
            return None
        n = max(1, len(p.fake) // 2)
        lengths = self.lengths(self._prior[0](n), None if p.labels is None else p.labels[:n])
        new = p.mean(lengths.detach())
        mean = torch.where(self.mean > 0, torch.lerp(self.mean, new, self.follow), new)
        p.mean(mean[None])  # every shard must have read the old mean before one writes
        self.mean.copy_(mean)
        return self.every * self.weight * (lengths - mean).square()


class Rotation(Term):
    """λ_D E[-log Q(r | x turned by r)] over reals, λ_G the same over fakes. Chen et al. 2018, arXiv:1811.11212.

    A head on the critic's trunk tells by how many quarters a picture is turned. It learns from reals in the critic's
    move; the generator learns to make pictures whose turn is seen. Sample i of a batch is turned by i mod 4 quarters.

    Args:
        trunk: of the critic, which the critic's side moves; samples -> features.
        head: features -> logits (N, 4).
        real, fake: λ_D and λ_G.
    """

    name = "rotation"

    def __init__(self, trunk: Player, head: Player, *, real: float = 1.0, fake: float = 0.2) -> None:
        super().__init__()
        self.head, self.critic_players, self.real, self.fake = head, (head,), real, fake
        self._trunk = (trunk,)  # in a tuple: owned elsewhere

    def read(self, x: Tensor) -> Tensor:
        """-log Q of the turns of pictures (N, C, H, H), which are turned here, (N,)."""
        parts = [x[k::4].rot90(k, (-2, -1)) for k in range(4)]
        turns = torch.cat([torch.full((len(part),), k, device=x.device) for k, part in enumerate(parts)])
        return F.cross_entropy(self.head(self._trunk[0](torch.cat(parts))), turns, reduction="none")

    def critic(self, p: Pass) -> Tensor:
        """Of reals, (N,)."""
        return self.real * self.read(p.real)

    def generator(self, p: Pass) -> Tensor | None:
        """Of fakes, (N,)."""
        return self.fake * self.read(p.fake) if self.fake else None


class PullingAway(Term):
    """λ times the mean over j ≠ i of cos²(Sᵢ, Sⱼ), S the codes of a batch's fakes. Zhao et al. 2016, arXiv:1609.03126.

    Args:
        critic: whose network's `encoder` gives the codes; it is not moved.
        weight: λ.
    """

    name = "pulling away"

    def __init__(self, critic: Player, weight: float = 0.1) -> None:
        super().__init__()
        self.weight = weight
        self._critic = (critic,)  # in a tuple: owned elsewhere

    def generator(self, p: Pass) -> Tensor:
        """The repelling regulariser of section 2.4, (N,)."""
        codes: Tensor = self._critic[0].net.encoder(p.fake)  # type: ignore[operator]
        s = F.normalize(codes.float().flatten(1), dim=1)
        alike = (s @ s.T).square()
        return self.weight * (alike.sum(1) - alike.diagonal()) / max(len(s) - 1, 1)


def row_products(net: nn.Module) -> Tensor:
    """Σ over kernels of ‖WWᵀ ⊙ (1 - I)‖²_F, a row of W for each output, (); embeddings and vectors are left out.

    Zero where all filters of a layer are orthogonal, whatever their lengths are.
    """
    embedded = {id(w) for m in net.modules() if isinstance(m, nn.Embedding) for w in m.parameters()}
    rows = (w.flatten(1) for w in net.parameters() if w.requires_grad and w.dim() > 1 and id(w) not in embedded)
    products = ((w @ w.T).fill_diagonal_(0.0) for w in rows)
    return torch.stack([p.square().sum() for p in products]).sum()


@part("term", "orthogonal")
class Orthogonal(Term):
    """β ‖WᵀW ⊙ (1 - I)‖²_F over the kernels W of one side. Brock et al. 2018, arXiv:1809.11096, eq. 3.

    Args:
        weight: β.
        side: whose kernels: "generator", "critic" or "both".
    """

    name = "orthogonality"

    def __init__(self, weight: float = 1e-4, side: Literal["generator", "critic", "both"] = "generator") -> None:
        super().__init__()
        self.weight, self.side = weight, side
        self._sides: dict[str, tuple[Player, ...]] = {}  # players in a tuple are not registered a second time

    def join(self, game: Adversarial) -> None:
        """Remember the players."""
        self._sides = {"critic": game.critic.players, "generator": game.generator.players}

    def critic(self, p: Pass) -> Tensor | None:
        """Of the critic's kernels, ()."""
        return self._of("critic")

    def generator(self, p: Pass) -> Tensor | None:
        """Of the generator's kernels, ()."""
        return self._of("generator")

    def _of(self, side: str) -> Tensor | None:
        if self.side not in (side, "both"):
            return None
        return self.weight * torch.stack([row_products(player.net) for player in self._sides[side]]).sum()
