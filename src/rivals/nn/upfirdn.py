"""Resampling with a small filter: pictures are smoothed where their size changes, so that no checkerboard shows."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TAPS = (1.0, 3.0, 3.0, 1.0)
"""The binomial filter of Karras et al. 2019, arXiv:1912.04958, in one direction; it sums to 1 once it is scaled."""


class Fir(nn.Module):
    """A separable low-pass filter over each channel, alone or with a change of size. Outside a picture all is 0.

    Args:
        taps: of one direction, an even number of them, with a sum that is not 0.
    """

    taps: Tensor

    def __init__(self, taps: Sequence[float] = TAPS) -> None:
        super().__init__()
        line = torch.tensor(taps) / sum(taps)
        self.register_buffer("taps", torch.outer(line, line)[None, None], persistent=False)
        self.edge = len(taps) // 2

    def up(self, x: Tensor) -> Tensor:
        """Zeros between pixels, then the filter with four times its gain: (N, C, H, W) -> (N, C, 2H, 2W)."""
        return F.conv_transpose2d(x, 4 * self._each(x), stride=2, padding=self.edge - 1, groups=x.shape[1])

    def down(self, x: Tensor) -> Tensor:
        """The filter, then every second pixel: (N, C, H, W), even sides -> (N, C, H/2, W/2)."""
        return self.smooth(x, self.edge - 1, 2)

    def smooth(self, x: Tensor, pad: int, stride: int = 1) -> Tensor:
        """The filter on pictures with `pad` zeros around: (N, C, H, W) -> (N, C, H + 2 · pad - taps + 1, …)."""
        return F.conv2d(x, self._each(x), stride=stride, padding=pad, groups=x.shape[1])

    def _each(self, x: Tensor) -> Tensor:
        return self.taps.to(x).expand(x.shape[1], 1, -1, -1)
