import numpy as np
import torch

from rivals.data.made.series import Tones, sines, tones


def test_sines_are_windows_within_bounds():
    x = sines().first("series", 50)
    assert x.shape == (50, 24, 5)
    assert x.abs().max() <= 1


def test_tones_have_the_pitch_that_is_told():
    source = tones()
    assert (source.spec.channels, source.spec.length, source.spec.rate) == (1, 1024, 8000)
    x, pitch = source.draw(["audio", "pitch"], seed=1, start=0, size=200)
    assert x.shape == (200, 1, 1024)
    torch.testing.assert_close(x.abs().amax(2), torch.full((200, 1), 0.9))
    spectrum = np.abs(np.fft.rfft(x[:, 0].numpy() * np.hanning(1024), 8 * 1024, axis=1))
    found = spectrum.argmax(1) * 8000 / (8 * 1024)
    assert np.median(np.abs(found - pitch.numpy())) < 4


def test_pitches_are_spread_evenly_in_octaves():
    truth = Tones()
    _, pitch = truth.make(4000, torch.Generator().manual_seed(0))
    assert pitch.min() >= truth.low
    assert pitch.max() <= truth.high
    octaves = torch.histc(torch.log2(pitch / truth.low), 3, 0, 3)
    assert (octaves - 4000 / 3).abs().max() < 150


def test_tones_are_a_function_of_seed_and_position():
    a, b, c = (tones().draw(["audio"], seed=s, start=0, size=3)[0] for s in (0, 0, 1))
    assert torch.equal(a, b)
    assert not torch.equal(a, c)
