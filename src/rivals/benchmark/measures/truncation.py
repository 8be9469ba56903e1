"""What a truncated latent gains in fidelity and loses in variety."""

from __future__ import annotations

from pathlib import Path

from rivals.adversarial import Adversarial
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError
from rivals.metrics import judges
from rivals.metrics.manifold import precision_recall
from rivals.priors import Truncated
from rivals.store.model import load

SAMPLES = 1_000
"""Of a game at each threshold."""

THRESHOLDS = (0.0, 1.5, 1.0, 0.5)
"""0 truncates nothing."""


@measure("truncation")
def truncation(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """The smaller of what precision gains and recall loses between whole latents and those within ±½.

    Brock et al. 2018, arXiv:1809.11096, section 3.1; the paper draws FID against inception score, precision and recall
    (Kynkäänniemi et al. 2019) say the same of fidelity and variety apart.

    Args:
        run: folder of a trained game with a truncated prior.
        data: pictures.
        seed: of the samples, the same at all thresholds.
        recipe: file.py:function, where it is not installed.

    Returns:
        The figure; also precision and recall at each threshold: "precision 0.5", …, where 0 is the whole latent.

    Raises:
        RivalsError: for another game or data.
    """
    source, game = named.load(data), load(run, recipe=recipe)
    if not (isinstance(game, Adversarial) and isinstance(game.prior, Truncated) and isinstance(source.spec, Images)):
        raise RivalsError(f"truncation is measured of games whose prior is truncated, on pictures, not of {run}")
    judge, test = judges.judge_for(source.spec, source.name), source.test or source
    real = judge.features(decoded(test.first(test.main, SAMPLES)))
    also: dict[str, float] = {}
    for threshold in THRESHOLDS:
        game.prior.threshold = threshold
        precision, recall = precision_recall(real, judge.features(game.sample(SAMPLES, seed=seed).cpu()))
        also |= {f"precision {threshold:g}": precision, f"recall {threshold:g}": recall}
    gain, loss = also["precision 0.5"] - also["precision 0"], also["recall 0"] - also["recall 0.5"]
    return Figure(min(gain, loss), protocol={"samples": SAMPLES, "references": len(real)}, also=also)
