"""Sounds with transcripts: rates, lengths, letters, files that cannot be used; and words spelled in tones."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.io import wavfile

from rivals.data import named
from rivals.data.made.keywords import LETTERS, RATE, SLOT, Keywords
from rivals.data.readers import detect
from rivals.data.readers.speech import speech
from rivals.errors import RivalsError


def sound(path, n=400, rate=8000, hertz=440.0):
    x = 0.5 * np.sin(2 * np.pi * hertz * np.arange(n) / rate)
    wavfile.write(path, rate, (x * 2**15).round().astype(np.int16))


def folder(path, said, header="file,transcript"):
    path.mkdir(exist_ok=True)
    lines = [f"{name},{word}" for name, word in said.items()]
    (path / "transcripts.csv").write_text("\n".join([header, *lines]))
    return path


def test_sounds_are_filled_up_and_transcripts_spelled(tmp_path):
    place = folder(tmp_path / "s", {f"{i}.wav": word for i, word in enumerate(["No", "on", "oon"] * 4)})
    for i in range(12):
        sound(place / f"{i}.wav", 300 + i)
    assert detect(place) == "speech"
    source = speech(place)
    assert source.spec.alphabet == ("", "n", "o")
    assert (source.spec.length, source.spec.rate, source.spec.letters) == (311, 8000, 3)
    assert (source.size, source.test.size) == (11, 1)
    x, said = source.first("audio", 11), source.first("transcript", 11)
    assert x.shape == (11, 1, 311)
    assert {tuple(row) for row in said.tolist()} <= {(1, 2, 0), (2, 1, 0), (2, 2, 1)}
    assert x.abs().max() == pytest.approx(0.5, abs=0.01)


def test_rates_are_brought_together_and_long_sounds_left_out(tmp_path):
    place = folder(tmp_path / "s", {"a.wav": "a", "b.wav": "b", "c.wav": "ab"})
    sound(place / "a.wav", 400)
    sound(place / "b.wav", 400)
    sound(place / "c.wav", 800, rate=16000)
    assert [bad.file for bad in speech(place).found.bad] == ["c.wav"]
    source = speech(place, rate=8000)
    assert not source.found.bad
    assert source.spec.length == 400
    sound(place / "b.wav", 500)
    assert "500 numbers, more than length=400" in speech(place, length=400).found.bad[0].reason


def test_what_cannot_be_used_is_told(tmp_path):
    place = folder(tmp_path / "s", {"a.wav": "a", "b.wav": "", "c.wav": "c", "d.wav": "d"})
    sound(place / "a.wav")
    sound(place / "b.wav")
    (place / "d.wav").write_bytes(b"nothing")
    reasons = [bad.reason for bad in speech(place).found.bad]
    assert reasons[:2] == ["has no transcript", f"is not in {place}"]
    assert "no .wav file that can be read" in reasons[2]


@pytest.mark.parametrize(
    ("said", "header", "sentence"),
    [
        ({}, "file,transcript", "no transcripts in it"),
        ({"a.wav": "a"}, "name,word", "its header is file,transcript"),
        ({"a.wav": "a"}, "file,transcript", "holds no sound that can be used: a.wav is not in"),
    ],
)
def test_folders_that_do_not_fit_are_refused(tmp_path, said, header, sentence):
    with pytest.raises(RivalsError, match=sentence):
        speech(folder(tmp_path / "s", said, header))
    with pytest.raises(RivalsError, match=r"has no transcripts\.csv"):
        speech(tmp_path)


def test_keywords_sound_as_they_are_spelled():
    made = Keywords()
    x, letters = made.make(200, torch.Generator().manual_seed(0))
    assert x.shape == (200, 1, SLOT * 6)
    assert x.abs().max() <= 1
    counts = (letters > 0).sum(1)
    assert set(counts.tolist()) == {3, 4, 5, 6}
    assert (letters[letters > 0] <= len(LETTERS)).all()
    slots = x[:, 0].unflatten(1, (6, SLOT))
    spectrum = torch.fft.rfft(slots, dim=2).abs()
    hertz = torch.fft.rfftfreq(SLOT, 1 / RATE)
    low = hertz[(spectrum * (hertz < 850)).argmax(2)]
    there = letters > 0
    expected = 400.0 + 110 * ((letters - 1) % 4)
    assert ((low - expected).abs()[there] < 40).double().mean() > 0.95
    silent, loud = slots.square().mean(2)[~there], slots.square().mean(2)[there]
    assert silent.max() < 0.01 * loud.median() + 0.001


def test_keywords_are_the_same_each_time():
    source = named.load("keywords")
    one, other = (source.draw(("audio", "transcript"), seed=3, start=0, size=4) for _ in range(2))
    assert torch.equal(one[0], other[0])
    assert torch.equal(one[1], other[1])
