"""Handwritten digits that need no download."""

from __future__ import annotations

import numpy as np

from rivals.data.arrays import labelled
from rivals.data.sources import Source


def digits() -> Source:
    """scikit-learn's 1,797 handwritten digits, 8×8: 1,347 for training, 450 held out."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = np.rint(data.images * (255 / 16)).astype(np.uint8)[:, None]
    order = np.random.default_rng(0).permutation(len(images))
    images, labels = images[order], data.target[order]
    return labelled("digits", (images[:1347], labels[:1347]), (images[1347:], labels[1347:]))
