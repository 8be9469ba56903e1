"""Words spelled in tones, for recognisers that write down what they hear."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from rivals.data.sources import Generated, Source
from rivals.data.specs import Speech

LETTERS = "abcdefgh"
RATE = 4000
SLOT, SHORTEST, LONGEST = 512, 240, 400
"""Numbers in the room for a letter, and in the letter itself."""


@dataclass(frozen=True)
class Keywords:
    """Words of 3 to 6 letters, each a pair of tones, in random order: what is known of `keywords`.

    Letter k of 8 sounds as the tones 400 + 110 · (k mod 4) and 1000 + 220 · ⌊k / 4⌋ hertz, each off by up to 2 %, for
    60 to 100 ms, under half a sine, at a loudness of .5 to 1, somewhere in its slot of 128 ms. The whole is scaled to a
    peak of .5 to .9, and lies in white noise of a standard deviation of .01 to .03.

    Attributes:
        shortest, longest: letters of a word.
    """

    shortest: int = 3
    longest: int = 6

    @property
    def length(self) -> int:
        """Numbers in a sound."""
        return SLOT * self.longest

    def make(self, n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """N words as sound (n, 1, length) and their letters (n, longest), 1 to 8, filled up with 0."""

        def uniform(low: float, high: float, *shape: int) -> Tensor:
            return low + (high - low) * torch.rand(shape, generator=generator)

        slots = self.longest
        letters = torch.randint(len(LETTERS), (n, slots), generator=generator)
        count = torch.randint(self.shortest, slots + 1, (n, 1), generator=generator)
        there = torch.arange(slots) < count
        low = (400 + 110 * (letters % 4)) * uniform(0.98, 1.02, n, slots)
        high = (1000 + 220 * (letters // 4)) * uniform(0.98, 1.02, n, slots)
        size = uniform(SHORTEST, LONGEST, n, slots)
        start = uniform(0, 1, n, slots) * (SLOT - size)
        at = torch.arange(SLOT) - start[..., None]
        phases = uniform(0, 2 * math.pi, n, slots, 2)[..., None]
        tones = sum(
            torch.sin(2 * math.pi * hertz[..., None] * at / RATE + phases[:, :, i])
            for i, hertz in enumerate((low, high))
        )
        shape = torch.sin(math.pi * (at / size[..., None]).clamp(0, 1))
        loud = uniform(0.5, 1, n, slots) * there
        sound = (loud[..., None] * shape * tones).flatten(1)
        sound = sound * uniform(0.5, 0.9, n, 1) / sound.abs().amax(1, keepdim=True)
        noise = torch.randn(sound.shape, generator=generator) * uniform(0.01, 0.03, n, 1)
        return (sound + noise).clamp(-1, 1)[:, None], (letters + 1) * there


def keywords() -> Source:
    """Words of 3 to 6 of eight letters, spelled in tones, 3,072 numbers at 4,000 a second; see `Keywords`."""
    truth = Keywords()
    spec = Speech(1, truth.length, RATE, letters=truth.longest, alphabet=("", *LETTERS))
    return Generated(spec, truth.make, fields=("audio", "transcript"), truth=truth, name="keywords")
