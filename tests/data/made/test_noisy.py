"""Noise on training pictures alone, of the stated size."""

import pytest
import torch

from rivals.data import named
from rivals.errors import UsageError


def test_training_is_noisy_and_what_is_held_out_is_clean() -> None:
    clean, noisy = named.load("digits"), named.load("noisy-digits", std=40.0)
    assert torch.equal(noisy.test.first("image", 450), clean.test.first("image", 450))
    x, y = (each.first("image", 1347).float() for each in (clean, noisy))
    inside = (x > 100) & (x < 155)  # far from being cut
    assert (y - x)[inside].std().item() == pytest.approx(40, rel=0.05)
    assert torch.equal(named.load("noisy-digits", std=0.0).first("image", 1347), clean.first("image", 1347))


def test_a_deviation_outside_its_limits_is_refused() -> None:
    with pytest.raises(UsageError, match="option 'std' must be from 0 to 255, not -1"):
        named.load("noisy-digits", std=-1.0)
