"""Samples of tables, sequences, series, sound and music as files: text, plots, sound, MIDI."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

import numpy as np
from torch import Tensor

from rivals.data.readers.plain import needed
from rivals.data.readers.tables import decode
from rivals.data.specs import Audio, Music, Series, Table, Tokens

Writer: TypeAlias = Callable[[Tensor, Any], "bytes | dict[str, bytes]"]
"""(samples, spec) -> a file's content, or of a folder each file's name and content."""

SHOWN = 16
"""Samples in a picture."""
PAUSE, REST = 0.1, 4
"""Between samples in one file: seconds of sound, quarter notes of music."""


def table_csv(samples: Tensor, spec: Table) -> bytes:
    """Rows (N, dim) in the table's own units under a header; what is missing is empty."""
    columns = decode(samples, spec)
    return _csv(list(columns), zip(*columns.values(), strict=True))


def tokens_txt(samples: Tensor, spec: Tokens) -> bytes:
    """A line for each sequence (N, T): its symbols as they are spelled, without fillers, or numbers."""
    if not spec.symbols:
        return "".join(" ".join(map(str, row)) + "\n" for row in samples.tolist()).encode()
    spelled = (spec.joined.join(spec.symbols[i] for i in row if spec.symbols[i]) for row in samples.tolist())
    return "".join(line + "\n" for line in spelled).encode()


def series_csv(samples: Tensor, spec: Series) -> bytes:
    """Windows (N, length, channels) in original units, a row a step; of several the column `window` says which."""
    x = unscaled(samples, spec)
    names = list(spec.names) or [f"channel {i + 1}" for i in range(spec.channels)]
    if len(x) == 1:
        return _csv(names, ([_short(v) for v in step] for step in x[0]))
    rows = ([i, *(_short(v) for v in step)] for i, window in enumerate(x, 1) for step in window)
    return _csv(["window", *names], rows)


def series_png(samples: Tensor, spec: Series) -> bytes:
    """The first windows as line plots, scaled as they are learnt."""
    x = _array(samples)[:SHOWN]
    figure, axes = _sheet(len(x), 2.6, 1.7)
    for one, window in zip(axes, x, strict=False):
        one.plot(window, linewidth=1.1)
        one.set_ylim(-1.08, 1.08)
    if len(spec.names) == spec.channels and 1 <= spec.channels <= 10:
        figure.legend(axes[0].lines, spec.names, loc="outside lower center", ncols=5, fontsize=8, frameon=False)
    return _drawn(figure, f"{len(x)} of {len(samples):,} windows, {spec.length} steps, each channel from -1 to 1")


def unscaled(samples: Tensor, spec: Series) -> np.ndarray:
    """Windows in original units, low + (x + 1)/2 · (high - low): float64, the same shape."""
    x = _array(samples).astype(np.float64)
    if not spec.low:
        return x
    low, high = np.array(spec.low), np.array(spec.high)
    units: np.ndarray = low + (x + 1) / 2 * (high - low)
    return units


def audio_wav(samples: Tensor, spec: Audio) -> bytes:
    """All samples (N, channels, length) in one file of 16 bits, a tenth of a second apart."""
    x = _array(samples)
    pause = np.zeros((spec.channels, round(PAUSE * spec.rate)), np.float32)
    parts = [part for one in x for part in (pause, one)][1:]
    return _wav(np.concatenate(parts, 1), spec.rate)


def audio_folder(samples: Tensor, spec: Audio) -> dict[str, bytes]:
    """A file of 16 bits for each sample."""
    return {name: _wav(one, spec.rate) for name, one in zip(_names(len(samples), "wav"), _array(samples), strict=True)}


def audio_png(samples: Tensor, spec: Audio) -> bytes:
    """The first samples as waveforms, of several channels one over the other."""
    x = _array(samples)[:SHOWN]
    figure, axes = _sheet(len(x), 2.8, 1.3)
    time = np.arange(spec.length) / spec.rate * 1000
    for one, sound in zip(axes, x, strict=False):
        one.plot(time, sound.T, linewidth=0.6)
        one.set_ylim(-1.05, 1.05)
    return _drawn(figure, f"{len(x)} of {len(samples):,} sounds, milliseconds, {spec.rate:,} numbers a second")


def music_mid(samples: Tensor, spec: Music) -> bytes:
    """All rolls (N, length, pitches) in one MIDI file, a whole note apart; above 0 a note sounds."""
    rest = np.zeros((REST * spec.steps, spec.pitches), bool)
    parts = [part for roll in _array(samples) > 0 for part in (rest, roll)][1:]
    return _midi(np.concatenate(parts), spec)


def music_folder(samples: Tensor, spec: Music) -> dict[str, bytes]:
    """A MIDI file for each roll."""
    rolls = _array(samples) > 0
    return {name: _midi(roll, spec) for name, roll in zip(_names(len(rolls), "mid"), rolls, strict=True)}


def music_png(samples: Tensor, spec: Music) -> bytes:
    """The first rolls, time from left to right and pitch upwards, black where a note sounds."""
    x = _array(samples)[:SHOWN]
    figure, axes = _sheet(len(x), 2.6, 2.2)
    edges = (-0.5, spec.length - 0.5, spec.lowest - 0.5, spec.lowest + spec.pitches - 0.5)
    for one, roll in zip(axes, x, strict=False):
        one.grid(visible=False)
        one.imshow(
            roll.T, origin="lower", aspect="auto", cmap="Greys", vmin=-1, vmax=1, extent=edges, interpolation="nearest"
        )
    return _drawn(figure, f"{len(x)} of {len(samples):,} pieces, MIDI pitches, steps in a quarter note: {spec.steps}")


def array_npz(samples: Tensor, spec: Any) -> bytes:
    """An array `samples`: series in original units, float32; rolls as uint8 0 and 1; everything else as it is."""
    x = samples.detach().cpu().numpy()
    if isinstance(spec, Series):
        x = unscaled(samples, spec).astype(np.float32)
    elif isinstance(spec, Music):
        x = (x > 0).astype(np.uint8)
    file = io.BytesIO()
    np.savez_compressed(file, samples=x)
    return file.getvalue()


WRITERS: dict[type, dict[str, Writer]] = {
    Table: {".csv": table_csv, ".npz": array_npz},
    Tokens: {".txt": tokens_txt, ".npz": array_npz},
    Series: {".png": series_png, ".csv": series_csv, ".npz": array_npz},
    Audio: {".png": audio_png, ".wav": audio_wav, "": audio_folder, ".npz": array_npz},
    Music: {".png": music_png, ".mid": music_mid, "": music_folder, ".npz": array_npz},
}
"""Kind -> ending -> writer; the one to look at first; the ending of a folder is ""."""


def _array(samples: Tensor) -> np.ndarray:
    """Samples as float32, what is not finite as 0."""
    x: np.ndarray = np.nan_to_num(samples.detach().float().cpu().numpy(), nan=0.0, posinf=0.0, neginf=0.0)
    return x


def _csv(names: Sequence[str], rows: Iterable[Iterable[Any]]) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_short(v) if isinstance(v, float) else v for v in row] for row in rows)
    return file.getvalue().encode()


def _short(x: float) -> str:
    """A number with the seven digits that float32 has; empty where it is not finite."""
    return f"{x + 0.0:.7g}" if math.isfinite(x) else ""  # + 0.0: no "-0"


def _names(n: int, ending: str) -> list[str]:
    digits = max(5, len(str(n - 1)))
    return [f"{i:0{digits}d}.{ending}" for i in range(n)]


def _wav(sound: np.ndarray, rate: int) -> bytes:
    """Sound (channels, T) in [-1, 1] as a .wav file of 16 bits."""
    from scipy.io import wavfile

    file = io.BytesIO()
    wavfile.write(file, rate, (sound.T.clip(-1, 1) * 32767).round().astype(np.int16))
    return file.getvalue()


def _midi(roll: np.ndarray, spec: Music) -> bytes:
    """A roll, bool (T, pitches), as a MIDI file of one track; equal pitches in a row are one note."""
    mido = needed("mido", "music", "a .mid file")
    score = mido.MidiFile(type=0, ticks_per_beat=120 * spec.steps)
    track = mido.MidiTrack()
    score.tracks.append(track)
    silent = np.zeros((1, spec.pitches), np.int8)
    changes = np.diff(np.concatenate([silent, roll.astype(np.int8), silent]), axis=0)
    now = 0
    for step in range(len(changes)):
        for change, word in ((-1, "note_off"), (1, "note_on")):  # ends first, so that a pitch may begin anew
            for pitch in np.flatnonzero(changes[step] == change):
                wait, now = 120 * (step - now), step
                track.append(mido.Message(word, note=int(pitch) + spec.lowest, velocity=64, time=wait))
    track.append(mido.MetaMessage("end_of_track", time=120 * (len(roll) - now)))
    file = io.BytesIO()
    score.save(file=file)
    return file.getvalue()


def _sheet(n: int, width: float, height: float) -> tuple[Any, list[Any]]:
    """A figure with n small plots in about a square."""
    from matplotlib.figure import Figure

    columns = max(1, math.ceil(math.sqrt(n)))
    rows = max(1, math.ceil(n / columns))
    size = (max(5.0, width * columns), max(3.0, height * rows + 0.6))
    figure = Figure(figsize=size, dpi=110, facecolor="white", layout="constrained")
    axes = list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).flat)
    for one in axes[n:]:
        one.set_visible(False)
    for one in axes[:n]:
        one.set_axisbelow(True)
        one.grid(color="#ececec")
        one.spines[["top", "right"]].set_visible(False)
        one.spines[["left", "bottom"]].set_color("#bbbbbb")
        one.tick_params(colors="#666666", length=0, labelsize=7)
    return figure, axes


def _drawn(figure: Any, title: str) -> bytes:
    """A figure as a PNG file."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure.suptitle(title, fontsize=9, color="#333333", x=0.01, ha="left")
    file = io.BytesIO()
    FigureCanvasAgg(figure).print_png(file)  # type: ignore[no-untyped-call]
    return file.getvalue()
