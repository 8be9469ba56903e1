"""`rivals attack` on classifiers of sentences: accuracy that is left, words that were changed, what they mean."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rivals import attacking, options
from rivals.attacking import share
from rivals.attacks.attack import fooled
from rivals.attacks.hotflip import hotflip
from rivals.attacks.textfooler import textfooler
from rivals.attacks.words import Meaning, Reading, places
from rivals.data.sources import Source
from rivals.data.specs import Sentences
from rivals.errors import UsageError

METHODS: dict[str, Callable[..., Tensor]] = {
    "hotflip": hotflip,
    "textfooler": textfooler,
}
"""Name -> attack on sentences."""

BATCH = 100
"""Sentences at a time."""

SHOWN = 20
"""Sentences in a text file."""


@dataclass
class Report:
    """What an attack on sentences left.

    Attributes:
        model, data, method, options: of what.
        samples: how many were attacked, and are accuracies' denominators.
        clean, robust: shares named rightly before and after.
        changed, alike: of the sentences that were fooled, mean share of words that were replaced, and mean likeness
            with the original.
        kept: share of the fooled ones whose true class is still their own, where the data can tell.
        queries, gradients: questions to the model and gradients of it, a sentence.
        seconds: of the attack.
    """

    model: str
    data: str
    method: str
    options: dict[str, Any]
    samples: int
    clean: float
    robust: float
    changed: float | None = None
    alike: float | None = None
    kept: float | None = None
    queries: float = 0.0
    gradients: float = 0.0
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For people."""
        told = [
            f"{self.method} on {self.model}, {self.samples} sentences of {self.data}",
            f"accuracy     {self.clean:.1%}",
            f"robust       {self.robust:.1%}",
        ]
        if self.changed is not None:
            told.append(f"changed      {self.changed:.1%} of the words of those fooled, likeness {self.alike:.3f}")
        if self.kept is not None:
            told.append(f"true class   still its own in {self.kept:.1%} of those fooled")
        cost = attacking.cost(self.queries, self.gradients, "sentence", self.seconds)
        return [*told, f"cost         {cost}"]


class OfGame(attacking.OfGame):
    """A trained game that classifies sentences, int64 (N, T), as a plain module."""

    def seen(self, x: Tensor) -> Tensor:
        """Sentences as they are."""
        return x


def model(name: str | Path, weights: Path | None, spec: Sentences) -> tuple[nn.Module, Meaning | None]:
    """Whoever is attacked, and in what it compares words: a run of a game that classifies, or file.py:function.

    Raises:
        UsageError: for another one, or a run that was trained on other words.
    """
    if not Path(name).is_dir():
        return attacking.model(name, weights), None
    attacking.own_only(weights)
    game = attacking.of_run(name, "classify")
    if list((game.config or {}).get("data", {}).get("symbols", ())) != list(spec.symbols):
        raise UsageError(f"the run {name} was trained on other words: give the data that it was trained on")
    own = getattr(game, "meaning", None)
    return OfGame(game), own() if callable(own) else None


def attack(
    victim: nn.Module,
    x: Tensor,
    y: Tensor,
    method: str = "textfooler",
    *,
    meaning: Meaning | None = None,
    symbols: Sequence[str] = (),
    truth: Any = None,
    model_name: str = "",
    data_name: str = "",
    **chosen: Any,
) -> tuple[Report, Tensor]:
    """Attack a classifier of sentences, and say what that left.

    Args:
        victim: sentences, int64 (N, T) -> logits.
        x, y: sentences and labels.
        method: a name of `METHODS`.
        meaning: in which words are compared; by default the victim's own embedding, function words left alone.
        symbols: how words are spelled, for the latter.
        truth: what knows the class of any sentence, by `label`; or None.
        model_name, data_name: for the report.
        **chosen: options of the attack.

    Returns:
        The report, and the sentences.

    Raises:
        UsageError: for an unknown attack or option.
    """
    attacking.known(method, METHODS, "sentences")
    attacked = METHODS[method]
    own = {key: kind for key, kind in options.signature(attacked, skip=3).items() if key != "vectors"}
    chosen = options.check(method, chosen, own)
    reading = Reading(victim)
    if meaning is None:
        meaning = Meaning(reading.table, places(tuple(symbols)) if symbols else None)
    before = _logits(reading, x)
    if len(y) and int(y.max()) >= before.shape[1]:
        raise UsageError(f"the data have labels up to {int(y.max())}, and the model {before.shape[1]} classes")
    reading.queries, began = 0, time.perf_counter()
    made = torch.cat([
        attacked(reading, some, label, vectors=meaning, **chosen)
        for some, label in zip(x.split(BATCH), y.split(BATCH), strict=True)
    ])  # fmt: skip
    seconds, asked = time.perf_counter() - began, reading.queries
    after = _logits(reading, made)
    right = ~fooled(before, y, None)
    moved = right & fooled(after, y, None)
    report = Report(
        model_name, data_name, method, {k: default for k, (_, default) in own.items()} | chosen, len(x),
        clean=share(right), robust=share(right & ~moved),
        queries=asked / len(x), gradients=reading.gradients / len(x), seconds=round(seconds, 3),
    )  # fmt: skip
    if moved.any():
        a, b = x[moved], made[moved]
        place = meaning.vectors.device
        report.changed = float(((a != b).sum(1) / (a > 0).sum(1).clamp_min(1)).mean())
        report.alike = float(meaning.sentences(a.to(place), b.to(place)).mean())
        if callable(getattr(truth, "label", None)):
            report.kept = share(truth.label(b) == y[moved])
    return report, made


def command(
    source: Source, name: str, method: str, *, samples: int, weights: Path | None, target: str | None, out: Path | None,
    chosen: dict[str, Any],
) -> Report:  # fmt: skip
    """What `rivals attack` does on sentences; `out` is a .txt of sentences and what they became.

    Raises:
        UsageError: for a target, or data without classes.
    """
    spec, test = source.spec, source.test or source
    assert isinstance(spec, Sentences)
    if target is not None:
        raise UsageError("sentences are led away from their class: leave the target out")
    if "label" not in source.fields:
        raise UsageError("an attack needs sentences with classes")
    victim, meaning = model(name, weights, spec)
    n = min(samples, test.size or samples)
    x, y = test.first(test.main, n), test.first("label", n).long()
    report, made = attack(
        victim, x, y, method, meaning=meaning, symbols=spec.symbols, truth=source.truth, model_name=name,
        data_name=source.name, **chosen,
    )  # fmt: skip
    if out is not None:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(written(x, made, spec), encoding="utf-8")
    return report


def written(x: Tensor, made: Tensor, spec: Sentences) -> str:
    """The first sentences that were changed: the original, and below it what it became, replaced words in capitals."""
    moved = torch.nonzero((x != made).any(1))[:SHOWN, 0]
    blocks = []
    for before, after in zip(x[moved].tolist(), made[moved].tolist(), strict=True):
        said = [spec.symbols[i] for i in before if i]
        became = [
            spec.symbols[b].upper() if a != b else spec.symbols[b] for a, b in zip(before, after, strict=True) if b
        ]
        blocks.append(f"{spec.joined.join(said)}\n{spec.joined.join(became)}\n")
    return "\n".join(blocks)


def _logits(reading: Reading, x: Tensor) -> Tensor:
    with reading.still():
        return torch.cat([reading.logits(part.to(reading.device)).cpu() for part in x.split(BATCH)])
