"""Two sets of the same things seen differently, of which one has labels: for what adapts to another domain."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from rivals.data.home import mnist, usps
from rivals.data.sources import Arrays, Source, decoded
from rivals.data.specs import Images, Unpaired

MNIST, USPS, HELD = 2000, 1800, 2000
"""Training pictures of the two, as in CoGAN's experiment (arXiv:1606.07536), and at most as many held out of each."""


def mnist_usps() -> Source:
    """Unpaired handwritten digits of 16×16: x of MNIST, with labels, and y of USPS.

    2,000 and 1,800 are for training. Fields: "x", "label" of x, "y"; of what is held out also "y label".
    """
    x, y = mnist(), usps()
    assert x.test is not None
    assert y.test is not None
    held = _part(x.test, y.test, HELD, HELD)
    held["y label"] = y.test.first("label", HELD)
    spec = Unpaired(Images(1, 16, 16, classes=10), Images(1, 16, 16))
    groups = {"x": "x", "label": "x", "y": "y", "y label": "y"}
    test = Arrays(spec, held, groups=groups, name="mnist-usps")
    return Arrays(spec, _part(x, y, MNIST, USPS), groups=groups, test=test, name="mnist-usps")


def _part(x: Source, y: Source, of_x: int, of_y: int) -> dict[str, Tensor]:
    small = F.interpolate(decoded(x.first("image", of_x)), (16, 16), mode="bilinear", antialias=True)
    bytes_ = ((small + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
    return {"x": bytes_, "label": x.first("label", of_x), "y": y.first("image", of_y)}
