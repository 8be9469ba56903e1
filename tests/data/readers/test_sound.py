import struct
import sys

import numpy as np
import pytest
import torch
from scipy.io import wavfile

from rivals.data.readers.sound import audio, music
from rivals.errors import RivalsError


def tone(n, rate=8000, hertz=440.0):
    return 0.5 * np.sin(2 * np.pi * hertz * np.arange(n) / rate)


def everything(source):
    parts = [source, source.test] if source.test is not None else [source]
    return torch.cat([part.first(part.main, 10**9) for part in parts])


@pytest.mark.parametrize("kind", ["u1", "i2", "i4", "f4"])
def test_wave_files_of_all_depths_are_read_to_one_scale(tmp_path, kind):
    x = tone(8000)
    stored = {
        "u1": (x * 128 + 128).round().astype(np.uint8),
        "i2": (x * 2**15).round().astype(np.int16),
        "i4": (x * 2.0**31).astype(np.int32),
        "f4": x.astype(np.float32),
    }[kind]
    wavfile.write(tmp_path / "t.wav", 8000, stored)
    source = audio(tmp_path / "t.wav", length=1000)
    assert (source.spec.channels, source.spec.length, source.spec.rate) == (1, 1000, 8000)
    assert (source.size, source.test.size, source.main) == (7, 1, "audio")
    np.testing.assert_allclose(everything(source).numpy().reshape(-1), x, atol=0.006 if kind == "u1" else 1e-4)


def test_24_bits(tmp_path):
    x = (tone(4000) * 2**23).astype(np.int32)
    body = x.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    form = struct.pack("<HHIIHH", 1, 1, 8000, 24000, 3, 24)

    def chunk(name, data):
        return name + struct.pack("<I", len(data)) + data

    (tmp_path / "t.wav").write_bytes(chunk(b"RIFF", b"WAVE" + chunk(b"fmt ", form) + chunk(b"data", body)))
    np.testing.assert_allclose(everything(audio(tmp_path / "t.wav", length=1000)).reshape(-1), tone(4000), atol=1e-6)


def test_files_of_another_rate_are_bad_or_resampled(tmp_path):
    for i in range(3):
        wavfile.write(tmp_path / f"{i}.wav", 8000, tone(4096).astype(np.float32))
    (tmp_path / "more").mkdir()
    wavfile.write(tmp_path / "more" / "fast.WAV", 16000, tone(8192, 16000).astype(np.float32))
    (tmp_path / "broken.wav").write_bytes(b"RIFF1234WAVEjunk")
    source = audio(tmp_path)
    assert len(everything(source)) == 12
    reasons = {bad.file.rsplit("/", 1)[1]: (bad.reason, bad.mend) for bad in source.found.bad}
    assert reasons["fast.WAV"] == (
        "16,000 numbers a second, where most files have 8,000", "give rate=8000 to bring all files to one rate"
    )  # fmt: skip
    assert "no .wav file that can be read" in reasons["broken.wav"][0]
    resampled = audio(tmp_path, rate=8000)
    assert len(everything(resampled)) == 16
    assert resampled.found.facts["rate"] == "8,000 a second; 1 files are resampled"
    assert [bad.file.rsplit("/", 1)[1] for bad in resampled.found.bad] == ["broken.wav"]
    spectrum = np.abs(np.fft.rfft(everything(resampled)[:, 0].numpy(), axis=1)).argmax(1)
    assert set(spectrum * 8000 / 1024) <= {437.5, 445.3125}


def test_channels_short_files_and_loud_ones(tmp_path):
    left, right = tone(600), np.full(600, 1.5)
    wavfile.write(tmp_path / "a.wav", 8000, np.stack([left, right], 1).astype(np.float32))
    stereo = audio(tmp_path / "a.wav", mono=False)
    x = everything(stereo)
    assert x.shape == (1, 2, 1024)
    assert stereo.test is None
    np.testing.assert_allclose(x[0, 0, :600], left, atol=1e-6)
    assert (x[0, 1, :600] == 1).all()
    assert (x[0, :, 600:] == 0).all()
    assert stereo.found.facts["filled up"] == "1 files are shorter than a piece"
    assert stereo.found.facts["cut"] == "1 files go beyond [-1, 1]"
    np.testing.assert_allclose(everything(audio(tmp_path))[0, 0, :600], ((left + right) / 2).clip(-1, 1), atol=1e-6)


def test_what_is_no_sound_is_refused(tmp_path):
    with pytest.raises(RivalsError, match=r"holds no \.wav file: `ffmpeg -i FILE new\.wav`"):
        audio(tmp_path)
    (tmp_path / "a.wav").write_bytes(b"ID3 not a wave")
    with pytest.raises(RivalsError, match=r"a\.wav cannot be used: no \.wav file that can be read"):
        audio(tmp_path / "a.wav")
    wavfile.write(tmp_path / "b.wav", 8000, np.full(100, np.nan, np.float32))
    with pytest.raises(RivalsError, match=r"cannot be used \(2 files are bad, .*a\.wav is the first\)"):
        audio(tmp_path)
    with pytest.raises(RivalsError, match="give at least 2"):
        audio(tmp_path, length=1)


def save_midi(path, notes, ticks=480, channel=0):
    """Notes are (start, end, pitch) in ticks."""
    mido = pytest.importorskip("mido")
    file, track = mido.MidiFile(ticks_per_beat=ticks), mido.MidiTrack()
    file.tracks.append(track)
    events = sorted([(s, 1, p) for s, _, p in notes] + [(e, 0, p) for _, e, p in notes])
    now = 0
    for time, on, pitch in events:
        track.append(mido.Message("note_on", note=pitch, velocity=64 * on, time=time - now, channel=channel))
        now = time
    file.save(path)


def test_a_midi_file_becomes_a_roll(tmp_path):
    save_midi(tmp_path / "a.mid", [(0, 480, 60), (240, 260, 64), (480, 960, 60), (0, 960, 10)])
    source = music(tmp_path / "a.mid", length=8)
    (roll,) = everything(source)
    assert roll.shape == (8, 88)
    assert set(roll.unique().tolist()) == {-1, 1}
    assert (roll[:, 60 - 21] == 1).all()
    assert (roll[:, 64 - 21] > 0).nonzero().flatten().tolist() == [2]
    assert (roll > 0).sum() == 9
    assert source.found.facts["pitches"] == "47.1% of the sound is not in 21 to 108, left out"
    assert (source.spec.steps, source.spec.lowest, source.spec.pitches) == (4, 21, 88)


def test_a_folder_of_midi_files_leaves_out_what_is_broken(tmp_path):
    for i in range(4):
        save_midi(tmp_path / f"{i}.mid", [(k * 120, k * 120 + 120, 60 + k % 12) for k in range(40)])
    save_midi(tmp_path / "drums.mid", [(0, 480, 60)], channel=9)
    (tmp_path / "junk.mid").write_bytes(b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\xff\xffjunk")
    save_midi(tmp_path / "long.mid", [(0, 480 * 60_000, 60)])
    source = music(tmp_path, length=16)
    assert (source.size, source.test.size) == (8 - 1, 1)
    reasons = {bad.file.rsplit("/", 1)[1]: bad.reason for bad in source.found.bad}
    assert reasons["drums.mid"] == "no notes"
    assert "no MIDI file" in reasons["junk.mid"]
    assert reasons["long.mid"] == "240,000 steps long, at most 100,000"
    with pytest.raises(RivalsError, match=r"no note of the pitches 90 to 93"):
        music(tmp_path, lowest=90, pitches=4)


def test_midi_without_its_library_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "mido", None)
    (tmp_path / "a.mid").write_bytes(b"MThd")
    with pytest.raises(RivalsError, match=r"needs the extra 'music': pip install 'rivals\[music\]'"):
        music(tmp_path / "a.mid")


def test_rolls_in_arrays(tmp_path):
    rolls = (np.random.default_rng(0).random((30, 20, 12)) < 0.2).astype(np.uint8)
    np.savez(tmp_path / "r.npz", samples=rolls)
    source = music(tmp_path / "r.npz", length=10, lowest=60, steps=2)
    assert (source.spec.pitches, source.spec.lowest, source.spec.steps) == (12, 60, 2)
    x = everything(source)
    assert x.shape == (60, 10, 12)
    assert (x > 0).sum() == rolls.sum()
    full = np.zeros((32, 128), bool)
    full[:, 21] = True
    np.save(tmp_path / "f.npy", full)
    (first, _) = everything(music(tmp_path / "f.npy", length=16))
    assert first.shape == (16, 88)
    assert (first[:, 0] == 1).all()
    assert (first > 0).sum() == 16


def test_arrays_that_are_no_rolls_are_refused(tmp_path):
    np.savez(tmp_path / "a.npz", pitch=np.arange(9), held=np.ones(9))
    with pytest.raises(RivalsError, match=r"holds pitch int64 \(9,\), held float64 \(9,\): give one roll"):
        music(tmp_path / "a.npz")
    np.savez(tmp_path / "b.npz", roll=np.eye(12), roll_lengths=np.array([3, 4]))
    with pytest.raises(RivalsError, match="lengths of 'roll' do not add up to its 12 steps"):
        music(tmp_path / "b.npz")
    np.save(tmp_path / "c.npy", np.eye(100))
    with pytest.raises(RivalsError, match="choose lowest=28"):
        music(tmp_path / "c.npy", lowest=40)
    with pytest.raises(RivalsError, match="within MIDI's 0 to 127"):
        music(tmp_path / "c.npy", lowest=128)


def test_chorales(data_home):
    source = music(data_home / "music" / "jsb_chorales.npz", length=32)
    assert (source.spec.steps, source.spec.pitches, source.spec.lowest) == (1, 88, 21)
    with np.load(data_home / "music" / "jsb_chorales.npz") as data:
        lengths, test = data["roll4_train_lengths"], data["roll4_test_lengths"]
    assert source.size == np.maximum(lengths // 32, 1).sum()
    assert source.test.size == np.maximum(test // 32, 1).sum()
    voices = (source.first("music", 10**9) > 0).sum(2).float().mean()
    assert 3 < voices < 4
