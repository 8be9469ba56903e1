"""What every judge has in common: a fingerprint, and passes over many pictures."""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor, nn

from rivals import processes
from rivals.data.sources import decoded
from rivals.errors import RivalsError, UsageError


class Judge(nn.Module):
    """A fixed network with fixed preprocessing; scores of different judges are never compared.

    A subclass defines `forward`: pictures (N, C, H, W) in [-1, 1] of any size -> features (N, D) and logits
    (N, classes). Whatever it does to a picture before the first layer stands in `preprocessing`.

    Args:
        name: as it stands in a score's protocol.
        preprocessing: in words; it is part of the fingerprint.
        size: height and width of what the network sees, 0 where it takes pictures as they are.
        dim: D, the numbers in its features.
        classes: how many it tells apart, 0 where it does not classify.
        accuracy: on the test split of the data it was trained for, None where that is not known.
    """

    block = 500
    """Pictures in one pass."""

    def __init__(
        self, name: str, preprocessing: str, *, size: int, dim: int, classes: int = 0, accuracy: float | None = None
    ) -> None:
        super().__init__()
        self.name, self.preprocessing, self.size, self.dim = name, preprocessing, size, dim
        self.classes, self.accuracy = classes, accuracy

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits of a SHA-256 over preprocessing, layers and weights."""
        digest = hashlib.sha256(self.preprocessing.encode())
        for name, weight in sorted(self.state_dict().items()):
            if weight.is_floating_point():  # counts of batches are no part of what is computed
                digest.update(f"{name}{weight.dtype}{tuple(weight.shape)}".encode())
                digest.update(weight.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()[:12]

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (N, C, H, W) in [-1, 1] of any size -> features (N, D) and logits (N, classes)."""
        raise NotImplementedError

    def features(self, images: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [-1, 1], or uint8, -> (N, D) float32 on the CPU.

        Raises:
            UsageError: for what is no batch of pictures.
            RivalsError: for pictures that are not finite.
        """
        return self._over(images)[0]

    def probabilities(self, images: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [-1, 1], or uint8, -> (N, classes) float32 on the CPU; every row sums to 1.

        Raises:
            UsageError: where the judge does not classify, or for what is no batch of pictures.
            RivalsError: for pictures that are not finite.
        """
        return self._logits(images).softmax(1)

    def predict(self, images: Tensor) -> Tensor:
        """Likeliest class: pictures (N, C, H, W) in [-1, 1], or uint8, -> int64 (N,) on the CPU.

        Raises:
            UsageError: where the judge does not classify, or for what is no batch of pictures.
            RivalsError: for pictures that are not finite.
        """
        return self._logits(images).argmax(1)

    def _logits(self, images: Tensor) -> Tensor:
        if not self.classes:
            raise UsageError(f"the judge '{self.name}' does not classify: it has features only")
        return self._over(images)[1]

    def _over(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Block by block, shared out among processes, in full precision whatever surrounds the call."""
        checked(images)
        device, blocks = next(self.parameters()).device, torch.split(images, self.block)

        def seen(i: int) -> Tensor:
            both = torch.cat(self(decoded(blocks[i].to(device)).float()), 1).cpu()
            return nn.functional.pad(both, (0, 0, 0, len(blocks[0]) - len(both)))  # the last block may be shorter

        with torch.no_grad(), torch.autocast(device.type, enabled=False):
            both = torch.cat(processes.shared(len(blocks), seen))[: len(images)]
        return both[:, : self.dim], both[:, self.dim :]


def checked(images: Tensor) -> None:
    """Refuse what is no batch of pictures.

    Raises:
        UsageError: for another shape than (N, C, H, W), or numbers that are neither floats nor uint8 or uint16.
        RivalsError: for NaN or infinity.
    """
    if images.ndim != 4 or not images.shape[1:].numel():
        raise UsageError(f"a judge sees pictures (N, channels, height, width), not {tuple(images.shape)}")
    if images.dtype in (torch.uint8, torch.uint16):
        return
    if not images.is_floating_point():
        raise UsageError(f"a judge sees uint8 pictures or floats in [-1, 1], not {images.dtype}")
    if not images.isfinite().all():
        raise RivalsError("a judge cannot see pictures that hold NaN or infinity")
