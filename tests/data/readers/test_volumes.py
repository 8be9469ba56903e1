import numpy as np
import pytest
import torch
from PIL import Image

from rivals.data.readers.volumes import cloud, video, voxels
from rivals.data.specs import Cloud, Video, Voxels
from rivals.errors import RivalsError, UsageError

RNG = np.random.default_rng(0)


def frames(folder, n, size=(12, 10), colour=None, names="{}.png"):
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        array = (
            np.full((size[1], size[0], 3), i, np.uint8) if colour is None else np.tile(colour, (size[1], size[0], 1))
        )
        Image.fromarray(array.astype(np.uint8)).save(folder / names.format(i))


def gif(path, n, value=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    pictures = [Image.fromarray(np.full((9, 9), value + 20 * i, np.uint8)) for i in range(n)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:])


def test_folders_of_frames_are_clips_in_the_order_of_their_numbers(tmp_path):
    frames(tmp_path / "a", 12)
    frames(tmp_path / "b", 4)
    source = video(tmp_path, frames=4, size=8)
    assert source.spec == Video(1, 4, 8, 8)
    assert source.found.facts["clips"] == "2 of 4 to 12 frames, 4 windows of 4"
    # a's windows and b's are on different sides; 10 and 11 come after 9, though "10" is before "9" as text
    times = sorted(clip[0, :, 0, 0].tolist() for part in (source, source.test) for clip in part.first("video", 9))
    assert times == [[0, 1, 2, 3], [0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]
    assert {source.size, source.test.size} == {1, 3}


def test_folders_above_clips_are_classes_and_short_clips_are_left_out(tmp_path):
    for name, value in (("run", (255, 0, 0)), ("walk", (0, 0, 255))):
        for i in range(3):
            frames(tmp_path / name / str(i), 3, colour=value)
    frames(tmp_path / "walk" / "short", 2)
    source = video(tmp_path, frames=3, size=4)
    assert source.spec == Video(3, 3, 4, 4, classes=2)
    assert source.found.facts["classes"] == "2, by folder: run, walk"
    x, label = source.draw(["video", "label"], seed=0, start=0, size=10)
    assert (x[label == 0].amax((0, 2, 3, 4)).tolist(), x[label == 1].amax((0, 2, 3, 4)).tolist()) == (
        [255, 0, 0],
        [0, 0, 255],
    )
    (bad,) = source.found.bad
    assert (bad.file, bad.reason) == (str(tmp_path / "walk" / "short"), "has 2 frames, fewer than 3")
    assert bad.mend == "leave it out, or --read frames=2"


def test_gif_files_are_clips_and_broken_ones_are_told(tmp_path):
    for i in range(3):
        gif(tmp_path / f"{i}.gif", 5, i)
    (tmp_path / "z.gif").write_bytes((tmp_path / "0.gif").read_bytes()[:20])
    source = video(tmp_path, frames=5, size=9)
    assert source.first("video", 9).shape == (2, 1, 5, 9, 9)
    steps = source.first("video", 1)[0, 0, :, 0, 0].int().diff()
    assert steps.tolist() == [20] * 4
    assert [bad.file for bad in source.found.bad] == [str(tmp_path / "z.gif")]


@pytest.mark.parametrize("channels", [(), (1,), (3,)])
def test_arrays_of_clips_are_cut_into_windows(tmp_path, channels):
    x = RNG.integers(0, 256, (5, 7, 6, 8, *channels), np.uint8)
    np.savez(tmp_path / "x.npz", clips=x, labels=np.arange(5))
    source = video(tmp_path / "x.npz", frames=3)
    assert source.spec == Video(3 if channels == (3,) else 1, 3, 6, 8, classes=5)
    assert (source.size, source.test.size) == (8, 2)
    clip, label = (source.first(field, 1)[0] for field in ("video", "label"))
    windows = x.reshape(5, 7, 6, 8, -1)[int(label)].transpose(3, 0, 1, 2)
    assert any(np.array_equal(clip, windows[:, at : at + 3]) for at in (0, 3))
    assert len(set(source.first("label", 9).tolist()) & set(source.test.first("label", 9).tolist())) == 0


def test_arrays_may_have_frames_first_and_large_frames_are_reduced(tmp_path):
    np.save(tmp_path / "x.npy", RNG.integers(0, 256, (4, 6, 20, 20), np.uint8))
    assert video(tmp_path / "x.npy", frames=4, order="frames", size=10).first("video", 9).shape == (5, 1, 4, 10, 10)


@pytest.mark.parametrize(
    ("array", "says"),
    [
        (np.zeros((4, 3, 5, 5), np.float32), r"is float32 \(4, 3, 5, 5\): give clips as uint8"),
        (np.zeros((4, 8, 3, 5, 5), np.uint8), "has 5 channels.*channels are last, 1 or 3"),
        (np.zeros((4, 2, 5, 5), np.uint8), "clips of 2 frames, fewer than 4: --read frames=2"),
        (np.zeros((0, 8, 5, 5), np.uint8), "is empty"),
        (np.array([None]), "holds Python objects, which are never unpickled"),
    ],
)
def test_bad_clip_arrays(tmp_path, array, says):
    np.save(tmp_path / "x.npy", array, allow_pickle=True)
    with pytest.raises(RivalsError, match=says):
        video(tmp_path / "x.npy", frames=4)


def test_bad_clip_folders(tmp_path):
    with pytest.raises(RivalsError, match=r"holds no clips \(folders of frames, or .gif files\)"):
        video(tmp_path)
    (tmp_path / "film.mp4").write_bytes(b"x")
    with pytest.raises(RivalsError, match=r"film.mp4 and others are not read, cut them into frames first"):
        video(tmp_path)
    frames(tmp_path / "a", 2)
    with pytest.raises(RivalsError, match=r"no clip that can be used: .*a has 2 frames, fewer than 16; leave it out"):
        video(tmp_path)
    (bad,) = video(tmp_path, frames=2, size=4).found.bad
    assert (bad.file, bad.reason) == (str(tmp_path / "film.mp4"), "is a film, and 0 more: they are not read")
    with pytest.raises(UsageError, match="option 'frames' must be at least 1, not 0"):
        video(tmp_path, frames=0)


def test_one_clip_is_all_there_is(tmp_path):
    np.save(tmp_path / "x.npy", np.zeros((1, 4, 5, 5), np.uint8))
    source = video(tmp_path / "x.npy", frames=4)
    assert source.test is None
    assert source.found.facts["held out"] == "nothing: there is one sample only"


SOLIDS = RNG.random((20, 4, 6, 8)) < 0.4


@pytest.mark.parametrize("as_type", [bool, np.uint8, np.int64, np.float32, "bytes"])
def test_solids_of_any_type_are_0_and_255(tmp_path, as_type):
    x = SOLIDS.astype(np.uint8) * 255 if as_type == "bytes" else SOLIDS.astype(as_type)
    np.save(tmp_path / "x.npy", x)
    source = voxels(tmp_path / "x.npy")
    assert source.spec == Voxels(1, 4, 6, 8)
    both = torch.cat([source.first("voxels", 99), source.test.first("voxels", 99)])
    assert (len(source.first("voxels", 99)), len(both)) == (18, 20)
    assert sorted(both.flatten(1).tolist()) == sorted((SOLIDS.reshape(20, -1) * 255).tolist())


def test_packed_solids_and_their_reduction(tmp_path):
    x = RNG.random((3, 4, 4, 4)) < 0.2
    np.savez(tmp_path / "x.npz", voxels_packed=np.packbits(x.reshape(3, -1), axis=1), shape=[4, 4, 4])
    source = voxels(tmp_path / "x.npz", size=2)
    both = torch.cat([source.first("voxels", 9), source.test.first("voxels", 9)])[:, 0]
    expected = x.reshape(3, 2, 2, 2, 2, 2, 2).any((2, 4, 6)) * 255
    assert sorted(both.flatten(1).tolist()) == sorted(expected.reshape(3, -1).tolist())


def binvox(path, x, cut=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    flat = x.reshape(-1).astype(np.uint8)
    runs = b"".join(bytes([value, 1]) for value in flat)
    head = f"#binvox 1\ndim {x.shape[0]} {x.shape[1]} {x.shape[2]}\ntranslate 0 0 0\nscale 1\ndata\n"
    path.write_bytes(head.encode() + runs[: len(runs) - cut])


def test_binvox_files_with_classes_and_bad_ones(tmp_path):
    for i in range(4):
        binvox(tmp_path / ("chair" if i % 2 else "bed") / f"{i}.binvox", np.indices((3, 3, 3)).sum(0) == i)
    binvox(tmp_path / "bed" / "cut.binvox", np.ones((3, 3, 3)), cut=2)
    binvox(tmp_path / "bed" / "large.binvox", np.ones((4, 4, 4)))
    (tmp_path / "bed" / "text.binvox").write_text("hello")
    source = voxels(tmp_path)
    assert source.spec == Voxels(1, 3, 3, 3, classes=2)
    for part in (source, source.test):
        for x, label in zip(part.first("voxels", 9), part.first("label", 9), strict=True):
            i = int(np.argwhere(x[0].numpy()).sum(1)[0])
            assert np.array_equal(x[0] > 0, np.indices((3, 3, 3)).sum(0) == i)
            assert int(label) == i % 2
    assert {bad.reason for bad in source.found.bad} == {
        "holds 26 cells, and 3×3×3 are announced",
        "is 4×4×4, and most are 3×3×3",
        "is no .binvox file",
    }


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"x": np.zeros((3, 4, 4))}, r"is float64 \(3, 4, 4\): give solids as \(N, D, H, W\)"),
        ({"x": np.full((3, 4, 4, 4), 2.0)}, "has values from 2 to 2: give 0 outside and 1 inside"),
        ({"x": np.full((3, 4, 4, 4), np.nan)}, "has values from nan to nan"),
        ({"voxels_packed": np.zeros((3, 4), np.uint8)}, "voxels_packed is uint8"),
        ({"voxels_packed": np.zeros((3, 1), np.uint8), "shape": [-2, -2, 2]}, "voxels_packed is uint8"),
        ({"x": np.zeros((3, 4, 0, 4))}, "is empty"),
        ({"x": np.zeros((3, 4, 4, 4)), "y": np.zeros(3)}, "holds x, y: give one array"),
        ({"x": np.zeros((3, 4, 4, 4)), "labels": np.zeros(2, int)}, "one integer from 0 for each of 3, below"),
    ],
)
def test_bad_solids(tmp_path, arrays, says):
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(RivalsError, match=says):
        voxels(tmp_path / "x.npz")


def test_bad_sizes_and_folders_of_solids(tmp_path):
    np.save(tmp_path / "x.npy", SOLIDS)
    with pytest.raises(RivalsError, match="solids of 4×6×8: give a size that divides them, not 4"):
        voxels(tmp_path / "x.npy", size=4)
    with pytest.raises(RivalsError, match=r"holds no .binvox files"):
        voxels(tmp_path)
    (tmp_path / "a.binvox").write_text("hello")
    with pytest.raises(RivalsError, match=r"no file that can be used: .*a.binvox is no .binvox file; write it anew"):
        voxels(tmp_path)


def test_real_solids(data_home):
    source = voxels(data_home / "voxels" / "modelnet10_chair32.npz")
    assert source.spec == Voxels(1, 32, 32, 32)
    assert (source.size, source.test.size) == (801, 88)
    assert 0.03 < (source.first("voxels", 50) > 0).float().mean() < 0.2


def test_arrays_of_points_are_centred_in_the_unit_ball(tmp_path):
    np.savez(tmp_path / "x.npz", x=RNG.normal(5, 3, (12, 50, 3)), labels=np.arange(12) % 3)
    source = cloud(tmp_path / "x.npz")
    assert source.spec == Cloud(50, 3, classes=3)
    x = source.first("cloud", 99)
    assert x.dtype == torch.float32
    torch.testing.assert_close(x.mean(1), torch.zeros(11, 3), atol=1e-6, rtol=0)
    torch.testing.assert_close(x.norm(dim=2).amax(1), torch.ones(11))
    assert cloud(tmp_path / "x.npz", points=20).spec == Cloud(20, 3, classes=3)


def test_sets_without_extent_or_with_nan_are_told(tmp_path):
    x = RNG.normal(size=(5, 4, 3))
    x[1], x[3, 0, 0] = 1.0, np.nan
    np.save(tmp_path / "x.npy", x)
    source = cloud(tmp_path / "x.npy")
    assert (source.size, source.test.size) == (2, 1)
    assert [bad.reason for bad in source.found.bad] == ["is one point only", "has NaN or infinity"]
    np.save(tmp_path / "x.npy", np.ones((5, 4, 3)))
    with pytest.raises(RivalsError, match="holds no set that can be used: set 0 is one point only; leave it out"):
        cloud(tmp_path / "x.npy")
    np.save(tmp_path / "x.npy", np.ones((5, 4, 7)))
    with pytest.raises(RivalsError, match=r"is float64 \(5, 4, 7\): give sets of points as floats \(N, P, 3\)"):
        cloud(tmp_path / "x.npy")


SLAB = "OFF\n# a comment\n4 1 0\n0 0 0\n3 0 0\n3 1 0\n0 1 0\n4 0 1 2 3\n"
PLY = """ply
format ascii 1.0
element vertex 4
property float x
property float y
property float z
property uchar red
element face 1
property list uchar int vertex_index
end_header
0 0 0 9
3 0 0 9
3 1 0 9
0 1 0 9
4 0 1 2 3
"""


@pytest.mark.parametrize(("name", "text"), [("a.off", SLAB), ("a.off", SLAB.replace("OFF\n", "OFF")), ("a.ply", PLY)])
def test_meshes_are_sampled_uniformly_on_their_surface(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    x = cloud(tmp_path, points=4000).first("cloud", 1)[0]
    assert x.shape == (4000, 3)
    assert x[:, 2].abs().max() < 1e-6
    width, height = (x.amax(0) - x.amin(0))[:2]
    assert width / height == pytest.approx(3, abs=0.02)
    # of a uniform distribution the standard deviation is the width by √12, in either direction
    assert x[:, 0].std() / width == pytest.approx(12**-0.5, abs=0.01)
    assert x[:, 1].std() / height == pytest.approx(12**-0.5, abs=0.01)
    counts = torch.histc(x[:, 0], 3)
    assert counts.min() > 1200


def test_files_of_points_classes_and_repetition(tmp_path):
    for i in range(4):
        folder = tmp_path / ("cup" if i < 2 else "mug")
        folder.mkdir(exist_ok=True)
        np.savetxt(folder / f"{i}.xyz", RNG.normal(size=(6 if i else 10, 3)), header="x y z")
    source = cloud(tmp_path, points=8)
    assert source.spec == Cloud(8, 3, classes=2)
    assert source.found.facts["repeated"] == "points in 3 sets that have fewer"
    every = torch.cat([source.first("cloud", 9), source.test.first("cloud", 9)])
    assert sorted(len(one.unique(dim=0)) for one in every) == [6, 6, 6, 8]


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("b.off", "4 1 0\n", "does not begin with OFF; save it as an ASCII .off file"),
        ("b.off", "OFF\n4 1 0\n0 0 0\n", "ends before its 4 vertices and 1 faces"),
        ("b.off", SLAB.replace("4 0 1 2 3", "4 0 1 2 9"), "has faces of vertices that are not there"),
        ("b.off", SLAB.replace("4 0 1 2 3", "3 0 1"), "has a face that is not a number of corners"),
        ("b.off", SLAB.replace("4 0 1 2 3", f"3 0 1 {10**30}"), "has a face that is not"),
        ("b.xyz", "1e308 0 0\n-1e308 0 0\n", "has coordinates too large to measure"),
        ("b.off", SLAB.replace("4 0 1 2 3", "3 0 1 1"), "has a surface without area"),
        ("b.ply", PLY.replace("ascii", "binary_little_endian"), "is a binary .ply file; save it as ASCII"),
        ("b.ply", PLY.replace("property float z", "property float w"), "has vertices without x, y and z"),
        ("b.xyz", "1 2 3\n4 5\n", "has a line that is not three numbers; write x, y and z on each line"),
        ("b.xyz", "# nothing\n", "has no points"),
        ("b.xyz", "1 2 nan\n4 5 6\n", "has NaN or infinity"),
    ],
)
def test_bad_files_of_points(tmp_path, name, text, says):
    (tmp_path / name).write_text(text)
    with pytest.raises(RivalsError, match=says):
        cloud(tmp_path, points=8)
    (tmp_path / "good.off").write_text(SLAB)
    source = cloud(tmp_path, points=8)
    assert (source.size, [bad.file for bad in source.found.bad]) == (1, [str(tmp_path / name)])
