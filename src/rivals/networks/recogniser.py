"""A recogniser of speech: spectra, convolutions over time, one distribution of letters a moment."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from rivals.data.specs import Speech


class Recogniser(nn.Module):
    """Sounds (N, C, T) -> logits (N, moments, letters); letter 0 is the blank.

    Log magnitudes of a windowed Fourier transform, as DeepSpeech's features are a log spectrum, and three convolutions
    over time. Every number of the sound has a gradient.

    Args:
        data: what it hears.
        width: maps of each layer.
        window: numbers in a spectrum, a power of two; half of it lies between moments.
    """

    shape: Tensor

    def __init__(self, data: Speech, width: int = 64, window: int = 128) -> None:
        super().__init__()
        self.window = window
        self.register_buffer("shape", torch.hann_window(window))
        bands = data.channels * (window // 2 + 1)
        self.layers = nn.Sequential(
            nn.Conv1d(bands, width, 3, padding=1), nn.ReLU(),
            nn.Conv1d(width, width, 3, padding=1), nn.ReLU(),
            nn.Conv1d(width, len(data.alphabet), 3, padding=1),
        )  # fmt: skip

    def forward(self, sound: Tensor) -> Tensor:
        """See the class."""
        pieces = sound.float().unfold(2, self.window, self.window // 2) * self.shape
        spectrum = torch.fft.rfft(pieces, norm="ortho").abs().square()  # (N, C, moments, bands)
        features = (spectrum + 1e-4).log() / 4 + 1
        logits: Tensor = self.layers(features.transpose(1, 2).flatten(2).transpose(1, 2))
        return logits.transpose(1, 2)
