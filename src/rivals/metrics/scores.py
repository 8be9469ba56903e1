"""A score as a fact: the figures, who judged them and how, of which model, at what cost."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rivals.data import specs
from rivals.data.specs import Array, Environment, Images, Pairs, Points, Spec, Tokens, Unpaired


class Headline(NamedTuple):
    """The score that stands for a game where there is room for one."""

    name: str
    lower_is_better: bool


HEADLINE: dict[type, tuple[Headline, ...]] = {
    Points: (Headline("mean error", True), Headline("modes", False), Headline("frechet", True)),
    Images: (Headline("fid", True),),
    Pairs: (Headline("l1 to truth", True),),
    Unpaired: (Headline("l1 to truth", True),),
    Array: (Headline("frechet", True),),
    Tokens: (Headline("oracle nll", True), Headline("frechet embedding", True)),
    Environment: (Headline("return", False),),
}
"""Kind of data -> its headline; of several the first that was scored."""

HIGHER = (
    "modes", "high quality", "precision", "recall", "density", "coverage", "inception score", "mode score", "prd f8",
    "prd f1/8", "label accuracy", "parzen", "log likelihood", "psnr", "ssim", "ms-ssim to truth", "return", "elbo",
    "iw bound", "novelty", "bleu-2", "bleu-3", "bleu-4", "bleu-5", "diversity", "agreement",
)  # fmt: skip
"""Scores of which more is better; of all others less is."""


def headline(spec: Spec, values: Mapping[str, float]) -> Headline | None:
    """The headline among some scores, or None."""
    return next((h for h in specs.lookup(HEADLINE, spec) or () if h.name in values), None)


def lower_is_better(name: str) -> bool:
    """Whether less of a score is better."""
    return name.removesuffix(" untrained").removesuffix(" floor") not in HIGHER


@dataclass(frozen=True)
class Scores:
    """Figures and how they were made.

    Attributes:
        values: score -> figure, the headline first. "fid floor" is what held-out real data score, "fid untrained" what
            the game scored before its training: between the two lies what can be learnt.
        protocol: judge and fingerprint, data, samples, reference split and its count, seed, seconds; "intervals" holds
            score -> (low, high) where they were asked for.
        model: recipe, options and seed of what was scored.
        cost: steps, reals, seconds, updates and parameters of its training.
    """

    values: dict[str, float]
    protocol: dict[str, Any]
    model: dict[str, Any] = field(default_factory=dict)
    cost: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain data; figures that JSON does not know ("nan", "inf", "-inf") are spelled."""
        plain = {k: v if math.isfinite(v) else str(v) for k, v in self.values.items()}
        return {"values": plain, "protocol": dict(self.protocol), "model": dict(self.model), "cost": dict(self.cost)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Scores:
        """Inverse of `to_json`.

        Raises:
            ValueError, KeyError, TypeError, AttributeError: for what it has not written.
        """
        try:
            values = {k: float(v) for k, v in data["values"].items()}
        except OverflowError as error:  # an integer of hundreds of digits
            raise ValueError(str(error)) from None
        return cls(values, dict(data["protocol"]), dict(data.get("model", {})), dict(data.get("cost", {})))


ALIKE = {
    "judge": "judge them with the same: rivals evaluate RUN --judge NAME",
    "fingerprint": "the judge's weights or preprocessing differ: score both again with one of them",
    "channels named by": "the judge of single digits differs: score both again with one of them",
    "data": "compare models of the same data, or score both on one: rivals evaluate RUN --data NAME",
    "data hash": "the data's content differs: score both again on the same files",
    "samples": "score both with as many: rivals evaluate RUN --samples N",
    "reference": "give both the same held-out data",
    "references": "give both the same held-out data",
}
"""What must be the same in two protocols, and how to make it so."""


def unlike(a: Scores, b: Scores) -> list[str]:
    """Why two scores must not be compared, each a sentence that says how to make them alike; empty where they may."""
    return [
        f"{key} is {a.protocol.get(key, 'unknown')} and {b.protocol.get(key, 'unknown')}: {mend}"
        for key, mend in ALIKE.items()
        if a.protocol.get(key) != b.protocol.get(key)
    ]
