"""What the critic is shown: shapes, ranges, gradients, and what each view does to a picture."""

import pytest
import torch

from rivals import noise, parts
from rivals.errors import UsageError

X = torch.linspace(-1, 1, 5 * 3 * 8 * 10).view(5, 3, 8, 10)


@pytest.mark.parametrize("name", sorted(set(parts.names("view")) - {"pack", "ada"}))
def test_a_view_keeps_the_shape_passes_gradients_and_moves_with_the_noise(name):
    view = parts.make("view", name)
    x = X.clone().requires_grad_()
    with noise.seeded(X.device, 1):
        seen = view(x)
    with noise.seeded(X.device, 1):
        again = view(X)
    with noise.seeded(X.device, 2):
        other = view(X)
    assert seen.shape == X.shape
    assert torch.equal(seen, again)
    assert not torch.equal(seen, other)
    (gradient,) = torch.autograd.grad(seen.sum(), x)
    assert gradient.abs().sum() > 0


@pytest.mark.parametrize(
    "text", ["crop(smallest=1.0)", "colour(strength=0.0)", "translation(share=0.0)", "cutout(share=0.0)"]
)
def test_a_view_of_no_strength_changes_nothing(text):
    assert torch.allclose(parts.make("view", text)(X), X, atol=1e-6)


def test_a_flip_mirrors_whole_pictures():
    seen = parts.make("view", "flip")(X.repeat(20, 1, 1, 1))
    kinds = {("same" if torch.equal(a, b) else "mirror") for a, b in zip(seen, X.repeat(20, 1, 1, 1), strict=True)}
    assert kinds == {"same", "mirror"}
    assert all(torch.equal(a, b) or torch.equal(a, b.flip(2)) for a, b in zip(seen, X.repeat(20, 1, 1, 1), strict=True))


def test_translation_moves_by_whole_pixels_and_grey_moves_in():
    one = torch.zeros(200, 1, 8, 8)
    one[:, :, 3, 4] = 1
    places = {tuple(p.nonzero()[0, 1:].tolist()) for p in parts.make("view", "translation(share=0.25)")(one)}
    assert places == {(3 + i, 4 + j) for i in range(-2, 3) for j in range(-2, 3)}
    full = parts.make("view", "translation(share=0.25)")(torch.ones(200, 1, 8, 8))
    assert set(full.unique().tolist()) == {0.0, 1.0}


def test_cutout_is_one_square_that_the_border_may_cut():
    holes = (parts.make("view", "cutout")(torch.ones(300, 2, 8, 8)) == 0).float()
    assert torch.equal(holes[:, 0], holes[:, 1])
    for hole in holes[:, 0]:
        rows, columns = hole.amax(1), hole.amax(0)
        assert torch.equal(hole, rows[:, None] * columns)  # a rectangle
        assert 2 <= rows.sum() <= 4
        assert 2 <= columns.sum() <= 4


def test_colour_keeps_differences_within_a_channel_in_proportion():
    seen = parts.make("view", "colour")(X)
    for picture, before in zip(seen, X, strict=True):
        ratio = (picture[0, 0, 1:] - picture[0, 0, :-1]) / (before[0, 0, 1:] - before[0, 0, :-1])
        assert torch.allclose(ratio, ratio[:1].expand_as(ratio), atol=1e-3)
        assert not torch.allclose(picture, before)


def test_the_pipeline_is_its_parts_one_after_the_other():
    with noise.seeded(X.device, 3):
        whole = parts.make("view", "diffaugment")(X)
    with noise.seeded(X.device, 3):
        step = X
        for name in ("colour", "translation", "cutout"):
            step = parts.make("view", name)(step)
    assert torch.equal(whole, step)
    with pytest.raises(UsageError, match=r"diffaugment knows colour, .* not 'colours'"):
        parts.make("view", "diffaugment(policy='colours')")
    with pytest.raises(UsageError, match="above 0 and at most 1"):
        parts.make("view", "crop(smallest=0.0)")
