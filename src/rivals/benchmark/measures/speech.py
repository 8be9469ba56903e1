"""How often a recogniser hears what an attacker chose, and how loud the noise is."""

from __future__ import annotations

from pathlib import Path

import torch

from rivals import attacking_speech, noise
from rivals.attacking_speech import OfGame, Report
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import decoded
from rivals.data.specs import Speech
from rivals.errors import RivalsError
from rivals.store.model import load
from rivals.verbs import abilities

SOUNDS, STEPS = 60, 500
"""Held-out sounds that are attacked, and steps of the attack."""


def _attacked(run: Path, data: str, seed: int, recipe: str | None) -> Report:
    game, source = load(run, recipe=recipe), named.load(data)
    spec, test = source.spec, source.test or source
    if "transcribe" not in abilities(game) or not isinstance(spec, Speech):
        raise RivalsError(f"this is measured of a game that transcribes speech, and {run} holds none")
    x, said = decoded(test.first(test.main, SOUNDS)), test.first("transcript", SOUNDS)
    generator = torch.Generator().manual_seed(noise.key("chosen transcript", seed))
    letters = torch.randint(1, len(spec.alphabet), (spec.letters,), generator=generator)
    word = "".join(spec.alphabet[i] for i in letters)
    return attacking_speech.attack(OfGame(game), x, said, letters, steps=STEPS, word=word)[0]


def _figure(report: Report, value: float) -> Figure:
    also = {"clean": report.clean, "heard": report.heard, "kept with 16 bits": report.stored}
    if report.decibels is not None and report.loudest is not None:
        also |= {"decibels": report.decibels, "loudest": report.loudest}
    return Figure(value, protocol={"samples": report.samples, "target": report.target} | report.options, also=also)


@measure("chosen-transcript")
def chosen_transcript(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Share of held-out sounds that are transcribed as exactly a random word. Carlini & Wagner 2018, arXiv:1801.01944.

    Args:
        run: folder of a trained game that transcribes.
        data: sounds with transcripts.
        seed: of the word, which is as long as any.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; also the share transcribed rightly before, the share after sounds were kept with 16 bits, and mean
        and largest dB_x(δ) of those that are heard so.

    Raises:
        RivalsError: for another game.
    """
    report = _attacked(run, data, seed, recipe)
    return _figure(report, report.heard)


@measure("chosen-transcript-decibels")
def chosen_transcript_decibels(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """Mean dB_x(δ) of the noise with which sounds are transcribed as a random word; as of `chosen_transcript`.

    Args:
        run: folder of a trained game that transcribes.
        data: sounds with transcripts.
        seed: of the word.
        recipe: file.py:function, where it is not installed.

    Returns:
        The decibels; also as of `chosen_transcript`.

    Raises:
        RivalsError: for another game, or where no sound was heard as the word.
    """
    report = _attacked(run, data, seed, recipe)
    if report.decibels is None:
        raise RivalsError("no sound was heard as the word: train for longer")
    return _figure(report, report.decibels)
