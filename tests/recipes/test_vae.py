"""The bound is exact where the posterior is: a linear Gaussian model."""

import math

import torch
from torch import nn

from rivals import registry
from rivals.data.specs import Images, Points
from rivals.game import Player
from rivals.optim import sgd
from rivals.recipes.inference.vae import VAE


def test_bound_is_the_likelihood_where_the_encoder_is_the_posterior() -> None:
    # x | z ~ N(a z + b, s²) in one dimension, so x ~ N(b, a² + s²) and z | x ~ N(a (x - b) / (a² + s²), s² / (a² + s²))
    a, b, s = 1.5, -0.5, 0.7
    total = a * a + s * s
    encoder, decoder = nn.Linear(1, 2).double(), nn.Linear(1, 2).double()
    with torch.no_grad():
        encoder.weight.copy_(torch.tensor([[a / total], [0.0]]))
        encoder.bias.copy_(torch.tensor([-a * b / total, math.log(s * s / total)]))
        decoder.weight.copy_(torch.tensor([[a], [0.0]]))
        decoder.bias.copy_(torch.tensor([b, 2 * math.log(s)]))
    game = VAE(Player(encoder, sgd(1.0)), Player(decoder, sgd(1.0)), 1, Points(1), binarise=False)
    torch.manual_seed(0)
    for x in (-2.0, 0.3):
        many = torch.full((200_000, 1), x).double()
        likelihood = torch.distributions.Normal(b, math.sqrt(total)).log_prob(torch.tensor(x))
        assert abs(game.log_prob(many).mean() - likelihood) < 0.01
        game.encoder.net.bias.data[0] += 0.5  # any other encoder is below
        assert game.log_prob(many).mean() < likelihood - 0.05
        game.encoder.net.bias.data[0] -= 0.5


def test_pixels_are_drawn_black_or_white_where_asked() -> None:
    game = registry.create("vae", Images(1, 4, 4), hidden=(4,), latent=2, binarise=True)
    looked: list[torch.Tensor] = []
    game.encoder.register_forward_pre_hook(lambda module, inputs: looked.append(inputs[0]))
    torch.manual_seed(0)
    game.log_prob(torch.full((4000, 1, 4, 4), -0.5))
    assert looked[0].unique().tolist() == [-1.0, 1.0]
    assert abs((looked[0] > 0).float().mean() - 0.25) < 0.01
