"""Sounds with a transcript each."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from rivals.data.readers.plain import shuffled, some, text_of
from rivals.data.readers.sound import LARGEST, resampled, wav
from rivals.data.sources import Arrays, Bad, Found, Source
from rivals.data.specs import Speech
from rivals.errors import RivalsError

LETTERS = 1000
"""Different letters at most."""


def speech(path: Path, *, rate: int = 0, length: int = 0) -> Source:
    """Sounds and what is said in them, from a folder with transcripts.csv and .wav files.

    transcripts.csv has the header file,transcript; files are named from the folder. The mean of all channels is taken.
    A sound shorter than `length` is filled up with silence; one that is longer is left out, since nobody knows which
    letters would be lost. Transcripts are lower-cased. Fields "audio", float32 (N, 1, length), and "transcript"; a
    tenth is held out.

    Args:
        path: the folder.
        rate: numbers a second, to which all files are brought; by default the one that most have, and only those.
        length: numbers in a sound, at least 2; by default that of the longest.

    Raises:
        RivalsError: where there is no such file, or no sound of it can be used.
    """
    if length < 0 or length == 1 or not 0 <= rate <= 1_000_000:
        raise RivalsError(f"{path}: length={length}, rate={rate}: give at least 2, and at most 1,000,000")
    bad: list[Bad] = []
    read: dict[str, tuple[str, int, np.ndarray]] = {}
    for name, said in _said(path).items():
        found = _one(path / name, said, bad)
        if found is not None:
            read[name] = (said, *found)
    wanted = rate or Counter(own for _, own, _ in read.values()).most_common(1)[0][0] if read else rate
    kept: list[tuple[str, np.ndarray]] = []
    for name, (said, own, x) in read.items():
        if own != wanted and not rate:
            mend = f"give rate={wanted} to bring all files to one rate"
            bad.append(Bad(name, f"{own:,} numbers a second, where most files have {wanted:,}", mend))
            continue
        sound = (resampled(x, own, wanted) if own != wanted else x)[:, 0].clip(-1, 1)
        if length and len(sound) > length:
            bad.append(Bad(name, f"{len(sound):,} numbers, more than length={length:,}", "give a larger length"))
            continue
        kept.append((said, sound))
    if not kept:
        first = bad[0] if bad else Bad(str(path), "no transcripts in it", "write file,transcript and rows below")
        raise RivalsError(f"{path} holds no sound that can be used: {first.file} {first.reason}; {first.mend}")
    length = length or max(2, *(len(sound) for _, sound in kept))
    if length * len(kept) > LARGEST:
        raise RivalsError(f"{path} holds more than {LARGEST:,} numbers of sound: read fewer files, or a smaller length")
    alphabet = ("", *sorted({letter for said, _ in kept for letter in said}))
    if len(alphabet) > LETTERS:
        raise RivalsError(f"{path} has {len(alphabet):,} different letters: give at most {LETTERS:,}")
    place = {letter: i for i, letter in enumerate(alphabet)}
    letters = max(len(said) for said, _ in kept)
    sounds = np.zeros((len(kept), 1, length), np.float32)
    transcripts = np.zeros((len(kept), letters), np.int64)
    for i, (said, sound) in enumerate(kept):
        sounds[i, 0, : len(sound)] = sound
        transcripts[i, : len(said)] = [place[letter] for letter in said]
    spec = Speech(1, length, wanted, letters=letters, alphabet=alphabet)
    train, test = shuffled(len(kept))

    def part(rows: np.ndarray, held: Source | None) -> Source:
        fields = {"audio": torch.from_numpy(sounds[rows]), "transcript": torch.from_numpy(transcripts[rows])}
        return Arrays(spec, fields, test=held, name=str(path))

    source = part(train, part(test, None) if len(test) else None)
    facts = {
        "sounds": f"{len(kept):,} of up to {length / wanted:,.2f} seconds, of which {len(test):,} are held out",
        "rate": f"{wanted:,} a second",
        "letters": f"{len(alphabet) - 1:,}, up to {letters:,} in a transcript",
    }
    source.found = Found(facts, some(bad, path))
    return source


def _said(path: Path) -> dict[str, str]:
    """File -> its transcript."""
    file = path / "transcripts.csv"
    if not file.is_file():
        raise RivalsError(f"{path} has no transcripts.csv: name a folder that has one beside its .wav files")
    rows = csv.DictReader(text_of(file).splitlines(), skipinitialspace=True)
    header = [name.strip() for name in rows.fieldnames or []]
    rows.fieldnames = header
    if not {"file", "transcript"} <= set(header):
        raise RivalsError(f"{file} has the columns {', '.join(header) or 'none'}: its header is file,transcript")
    return {row["file"]: (row["transcript"] or "").strip().lower() for row in rows if row["file"]}


def _one(file: Path, said: str, bad: list[Bad]) -> tuple[int, np.ndarray] | None:
    """Rate and sound (T, 1), or nothing, and why among the bad."""
    if not said:
        bad.append(Bad(file.name, "has no transcript", "write down what is said, or leave it out"))
        return None
    if not file.is_file():
        bad.append(Bad(file.name, f"is not in {file.parent}", "add the sound, or leave its transcript out"))
        return None
    found = wav(file)
    if isinstance(found, Bad):
        bad.append(found)
        return None
    return found[0], found[1].mean(1, keepdims=True)
