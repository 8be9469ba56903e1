"""Sound, and music as piano rolls."""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rivals.data.readers.plain import arrays_of, needed, shuffled, some
from rivals.data.sources import Arrays, Bad, Found, Source
from rivals.data.specs import Audio, Music
from rivals.errors import RivalsError

LARGEST = 2**29
"""Numbers in all sounds together."""
STEPS, LARGEST_MIDI = 100_000, 2**24
"""Of a piece of music at most: time steps, bytes of its file."""
DRUMS = 9
"""MIDI's channel of percussion, whose numbers are no pitches."""


def audio(path: Path, *, rate: int = 0, length: int = 1024, mono: bool = True) -> Source:
    """Pieces of a .wav file, or of all below a folder, one after the other.

    Integers of 8, 16, 24 and 32 bits are divided by their largest, floats cut to [-1, 1]. What remains at a file's
    end is left out; a file shorter than a piece is filled up with silence. Field "audio", float32 (N, channels,
    length). The last tenth is held out, of the files in a fixed random order.

    Args:
        path: of the file or folder.
        rate: numbers a second, to which all files are brought; by default the one that most have, and only those.
        length: numbers in a piece, at least 2.
        mono: whether the mean of all channels is taken; else files must have as many as most.

    Raises:
        RivalsError: where there is no .wav file that can be used.
    """
    if length < 2 or not 0 <= rate <= 1_000_000:
        raise RivalsError(f"{path}: length={length}, rate={rate}: give at least 2, and at most 1,000,000")
    files = _files(path, (".wav",), "`ffmpeg -i FILE new.wav` makes one of any sound")
    read: dict[Path, tuple[int, np.ndarray]] = {}
    bad: list[Bad] = []
    total = 0
    for file in files:
        found = wav(file)
        if isinstance(found, Bad):
            bad.append(found)
        else:
            read[file] = (found[0], found[1].mean(1, keepdims=True) if mono else found[1])
            total += read[file][1].size
        if total > LARGEST:
            raise RivalsError(f"{path} holds more than {LARGEST:,} numbers of sound: read fewer files")
    _some_left(path, read, bad)
    rates = Counter(r for r, _ in read.values())
    wanted = rate or rates.most_common(1)[0][0]
    channels = Counter(x.shape[1] for _, x in read.values()).most_common(1)[0][0]
    sounds, loud, moved = [], 0, 0
    for file, (own, x) in read.items():
        if own != wanted and not rate:
            mend = f"give rate={wanted} to bring all files to one rate"
            bad.append(Bad(str(file), f"{own:,} numbers a second, where most files have {wanted:,}", mend))
        elif x.shape[1] != channels:
            bad.append(Bad(str(file), f"{x.shape[1]} channels, where most files have {channels}", "give mono=true"))
        else:
            if own != wanted:
                x, moved = resampled(x, own, wanted), moved + 1
            loud += bool((np.abs(x) > 1).any())
            sounds.append(x.clip(-1, 1))
    pieces = np.concatenate([_pieces(sounds[i], length, 0.0) for i in np.concatenate(shuffled(len(sounds)))])
    pieces = np.ascontiguousarray(pieces.transpose(0, 2, 1))
    seconds = sum(len(x) for x in sounds) / wanted
    facts = {
        "files": f"{len(sounds):,} of {len(files):,}, {seconds:,.1f} seconds",
        "rate": f"{wanted:,} a second" + (f"; {moved:,} files are resampled" if moved else ""),
        "channels": f"{channels}" + (", the mean of all" if mono else ""),
    }
    silent = int((np.abs(pieces).max((1, 2)) == 0).sum())
    if silent:
        facts["silent"] = f"{silent:,} pieces"
    if loud:
        facts["cut"] = f"{loud:,} files go beyond [-1, 1]"
    if any(len(x) < length for x in sounds):
        facts["filled up"] = f"{sum(len(x) < length for x in sounds):,} files are shorter than a piece"
    return _source(path, "audio", pieces, Audio(channels, length, wanted), facts, bad)


def music(path: Path, *, length: int = 64, steps: int = 0, lowest: int = 21, pitches: int = 88) -> Source:
    """Piano rolls of a .mid file, of all below a folder, or of an .npz or .npy file.

    Each piece is cut into windows; what remains at its end is left out, and a piece shorter than one is filled up with
    silence. Of MIDI, all instruments but the drums are put together, a note sounds from its start to its end rounded
    to steps, and tempo, loudness and pedals are left out. Field "music", float32 (N, length, pitches), 1 or -1. The
    last tenth is held out, of the pieces in a fixed random order.

    Rolls are (N, T, pitches) or (T, pitches), a note where a number is above 0. An .npz may hold one piece after the
    other, cut by the array of the same name with "_lengths"; of "NAME_train" and "NAME_test" the latter is held out,
    and in roll4, roll16 the number says that a step is a quarter or a sixteenth.

    Args:
        path: of the file or folder.
        length: steps of a window, at least 2.
        steps: in a quarter note; by default 4, or what the name of a roll says.
        lowest: MIDI number of the first pitch that is kept.
        pitches: how many are kept; a roll of another width keeps its own, except one of 128, which has them all.

    Raises:
        RivalsError: where there is no piece that can be used, or the library mido is not installed and needed.
    """
    if length < 2 or steps < 0 or pitches < 1 or not 0 <= lowest < 128:
        given = f"length={length}, steps={steps}, lowest={lowest}, pitches={pitches}"
        raise RivalsError(f"{path}: {given}: give at least 2, 0, and pitches within MIDI's 0 to 127")
    if path.suffix.lower() in (".npy", ".npz"):
        return _rolls(path, length, steps, lowest, pitches)
    pitches = min(pitches, 128 - lowest)
    mido = needed("mido", "music", f"{path}")
    files = _files(path, (".mid", ".midi"), "export your music as a standard MIDI file")
    pieces: list[np.ndarray] = []
    bad: list[Bad] = []
    outside = notes = 0
    for file in files:
        found = _midi(mido, file, steps or 4)
        if isinstance(found, Bad):
            bad.append(found)
            continue
        kept = found[:, lowest : lowest + pitches]
        notes, outside = notes + int(found.sum()), outside + int(found.sum() - kept.sum())
        pieces.append(kept)
    _some_left(path, pieces, bad)
    facts = {"pieces": f"{len(pieces):,} of {len(files):,}, {sum(map(len, pieces)):,} steps"}
    last = lowest + pitches - 1
    if outside:
        facts["pitches"] = f"{outside / notes:.1%} of the sound is not in {lowest} to {last}, left out"
    if outside == notes:
        raise RivalsError(f"{path} has no note of the pitches {lowest} to {last}: choose others with lowest=, pitches=")
    x = np.concatenate([_pieces(pieces[i], length, 0) for i in np.concatenate(shuffled(len(pieces)))])
    spec = Music(length, pitches, lowest, steps or 4)
    return _source(path, "music", _signed(x), spec, facts, bad)


def _rolls(path: Path, length: int, steps: int, lowest: int, pitches: int) -> Source:
    """Rolls in arrays; see `music`."""
    arrays = arrays_of(path)
    rolls = {name: x for name, x in arrays.items() if not name.endswith("lengths") and _is_roll(x)}
    names = [n for n in rolls if n.endswith("_train")] or [n for n in rolls if n == "samples"] or list(rolls)
    if len(names) != 1:
        shapes = ", ".join(f"{name} {x.dtype} {x.shape}" for name, x in arrays.items())
        raise RivalsError(f"{path} holds {shapes or 'nothing'}: give one roll (N, T, pitches) of 0 and 1")
    (name,) = names
    pieces = _cut(path, name, arrays)
    width = pieces[0].shape[1]
    if width == 128:
        pitches = min(pitches, 128 - lowest)
        kept = slice(lowest, lowest + pitches)
    else:
        kept, pitches = slice(None), width
    if lowest + pitches > 128:
        raise RivalsError(f"{path} has {pitches} pitches from {lowest}, beyond 127: choose lowest={128 - pitches}")
    said = re.match(r"roll(\d+)", name)
    steps = steps or (max(1, int(said[1]) // 4) if said else 4)
    spec = Music(length, pitches, lowest, steps)
    facts = {"pieces": f"{len(pieces):,}, {sum(map(len, pieces)):,} steps, array '{name}'"}

    def windows(parts: list[np.ndarray]) -> np.ndarray:
        order = np.concatenate(shuffled(len(parts)))
        return _signed(np.concatenate([_pieces(parts[i][:, kept] > 0, length, 0) for i in order]))

    other = name.removesuffix("_train") + "_test"
    if name.endswith("_train") and other in rolls:
        test = Arrays(spec, {"music": torch.from_numpy(windows(_cut(path, other, arrays)))}, name=str(path))
        source = Arrays(spec, {"music": torch.from_numpy(windows(pieces))}, test=test, name=str(path))
        count = f"{source.size:,} of {length} to learn from; held out are {test.size:,} of '{other}'"
        source.found = Found({**facts, "windows": count})
        return source
    return _source(path, "music", windows(pieces), spec, facts, [])


def _is_roll(x: np.ndarray) -> bool:
    """Whether an array has few enough pitches and only two values, one of them above 0."""
    shaped = x.ndim in (2, 3) and x.size > 0 and 2 <= x.shape[-1] <= 128 and x.dtype.kind in "biuf"
    return bool(shaped and len(np.unique(x.ravel()[: 2**20])) <= 2 and x.max() > 0)


def _cut(path: Path, name: str, arrays: dict[str, np.ndarray]) -> list[np.ndarray]:
    """The pieces in an array: by its "_lengths" where there are some, else each of the first axis, or it alone."""
    x = arrays[name]
    if x.ndim == 3:
        return list(x)
    lengths = arrays.get(f"{name}_lengths", arrays.get("lengths"))
    if lengths is None:
        return [x]
    if lengths.ndim != 1 or lengths.dtype.kind not in "iu" or lengths.min() < 1 or lengths.sum() != len(x):
        raise RivalsError(f"{path}: the lengths of '{name}' do not add up to its {len(x):,} steps: mend or drop them")
    return np.split(x, np.cumsum(lengths)[:-1])


def _midi(mido: Any, file: Path, steps: int) -> np.ndarray | Bad:
    """A MIDI file as a roll of all pitches, bool (T, 128), or why it cannot be used."""
    mend = "export it anew as a standard MIDI file, or leave it out"
    if file.stat().st_size > LARGEST_MIDI:
        return Bad(str(file), f"more than {LARGEST_MIDI:,} bytes", mend)
    try:
        score = mido.MidiFile(str(file), clip=True)
    except Exception as error:  # on a broken file mido fails in nearly any way
        return Bad(str(file), f"no MIDI file that can be read ({type(error).__name__}: {str(error)[:80]})", mend)
    if not 0 < score.ticks_per_beat < 2**15:
        return Bad(str(file), "its time is in seconds, not in quarter notes", mend)
    scale = steps / score.ticks_per_beat
    notes: list[tuple[int, int, int]] = []
    for track in score.tracks:
        now, begun = 0, dict[tuple[int, int], int]()
        for message in track:
            now += message.time
            if message.type not in ("note_on", "note_off") or message.channel == DRUMS:
                continue
            key = (message.channel, message.note)
            if key in begun:
                start = round(begun.pop(key) * scale)
                notes.append((start, max(start + 1, round(now * scale)), message.note))
            if message.type == "note_on" and message.velocity > 0:
                begun[key] = now
    if not notes:
        return Bad(str(file), "no notes", "leave it out")
    end = max(note[1] for note in notes)
    if end > STEPS:
        return Bad(str(file), f"{end:,} steps long, at most {STEPS:,}", "cut it, or choose fewer steps")
    roll = np.zeros((end, 128), bool)
    for start, stop, pitch in notes:
        roll[start:stop, pitch] = True
    return roll


def wav(file: Path) -> tuple[int, np.ndarray] | Bad:
    """Rate and sound, float32 (T, channels), of a .wav file, or why it cannot be used."""
    from scipy.io import wavfile

    mend = f"write it anew: `ffmpeg -i {file.name} new.wav`"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of chunks that hold no sound
            rate, x = wavfile.read(file)
    except Exception as error:  # on a broken file scipy fails in many ways, UnboundLocalError among them
        return Bad(str(file), f"no .wav file that can be read ({str(error)[:80]})", mend)
    x = x[:, None] if x.ndim == 1 else x
    if not x.size or rate < 1:
        return Bad(str(file), "no sound in it", "leave it out")
    if x.dtype.kind == "f":
        if not np.isfinite(x).all():
            return Bad(str(file), "NaN or infinity in it", mend)
        return rate, x.astype(np.float32)
    middle, largest = (128.0, 128.0) if x.dtype == np.uint8 else (0.0, 2.0 ** (8 * x.dtype.itemsize - 1))
    return rate, ((x - middle) / largest).astype(np.float32)


def resampled(x: np.ndarray, rate: int, wanted: int) -> np.ndarray:
    """Sound (T, channels) at another rate, by a polyphase filter."""
    from scipy.signal import resample_poly

    common = math.gcd(rate, wanted)
    y: np.ndarray = resample_poly(x, wanted // common, rate // common, axis=0)
    return y.astype(np.float32)


def _pieces(x: np.ndarray, length: int, silence: float) -> np.ndarray:
    """(T, C) -> (pieces, length, C); a short one is filled up, and the remainder of a longer one left out."""
    if len(x) < length:
        x = np.pad(x, ((0, length - len(x)), (0, 0)), constant_values=silence)
    return x[: len(x) // length * length].reshape(-1, length, x.shape[1])


def _signed(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, np.float32(1), np.float32(-1))


def _files(path: Path, endings: tuple[str, ...], how: str) -> list[Path]:
    if path.is_file():
        return [path]
    files = sorted(p for p in path.rglob("*") if p.suffix.lower() in endings and p.is_file())
    if not files:
        raise RivalsError(f"{path} holds no {' or '.join(endings)} file: {how}")
    return files


def _some_left(path: Path, left: Any, bad: list[Bad]) -> None:
    if not left:
        where = f" ({len(bad):,} files are bad, {bad[0].file} is the first)" if len(bad) > 1 else ""
        raise RivalsError(f"{path} cannot be used{where}: {bad[0].reason}; {bad[0].mend}")


def _source(
    path: Path, field: str, x: np.ndarray, spec: Audio | Music, facts: dict[str, str], bad: list[Bad]
) -> Source:
    """Nine tenths to learn from and the last one held out."""
    cut = len(x) - max(1, len(x) // 10) if len(x) > 1 else len(x)
    test = Arrays(spec, {field: torch.from_numpy(x[cut:])}, name=str(path)) if cut < len(x) else None
    source = Arrays(spec, {field: torch.from_numpy(x[:cut])}, test=test, name=str(path))
    windows = f"{len(x):,} of {spec.length:,}, of which {len(x) - cut:,} are held out"
    source.found = Found({**facts, "pieces" if isinstance(spec, Audio) else "windows": windows}, some(bad, path))
    return source
