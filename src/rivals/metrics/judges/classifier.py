"""The kind of judge that is shipped and that anyone can train: a small convolutional classifier."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor, nn

from rivals.errors import RivalsError
from rivals.metrics.judges.judge import Judge
from rivals.metrics.judges.seeing import GREY, coloured, grey, quantised, resized
from rivals.pack import DAMAGED
from rivals.weights import bounded


class Classifier(Judge):
    """Blocks of 3×3 convolutions, each followed by a halving, one dense layer of features, one of logits.

    Args:
        name: of its weights' file.
        size: height and width of what the network sees.
        channels: of the blocks.
        features: numbers in the penultimate layer.
        classes: how many it tells apart.
        accuracy: on the test split of the data it was trained for.
        colour: whether it sees three channels, or one of grey.
        depth: convolutions in a block.
        norm: batch norm after each convolution, while it is trained; `folded` takes it away.
    """

    def __init__(
        self, name: str, *, size: int, channels: Sequence[int], features: int, classes: int,
        accuracy: float | None = None, colour: bool = False, depth: int = 1, norm: bool = False,
    ) -> None:  # fmt: skip
        shade = "colour" if colour else f"grey {GREY}"
        layers = f"3x3 {tuple(channels)}{f' x{depth}' if depth > 1 else ''}, {features}"
        preprocessing = f"8 bit; {shade}; bilinear antialiased {size}x{size}, 8 bit; {layers}"
        super().__init__(name, preprocessing, size=size, dim=features, classes=classes, accuracy=accuracy)
        self.colour = colour
        self.facts: dict[str, Any] = {
            "size": size, "channels": list(channels), "features": features, "classes": classes, "colour": colour,
            "depth": depth,
        }  # fmt: skip
        before, trunk = 3 if colour else 1, list[nn.Module]()
        for after in channels:
            for _ in range(depth):
                trunk += [nn.Conv2d(before, after, 3, padding=1)]
                trunk += [nn.BatchNorm2d(after)] * norm + [nn.LeakyReLU(0.1)]
                before = after
            trunk += [nn.MaxPool2d(2)]
        flat = before * (size >> len(channels)) ** 2
        self.trunk = nn.Sequential(*trunk, nn.Flatten(), nn.Linear(flat, features), nn.LeakyReLU(0.1))
        self.head = nn.Linear(features, classes)

    def see(self, images: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [-1, 1] of any size -> what the first layer gets, (N, 1 or 3, size, size)."""
        return resized((coloured if self.colour else grey)(quantised(images)), self.size)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (N, C, H, W) in [-1, 1] of any size -> features (N, D) and logits (N, classes)."""
        features = self.trunk(self.see(images))
        return features, self.head(features)


def folded(judge: Classifier) -> Classifier:
    """The same classifier with each batch norm's running statistics taken into the convolution before it.

    norm(Wx + b) = γ(Wx + b - μ)/√(σ² + ε) + β: the weights scale by γ/√(σ² + ε), the bias becomes
    (b - μ)·γ/√(σ² + ε) + β.
    """
    plain = Classifier(judge.name, **judge.facts, accuracy=judge.accuracy)
    weights: list[Tensor] = []
    for layer in [*judge.trunk, judge.head]:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            assert layer.bias is not None
            weights += [layer.weight, layer.bias]
        if isinstance(layer, nn.BatchNorm2d):
            mean, variance = layer.running_mean, layer.running_var
            assert mean is not None
            assert variance is not None
            scale = layer.weight / (variance + layer.eps).sqrt()
            weights[-2:] = [weights[-2] * scale[:, None, None, None], (weights[-1] - mean) * scale + layer.bias]
    plain.load_state_dict(dict(zip(plain.state_dict(), weights, strict=True)))
    return plain.eval().requires_grad_(False)


def to_bytes(judge: Classifier, half: bool = False) -> bytes:
    """A safetensors file with the judge's weights, and how it is built in the metadata.

    Args:
        judge: without batch norm.
        half: store float16; what is read back is rounded, so the fingerprint is that of the file, not of `judge`.
    """
    facts = judge.facts | {"accuracy": judge.accuracy}
    kept = {k: v for k, v in facts.items() if v is not None and (k, v) not in (("colour", False), ("depth", 1))}
    weights = {k: (v.half() if half else v).contiguous() for k, v in judge.state_dict().items()}
    # one entry: safetensors keeps several in no fixed order
    return save(weights, metadata={"judge": json.dumps(kept)})


def read(path: Path, name: str | None = None) -> Classifier:
    """A classifier from its file.

    Args:
        path: of a file that `to_bytes` made.
        name: of the judge, by default the file's.

    Raises:
        RivalsError: where the file is missing, damaged, or something else.
    """
    try:
        with safe_open(path, framework="pt") as file:
            about = file.metadata() or {}
            weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  (it is no dict)
    except DAMAGED as error:
        raise RivalsError(f"{path} cannot be read as safetensors: {error}") from error
    try:
        with bounded():
            judge = Classifier(name or path.stem, **json.loads(about["judge"]))
        judge.load_state_dict(weights)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise RivalsError(f"{path} is no judge: make one with `rivals judge train DATA --out FILE`") from error
    if not all(torch.isfinite(weight).all() for weight in weights.values()):
        raise RivalsError(f"{path} is damaged: some of its weights are NaN or infinite")
    return judge.eval().requires_grad_(False)
