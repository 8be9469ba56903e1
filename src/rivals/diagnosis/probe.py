"""One look at a game in mid-training: figures of its samples, its critic and its weights; nothing of it changes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from rivals import noise
from rivals.adversarial import Adversarial
from rivals.diagnosis import measures
from rivals.diagnosis.baseline import Baseline
from rivals.game import Game, Player
from rivals.objectives import per_sample

Signals = dict[str, float]

TINY = 1e-12
FAR_LOGIT = 1000.0
"""Where an objective shows whether it is bounded from below."""

CRITICISED = 128
"""Samples that the critic is shown; a rank among them is good to .03."""

AROUND = 8
"""Latents, and directions about each, of the generator's tangent."""

STEP = 0.05
"""Length of a step in the latents, in units of their own size."""


def sampled(game: Game, n: int) -> Tensor | None:
    """The same n samples at each probe, or None for a game that makes none."""
    if type(game).generate is Game.generate and type(game).sample is Game.sample:
        return None
    return game.sample(min(n, game.most or n), seed=noise.key("diagnosis")).cpu()


def of_samples(fake: Tensor, base: Baseline, before: Tensor | None) -> tuple[Signals, Tensor]:
    """What samples show beside as many reals, and their features.

    Args:
        fake: samples (N, ...), finite.
        base: of the data.
        before: features of the same latents' samples at the last probe, or None.

    Returns:
        Figures whose unit is the data's own: distances in mean distances of two reals, diversity 1 for the data's.
    """
    y, scale = base.features(fake), max(base.scale, TINY)
    between, within = torch.cdist(base.seen, y), torch.cdist(y, y)
    m = min(len(y), len(base.seen))
    precision, recall = measures.overlap(between, base.within, within)
    signals = {
        "diversity": measures.pair_distance(within) / scale,
        "spacing": measures.nearest_other(within).median().item() / scale,
        "distance": measures.energy_distance(between, base.within, within) / scale,
        "told apart": measures.told_apart(between[:m, :m], base.within[:m, :m], within[:m, :m]),
        "precision": precision,
        "recall": recall,
        "rank": measures.effective_rank(y),
        "size": fake.abs().float().mean().item(),
        "centre": (y.mean(0) - base.seen.mean(0)).norm().item() / scale,
    }
    if base.facts.get("data/bounded"):
        signals["saturated"] = (fake.abs() > 0.999).float().mean().item()
    if base.facts["data/size"]:
        signals["nearest trained"] = torch.cdist(y, base.bank).min(1).values.median().item() / scale
        if base.held is not None:
            bank = base.bank[: len(base.held)]  # as many of both, or the larger set would be nearer by its size
            pairs = [torch.cdist(y, bank).min(1).values, torch.cdist(y, base.held[: len(bank)]).min(1).values]
            signals["nearer to trained"] = (pairs[0] < pairs[1]).float().mean().item()
    found = base.sort(y)
    signals |= {f"share/{name}": (found == i).float().mean().item() for i, name in enumerate(base.groups)}
    if before is not None and len(before) == len(y):
        signals["drift"] = (y - before).norm(dim=1).mean().item() / scale
        signals["shift"] = (y.mean(0) - before.mean(0)).norm().item() / scale
    return signals, y


def of_critic(game: Adversarial, base: Baseline) -> Signals:
    """What the critic tells apart, how hard its boundary pulls the generator, and whether it knows the data by heart.

    "critic" is the share of pairs (real, fake) that it ranks rightly, in training mode as it plays; "push" is how much
    the generator's loss would change if a sample moved by one data scale; "slope" is |dL_G / dlogit|.
    """
    real = base.real[:CRITICISED]
    labels = base.labels[:CRITICISED] if game.condition and base.labels is not None else None
    latent = game.prior(len(real)).to(real.device)
    with torch.no_grad():
        fake = game.fake(latent, labels)
    fake.requires_grad_(fake.is_floating_point())
    p = game.look(real, fake, latent, labels, both=True)
    assert p.real_logits is not None
    loss = per_sample(game.objective.generator(p.fake_logits, p.real_logits)).mean()
    asked = [p.fake_logits, fake]  # a generator that terms alone move has a loss without a gradient
    by_logit, by_sample = torch.autograd.grad(loss, asked, allow_unused=True) if loss.requires_grad else (None, None)
    n = len(fake)
    high, low = per_sample(p.real_logits.detach()), per_sample(p.fake_logits.detach())
    signals = {"critic": measures.ranked_above(high, low), "margin": measures.margin(high, low)}
    logits = torch.cat([p.real_logits.flatten(), p.fake_logits.flatten()]).detach()
    signals["logits"] = logits.abs().max().item()
    if by_logit is not None:
        signals["slope"] = by_logit.reshape(len(by_logit), -1).sum(1).abs().mean().item() * len(by_logit)
    if by_sample is not None:
        signals["push"] = by_sample.flatten(1).norm(dim=1).mean().item() * n * _spread(real)
    with torch.no_grad():
        if labels is None and any(isinstance(m, nn.modules.batchnorm._BatchNorm) for m in game.critic.modules()):
            half = len(p.real) // 2
            together = per_sample(p.critic(torch.cat([p.real[:half], p.fake[:half]])))
            signals["critic, mixed"] = measures.ranked_above(together[:half], together[half:])
        if labels is None and base.held_out is not None and base.facts["data/size"]:
            held = base.held_out[:CRITICISED]
            unknown = p.critic(game.view(held) if game.view else held)
            signals["critic, held out"] = measures.ranked_above(per_sample(p.real_logits), per_sample(unknown))
    return signals


def of_generator(game: Adversarial, base: Baseline) -> Signals:
    """How samples answer to their latents: the tangent's effective rank."""
    labels = None if base.labels is None or not game.condition else base.labels[:AROUND]
    n = AROUND if labels is None else len(labels)
    latent = game.prior(n)
    step = STEP * latent.norm(dim=1).mean() / math.sqrt(latent.shape[1])
    moved = (latent[:, None] + step * noise.normal(AROUND, latent.shape[1]).to(latent)).flatten(0, 1)
    repeated = None if labels is None else labels.repeat_interleave(AROUND)
    made = [game.fake(z, y).flatten(1).float() for z, y in ((latent, labels), (moved, repeated))]
    tangents = made[1].unflatten(0, (n, AROUND)) - made[0][:, None]
    values = torch.linalg.svdvals(tangents).square()
    share = values / values.sum(1, keepdim=True).clamp_min(1e-20)  # of a sample that does not answer, rank 1
    rank = (-(share * share.clamp_min(1e-20).log()).sum(1)).exp().mean().item()
    return {"tangent": rank, "latent": float(latent.shape[1])}


@torch.no_grad()
def unbounded(game: Game) -> float:
    """1 for a critic whose loss falls without end as its slope grows, which nothing limits; else 0.

    Looked at are the objective between far logits, penalties, the constraint, and parametrised weights (a spectral
    norm).
    """
    if not isinstance(game, Adversarial) or game.penalties or game.constraint is not None:
        return 0.0
    if any(parametrize.is_parametrized(module) for module in game.critic.modules()):
        return 0.0
    far = torch.full((2,), FAR_LOGIT)
    return float(game.objective.critic(far, -far).mean().item() < -FAR_LOGIT)


def rates(game: Game, usual: Game | None) -> Signals:
    """How many times the recipe's own learning rate each player has: {"rate/critic": 30.0}."""
    theirs = usual.players() if usual is not None else {}
    return {
        f"rate/{name}": player.optimizer.param_groups[0]["lr"] / own
        for name, player in game.players().items()
        if name in theirs and player.updates and (own := theirs[name].optimizer.param_groups[0]["lr"])
    }


def moves_of_critic(game: Game) -> float:
    """Moves of the critic for each of the generator, as a recipe means them; 1 where a game was made by hand."""
    critic, generator = (getattr(game, f"{who}_updates", 1) for who in ("critic", "generator"))
    return critic / generator if game.config is not None else 1.0


@torch.no_grad()
def of_weights(game: Game) -> Signals:
    """Norms of each player's weights and last gradient, and the spectrum of the critic's weights."""
    signals = {}
    for name, player in game.players().items():
        weights = player.weights
        if not weights:
            continue
        signals[f"weights/{name}"] = _norm(list(weights))
        gradients = [w.grad for w in weights if w.grad is not None]
        if gradients:
            signals[f"last gradient/{name}"] = _norm(gradients)
        signals[f"updates/{name}"] = float(player.updates)
    critic = getattr(game, "critic", None)
    if isinstance(critic, Player):
        signals["spectral norm"], signals["stable rank"] = measures.spectrum(critic.weights)
    return signals


@torch.no_grad()
def moves(before: dict[str, tuple[int, list[Tensor]]], game: Game) -> Signals:
    """Relative size of one update of each player, ‖Δw‖ / ‖w‖, since `before` was taken a step ago."""
    signals = {}
    for name, player in game.players().items():
        updates, old = before.get(name, (0, []))
        made = player.updates - updates
        if not old or made < 1:
            continue
        change = _norm(list(torch._foreach_sub([w.detach() for w in player.weights], old))) / made
        signals[f"move/{name}"] = change / max(_norm(old), TINY)
    return signals


def taken(game: Game) -> dict[str, tuple[int, list[Tensor]]]:
    """Each player's count of updates and a copy of its weights."""
    players = game.players().items()
    return {name: (player.updates, [w.detach().clone() for w in player.weights]) for name, player in players}


@contextmanager
def undisturbed(game: Game, *, training: bool) -> Iterator[None]:
    """Modes and buffers (batch statistics, power iterations) are put back, whatever happens inside."""
    modes = [(m, m.training) for m in game.modules()]
    buffers = [(b, b.detach().clone()) for b in game.buffers()]
    try:
        game.train(training)
        yield
    finally:
        for module, mode in modes:
            module.training = mode
        with torch.no_grad():
            for buffer, value in buffers:
                buffer.copy_(value)


def _norm(tensors: list[Tensor]) -> float:
    return float(torch.linalg.vector_norm(torch.stack(list(torch._foreach_norm(tensors)))))


def _spread(x: Tensor) -> float:
    """Mean distance of a sample from the samples' mean."""
    flat = x.flatten(1).float()
    return float((flat - flat.mean(0)).norm(dim=1).mean())
