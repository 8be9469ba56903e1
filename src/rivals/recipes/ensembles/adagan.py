"""Boosting: each generator is trained on what the mixture so far misses."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import torch
from torch import Tensor, nn

from rivals import networks, noise, options, registry
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.objectives import non_saturating
from rivals.optim import adam
from rivals.run import Run


class AdaGAN(Game):
    """A mixture that grows by one component a round, each on reweighted data. Tolstikhin et al. 2017, algorithm 1.

    Component t enters with weight β = 1/t, so that the mixture is uniform (the authors' "uniform" heuristic).

    Args:
        components: one game a round, each with a `step` alone and no classes.
        judges: critics of the mixture so far, one between two rounds, samples (N, ...) -> logits (N,).
        pool: how many reals are looked at for each that is kept.
    """

    mixture: Tensor

    def __init__(self, components: Sequence[Game], judges: Sequence[Player], pool: int) -> None:
        super().__init__()
        self.components, self.judges, self.pool = nn.ModuleList(components), nn.ModuleList(judges), pool
        self.register_buffer("mixture", torch.eye(len(components))[0])

    def stages(self, budget: int) -> dict[str, int]:
        """A judge gets half of a component's steps, as in the authors' code."""
        rounds = len(self.components)
        judging = max(1, budget // (3 * rounds - 1))
        each, rest = divmod(budget - (rounds - 1) * judging, rounds)
        plan: dict[str, int] = {}
        for t in range(rounds):
            plan |= {f"judge {t}": judging} if t else {}
            plan[f"component {t + 1}"] = max(1, each + (t < rest))
        return plan

    def prepare(self, run: Run) -> None:
        """Let every component look at the data."""
        for component in self.components:
            component.prepare(run)  # type: ignore[operator]

    def program(self, run: Run) -> None:
        """Algorithm 1."""
        for t, component in enumerate(self.components):
            assert isinstance(component, Game)
            if t:
                judge = self.judges[t - 1]
                assert isinstance(judge, Player)
                for _ in run.stage(f"judge {t}"):
                    self.judge(run, judge)
                reweighted = run.view(data=partial(self.resampled, run, judge, 1 / (t + 1)))
            for _ in run.stage(f"component {t + 1}"):
                component.step(reweighted if t else run)
            # a function of t alone, since a resumed run comes here again
            self.mixture.copy_(torch.arange(len(self.mixture)) <= t).div_(t + 1)

    def judge(self, run: Run, judge: Player) -> None:
        """Tell reals from the mixture so far; σ(logit) is then d = dP / (dP + dP_mixture)."""
        x = run.real()
        with self.presenting():
            fake = self.generate(len(x))
        run.descend((judge, non_saturating().critic(judge(x), judge(fake))))

    def resampled(self, run: Run, judge: Player, beta: float, x: Tensor) -> Tensor:
        """As many reals as x (N, ...), drawn by their weights from x and more batches like it."""
        candidates = torch.cat([x, *(run.real() for _ in range(self.pool - 1))])
        with torch.no_grad():
            ratio = (-judge(candidates).double().clamp(-30, 30)).exp()
        return candidates[noise.choice(importance(ratio, beta), len(x))]

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Samples of the mixture, each from a component drawn by its weight."""
        who = noise.choice(self.mixture, n)
        done = list(self.components)[: int(self.mixture.count_nonzero())]
        made = torch.stack([component.generate(n) for component in done if isinstance(component, Game)])
        return made[who, torch.arange(n, device=made.device)]


def importance(ratio: Tensor, beta: float) -> Tensor:
    """Weights of equally likely reals for the next component: (N,) -> (N,), with mean 1.

    w = (λ - (1 - β) r)₊ / β, with the one λ for which the weights average to 1 (theorem 1), where
    r = h(d) = (1 - d) / d is read off a critic d.

    Args:
        ratio: r = dP_mixture / dP_data at each real.
        beta: weight in (0, 1] of the next component.
    """
    r = ratio.sort().values
    k = torch.arange(1, len(r) + 1, device=r.device)
    candidates = (beta * len(r) + (1 - beta) * r.cumsum(0)) / k
    active = int(((1 - beta) * r < candidates).sum())
    return (candidates[active - 1] - (1 - beta) * ratio).relu() / beta


@recipe(
    "adagan",
    paper=Paper("AdaGAN: Boosting Generative Models", 2017, "1701.02386"),
    data=("points", "images"),
    steps=20_000,
    tiny={"rounds": 2, "width": 8, "component_options": ("hidden=(8, 8)", "latent=4")},
)
def adagan(
    data: Points | Images,
    *,
    rounds: int = 5,
    component: str = "gan",
    component_options: tuple[str, ...] = (),
    width: int = 64,
    rate: float = 8e-4,
    pool: int = 8,
) -> AdaGAN:
    """Weak generators, boosted: each round reweights the data towards what the mixture does not cover yet.

    P_t = (1 - β) P_{t-1} + β Q_t, Q_t trained on dQ* = (λ* dP - (1 - β) dP_{t-1})₊ / β, theorem 1; dP_{t-1} / dP is
    read off a critic of the mixture.

    Args:
        data: points, or pictures of any size.
        rounds: components in the end.
        component: the id of an unconditional recipe without stages.
        component_options: its options, each as "key=value".
        width: of the judges; see `rivals.networks`.
        rate: Adam's, of the judges.
        pool: λ* is found, and the data resampled, on pools of this many batches.

    Deviations: 1. λ* and the weights are computed on each pool; the paper weighs the whole training set once a round.
    """
    games = []
    for _ in range(rounds):
        # from the outer game's seed, so that components differ and follow it
        seed = int(torch.randint(2**31, ()))
        games.append(registry.create(component, data, seed=seed, **options.parse(component_options)))
    if games[0].classes or type(games[0]).program is not Game.program:
        raise UsageError(f"'{component}' cannot be boosted: a component must be unconditional and have no stages")
    judges = [Player(networks.critic(data, width, norm="none"), adam(rate, (0.5, 0.999))) for _ in range(rounds - 1)]
    return AdaGAN(games, judges, pool)
