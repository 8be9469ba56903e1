"""What the styles of a style-based generator do: by layer, along paths, and when they are truncated."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from rivals import noise
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import Source, decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError
from rivals.metrics import judges
from rivals.metrics.frechet import frechet_distance
from rivals.metrics.latent import perceptual_path_length
from rivals.metrics.manifold import precision_recall
from rivals.store.model import load
from rivals.styled import StyleGAN

SAMPLES = 1_000
"""Of a game, in every measure here."""

CHUNK = 250
"""Pictures at a time."""

TRUNCATION = 0.5
"""ψ that is compared with 1."""

EPSILON = 1e-2
"""Share of the way between two styles; float32 resolves such a step."""


def _played(run: Path, data: str, recipe: str | None) -> tuple[StyleGAN, Source, judges.Judge]:
    game, source = load(run, recipe=recipe), named.load(data)
    if not isinstance(game, StyleGAN) or not isinstance(source.spec, Images):
        raise RivalsError(f"styles are measured of a StyleGAN on pictures, and {run} holds a {type(game).__name__}")
    return game, source, judges.judge_for(source.spec, source.name)


@measure("style-layers")
def style_layers(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How much more often the class changes with the coarse half of the styles than with the fine half.

    Pictures of z₁ are made again with the styles of z₂ in the first half of the layers, and in the second half alone;
    noise stays. A judge names the classes. Karras et al. 2018, arXiv:1812.04948, section 3.1.

    Args:
        run: folder of a trained `stylegan`.
        data: pictures.
        seed: of the latents.
        recipe: file.py:function, where it is not installed.

    Returns:
        P(class changes | coarse) - P(class changes | fine), in [-1, 1]; also both, and the mean squared change of
        pixels of either.

    Raises:
        RivalsError: for another game, or data that are no pictures.
    """
    game, _, judge = _played(run, data, recipe)
    with noise.seeded(game.device, "style layers", seed):
        first, second = game.prior(SAMPLES), game.prior(SAMPLES)
    half = game.layers // 2

    def made(a: Tensor, b: Tensor, crossover: int) -> Tensor:
        parts = zip(a.split(CHUNK), b.split(CHUNK), strict=True)
        return torch.cat([game.mix(u, v, crossover).cpu() for u, v in parts])

    # with the coarse half of z₂ and the fine one of z₁, and the other way round
    own, coarse, fine = made(first, second, game.layers), made(second, first, half), made(first, second, half)
    label = judge.probabilities(own).argmax(1)
    also = {}
    for name, x in (("coarse", coarse), ("fine", fine)):
        also[name] = (judge.probabilities(x).argmax(1) != label).double().mean().item()
        also[f"pixels, {name}"] = (x - own).square().mean().item()
    protocol = {"samples": SAMPLES, "judge": judge.name, "layers": game.layers, "coarse": half}
    return Figure(also["coarse"] - also["fine"], protocol=protocol, also=also)


@measure("style-path-length")
def path_length(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far pictures move for a small step between two styles: E ‖G(w_t) - G(w_{t+ε})‖² / (pixels · ε²).

    The path length of Karras et al. 2018, arXiv:1812.04948, eq. 3, linear between styles, with squared differences of
    pixels for the perceptual distance; the scale of the styles does not matter.

    Args:
        run: folder of a trained `stylegan`.
        data: pictures.
        seed: of the styles.
        recipe: file.py:function, where it is not installed.

    Returns:
        The length; also "fid" of the same game.

    Raises:
        RivalsError: for another game, or data that are no pictures.
    """
    game, source, judge = _played(run, data, recipe)

    def generate(w: Tensor) -> Tensor:
        made: Tensor = game.synthesis(w, fixed=True)  # not clipped, which would hide steps
        return made

    with game.presenting():
        value = perceptual_path_length(
            generate,
            lambda n: game.mapping(game.prior(n)),
            lambda a, b: (a.double() - b.double()).square().flatten(1).mean(1),
            SAMPLES,
            interpolation="linear",
            epsilon=EPSILON,
            seed=seed,
            device=game.device,
        )
    fid = frechet_distance(_held(source, judge), judge.features(game.sample(SAMPLES, seed=seed).cpu()))
    return Figure(value, protocol={"pairs": SAMPLES, "epsilon": EPSILON}, also={"fid": float(fid)})


@measure("style-truncation")
def truncation(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """What half of the styles' spread costs and brings: the smaller of the gain in precision and the loss of recall.

    Args:
        run: folder of a trained `stylegan`.
        data: pictures.
        seed: of the samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The smaller one, in [-1, 1]; also precision, recall and fid at ψ = 1 and ψ = ½.

    Raises:
        RivalsError: for another game, or data that are no pictures.
    """
    game, source, judge = _played(run, data, recipe)
    real, also = _held(source, judge), dict[str, float]()
    for psi in (1.0, TRUNCATION):
        game.truncation = psi
        fake = judge.features(game.sample(SAMPLES, seed=seed).cpu())
        precision, recall = precision_recall(real, fake)
        fid = float(frechet_distance(real, fake))
        also |= {f"precision {psi:g}": precision, f"recall {psi:g}": recall, f"fid {psi:g}": fid}
    gain = also[f"precision {TRUNCATION:g}"] - also["precision 1"]
    loss = also["recall 1"] - also[f"recall {TRUNCATION:g}"]
    return Figure(min(gain, loss), protocol={"samples": SAMPLES, "judge": judge.name}, also=also)


def _held(source: Source, judge: judges.Judge) -> Tensor:
    """Features of held-out data."""
    test = source.test or source
    return judge.features(decoded(test.first(test.main, 2 * SAMPLES)))
