"""A recogniser of speech, and sounds that it takes for a word of the attacker's choice."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor

from rivals.attacks.ctc import ctc
from rivals.attacks.transcripts import ctc_loss, heard
from rivals.catalog import Paper, recipe
from rivals.data.specs import Speech
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.networks.recogniser import Recogniser
from rivals.optim import adam
from rivals.run import Run
from rivals.verbs import verb


class Hearing(Game):
    """A recogniser that learns transcripts without knowing when each letter is said, by -log p(transcript | sound).

    Args:
        recogniser: sounds (N, C, T) -> logits (N, moments, letters), letter 0 the blank.
        data: what it hears.
        target: int64 (L,), as which samples are to be heard.
        steps: of the attack that makes samples.
    """

    original = False
    chunk: ClassVar[int] = 16
    most: ClassVar[int | None] = 16
    kept: Tensor
    target: Tensor

    def __init__(self, recogniser: Player, data: Speech, target: Tensor, steps: int) -> None:
        super().__init__()
        self.recogniser, self.letters, self.steps = recogniser, data.letters, steps
        self.register_buffer("kept", torch.zeros(self.chunk, *data.shape))
        self.register_buffer("target", target)

    def prepare(self, run: Run) -> None:
        """Keep the first sounds, repeated where there are few: samples are made of them."""
        x = run.examples(self.chunk)
        self.kept.copy_(x[torch.arange(self.chunk, device=x.device) % len(x)])

    def step(self, run: Run) -> None:
        """One descent of the loss of connectionist temporal classification."""
        x, said = run.real(run.source.main, "transcript")
        run.descend((self.recogniser, ctc_loss(self.recogniser(x), said)))

    @verb
    def transcribe(self, x: Tensor) -> Tensor:
        """The likeliest path's letters."""
        return heard(self.recogniser(x), self.letters)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Kept training sounds with the quietest noise by which they are heard as the target."""
        return ctc(self.recogniser, self.kept[:n], self.target, steps=self.steps)


@recipe(
    "audio-attack",
    paper=Paper("Audio Adversarial Examples: Targeted Attacks on Speech-to-Text", 2018, "1801.01944"),
    data=("speech",),
    kind="recogniser",
    batch=50,
    steps=1500,
    tiny={"width": 4, "attack_steps": 2},
)
def audio_attack(
    data: Speech, *, target: str = "", attack_steps: int = 300, width: int = 64, window: int = 128, rate: float = 2e-3
) -> Hearing:
    """A recogniser with the loss that DeepSpeech has; `rivals attack RUN --method ctc --target WORD` leads it astray.

    Args:
        data: sounds with transcripts.
        target: the word as which samples are to be heard; by default the alphabet's first three letters.
        attack_steps: of the attack that makes samples.
        width, window: of the recogniser, see `rivals.networks.recogniser`.
        rate: Adam's.

    Raises:
        UsageError: for a target with other letters, or sounds too short for their transcripts.

    Deviations: 1. Three convolutions over spectra stand for DeepSpeech; a transcript is that of the likeliest path.
    """
    if not 8 <= window <= data.length // 2 or min(width, attack_steps) < 1:
        raise UsageError(
            f"audio-attack: window is 8 to {data.length // 2:,}, width and attack_steps are at least 1, not {window}, "
            f"{width}, {attack_steps}"
        )
    moments = 2 * data.length // window - 1
    if moments < 2 * data.letters:
        raise UsageError(
            f"audio-attack: {data.letters} letters need {2 * data.letters} moments, and a sound has {moments}: choose "
            "a smaller window"
        )
    word = target or "".join(data.alphabet[1:4])
    if not 1 <= len(word) <= data.letters or not set(word) <= set(data.alphabet[1:]):
        raise UsageError(
            f"audio-attack: the target is 1 to {data.letters} letters of '{''.join(data.alphabet)}', not '{word}'"
        )
    letters = torch.tensor([data.alphabet.index(letter) for letter in word])
    return Hearing(Player(Recogniser(data, width, window), adam(rate)), data, letters, attack_steps)
