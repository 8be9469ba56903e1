"""DINOv2's vision transformer, with the names of facebook's weights. Oquab et al. 2023, arXiv:2304.07193."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rivals.metrics.judges.judge import Judge
from rivals.metrics.judges.seeing import IMAGENET, coloured, quantised, resized, standardised


class Attention(nn.Module):
    """Self-attention with heads of 64 numbers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, width) -> (N, T, width)."""
        n, t, width = x.shape
        q, k, v = self.qkv(x).view(n, t, 3, width // 64, 64).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, width))  # type: ignore[no-any-return]


class Scale(nn.Module):
    """A factor for each number."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, width) -> (N, T, width)."""
        return x * self.gamma


class Layer(nn.Module):
    """Attention and two dense layers, each on the normalised input and added to it with a factor."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width, eps=1e-6), nn.LayerNorm(width, eps=1e-6)
        self.attn, self.ls1, self.ls2 = Attention(width), Scale(width), Scale(width)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, width) -> (N, T, width)."""
        x = x + self.ls1(self.attn(self.norm1(x)))
        return x + self.ls2(self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm2(x)))))  # type: ignore[no-any-return]


class DINOv2(Judge):
    """The class token after the last norm, (N, width): 384 for ViT-S/14, 768 for ViT-B/14, 1024 for ViT-L/14.

    Args:
        name: of the judge.
        width: numbers of a token.
        depth: layers.
        patch: side of a patch.
        grid: patches along a side when it was trained; positions are interpolated to those of a 224×224 picture.
    """

    block = 50

    def __init__(self, name: str, *, width: int, depth: int, patch: int, grid: int) -> None:
        layers = f"standardised as ImageNet; ViT {width}x{depth}/{patch}, class token"
        seen = f"8 bit; colour; bicubic antialiased 224x224, 8 bit; {layers}"
        super().__init__(name, seen, size=224, dim=width)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + grid**2, width))
        self.patch_embed = nn.ModuleDict({"proj": nn.Conv2d(3, width, patch, patch)})
        self.blocks = nn.ModuleList(Layer(width) for _ in range(depth))
        self.norm = nn.LayerNorm(width, eps=1e-6)
        self.grid = grid

    def positions(self, side: int) -> Tensor:
        """Positions of side × side patches, (1, 1 + side², width); the scale has the published code's offset of 0.1."""
        first, rest = self.pos_embed[:, :1], self.pos_embed[:, 1:]
        if side == self.grid:
            return self.pos_embed
        rest = rest.unflatten(1, (self.grid, self.grid)).permute(0, 3, 1, 2)
        scale = (side + 0.1) / self.grid
        rest = F.interpolate(rest, scale_factor=(scale, scale), mode="bicubic")
        return torch.cat([first, rest.flatten(2).transpose(1, 2)], 1)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (N, C, H, W) in [-1, 1] of any size -> features (N, width) and no logits (N, 0)."""
        x = standardised(resized(coloured(quantised(images)), 224, "bicubic"), *IMAGENET)
        x = self.patch_embed["proj"](x)
        side = x.shape[2]
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x.flatten(2).transpose(1, 2)], 1) + self.positions(side)
        for layer in self.blocks:
            x = layer(x)
        features = self.norm(x[:, 0])
        return features, features[:, :0]


HUGGING_FACE = (
    ("embeddings.cls_token", "cls_token"),
    ("embeddings.position_embeddings", "pos_embed"),
    ("embeddings.patch_embeddings.projection", "patch_embed.proj"),
    ("encoder.layer.", "blocks."),
    ("attention.output.dense", "attn.proj"),
    ("layer_scale1.lambda1", "ls1.gamma"),
    ("layer_scale2.lambda1", "ls2.gamma"),
    ("layernorm.", "norm."),
)
"""Part of a name in Hugging Face's file, and what facebook's file has in its place."""


def renamed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights with facebook's names: those of Hugging Face's file are translated, and query, key and value joined."""
    new: dict[str, Tensor] = {}
    for key, weight in weights.items():
        for theirs, ours in HUGGING_FACE:
            key = key.replace(theirs, ours)
        if ".attention.attention.query." in key:
            three = [weights[_original(key, part)] for part in ("query", "key", "value")]
            key, weight = key.replace("attention.attention.query", "attn.qkv"), torch.cat(three)
        if "attention.attention." not in key and "mask_token" not in key:
            new[key] = weight
    return new


def _original(key: str, part: str) -> str:
    return key.replace("blocks.", "encoder.layer.").replace("query", part)


def build(weights: Mapping[str, Tensor]) -> DINOv2:
    """The network whose shape the weights (with facebook's names) have."""
    width, _, patch, _ = weights["patch_embed.proj.weight"].shape
    depth = 1 + max(int(key.split(".")[1]) for key in weights if key.startswith("blocks."))
    grid = round((weights["pos_embed"].shape[1] - 1) ** 0.5)
    return DINOv2("dinov2", width=width, depth=depth, patch=patch, grid=grid)
