import csv
import io

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import wavfile

from rivals.data.made.series import sines, tones
from rivals.data.readers.series import series
from rivals.data.readers.sound import audio, music
from rivals.data.readers.tables import table
from rivals.data.specs import Column, Music, Series, Table, Tokens
from rivals.pictures import timed as written


def rows(blob):
    return list(csv.reader(io.StringIO(blob.decode())))


def test_a_table_is_written_in_its_own_units():
    spec = Table((Column("n", mean=10, std=2, whole=True), Column("c, d", ("x", "y"), missing=True), Column("z")))
    samples = torch.tensor([[0.3, 0.2, 0.1, 0.4, 0.25], [-1.0, -1.0, 3.0, 0.7, float("nan")]])
    assert rows(written.table_csv(samples, spec)) == [["n", "c, d", "z"], ["11", "x", "0.25"], ["8", "", ""]]


def test_a_written_table_is_read_back(tmp_path):
    lines = "".join(f"{i * 1.5},{'' if i == 3 else i * i},{'ab'[i % 2]}\n" for i in range(50))
    (tmp_path / "a.csv").write_text("x,n,c\n" + lines)
    source = table(tmp_path / "a.csv")
    sample = source.first("row", 45)
    (tmp_path / "b.csv").write_bytes(written.table_csv(sample, source.spec))
    back = rows((tmp_path / "b.csv").read_bytes())[1:]
    assert set(map(tuple, back)) < {tuple(line) for line in rows(lines.encode().replace(b".0,", b","))}


def test_tokens_are_spelled_without_fillers():
    spec = Tokens(4, 4, ("", "<?>", "cat", "sat"))
    samples = torch.tensor([[2, 3, 0, 0], [2, 0, 1, 3]])
    assert written.tokens_txt(samples, spec) == b"cat sat\ncat <?> sat\n"
    letters = Tokens(4, 4, ("", "é", "a", " "), joined="")
    assert written.tokens_txt(samples, letters).decode() == "a \naé \n"
    assert written.tokens_txt(samples, Tokens(4, 4)) == b"2 3 0 0\n2 0 1 3\n"


def test_series_are_written_in_original_units_and_read_back(tmp_path):
    spec = Series(3, 2, (0.0, -10.0), (100.0, 10.0), ("load", "x"))
    samples = torch.tensor([[[-1.0, 0.0], [0.0, 1.0], [1.0, -1.0]]] * 2)
    told = rows(written.series_csv(samples, spec))
    assert told[0] == ["window", "load", "x"]
    assert told[1:4] == [["1", "0", "0"], ["1", "50", "10"], ["1", "100", "-10"]]
    assert told[4][0] == "2"
    assert rows(written.series_csv(samples[:1], spec))[:2] == [["load", "x"], ["0", "0"]]
    (tmp_path / "s.npz").write_bytes(written.array_npz(samples, spec))
    source = series(tmp_path / "s.npz")
    assert (source.spec.low, source.spec.high) == (spec.low, spec.high)
    torch.testing.assert_close(source.first("series", 1), samples[:1])
    assert rows(written.series_csv(samples, Series(3, 2)))[0] == ["window", "channel 1", "channel 2"]


def test_sound_is_written_as_one_file_or_many_and_read_back(tmp_path):
    source = tones()
    x = source.first("audio", 3)
    files = written.audio_folder(x, source.spec)
    assert list(files) == ["00000.wav", "00001.wav", "00002.wav"]
    for name, blob in files.items():
        (tmp_path / name).write_bytes(blob)
    back = audio(tmp_path)
    assert back.spec == source.spec
    found = torch.cat([back.first("audio", 9), back.test.first("audio", 9)])
    assert min((found[i] - x[0]).abs().max() for i in range(3)) < 1e-4
    (tmp_path / "one.wav").write_bytes(written.audio_wav(2 * x, source.spec))
    rate, sound = wavfile.read(tmp_path / "one.wav")
    assert (rate, sound.dtype, len(sound)) == (8000, np.int16, 3 * 1024 + 2 * 800)
    assert sound.max() == 32767


def test_music_is_written_as_midi_and_read_back(tmp_path):
    pytest.importorskip("mido")
    spec = Music(16, 12, lowest=60, steps=4)
    x = torch.where(torch.rand(3, 16, 12, generator=torch.Generator().manual_seed(0)) < 0.3, 1.0, -1.0)
    x[:, -1] = 1.0  # so that the last step is not lost
    for name, blob in written.music_folder(x, spec).items():
        (tmp_path / name).write_bytes(blob)
    source = music(tmp_path, length=16, lowest=60, pitches=12)
    assert source.spec == spec
    found = torch.cat([source.first("music", 9), source.test.first("music", 9)])
    assert sorted(found.flatten(1).tolist()) == sorted(x.flatten(1).tolist())
    (tmp_path / "one.mid").write_bytes(written.music_mid(x, spec))
    one = music(tmp_path / "one.mid", length=16, lowest=60, pitches=12)
    parts = torch.cat([one.first("music", 9), one.test.first("music", 9)])
    torch.testing.assert_close(parts, torch.stack([x[0], -torch.ones(16, 12), x[1], -torch.ones(16, 12), x[2]]))
    (tmp_path / "r.npz").write_bytes(written.array_npz(x, spec))
    assert music(tmp_path / "r.npz", length=16, lowest=60).spec == spec


@pytest.mark.parametrize("n", [1, 5, 40])
def test_plots_of_any_number_of_samples(n):
    roll = Music(8, 12)
    plots = (
        (written.series_png, sines().first("series", n), sines().spec),
        (written.audio_png, tones().first("audio", n), tones().spec),
        (written.music_png, torch.where(torch.rand(n, 8, 12) < 0.2, 1.0, -1.0), roll),
    )
    for plot, samples, spec in plots:
        picture = np.asarray(Image.open(io.BytesIO(plot(samples, spec))).convert("L"))
        assert picture.shape[0] > 200
        assert (picture < 128).mean() > 0.001


def test_samples_that_are_not_finite_can_be_drawn_and_written():
    spec, nan = Series(4, 1), torch.full((2, 4, 1), float("nan"))
    assert written.series_png(nan, spec)[:4] == b"\x89PNG"
    assert rows(written.series_csv(nan, spec))[1] == ["1", "0"]
    assert written.audio_wav(torch.full((1, 1, 1024), float("inf")), tones().spec)[:4] == b"RIFF"
