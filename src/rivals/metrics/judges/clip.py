"""CLIP's vision transformer, with the names of Hugging Face's weights. Radford et al. 2021, arXiv:2103.00020."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from rivals.metrics.judges.judge import Judge
from rivals.metrics.judges.seeing import coloured, quantised, resized, standardised

MEAN, DEVIATION = (0.48145466, 0.4578275, 0.40821073), (0.26862954, 0.26130258, 0.27577711)
"""Of the channels in [0, 1] of the pictures that CLIP was trained on."""


class Attention(nn.Module):
    """Self-attention with heads of 64 numbers."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.q_proj, self.k_proj = nn.Linear(width, width), nn.Linear(width, width)
        self.v_proj, self.out_proj = nn.Linear(width, width), nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, width) -> (N, T, width)."""
        q, k, v = (part(x).unflatten(2, (-1, 64)).transpose(1, 2) for part in (self.q_proj, self.k_proj, self.v_proj))
        return self.out_proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


class Layer(nn.Module):
    """Attention and two dense layers, each on the normalised input and added to it."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.layer_norm1, self.layer_norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.self_attn = Attention(width)
        self.mlp = nn.ModuleDict({"fc1": nn.Linear(width, 4 * width), "fc2": nn.Linear(4 * width, width)})

    def forward(self, x: Tensor) -> Tensor:
        """(N, T, width) -> (N, T, width)."""
        x = x + self.self_attn(self.layer_norm1(x))
        inner = self.mlp["fc1"](self.layer_norm2(x))
        return x + self.mlp["fc2"](inner * (1.702 * inner).sigmoid())  # type: ignore[no-any-return]


class Embeddings(nn.Module):
    """A class token and patches, each with its position."""

    def __init__(self, width: int, patch: int, places: int) -> None:
        super().__init__()
        self.class_embedding = nn.Parameter(torch.zeros(width))
        self.patch_embedding = nn.Conv2d(3, width, patch, patch, bias=False)
        self.position_embedding = nn.Embedding(places, width)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, H, W) -> (N, places, width)."""
        x = self.patch_embedding(x).flatten(2).transpose(1, 2)
        return torch.cat([self.class_embedding.expand(len(x), 1, -1), x], 1) + self.position_embedding.weight


class CLIP(Judge):
    """The picture's projection into the space that it shares with text, (N, dim), not normalised.

    A picture is squeezed into a square; the published preprocessing cuts the middle out, which for squares is the same.

    Args:
        name: of the judge.
        width: numbers of a token.
        depth: layers.
        patch: side of a patch.
        places: tokens, the class token among them.
        dim: numbers of the projection.
    """

    block = 50

    def __init__(self, name: str, *, width: int, depth: int, patch: int, places: int, dim: int) -> None:
        size = patch * round((places - 1) ** 0.5)
        layers = f"standardised as CLIP; ViT {width}x{depth}/{patch}, projection {dim}"
        super().__init__(name, f"8 bit; colour; bicubic antialiased {size}x{size}, 8 bit; {layers}", size=size, dim=dim)
        self.vision_model = nn.ModuleDict({
            "embeddings": Embeddings(width, patch, places),
            "pre_layrnorm": nn.LayerNorm(width),  # spelled so in the published file
            "encoder": nn.ModuleDict({"layers": nn.Sequential(*(Layer(width) for _ in range(depth)))}),
            "post_layernorm": nn.LayerNorm(width),
        })  # fmt: skip
        self.visual_projection = nn.Linear(width, dim, bias=False)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (N, C, H, W) in [-1, 1] of any size -> features (N, dim) and no logits (N, 0)."""
        tower = self.vision_model
        x = standardised(resized(coloured(quantised(images)), self.size, "bicubic"), MEAN, DEVIATION)
        x = tower["pre_layrnorm"](tower["embeddings"](x))
        x = tower.get_submodule("encoder.layers")(x)
        features = self.visual_projection(tower["post_layernorm"](x[:, 0]))
        return features, features[:, :0]


def renamed(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """What belongs to the visual tower: the published file holds the text tower, too."""
    mine = ("vision_model.", "visual_projection.")
    return {k: v for k, v in weights.items() if k.startswith(mine) and not k.endswith("position_ids")}


def build(weights: Mapping[str, Tensor]) -> CLIP:
    """The network whose shape the weights have."""
    width, _, patch, _ = weights["vision_model.embeddings.patch_embedding.weight"].shape
    depth = 1 + max(int(key.split(".")[3]) for key in weights if key.startswith("vision_model.encoder.layers."))
    places = len(weights["vision_model.embeddings.position_embedding.weight"])
    dim = len(weights["visual_projection.weight"])
    return CLIP("clip", width=width, depth=depth, patch=patch, places=places, dim=dim)
