import numpy as np
import pytest
import torch

from rivals.data.readers import series as module
from rivals.errors import RivalsError

series = module.series


def write(path, content):
    path.write_text(content)
    return path


def unscaled(source, x):
    low, high = (np.array(v) for v in (source.spec.low, source.spec.high))
    return low + (x.numpy().astype(float) + 1) / 2 * (high - low)


def test_windows_of_an_array_are_scaled_and_the_end_is_held_out(tmp_path):
    x = np.stack([np.arange(100.0), np.full(100, 3.0), np.arange(100) ** 2 - 50], 1)
    np.save(tmp_path / "s.npy", x)
    source = series(tmp_path / "s.npy", length=5)
    train, test = source.first("series", 999), source.test.first("series", 999)
    assert (source.spec.length, source.spec.channels) == (5, 3)
    assert train.shape == (86, 5, 3)
    assert test.shape == (6, 5, 3)
    assert train.dtype == torch.float32
    both = torch.cat([train, test])
    assert (both.min(), both.max()) == (-1, 1)
    np.testing.assert_allclose(unscaled(source, train)[7], x[7:12], atol=1e-3)
    assert unscaled(source, train)[:, :, 0].max() == pytest.approx(89)
    assert unscaled(source, test)[:, :, 0].min() == pytest.approx(90)


def test_stride_and_one_channel(tmp_path):
    np.save(tmp_path / "s.npy", np.arange(60))
    source = series(tmp_path / "s.npy", length=10, stride=10)
    assert (source.size, source.test.size, source.spec.channels) == (5, 1, 1)


def test_many_series_are_kept_whole_or_cut(tmp_path):
    x = np.random.default_rng(0).normal(size=(20, 12, 2))
    np.savez(tmp_path / "s.npz", samples=x)
    whole = series(tmp_path / "s.npz")
    assert (whole.spec.length, whole.size, whole.test.size) == (12, 18, 2)
    assert series(tmp_path / "s.npz", length=6, stride=3).size == 18 * 3


def test_csv_fills_gaps_and_drops_what_is_no_channel(tmp_path):
    rows = [f"{i + 1},2020-01-{i},{'' if i in (4, 5) else i * 2},{'oops' if i == 7 else i / 2}" for i in range(200)]
    path = write(tmp_path / "s.csv", "no,day,load,x\n" + "\n".join(rows))
    source = series(path, length=10)
    assert source.spec.names == ("load", "x")
    assert source.found.facts["left out"] == "no (it counts the rows), day (text)"
    assert source.found.facts["interpolated"] == "load 1.0%, x 0.5%"
    assert source.found.bad[0].reason == "column 'x', line 9: 'oops' is no number, taken for missing"
    first = unscaled(source, source.first("series", 1))[0]
    np.testing.assert_allclose(first, np.stack([np.arange(10) * 2, np.arange(10) / 2], 1), atol=1e-4)
    assert series(path, length=10, columns=("x", "load")).spec.names == ("x", "load")


def test_nan_in_arrays_is_interpolated_and_the_ends_hold(tmp_path):
    x = np.arange(40.0)
    x[[0, 10, 39]] = np.nan, np.inf, np.nan
    np.save(tmp_path / "s.npy", x)
    source = series(tmp_path / "s.npy", length=20)
    np.testing.assert_allclose(unscaled(source, source.first("series", 1))[0, :, 0], [1, *range(1, 20)], atol=1e-4)
    assert source.found.facts["interpolated"] == "1 7.5%"


@pytest.mark.parametrize(
    ("content", "options", "sentence"),
    [
        ("a,b\nx,y\nu,v\n", {}, r"no column of numbers: a \(text\), b \(text\)"),
        ("a\n" + "1.5\n" * 30, {}, "has 30 steps, too few for two windows of 24.*choose a length up to 15"),
        ("a\n" + "1.5\n" * 9, {}, "has 9 steps, and a window has 24"),
        ("a\n" + "1.5\n" * 9, {"length": 1}, "give at least 2 and 1"),
        ("a\n" + "1.5\n" * 9, {"columns": ("b",)}, "has no column 'b': it has a"),
        ("a,b\n" + "1.5,x\n" * 9, {"columns": ("b",)}, r"column 'b' cannot be a channel \(text\)"),
        ("a,b\n" + "1.5,\n" * 9, {"columns": ("b",)}, r"column 'b' cannot be a channel \(100% missing\)"),
    ],
)
def test_what_is_no_series_is_refused(tmp_path, content, options, sentence):
    with pytest.raises(RivalsError, match=sentence):
        series(write(tmp_path / "s.csv", content), **options)


def test_arrays_that_are_no_series_are_refused(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((2, 2, 2, 2)))
    with pytest.raises(RivalsError, match=r"is float64 \(2, 2, 2, 2\): give numbers"):
        series(tmp_path / "a.npy")
    np.save(tmp_path / "b.npy", np.full((60, 2), np.nan))
    with pytest.raises(RivalsError, match="channel 1 has no number"):
        series(tmp_path / "b.npy")
    np.save(tmp_path / "c.npy", np.ones((0, 2)))
    with pytest.raises(RivalsError, match="is empty"):
        series(tmp_path / "c.npy")
    (tmp_path / "d.npy").write_bytes(b"no array")
    with pytest.raises(RivalsError, match=r"d\.npy holds Python objects"):
        series(tmp_path / "d.npy")


def test_too_many_windows_are_refused_before_memory_is_taken(tmp_path):
    np.save(tmp_path / "s.npy", np.arange(200_000, dtype=np.float32))
    with pytest.raises(RivalsError, match="choose stride=10 or more"):
        series(tmp_path / "s.npy", length=10_000)


def test_beijing(data_home):
    source = series(data_home / "tabular" / "beijing_pm25_hourly.csv.gz", columns=("pm2.5", "TEMP"), stride=24)
    assert source.spec.names == ("pm2.5", "TEMP")
    assert (source.spec.low, source.spec.high) == ((0.0, -19.0), (994.0, 42.0))
    assert source.found.facts["interpolated"] == "pm2.5 4.7%"
    assert (source.size, source.test.size) == (1643, 182)
