"""`rivals attack` on recognisers of speech: how often the chosen word is heard, and how loud the noise must be."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rivals import attacking, options
from rivals.attacking import share
from rivals.attacks.ctc import ctc, decibels
from rivals.attacks.transcripts import same
from rivals.data.sources import Source, decoded
from rivals.data.specs import Speech
from rivals.errors import UsageError
from rivals.pictures import save_samples

METHODS: dict[str, Callable[..., Tensor]] = {
    "ctc": ctc,
}
"""Name -> attack on recognisers."""

BATCH = 100
"""Sounds at a time."""

BITS = 32767
"""Levels to either side of a number that a .wav file keeps."""

WRITTEN = 8
"""Sounds that are written to files."""


@dataclass
class Report:
    """What an attack on a recogniser did.

    Attributes:
        model, data, method, options: of what.
        target: the word that was to be heard.
        samples: sounds.
        clean: share transcribed rightly before.
        heard, stored: shares transcribed as exactly the target, also after the sounds were kept with 16 bits.
        decibels: mean dB_x(δ) of those that are; `loudest`, the largest of them.
        seconds: of the attack.
    """

    model: str
    data: str
    method: str
    options: dict[str, Any]
    target: str
    samples: int
    clean: float
    heard: float
    stored: float
    decibels: float | None = None
    loudest: float | None = None
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For people."""
        told = [
            f"{self.method} on {self.model}, {self.samples} sounds of {self.data}",
            f"transcribed  {self.clean:.1%} rightly before",
            f"heard as '{self.target}'  {self.heard:.1%}   kept with 16 bits {self.stored:.1%}",
        ]
        if self.decibels is not None:
            told.append(f"noise        {self.decibels:.1f} dB beside the sound, at the loudest {self.loudest:.1f} dB")
        return [*told, f"cost         {self.seconds:.1f} s"]


class OfGame(nn.Module):
    """A trained game that transcribes, as a plain module.

    Args:
        game: with the verb `transcribe` and a player `recogniser`.
    """

    def __init__(self, game: Any) -> None:
        super().__init__()
        self.game = game.eval()

    def forward(self, sound: Tensor) -> Tensor:
        """Sounds (N, C, T) -> logits (N, moments, letters)."""
        found: Tensor = self.game.recogniser(sound)
        return found


def model(name: str | Path, weights: Path | None, spec: Speech) -> nn.Module:
    """Whoever is attacked: a run of a game that transcribes, or file.py:function.

    Raises:
        UsageError: for another one, or a run that was trained on other letters.
    """
    if not Path(name).is_dir():
        return attacking.model(name, weights)
    attacking.own_only(weights)
    game = attacking.of_run(name, "transcribe")
    if list((game.config or {}).get("data", {}).get("alphabet", ())) != list(spec.alphabet):
        raise UsageError(f"the run {name} was trained on other letters: give the data that it was trained on")
    return OfGame(game)


def spelled(word: str, spec: Speech) -> Tensor:
    """A word as letters, int64 (L,).

    Raises:
        UsageError: for a word that is empty, too long, or of other letters.
    """
    if not 1 <= len(word) <= spec.letters or not set(word) <= set(spec.alphabet[1:]):
        raise UsageError(f"the target is 1 to {spec.letters} letters of '{''.join(spec.alphabet)}', not '{word}'")
    return torch.tensor([spec.alphabet.index(letter) for letter in word])


def attack(
    victim: nn.Module, x: Tensor, said: Tensor, target: Tensor, method: str = "ctc", *, word: str = "",
    model_name: str = "", data_name: str = "", **chosen: Any,
) -> tuple[Report, Tensor]:  # fmt: skip
    """Attack a recogniser, and say what that did.

    Args:
        victim: sounds (N, C, T) -> logits (N, moments, letters).
        x, said: sounds and their transcripts.
        target: letters that are to be heard, int64 (L,).
        method: a name of `METHODS`.
        word, model_name, data_name: for the report.
        **chosen: options of the attack.

    Returns:
        The report, and the sounds.

    Raises:
        UsageError: for an unknown attack or option.
    """
    attacking.known(method, METHODS, "speech")
    own = options.signature(METHODS[method], skip=3)
    chosen = options.check(method, chosen, own)
    began = time.perf_counter()
    made = METHODS[method](victim, x, target, **chosen)
    seconds = time.perf_counter() - began
    wanted = target.expand(len(x), -1)
    met, stored = (_heard(victim, sound, wanted) for sound in (made, (made * BITS).round() / BITS))
    loud = decibels(made - x, x)[met]
    loud = loud[loud.isfinite()]
    report = Report(
        model_name, data_name, method, {k: default for k, (_, default) in own.items()} | chosen, word, len(x),
        clean=share(_heard(victim, x, said)), heard=share(met), stored=share(stored), seconds=round(seconds, 3),
    )  # fmt: skip
    if len(loud):
        report.decibels, report.loudest = float(loud.mean()), float(loud.max())
    return report, made


def command(
    source: Source, name: str, method: str, *, samples: int, weights: Path | None, target: str | None, out: Path | None,
    chosen: dict[str, Any],
) -> Report:  # fmt: skip
    """What `rivals attack` does on speech; `out` is a folder for .wav files of the first sounds, before and after.

    Raises:
        UsageError: without a target, or for data without transcripts.
    """
    spec, test = source.spec, source.test or source
    assert isinstance(spec, Speech)
    if not target:
        raise UsageError("name the word that is to be heard with --target")
    letters = spelled(target, spec)
    victim = model(name, weights, spec)
    n = min(samples, test.size or samples)
    x, said = decoded(test.first(test.main, n)), test.first("transcript", n)
    report, made = attack(
        victim, x, said, letters, method, word=target, model_name=name, data_name=source.name, **chosen
    )
    if out is not None:
        for part, sounds in (("original", x), ("adversarial", made)):
            save_samples(sounds[:WRITTEN], spec, out / part)
    return report


def _heard(victim: nn.Module, x: Tensor, wanted: Tensor) -> Tensor:
    place = next((p.device for p in victim.parameters()), x.device)
    with torch.no_grad():
        parts = zip(x.split(BATCH), wanted.split(BATCH), strict=True)
        return torch.cat([same(victim(sound.to(place)), word.to(place)).cpu() for sound, word in parts])
