"""Three digits as the channels of one picture: a thousand modes that a classifier of digits can count."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from rivals.data.digits import digits
from rivals.data.home import mnist
from rivals.data.sources import Generated, Source
from rivals.data.specs import Images

CHANNELS, DIGITS = 3, 10


@dataclass(frozen=True, eq=False)
class Stacked:
    """What is known of stacked digits.

    Attributes:
        judge: the judge that names a channel's digit.
        shares: of the modes 100a + 10b + c among the data, (1000,).
        samples: how many are scored by default, None for the protocol's usual number.
    """

    judge: str
    shares: Tensor
    samples: int | None = None


def stacked_digits() -> Source:
    """Three digits of scikit-learn's, 8×8, as one picture of three channels; the label is 100a + 10b + c.

    The three are drawn independently, without end, from the training digits, held-out ones from the held-out digits.
    The truth is `Stacked`. After Metz et al. 2016, arXiv:1611.02163, whose digits are MNIST's.
    """
    return _stacked("stacked-digits", digits(), "digits")


def stacked_mnist() -> Source:
    """Three digits of MNIST, 28×28, as one picture of three channels; the label is 100a + 10b + c.

    Drawn as those of `stacked_digits`. 26,000 samples are scored by default, as by Srivastava et al. 2017, VEEGAN,
    arXiv:1705.07761, who train on 128,000 stacks that are drawn once.
    """
    return _stacked("stacked-mnist", mnist(), "mnist", 26_000)


def _stacked(name: str, single: Source, judge: str, samples: int | None = None) -> Source:
    held_out = single.test
    assert isinstance(single.spec, Images)
    assert held_out is not None
    spec = Images(CHANNELS, single.spec.height, single.spec.width, classes=DIGITS**CHANNELS)
    make, held, share = _draws(single), _draws(held_out), _shares(single)
    truth = Stacked(judge, torch.einsum("a,b,c->abc", share, share, share).flatten(), samples)
    fields = ("image", "label")
    source = Generated(spec, make, fields=fields, truth=truth, name=name)
    source.test = Generated(spec, held, fields=fields, truth=truth, name=name, split="test")
    return source


def _draws(single: Source) -> Callable[[int, torch.Generator], tuple[Tensor, Tensor]]:
    assert single.size is not None
    images, labels = (single.first(field, single.size) for field in ("image", "label"))
    place = DIGITS ** torch.arange(CHANNELS - 1, -1, -1)

    def make(n: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        chosen = torch.randint(len(images), (n, CHANNELS), generator=generator)
        return images[chosen][:, :, 0], (labels[chosen] * place).sum(1)

    return make


def _shares(single: Source) -> Tensor:
    assert single.size is not None
    counts = torch.bincount(single.first("label", single.size), minlength=DIGITS).double()
    return counts / counts.sum()
