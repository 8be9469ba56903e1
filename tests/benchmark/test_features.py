"""A critic's features under a linear classifier, and the baselines that they are held against."""

import numpy as np
import pytest
import torch
from torch import nn

from rivals import registry
from rivals.benchmark import measures
from rivals.benchmark.measures import features
from rivals.data.specs import Images
from rivals.errors import RivalsError


def critic(side=16):
    return registry.create("dcgan", Images(1, side, side, classes=2), width=2, latent=4)


def test_the_dcgan_has_no_pooling_and_no_dense_hidden_layer():
    for net in (critic(64).critic, critic(64).generator):
        kinds = {type(m) for m in net.modules()}
        assert not any("Pool" in kind.__name__ or kind is nn.Linear for kind in kinds)
        assert kinds & {nn.Conv2d, nn.ConvTranspose2d}


def test_features_are_the_hidden_maps_pooled_to_four_by_four():
    game, x = critic(), torch.rand(3, 1, 16, 16) * 2 - 1
    found = features.seen(game, x)
    with game.presenting():
        net, maps = game.critic.net, []
        out = x
        for layer in net:
            out = layer(out)
            if isinstance(layer, nn.LeakyReLU):
                maps.append(out)
    assert [tuple(m.shape[2:]) for m in maps] == [(8, 8), (4, 4)]
    first = maps[0].reshape(3, 2, 4, 2, 4, 2).amax((3, 5))
    by_hand = torch.cat([first.flatten(1), maps[1].flatten(1)], 1)
    np.testing.assert_allclose(found, by_hand.detach().numpy(), rtol=1e-6)
    assert not any(m._forward_hooks for m in game.modules())


def test_patches_are_all_squares_of_a_picture():
    x = torch.arange(2 * 1 * 4 * 5.0).view(2, 1, 4, 5)
    found = features._patches(x, 3)
    assert found.shape == (2, 2, 3, 9)
    assert torch.equal(found[1, 1, 2], x[1, 0, 1:4, 2:5].flatten())


def test_contrast_is_normalised_with_a_constant():
    patch = torch.tensor([[0.0, 0.4, 0.8]])
    by_hand = torch.tensor([[-0.4, 0.0, 0.4]]) / (0.32 / 3 + 10 / 127.5**2) ** 0.5
    torch.testing.assert_close(features._contrast(patch), by_hand)


def test_kmeans_features_are_four_sums_of_closeness_and_repeat(monkeypatch):
    monkeypatch.setattr(features, "CENTROIDS", 6)
    monkeypatch.setattr(features, "PATCHES", 300)
    x = torch.rand(20, 1, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    found, again = features.centroids(x, 3)(x[:5]), features.centroids(x, 3)(x[:5])
    assert found.shape == (5, 4 * 6)
    assert (found >= 0).all()
    np.testing.assert_allclose(found, again)


def test_a_linear_classifier_finds_a_plane():
    chooser = np.random.default_rng(0)
    x = chooser.normal(size=(300, 4)).astype(np.float32)
    y = (x[:, 0] + x[:, 1] > 0).astype(int)
    assert features.accuracy((x[:100], y[:100]), (x[100:], y[100:]), 0) > 0.95
    assert features.accuracy((x[:100], chooser.permutation(y[:100])), (x[100:], y[100:]), 0) < 0.7


def test_other_games_and_data_are_refused(tmp_path, monkeypatch):
    measure = measures.find("linear-features")
    monkeypatch.setattr(features, "load", lambda run, recipe=None: critic())
    with pytest.raises(RivalsError, match="pictures with labels"):
        measure(tmp_path, "ring", 0, None)
    monkeypatch.setattr(features, "load", lambda run, recipe=None: object())
    with pytest.raises(RivalsError, match="a generator and a critic"):
        measure(tmp_path, "digits", 0, None)
