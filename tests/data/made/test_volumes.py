import pytest
import torch

from rivals.data.made import volumes
from rivals.data.made.volumes import SOLIDS, clouds, moving_digits, solids
from rivals.data.specs import Cloud, Video, Voxels


@pytest.mark.parametrize("made", [moving_digits, solids, clouds])
def test_made_sets_are_functions_of_seed_and_start(made):
    a, b = made(), made()
    fields = list(a.fields)
    for x, y in zip(*(s.draw(fields, seed=1, start=5, size=6) for s in (a, b)), strict=True):
        assert torch.equal(x, y)
    assert not torch.equal(a.draw(fields, seed=1, start=5, size=6)[0], a.draw(fields, seed=1, start=11, size=6)[0])
    assert not torch.equal(a.first(a.main, 6), a.test.first(a.main, 6))
    assert a.test.spec == a.spec
    assert a.first(a.main, 3).shape[1:] == a.spec.shape


@pytest.mark.parametrize("side", [16, 32])
def test_digits_move_and_stay_in_the_frame(side):
    source = moving_digits(side=side)
    assert source.spec == Video(1, 8, side, side)
    x = source.first("video", 200)
    assert x.dtype == torch.uint8
    light = x.float().sum((1, 3, 4))
    # two digits half as wide as the frame: light is lost where they overlap, never gained
    assert (light.amin(1) > 0).all()
    assert (x[:, :, 1:] != x[:, :, :-1]).flatten(3).any(3).float().mean() > 0.95
    seen = x.amax((0, 1, 2)) > 0
    assert seen[side // 4 : -side // 4, side // 4 : -side // 4].all()
    assert seen[0].any()
    assert seen[-1].any()


def test_the_brightest_of_two_digits_is_seen(monkeypatch):
    class One:
        test = None

        def first(self, field, n):
            return torch.full((1, 1, 8, 8), 100, dtype=torch.uint8)

    One.test = One()
    monkeypatch.setattr(volumes, "digits", One)
    x = moving_digits().first("video", 50)
    assert set(x.unique().tolist()) == {0, 100}
    lit = (x > 0).sum((1, 3, 4))
    assert lit.max() == 128
    assert 64 <= lit.min() < 128


def test_solids_are_filled_and_labelled():
    source = solids()
    assert source.spec == Voxels(1, 16, 16, 16, classes=4)
    x, label = (source.draw(["voxels", "label"], seed=0, start=0, size=300)[i] for i in range(2))
    assert set(x.unique().tolist()) == {0, 255}
    assert set(label.tolist()) == {0, 1, 2, 3}
    middle = x[:, 0, 7:9, 7:9, 7:9].amin((1, 2, 3)) > 0
    assert middle[label != SOLIDS.index("torus")].all()
    assert not middle[label == SOLIDS.index("torus")].any()
    border = x[:, 0].clone()
    border[:, 1:-1, 1:-1, 1:-1] = 0
    assert border.sum() == 0
    spheres = x[label == 0, 0] > 0
    assert torch.equal(spheres, spheres.flip(1))
    assert torch.equal(spheres, spheres.transpose(2, 3))


def test_points_of_clouds_are_on_the_surfaces_of_the_same_solids():
    source = clouds()
    assert source.spec == Cloud(256, 3, classes=4)
    x = source.first("cloud", 400)
    assert x.norm(dim=2).max() <= 1
    kind, size, turn = volumes._drawn(400, torch.Generator().manual_seed(7))
    made, made_label = source._make(400, torch.Generator().manual_seed(7))
    assert torch.equal(kind, made_label)
    for i in range(40):
        p = made[i] @ turn[i]
        assert volumes._inside(p * 0.999, int(kind[i]), size[i]).float().mean() > (0.4 if kind[i] == 3 else 0.999)
        away = p * 1.001
        if kind[i] != 3:
            assert not volumes._inside(away, int(kind[i]), size[i]).any()
        else:
            large, small = volumes._radii(size[i])[3]
            tube = ((p[:, :2].norm(dim=1) - large).square() + p[:, 2].square()).sqrt()
            torch.testing.assert_close(tube, small.expand(256), atol=1e-4, rtol=0)


def test_points_are_uniform_on_each_surface():
    n = torch.Generator().manual_seed(0)
    u, size = torch.rand(1, 200_000, 3, generator=n), torch.tensor([[0.9, 0.1, 0.5]])
    half = volumes._radii(size)[1][0]
    box = volumes._box(size, u)[0]
    faces = torch.stack([(box[:, i] == s * half[i]).float().mean() for i in range(3) for s in (-1, 1)])
    area = half.prod() / half
    torch.testing.assert_close(faces, (area / area.sum() / 2).repeat_interleave(2), atol=0.005, rtol=0)
    radius, height = volumes._radii(size)[2][0]
    lid = (volumes._cylinder(size, u)[0, :, 2].abs() == height).float().mean()
    assert float(lid) == pytest.approx(float(radius / (radius + 2 * height)), abs=0.005)
    large, small = volumes._radii(size)[3][0]
    outer = (volumes._torus(size, u)[0, :, :2].norm(dim=1) > large).float().mean()
    # of the torus' area the part at cos v > 0: ½ + r / (πR)
    assert float(outer) == pytest.approx(0.5 + float(small / (torch.pi * large)), abs=0.005)
