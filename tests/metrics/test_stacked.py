"""Mode coverage of stacked digits: counts and divergences by hand, and what real stacks score."""

import math

import pytest
import torch

from rivals import create
from rivals.data import named
from rivals.errors import RivalsError
from rivals.metrics import judges
from rivals.metrics.evaluate import evaluate
from rivals.metrics.stacked import mode_coverage, stacked_modes


def test_a_mode_is_read_off_the_channels():
    pictures = torch.tensor([[1, 2, 3], [9, 0, 9]])[:, :, None, None].expand(-1, -1, 4, 4).float()
    assert stacked_modes(pictures, lambda x: x[:, 0, 0, 0].long()).tolist() == [123, 909]
    assert stacked_modes(pictures[:1, :2], lambda x: x[:, 0, 0, 0].long(), classes=4).tolist() == [6]
    with pytest.raises(RivalsError, match="pictures"):
        stacked_modes(pictures[0], lambda x: x)


def test_coverage_and_divergence_by_hand():
    shares = torch.tensor([0.5, 0.25, 0.25])
    assert mode_coverage(torch.tensor([0, 0, 1, 2]), shares) == (3.0, 0.0)
    modes, divergence = mode_coverage(torch.tensor([0, 0, 0, 1]), shares)
    assert (modes, divergence) == (2.0, pytest.approx(0.75 * math.log(1.5)))
    assert mode_coverage(torch.zeros(9, dtype=torch.long), torch.full((10,), 0.1))[1] == pytest.approx(math.log(10))
    for modes in (torch.tensor([3]), torch.tensor([-1]), torch.zeros(0, dtype=torch.long)):
        with pytest.raises(RivalsError, match="3 modes"):
            mode_coverage(modes, shares)


def test_the_divergence_of_equal_modes_is_what_so_many_samples_must_score():
    modes = torch.randint(1000, (26_000,), generator=torch.Generator().manual_seed(0))
    there, divergence = mode_coverage(modes, torch.full((1000,), 1e-3))
    assert there == 1000
    assert divergence == pytest.approx(999 / 52_000, rel=0.1)


def test_stacks_are_three_digits_of_their_split():
    source = named.load("stacked-digits")
    single = named.load("digits")
    for stacks, digits in ((source, single), (source.test, single.test)):
        x, label = stacks.draw(["image", "label"], seed=0, start=0, size=20)
        every, names = digits.first("image", 2000), digits.first("label", 2000)
        for picture, mode in zip(x, label.tolist(), strict=True):
            for channel, digit in zip(picture, f"{mode:03d}", strict=True):
                same = (every[:, 0] == channel).flatten(1).all(1)
                assert int(digit) in names[same].tolist()
    assert source.truth.shares.sum() == pytest.approx(1.0)


def test_a_game_is_scored_by_its_channels(tmp_path, monkeypatch):
    monkeypatch.setenv("RIVALS_CACHE", str(tmp_path))
    source = named.load("stacked-digits")
    game = create("dcgan", source.spec, width=8, latent=8)
    scores = evaluate(game, source, samples=500, metrics="modes,reverse kl")
    assert scores.values["real modes"] == pytest.approx(1000 * (1 - math.exp(-0.5)), abs=40)
    assert scores.values["modes"] < scores.values["real modes"]
    assert scores.values["reverse kl"] > scores.values["real reverse kl"] > 0
    assert scores.protocol["channels named by"].startswith("digits ")
    assert scores.protocol["samples"] == 500
    assert scores.protocol["judge"] == "digits on each channel"
    again = evaluate(game, source, samples=500, metrics="modes")
    assert again.values == scores.values, "the real figure from the cache is the real figure"


def test_stacks_of_mnist_ask_for_the_papers_number_of_samples(data_home):
    from rivals.metrics.card import Card

    source = named.load("stacked-mnist")
    assert Card(create("dcgan", source.spec, width=8), source).count(source.size) == 26_000
    assert source.spec.shape == (3, 28, 28)


def test_a_judge_looks_at_each_channel_apart():
    single = judges.load("digits")
    each = judges.EachChannel(single, 3)
    x = torch.rand(7, 3, 8, 8) * 2 - 1
    apart = torch.cat([single.features(x[:, i : i + 1]) for i in range(3)], 1)
    torch.testing.assert_close(each.features(x), apart)
    assert each.fingerprint not in (single.fingerprint, judges.EachChannel(single, 2).fingerprint)
    assert each.dim == apart.shape[1]
