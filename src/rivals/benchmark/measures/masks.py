"""Whether a layered generator's own masks are where the objects in its pictures are."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import noise
from rivals.adversarial import Adversarial
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import Source, decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError
from rivals.metrics import judges
from rivals.metrics.frechet import frechet_distance
from rivals.networks.layered import Layered
from rivals.store.model import load

SAMPLES = 1_000
"""Of a generator, and of held-out pictures for the segmenter's own figure."""

STEPS, BATCH = 400, 64
"""Training of the segmenter, long enough that its masks of held-out pictures are nearly the true ones."""


@measure("mask-iou")
def mask_iou(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Overlap of the generator's masks with the objects that a segmenter sees in its finished pictures.

    Generated pictures have no true masks. A small convolutional network, trained on real pictures with theirs, stands
    for the truth: it is shown the composed picture alone. The mean over pictures of |A ∩ B| / |A ∪ B|, masks cut at ½;
    a picture in which neither sees anything counts as 0, so that empty masks do not score.

    Args:
        run: folder of a trained `lr-gan`.
        data: pictures with the field "mask".
        seed: of segmenter and samples.
        recipe: file.py:function, where it is not installed.

    Returns:
        The overlap, in [0, 1]; also "segmenter", its own overlap with true masks of held-out pictures, the best to hope
        for; "shuffled", that with the mask of another sample, what knowing sizes and places in general is worth;
        "covered", the masks' mean area; "fid" of the composed pictures.

    Raises:
        RivalsError: for another game, or data without masks.
    """
    source, game = named.load(data), load(run, recipe=recipe)
    net = game.generator.players[0].net if isinstance(game, Adversarial) else None
    if not (isinstance(game, Adversarial) and isinstance(net, Layered)):
        raise RivalsError(f"masks are measured of lr-gan, and {run} holds another game")
    if "mask" not in source.fields or not isinstance(source.spec, Images):
        raise RivalsError(f"the true masks of '{data}' are not known: use composed-digits")
    with game.presenting(), noise.seeded(game.device, "masks", seed):
        layers = net.composed(game.prior(SAMPLES))
    picture = layers.picture.cpu()
    own = torch.stack(layers.masks).amax(0).cpu() > 0.5
    test = source.test or source
    held, true = (decoded(test.first(field, SAMPLES)) for field in (test.main, "mask"))
    segmenter = _segmenter(source, seed)
    with torch.no_grad():
        seen, ceiling = segmenter(picture) > 0, segmenter(held) > 0
    judge = judges.judge_for(source.spec, source.name)
    also = {
        "segmenter": overlap(ceiling, true > 0), "shuffled": overlap(own.roll(1, 0), seen),
        "covered": own.double().mean().item(),
        "fid": float(frechet_distance(judge.features(held), judge.features(picture))),
    }  # fmt: skip
    return Figure(overlap(own, seen), protocol={"samples": SAMPLES, "segmenter steps": STEPS}, also=also)


def overlap(a: Tensor, b: Tensor) -> float:
    """Mean intersection over union of two sets of boolean masks (N, ...); 0 for a pair in which both are empty."""
    both, either = ((z).flatten(1).sum(1).double() for z in (a & b, a | b))
    return (both / either.clamp_min(1)).mean().item()


def _segmenter(source: Source, seed: int) -> nn.Module:
    """Five convolutions that see 11×11 pixels, trained by cross-entropy on pictures and true masks."""
    with torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(noise.key("segmenter", seed))
        channels, layers = source.spec.shape[0], list[nn.Module]()
        for _ in range(4):
            layers += [nn.Conv2d(channels, 16, 3, padding=1), nn.ReLU()]
            channels = 16
        net = nn.Sequential(*layers, nn.Conv2d(channels, 1, 3, padding=1))
        optimizer = torch.optim.Adam(net.parameters(), 3e-3)
        for i in range(STEPS):
            x, mask = source.draw((source.main, "mask"), seed=seed, start=i * BATCH, size=BATCH)
            loss = F.binary_cross_entropy_with_logits(net(decoded(x)), (mask > 127).float())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net.eval()
