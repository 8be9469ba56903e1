"""What papers say of their losses: where gradients, margins, energies and bounds go."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from rivals import noise, registry
from rivals.adversarial import Adversarial
from rivals.api import evaluate
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import Generated, Source, decoded
from rivals.data.specs import Points
from rivals.errors import RivalsError
from rivals.game import Player
from rivals.objectives import Objective, wasserstein
from rivals.optim import adam, linear, sgd
from rivals.penalties import slope
from rivals.priors import Gaussian
from rivals.recipes.core.prediction_gan import PredictionGAN
from rivals.run import Run
from rivals.store.folder import RunFolder
from rivals.store.model import load
from rivals.terms import Margin

CRITIC_STEPS, CRITIC_BATCH = 1000, 256
"""Training of a critic alone, against a generator that stays as it is."""

SAMPLES = 2000
"""Of each side, where reals and fakes are compared."""


@measure("margin")
def margin(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How much of the margin a critic misses: E max(0, Δ + L(x) - L(G(z))) / E Δ over held-out pairs, L = -D.

    A new critic of the same recipe is trained alone against the run's generator, so that the margin can be held: it
    cannot where fakes are as good as reals. Qi 2017, arXiv:1701.06264.
    """
    game, source = _critic_alone(run, data, seed, recipe)
    real, fake = _both(game, source, seed)
    with game.presenting():
        apart = (real - fake).flatten(1).abs().mean(1)
        missed = (apart + game.critic(fake) - game.critic(real)).relu().mean() / apart.mean()
    return Figure(float(missed), protocol={"critic steps": CRITIC_STEPS, "critic batch": CRITIC_BATCH})


@measure("gls-ends")
def gls_ends(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far GLS-GAN's critic loss is from WGAN's at slope 1, less the mean Δ, and from LS-GAN's hinge at slope 0.

    The largest difference of losses and of their gradients in the critic's weights, in float64.
    """
    game, source = _opened(run, data, recipe)
    real, fake = (x.double() for x in _both(game, source, seed))
    game.double()
    apart = (real - fake).flatten(1).abs().mean(1)

    def gls(nu: float) -> Tensor:
        return Margin(1.0, nu).critic(game.look(real, fake, real, None, both=True)).mean()

    r, f = game.critic(real), game.critic(fake)
    ends = [(gls(1.0), (wasserstein().critic(r, f) + apart).mean()), (gls(0.0), (apart + f - r).clamp(min=0).mean())]
    worst, weights = 0.0, game.critic.players[0].weights
    for ours, theirs in ends:
        gradients = (
            torch.autograd.grad(loss, weights, retain_graph=True, materialize_grads=True) for loss in (ours, theirs)
        )
        pairs = [(ours, theirs), *zip(*gradients, strict=True)]
        worst = max(worst, *(float((a - b).abs().max()) for a, b in pairs))
    return Figure(worst, protocol={"samples": len(real)})


@measure("real-below-fake")
def real_below_fake(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The probability that a held-out real has less energy, -D, than one of the run's fakes; ½ is blind."""
    game, source = _opened(run, data, recipe)
    real, fake = _both(game, source, seed)
    return _below(game, real, fake)


@measure("real-below-shuffled")
def real_below_shuffled(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The probability that a held-out real has less energy, -D, than a sample with each number from another real.

    Such samples have every number's own distribution, and none of what binds them.
    """
    game, source = _opened(run, data, recipe)
    real, _ = _both(game, source, seed)
    flat, generator = real.flatten(1), torch.Generator().manual_seed(seed)
    order = torch.rand(flat.shape, generator=generator).argsort(0)
    return _below(game, real, flat.gather(0, order).view_as(real))


@measure("began-balance")
def began_balance(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The convergence measure M over the last tenth of a run, as a share of its first record; NaN if k left [0, 1]."""
    k, m = _logged(run, "k"), _logged(run, "convergence")
    fallen = _late(m) / m[0] if min(k) >= 0 and max(k) <= 1 else math.nan
    return Figure(fallen, protocol={"least k": min(k), "largest k": max(k), "first": m[0], "last": _late(m)})


@measure("spread")
def spread(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Standard deviation of samples over that of held-out data, both around their mean: √(tr Cov(G(z)) / tr Cov(x))."""
    game, source = load(run, recipe=recipe), named.load(data)
    real = decoded((source.test or source).first(source.main, SAMPLES))
    made, held = (float(x.flatten(1).double().var(0).sum()) for x in (game.sample(SAMPLES, seed=seed).cpu(), real))
    return Figure(math.sqrt(made / held), protocol={"samples": SAMPLES, "references": len(real)})


@measure("bilinear")
def bilinear(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far min over u, max over v of v·(b - u) ends from its saddle point, as a share of where it began.

    G(z) = u and D(x) = v·x, each of 8 numbers, with WGAN's objective on data that are all b. u, v and b are normal. 500
    steps of gradient descent at rate .2, with the prediction of the run's game. Plain alternation has an orbit here.
    """
    game = load(run, recipe=recipe)
    assert isinstance(game, PredictionGAN)
    b, u, v = torch.randn(3, 8, generator=torch.Generator().manual_seed(seed))
    source = Generated(Points(8), lambda n, generator: (b.expand(n, 8),), name="one point")
    ours = PredictionGAN(
        generator=Player(_Constant(u), sgd(0.2)), critic=Player(_Inner(v), sgd(0.2)), prior=Gaussian(1),
        objective=wasserstein(), prediction=game.prediction,
    )  # fmt: skip
    Run(ours, source, steps=500, batch=1, seed=seed, save_every=10**9).train()
    (u_end,), (v_end,) = ours.generator.players[0].weights, ours.critic.players[0].weights
    end, start = (float(torch.cat([b - at, of]).norm()) for at, of in ((u_end, v_end), (u, v)))
    return Figure(end / start, protocol={"steps": 500, "rate": 0.2})


@measure("losses-fall")
def losses_fall(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The losses over the last tenth of a run as shares of their first records: the larger of both players'."""
    both = [_logged(run, f"loss/{player}/objective") for player in ("critic", "generator")]
    left = [_late(losses) / losses[0] for losses in both]
    return Figure(max(left), also={"critic's": left[0], "generator's": left[1]})


@measure("more-real")
def more_real(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How near to ½ the probability P that a real is more real than a fake comes: |P - ½| at the end, at its highest.

    P = exp(-critic's loss) of a relativistic game, the geometric mean of σ(D(x) - D(G(z))), over the last tenth of the
    records, as a share of its highest record. Jolicoeur-Martineau 2018, arXiv:1807.00734.
    """
    p = [math.exp(-loss) for loss in _logged(run, "loss/critic/objective")]
    end, top = _late(p), max(p)
    return Figure(abs(end - 0.5) / (top - 0.5), protocol={"highest": round(top, 4), "end": round(end, 4)})


@measure("far-gradient")
def far_gradient(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """E |∂ℓ/∂D| of the generator's loss ℓ, by the run's critic, in samples that it takes for real and that are far off.

    Uniform points of a box five times as wide as the data's, outside of the data's own, with a logit above that of the
    critic's boundary: the least of its loss where reals and fakes have one logit. Mao et al. 2016, arXiv:1611.04076,
    figure 1: on the right side of the boundary the cross-entropy leaves far fakes where they are.

    Raises:
        RivalsError: where the critic takes no such point for real.
    """
    game, source = _opened(run, data, recipe)
    real, _ = _both(game, source, seed)
    middle, half = (real.amax(0) + real.amin(0)) / 2, (real.amax(0) - real.amin(0)) / 2
    u = 10 * torch.rand(10 * SAMPLES, *real.shape[1:], generator=torch.Generator().manual_seed(seed)) - 5
    u = u[(u.abs() > 1).flatten(1).any(1)]
    levels = torch.linspace(-2, 2, 401)
    level = levels[game.objective.critic(levels, levels).argmin()]
    with game.presenting():
        d = game.critic(middle + half * u)
    far = d[d > level].clone().requires_grad_()
    if not len(far):
        raise RivalsError(f"the critic of {run} takes nothing for real outside of the data: train it longer")
    (pull,) = torch.autograd.grad(game.objective.generator(far).sum(), far)
    return Figure(float(pull.abs().mean()), protocol={"points": len(far)}, also={"D": float(far.detach().mean())})


@measure("slopes-around-data")
def slopes_around_data(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """E |‖∇D‖ - 1| of the critic around held-out reals, beside that halfway between reals.

    Around: in x + ½ std(x) u, u uniform in [0, 1), where DRAGAN's penalty is taken. Kodali et al. 2017, 1705.07215.
    """
    game, source = _opened(run, data, recipe)
    real, _ = _both(game, source, seed)
    u = torch.rand(real.shape, generator=torch.Generator().manual_seed(seed))

    def off(x: Tensor) -> float:
        return float((slope(game.critic, x) - 1).abs().mean().detach())

    return Figure(off(real + 0.5 * real.std() * u), also={"between": off((real + real.roll(1, 0)) / 2)})


@measure("fid-ratio")
def fid_ratio(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The run's FID as a share of that of a twin with weight 0, trained here with the same seed."""
    config = RunFolder(run).config()
    game = config["game"]
    twin = registry.rebuild({**game, "options": {**game["options"], "weight": 0.0}}, recipe)
    Run(
        twin, named.load(data), steps=config["steps"], batch=config["batch"], seed=config["seed"], save_every=10**9
    ).train()
    ours, theirs = (evaluate(x, data=data, seed=seed, metrics=("fid",)).values["fid"] for x in (run, twin))
    return Figure(ours / theirs, also={"fid": ours, "fid of the twin": theirs})


@measure("bound-error")
def bound_error(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far variational bounds stay below exact divergences of two mixtures on a line: the worst relative error.

    For each f the critic of the run's recipe is trained on samples of P = ½N(-1.5, .7²) + ½N(1.5, .7²) and
    Q = .4N(-.8, 1) + .6N(.8, 1), 2000 steps of Adam with batches of 512, a falling rate; bound and D_f(P ‖ Q) are then
    integrals on a grid. Nowozin et al. 2016, arXiv:1606.00709, eq. 4 and table 1.
    """
    config = RunFolder(run).config()["game"]
    x = torch.linspace(-9, 9, 6001, dtype=torch.float64)
    p, q = (_density(x, *mixture) for mixture in (_P, _Q))
    errors = {}
    for name, f in _GENERATORS.items():
        fresh = registry.rebuild({**config, "options": {**config["options"], "divergence": name}}, recipe)
        assert isinstance(fresh, Adversarial)
        with noise.seeded(fresh.device, "bound", seed, name):
            _fit(fresh.critic.players[0], fresh.objective)
        with torch.no_grad():
            v = fresh.critic(x.float()[:, None]).double()
        zero, step = torch.zeros_like(v), x[1] - x[0]
        # critic(r, f) = f*(g(f)) - g(r): what the zeros add is taken away again
        loss = p * fresh.objective.critic(v, zero) + q * (
            fresh.objective.critic(zero, v) - fresh.objective.critic(zero, zero)
        )
        exact = float((q * f(p / q)).sum() * step)
        errors[name] = abs(exact + float(loss.sum() * step)) / exact
    return Figure(max(errors.values()), also=errors)


_P, _Q = ((0.5, -1.5, 0.7), (0.5, 1.5, 0.7)), ((0.4, -0.8, 1.0), (0.6, 0.8, 1.0))

_GENERATORS: dict[str, Callable[[Tensor], Tensor]] = {
    "kl": lambda u: u * u.log(),
    "reverse_kl": lambda u: -u.log(),
    "pearson": lambda u: (u - 1) ** 2,
    "hellinger": lambda u: (u.sqrt() - 1) ** 2,
    "js": lambda u: u * u.log() - (u + 1) * ((1 + u) / 2).log(),
    "total_variation": lambda u: (u - 1).abs() / 2,
}
"""f of each divergence, of the density ratio u = p / q."""


class _Constant(nn.Module):
    """G(z) = u."""

    def __init__(self, u: Tensor) -> None:
        super().__init__()
        self.u = nn.Parameter(u.clone())

    def forward(self, z: Tensor) -> Tensor:
        return self.u.expand(len(z), -1)


class _Inner(nn.Module):
    """D(x) = v·x."""

    def __init__(self, v: Tensor) -> None:
        super().__init__()
        self.v = nn.Parameter(v.clone())

    def forward(self, x: Tensor) -> Tensor:
        return torch.mv(x, self.v)


def _density(x: Tensor, *parts: tuple[float, float, float]) -> Tensor:
    normal = [w * torch.exp(-((x - m) ** 2) / (2 * s * s)) / (s * math.sqrt(2 * math.pi)) for w, m, s in parts]
    return torch.stack(normal).sum(0)


def _drawn(n: int, *parts: tuple[float, float, float]) -> Tensor:
    weight, mean, std = torch.tensor(parts).T
    part = torch.multinomial(weight, n, replacement=True)
    x: Tensor = mean[part] + std[part] * torch.randn(n)
    return x[:, None]


def _fit(critic: Player, objective: Objective, steps: int = 2000) -> None:
    """Move a critic alone between samples of P and Q."""
    optimizer, falling = adam(2e-3)(critic.weights), linear(steps // 2, steps, 0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, falling)
    for _ in range(steps):
        optimizer.zero_grad()
        objective.critic(critic(_drawn(512, *_P)), critic(_drawn(512, *_Q))).mean().backward()
        optimizer.step()
        schedule.step()


def _opened(run: Path, data: str, recipe: str | None) -> tuple[Adversarial, Source]:
    """The run's game and its data.

    Raises:
        RivalsError: for a game that is not declarative.
    """
    game = load(run, recipe=recipe)
    if not isinstance(game, Adversarial):
        raise RivalsError(f"this is measured of games with a generator and a critic, not of {run}")
    return game, named.load(data)


def _critic_alone(run: Path, data: str, seed: int, recipe: str | None) -> tuple[Adversarial, Source]:
    """The run's game with a new critic, trained against its generator as it is."""
    game, source = _opened(run, data, recipe)
    config = RunFolder(run).config()["game"]
    fresh = registry.rebuild({**config, "seed": config["seed"] + 1}, recipe)
    assert isinstance(fresh, Adversarial)
    game.critic.load_state_dict(fresh.critic.state_dict())
    game.critic_updates, game.generator_updates = 1, 0
    Run(game, source, steps=CRITIC_STEPS, batch=CRITIC_BATCH, seed=seed, save_every=10**9).train()
    game.eval()
    return game, source


def _both(game: Adversarial, source: Source, seed: int) -> tuple[Tensor, Tensor]:
    """Held-out reals and as many fakes."""
    real = decoded((source.test or source).first(source.main, SAMPLES))
    return real, game.sample(len(real), seed=seed).cpu()


def _below(game: Adversarial, real: Tensor, other: Tensor) -> Figure:
    with game.presenting():
        low, high = -game.critic(real), -game.critic(other)
    below = (low[:, None] < high).double().mean()
    return Figure(
        float(below), protocol={"samples": len(real)}, also={"real": float(low.mean()), "other": float(high.mean())}
    )


def _logged(run: Path, name: str) -> list[float]:
    """A figure's records.

    Raises:
        RivalsError: where there is none.
    """
    found: list[float] = [record[name] for record in RunFolder(run).records() if name in record]
    if not found:
        raise RivalsError(f"{run} has no records of '{name}'")
    return found


def _late(records: list[float]) -> float:
    """Mean over the last tenth."""
    last = records[-max(1, len(records) // 10) :]
    return sum(last) / len(last)
