"""Judges: fixed classifiers with fixed preprocessing. Scores of different judges are never compared.

A judge's fingerprint changes with any weight and with anything that happens to a picture before the first layer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn

from rivals import processes
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.options import did_you_mean

WEIGHTS = Path(__file__).parent / "weights"
GREY = (0.299, 0.587, 0.114)
"""Luma of red, green and blue, ITU-R BT.601."""

FALLBACK = "digits"
"""The judge of pictures that have none of their own."""


def quantised(x: Tensor) -> Tensor:
    """Pictures in [-1, 1] rounded to 8 bit, as a file would hold them."""
    return ((x + 1) * 127.5).round().clamp(0, 255) / 127.5 - 1


def resized(x: Tensor, size: int) -> Tensor:
    """Pictures (N, C, H, W) in [-1, 1] -> (N, C, size, size), bilinear with antialiasing, 8 bit before and after.

    Resizing is part of a metric (Parmar et al. 2021, arXiv:2104.11222), and fakes that are not rounded like the reals
    would be told from them by their rounding alone.
    """
    x = quantised(x)
    if x.shape[2:] == (size, size):
        return x
    return quantised(nn.functional.interpolate(x, (size, size), mode="bilinear", antialias=True))


def grey(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, 1, H, W): luma of three channels, the mean of any other number."""
    if x.shape[1] == 3:
        return (x * torch.tensor(GREY, device=x.device)[:, None, None]).sum(1, keepdim=True)
    return x.mean(1, keepdim=True)


class Judge(nn.Module):
    """A small convolutional classifier of grey pictures.

    Args:
        name: of its weights' file.
        size: height and width of what the network sees.
        channels: of the 3×3 convolutions, each followed by a halving.
        features: numbers in the penultimate layer.
        classes: how many it tells apart.
        accuracy: on the test split of the data it was trained for.
    """

    block = 500

    def __init__(
        self, name: str, *, size: int, channels: Sequence[int], features: int, classes: int, accuracy: float = 0.0
    ) -> None:
        super().__init__()
        self.name, self.size, self.classes, self.accuracy = name, size, classes, accuracy
        seen = f"8 bit; grey {GREY}; bilinear antialiased {size}x{size}, 8 bit"
        self.preprocessing = f"{seen}; 3x3 {tuple(channels)}, {features}"
        layers: list[nn.Module] = []
        before = 1
        for after in channels:
            layers += [nn.Conv2d(before, after, 3, padding=1), nn.LeakyReLU(0.1), nn.MaxPool2d(2)]
            before = after
        flat = before * (size >> len(channels)) ** 2
        self.trunk = nn.Sequential(*layers, nn.Flatten(), nn.Linear(flat, features), nn.LeakyReLU(0.1))
        self.head = nn.Linear(features, classes)

    @property
    def fingerprint(self) -> str:
        """Twelve hex digits of a SHA-256 over preprocessing, layers and weights."""
        digest = hashlib.sha256(self.preprocessing.encode())
        for name, weight in sorted(self.state_dict().items()):
            digest.update(f"{name}{weight.dtype}{tuple(weight.shape)}".encode())
            digest.update(weight.detach().cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()[:12]

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (N, C, H, W) in [-1, 1] of any size -> features (N, D) and logits (N, classes)."""
        features = self.trunk(resized(grey(quantised(images)), self.size))
        return features, self.head(features)

    def features(self, images: Tensor) -> Tensor:
        """Penultimate layer: pictures (N, C, H, W) in [-1, 1], or uint8, -> (N, D) float32 on the CPU."""
        return self._over(images)[0]

    def predict(self, images: Tensor) -> Tensor:
        """Likeliest class: pictures (N, C, H, W) in [-1, 1], or uint8, -> int64 (N,) on the CPU."""
        return self._over(images)[1].argmax(1)

    def _over(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Block by block, shared out among processes, in full precision whatever surrounds the call."""
        device, blocks = self.head.weight.device, torch.split(images, self.block)

        def seen(i: int) -> Tensor:
            x = blocks[i].to(device).float()
            both = torch.cat(self(x / 127.5 - 1 if images.dtype == torch.uint8 else x), 1).cpu()
            return torch.nn.functional.pad(both, (0, 0, 0, len(blocks[0]) - len(x)))  # the last block may be shorter

        with torch.no_grad(), torch.autocast(device.type, enabled=False):
            both = torch.cat(processes.shared(len(blocks), seen))[: len(images)]
        return both[:, : self.head.in_features], both[:, self.head.in_features :]


def names() -> list[str]:
    """The judges that are shipped."""
    return sorted(path.stem for path in WEIGHTS.glob("*.safetensors"))


def load(name: str) -> Judge:
    """A shipped judge with its weights.

    Raises:
        UsageError: for an unknown name.
    """
    if name not in names():
        raise UsageError(f"there is no judge '{name}'{did_you_mean(name, names())} There are {', '.join(names())}")
    with safe_open(WEIGHTS / f"{name}.safetensors", framework="pt") as file:
        facts = json.loads(file.metadata()["judge"])
        weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  (it is no dict)
    judge = Judge(name, **facts)
    judge.load_state_dict(weights)
    return judge.eval().requires_grad_(False)


def judge_for(spec: Images, name: str) -> Judge:
    """The judge of a data set: its own where there is one for pictures of that size, else `FALLBACK`.

    Args:
        spec: of the pictures.
        name: of their source.
    """
    own = load(name if name in names() else FALLBACK)
    return own if (spec.height, spec.width) == (own.size, own.size) else load(FALLBACK)
