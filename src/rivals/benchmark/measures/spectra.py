"""Whether a critic's singular values collapse before the samples do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from rivals import registry
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.toy import Mixture
from rivals.errors import RivalsError
from rivals.metrics.points import nearest
from rivals.nn.compensated import spectra
from rivals.run import Hooks, Run
from rivals.store.folder import RunFolder

SAMPLES, LOOKS = 1000, 24
"""Samples behind a count of modes, and how often a training is looked at."""

SHARE = 0.01
"""Of the samples that are nearest to a mode which counts as kept."""

FALL = 0.75
"""A curve has collapsed where it stays below this share of its highest value."""


@measure("spectrum-first")
def spectrum_first(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """By what share of a training the critic's singular values collapse before the samples' modes do.

    The game is trained once more from its first weights and looked at in fixed intervals: the mean of σ_k / σ₁ over k
    and the critic's layers, and the modes that are nearest to at least 1 % of the samples. Liu et al. 2019,
    arXiv:1908.10999, see both fall together on ImageNet.

    Args:
        run: folder of a trained `spectral-regularised-gan`; it says options, steps and batch.
        data: a mixture whose modes are known.
        seed: of the training and of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The lead, in [-1, 1], of which 0 is the same look; -1 where the samples do not collapse, so that there was
        nothing to foresee. The protocol has both curves, and `also` both steps as shares of the training.

    Raises:
        RivalsError: for another game or other data.
    """
    config, source = RunFolder(run).config(), named.load(data)
    truth, game = source.truth, registry.rebuild(config["game"], recipe)
    if not isinstance(truth, Mixture) or not spectra(game):
        raise RivalsError(f"spectra and modes are followed of spectral-regularised-gan on ring or grid, not in {run}")
    means, modes, every = [_mean(game)], [0.0], max(1, config["steps"] // LOOKS)

    def look(run: Run) -> None:
        if run.counters.step % every == 0:
            near = nearest(run.game.sample(SAMPLES, seed=seed).cpu(), truth)[1]
            count = torch.bincount(near, minlength=len(truth.means))
            modes.append(float((count >= SHARE * SAMPLES).sum()))
            means.append(_mean(run.game))

    Run(
        game, source, steps=config["steps"], batch=config["batch"], seed=seed, save_every=10**9,
        hooks=Hooks(step=[look]),
    ).train()  # fmt: skip
    last = len(means) - 1
    spectrum, samples = (collapse(curve) for curve in (means, modes))
    protocol = {
        "every": every, "samples": SAMPLES, "spectrum": [round(x, 3) for x in means], "modes": [int(n) for n in modes],
    }  # fmt: skip
    also = {"spectrum's collapse": min(spectrum, last) / last, "samples' collapse": min(samples, last) / last}
    lead = (samples - min(spectrum, 2 * last)) / last if samples <= last else -1.0
    return Figure(max(lead, -1.0), protocol=protocol, also=also)


def collapse(curve: Sequence[float]) -> int:
    """From which place on a curve stays below `FALL` of its highest value; far beyond its end where it does not."""
    low = FALL * max(curve)
    after = [i for i, value in enumerate(curve) if value > low or not low]
    return after[-1] + 1 if after[-1] + 1 < len(curve) else 10 * len(curve)


def _mean(game: torch.nn.Module) -> float:
    return float(torch.stack([values.mean() for values in spectra(game)]).mean())
