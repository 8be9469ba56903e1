"""Generators that put a foreground over a background. Yang et al. 2017, arXiv:1703.01560."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from rivals.data.specs import Images
from rivals.networks import dcgan
from rivals.nn.affine import Affine


class Layers(NamedTuple):
    """A composed picture (N, C, H, W), its background, and of each foreground the mask in place (N, 1, H, W)."""

    picture: Tensor
    background: Tensor
    masks: list[Tensor]


class Layered(nn.Module):
    """Background and foregrounds one after the other: x_t = m̂ f̂ + (1 - m̂) x_{t-1}, m̂ and f̂ moved by an affine map.

    An LSTM reads one latent a layer; its state makes the background (first), or an object, its mask and its place.

    Args:
        data: pictures.
        latent: numbers in the latent of one layer, as many as in the LSTM's state.
        width: channels of the largest hidden map, see `rivals.networks.dcgan`.
        foregrounds: at least 1.
        smallest: how many times smaller than the picture an object is at least; None leaves objects in their place.
    """

    def __init__(
        self, data: Images, latent: int, width: int, foregrounds: int = 1, smallest: float | None = 1.2
    ) -> None:
        super().__init__()
        self.latent, self.layers, self.channels = latent, foregrounds + 1, data.channels
        self.lstm = nn.LSTMCell(latent, latent)
        self.back = dcgan.generator(latent, *data.shape, base=width)
        self.front = dcgan.generator(latent, data.channels + 1, data.height, data.width, base=width)[:-1]
        self.place = None if smallest is None else Affine(latent, smallest)

    def composed(self, z: Tensor) -> Layers:
        """Latents of all layers side by side (N, T · L) -> the layers."""
        state: tuple[Tensor, Tensor] | None = None
        masks: list[Tensor] = []
        for t, own in enumerate(z.split(self.latent, 1)):
            state = self.lstm(own, state)
            if t == 0:
                background = picture = self.back(state[0])
                continue
            drawn = self.front(state[0])
            # the mask is added last: outside of a moved object it is 0 and its colour does not matter
            object_and_mask = torch.cat([drawn[:, :-1].tanh(), drawn[:, -1:].sigmoid()], 1)
            if self.place is not None:
                object_and_mask = self.place(object_and_mask, state[0])
            front, mask = object_and_mask[:, :-1], object_and_mask[:, -1:]
            picture = mask * front + (1 - mask) * picture
            masks.append(mask)
        return Layers(picture, background, masks)

    def forward(self, z: Tensor) -> Tensor:
        """(N, T · L) -> pictures (N, C, H, W)."""
        return self.composed(z).picture
