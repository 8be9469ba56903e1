"""Generated series and sounds."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from rivals.data.sources import Generated, Source
from rivals.data.specs import Audio, Series


def sines() -> Source:
    """Windows of 24 steps of five sine waves, frequency and phase uniform (Yoon et al. 2019, TimeGAN, section 5)."""
    length, channels = 24, 5

    def make(n: int, generator: torch.Generator) -> tuple[Tensor]:
        frequency = torch.rand(n, 1, channels, generator=generator)
        phase = 2 * math.pi * torch.rand(n, 1, channels, generator=generator)
        steps = torch.arange(length)[None, :, None]
        return (torch.sin(frequency * steps + phase),)

    return Generated(Series(length, channels), make, fields=("series",), name="sines")


@dataclass(frozen=True)
class Tones:
    """Decaying harmonic tones: what is known of `tones`.

    x(t) ∝ Σ_h (1/h) · exp(-h · d · t) · sin(2π · h · f · t + φ_h), scaled to a peak of .9, where log f is uniform on
    [log low, log high], each φ_h on [0, 2π], and d on [5, 15] a second. No harmonic is above rate / 2.

    Attributes:
        low, high: of the pitch f, in hertz.
        harmonics: how many.
        length: numbers in a tone.
        rate: numbers a second.
    """

    low: float = 110.0
    high: float = 880.0
    harmonics: int = 4
    length: int = 1024
    rate: int = 8000

    def make(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """N tones (n, 1, length) and their pitches in hertz (n,)."""
        pitch = self.low * (self.high / self.low) ** torch.rand(n, generator=generator)
        phase = 2 * math.pi * torch.rand(n, self.harmonics, 1, generator=generator)
        decay = 5 + 10 * torch.rand(n, 1, 1, generator=generator)
        time = torch.arange(self.length) / self.rate
        order = torch.arange(1, self.harmonics + 1)[:, None]
        waves = torch.sin(2 * math.pi * order * pitch[:, None, None] * time + phase)
        tone = (waves * torch.exp(-order * decay * time) / order).sum(1, keepdim=True)
        return 0.9 * tone / tone.abs().amax(2, keepdim=True), pitch


def tones() -> Source:
    """Decaying tones of random pitch, 1,024 numbers at 8,000 a second; see `Tones`."""
    truth = Tones()
    spec = Audio(1, truth.length, truth.rate)
    return Generated(spec, truth.make, fields=("audio", "pitch"), truth=truth, name="tones")
