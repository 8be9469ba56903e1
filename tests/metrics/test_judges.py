from __future__ import annotations

import re

import pytest
import torch

from rivals.data import named
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.metrics import judges
from rivals.metrics.features import precision_recall

DIGITS = Images(1, 8, 8, classes=10)


def pictures(split: str = "test") -> tuple[torch.Tensor, torch.Tensor]:
    source = named.digits()
    part = source if split == "train" else source.test
    assert part is not None
    return part.first("image", 10**6), part.first("label", 10**6)


def test_digits_judge_names_the_test_split() -> None:
    judge = judges.load("digits")
    images, labels = pictures()
    accuracy = (judge.predict(images) == labels).double().mean().item()
    assert accuracy >= 0.97
    assert accuracy == pytest.approx(judge.accuracy, abs=0.0023)


@pytest.mark.parametrize(
    ("name", "size", "features", "bytes_"), [("digits", 8, 32, 200_000), ("mnist", 28, 64, 400_000)]
)
def test_shipped_judges_are_small_and_say_what_they_are(name: str, size: int, features: int, bytes_: int) -> None:
    judge = judges.load(name)
    assert (judge.size, judge.classes) == (size, 10)
    assert judge.accuracy >= (0.97 if name == "digits" else 0.985)
    assert judge.features(torch.zeros(3, 1, size, size)).shape == (3, features)
    assert (judges.WEIGHTS / f"{name}.safetensors").stat().st_size < bytes_
    assert not any(w.requires_grad for w in judge.parameters())


def test_fingerprint_changes_with_a_weight_and_with_the_preprocessing() -> None:
    judge, same = judges.load("digits"), judges.load("digits")
    before = judge.fingerprint
    assert re.fullmatch("[0-9a-f]{12}", before)
    assert same.fingerprint == before
    judge.head.bias.data[3] += 1e-6
    assert judge.fingerprint != before
    same.preprocessing += " and more"
    assert same.fingerprint != before
    assert judges.load("mnist").fingerprint != before


def test_scores_do_not_depend_on_block_dtype_or_rounding() -> None:
    judge = judges.load("digits")
    images, _ = pictures()
    x = images.float() / 127.5 - 1
    whole = judge.features(x)
    torch.testing.assert_close(judge.features(images), whole)
    torch.testing.assert_close(judge.features(x + 0.3 / 127.5), whole)  # what a file cannot hold is not seen
    judge.block = 7
    torch.testing.assert_close(judge.features(x), whole, rtol=1e-4, atol=1e-4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert judge.features(x).dtype == torch.float32
        torch.testing.assert_close(judge.features(x), whole, rtol=1e-4, atol=1e-4)


def test_resizing_is_antialiased_and_quantised() -> None:
    stripes = torch.ones(1, 1, 32, 32)
    stripes[..., ::2] = -1
    small = judges.resized(stripes, 8)
    assert small.shape == (1, 1, 8, 8)
    assert small[..., 1:-1].abs().max() < 0.02  # without antialiasing the stripes would alias
    steps = (small + 1) * 127.5
    torch.testing.assert_close(steps, steps.round(), rtol=0, atol=1e-4)
    x = judges.quantised(torch.rand(2, 3, 8, 8) * 2 - 1)
    torch.testing.assert_close(judges.resized(x, 8), x)


def test_grey_is_luma() -> None:
    red = torch.tensor([1.0, -1.0, -1.0])[None, :, None, None].expand(1, 3, 2, 2)
    torch.testing.assert_close(judges.grey(red), torch.full((1, 1, 2, 2), 2 * 0.299 - 1))
    white = torch.ones(1, 4, 2, 2)
    torch.testing.assert_close(judges.grey(white), white[:, :1])


@pytest.mark.parametrize(
    ("spec", "name", "judge"),
    [
        (DIGITS, "digits", "digits"),
        (Images(1, 28, 28, classes=10), "mnist", "mnist"),
        (Images(1, 28, 28, classes=10), "fashion", "digits"),
        (Images(3, 32, 32), "../weights/mnist", "digits"),
        (Images(1, 32, 32), "mnist", "digits"),
    ],
)
def test_judge_goes_by_the_data(spec: Images, name: str, judge: str) -> None:
    chosen = judges.judge_for(spec, name)
    assert chosen.name == judge
    assert chosen.features(torch.zeros(2, *spec.shape)).shape[0] == 2


def test_grey_noise_is_not_taken_for_real() -> None:
    judge = judges.load("digits")
    real, _ = pictures()
    generator = torch.Generator().manual_seed(0)
    noise = 0.25 * torch.randn(1, 1, 8, 8, generator=generator) + 0.08 * torch.randn(300, 1, 8, 8, generator=generator)
    precision, _ = precision_recall(judge.features(real), judge.features(noise))
    assert precision < 0.05


def test_unknown_judge() -> None:
    with pytest.raises(UsageError, match="did you mean 'digits'"):
        judges.load("digit")
