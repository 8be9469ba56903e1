"""Sounds that are written down as whatever the attacker chose."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from rivals.attacks.ball import per_sample
from rivals.attacks.transcripts import ctc_loss, same
from rivals.errors import RivalsError, UsageError

TIGHTER = 0.8
"""Factor by which a bound is lowered that could be kept."""


def ctc(
    model: nn.Module,
    x: Tensor,
    target: Tensor,
    *,
    loudness: float = -10.0,
    steps: int = 500,
    rate: float = 0.01,
    weight: float = 0.0,
    batch: int = 50,
) -> Tensor:
    """The quietest noise with which a recogniser writes down the target; section III.A.

    min |δ|² + c · CTC(x + δ, t) such that dB_x(δ) ≤ τ, by Adam; as soon as the transcript is the target, τ is lowered
    to what δ needs, and a little more, and so on until it cannot be kept. dB_x(δ) is the loudness of δ less that of x,
    20 log₁₀ of the largest absolute number. Carlini & Wagner 2018, arXiv:1801.01944.

    Args:
        model: sounds (N, C, T) in [-1, 1] -> logits (N, moments, letters), letter 0 the blank of CTC.
        x: sounds.
        target: int64 (N, L) or (L,), letters from 1; 0 fills up.
        loudness: the first bound τ, in decibels beside the sound.
        steps: of Adam.
        rate: Adam's, in parts of a sound's bound.
        weight: 1/c, of |δ|² beside the loss; 0 leaves the bound alone to keep it quiet, as the authors' program does.
        batch: sounds at a time.

    Returns:
        Sounds (N, C, T) in [-1, 1]: the quietest that was written down as the target, or the sound itself.

    Raises:
        UsageError: for other types and shapes, or a target that is longer than the recogniser's moments.
        RivalsError: for a model that gives something else, or nothing with a gradient.

    Deviations: 1. Adam's steps are measured in the bound, so they shrink with it. 2. The transcript is that of the
    likeliest path, where DeepSpeech searches a beam.
    """
    if not x.is_floating_point() or x.dim() != 3 or not len(x):
        raise UsageError(f"an attack on speech takes float sounds (N, channels, T), not {x.dtype} {tuple(x.shape)}")
    if target.dim() == 1:
        target = target.expand(len(x), -1)
    if target.dtype != torch.long or target.dim() != 2 or len(target) != len(x) or not (target > 0).any(1).all():
        raise UsageError(f"targets are int64 ({len(x)}, letters), none empty, not {target.dtype} {tuple(target.shape)}")
    place = next((p.device for p in model.parameters()), x.device)
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        made = [
            _quietest(model, sound.to(place), word.to(place), loudness, steps, rate, weight)
            for sound, word in zip(x.split(batch), target.split(batch), strict=True)
        ]
    finally:
        for module, mode in modes:
            module.training = mode
    return torch.cat(made).to(x.device)


def _quietest(
    model: Callable[[Tensor], Tensor],
    x: Tensor,
    target: Tensor,
    loudness: float,
    steps: int,
    rate: float,
    weight: float,
) -> Tensor:
    bound = x.abs().flatten(1).amax(1).clamp_min(1e-4) * 10 ** (loudness / 20)
    part = torch.zeros_like(x).requires_grad_()  # of the bound
    optimizer, best = torch.optim.Adam([part], rate), x.clone()
    for _ in range(steps):
        with torch.enable_grad():
            delta = part.clamp(-1, 1) * per_sample(bound, x)
            near = (x + delta).clamp(-1, 1)
            logits = _checked(model(near), len(x), target)
            loss = ctc_loss(logits, target) + weight * delta.flatten(1).square().sum(1)
            (part.grad,) = torch.autograd.grad(loss.sum(), part)
        optimizer.step()
        met = same(logits, target)
        best = torch.where(per_sample(met, x), near.detach(), best)
        with torch.no_grad():
            needed = delta.abs().flatten(1).amax(1)
            tighter = torch.where(met, TIGHTER * torch.minimum(bound, needed.clamp_min(1e-9)), bound)
            part.mul_(per_sample(bound / tighter, x)).clamp_(-1, 1)  # the same noise in parts of the new bound
            bound = tighter
    return best


def _checked(logits: Tensor, n: int, target: Tensor) -> Tensor:
    if not isinstance(logits, Tensor) or logits.dim() != 3 or len(logits) != n or not logits.isfinite().all():
        raise RivalsError("the model does not give finite logits (N, moments, letters): wrap it so that it does")
    if not logits.requires_grad:
        raise RivalsError("the model's logits do not depend on its input by anything that has a gradient")
    if int(target.max()) >= logits.shape[2] or target.shape[1] > logits.shape[1]:
        raise UsageError(
            f"a target has up to {logits.shape[1]} letters numbered below {logits.shape[2]}: choose another one"
        )
    return logits


def decibels(delta: Tensor, x: Tensor) -> Tensor:
    """How loud noise is beside a sound, dB_x(δ) = 20 log₁₀ max|δ| / max|x|, (N,); -∞ where there is none."""
    loudest = [part.abs().flatten(1).amax(1) for part in (delta, x)]
    return 20 * (loudest[0] / loudest[1].clamp_min(1e-12)).log10()
