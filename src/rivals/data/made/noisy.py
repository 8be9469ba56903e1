"""Pictures with fixed noise for training, and clean ones held out."""

from __future__ import annotations

import torch

from rivals.data.digits import digits
from rivals.data.made.fixed import within
from rivals.data.sources import Arrays, Source


def noisy_digits(std: float = 100.0) -> Source:
    """Handwritten digits, 8×8, each with white normal noise; those held out are clean.

    Noise (A) of Kaneko and Harada 2019, arXiv:1911.11776: drawn once for each picture, added, and cut to 0 to 255.
    With the default the noisy digits' own Fréchet distance to the clean ones is 36.

    Args:
        std: of the noise, in grey levels of 255, 0 to 255; the paper has 25 on larger pictures.

    Raises:
        UsageError: for another.
    """
    within("noisy-digits", std=(std, 0, 255))
    source = digits()
    clean, labels = (source.first(field, 10_000) for field in ("image", "label"))
    noise = std * torch.randn(clean.shape, generator=torch.Generator().manual_seed(0))
    noisy = (clean + noise).round().clamp(0, 255).to(torch.uint8)
    return Arrays(source.spec, {"image": noisy, "label": labels}, test=source.test, name="noisy-digits")
