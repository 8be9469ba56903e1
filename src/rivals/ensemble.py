"""Several critics as one, several generators as one: what games of many networks are built on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import torch
from torch import Tensor, nn

from rivals.errors import UsageError
from rivals.game import Chain, Player


class Panel(Chain):
    """Critics side by side, (N, ...) -> logits (N, K), one column a critic; they move together.

    Args:
        critics: K players on the same samples, each giving (N,).

    Raises:
        UsageError: for no critic.
    """

    def __init__(self, *critics: Player) -> None:
        if not critics:
            raise UsageError("a panel needs at least 1 critic")
        super().__init__(*critics)

    def forward(self, x: Any, *context: Any) -> Tensor:
        """Every critic of `players`, in order."""
        return torch.stack([critic(x, *context) for critic in self.players], 1)


class Mixture(nn.Module):
    """K generators in one network, most of whose layers they share.

    A latent ends with the generator's name, one-hot: z (N, L) and who (N, K) side by side -> samples (N, ...). The
    layers of `own` exist once a generator; all others are those of the first network, and see each sample once.

    Args:
        nets: K networks of the same layers, z (N, L) -> samples.
        own: which layer with weights every generator has for itself.

    Raises:
        UsageError: for no generator.
    """

    def __init__(self, nets: Sequence[nn.Module], own: Literal["first", "last"]) -> None:
        super().__init__()
        if not nets:
            raise UsageError("a mixture needs at least 1 generator")
        layers = [list(net.children()) for net in nets]
        weighted = [i for i, layer in enumerate(layers[0]) if any(True for _ in layer.parameters())]
        a, b = (weighted[0], weighted[0] + 1) if own == "first" else (weighted[-1], weighted[-1] + 1)
        self.before, self.after = nn.Sequential(*layers[0][:a]), nn.Sequential(*layers[0][b:])
        self.own = nn.ModuleList(nn.Sequential(*each[a:b]) for each in layers)

    def forward(self, latent: Tensor) -> Tensor:
        """Each sample from the generator that its latent names."""
        z, who = latent.split([latent.shape[1] - len(self.own), len(self.own)], 1)
        features = self.before(z)
        made: Tensor = self.after(in_turn([own(features) for own in self.own], who.argmax(1)))
        return made


def in_turn(made: Sequence[Tensor], who: Tensor | None = None) -> Tensor:
    """Sample i of the maker who[i]: K times (N, ...) -> (N, ...); by default the makers in turn, i mod K.

    Args:
        made: what each of K makers made of the same N latents.
        who: (N,), in [0, K).
    """
    i = torch.arange(len(made[0]), device=made[0].device)
    return torch.stack(list(made))[i % len(made) if who is None else who, i]
