"""A cell of a grid, and what came of it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rivals import pack
from rivals.metrics.scores import Scores


@dataclass(frozen=True)
class Cell:
    """One training of a grid, and how it is scored.

    Attributes:
        recipe: id, or file.py:function.
        data: a name, a path or WORD:PATH.
        seed: of weights, data order, noise and the samples that are scored.
        steps, batch: None is the recipe's.
        options: of the recipe.
        read: of the data's reader.
        metrics: see `rivals.evaluate`; none where others will measure.
        samples: to score; None is the protocol's number.
    """

    recipe: str
    data: str
    seed: int = 0
    steps: int | None = None
    batch: int | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    read: Mapping[str, Any] = field(default_factory=dict)
    metrics: tuple[str, ...] | str = "standard"
    samples: int | None = None

    @property
    def key(self) -> str:
        """Name of its folder: recipe, data, a hash where anything is not the default, and the seed.

        How it is scored is not part of it: to score a run in another way is no other training.
        """
        plain = f"{self.recipe}-{self.data}"
        name = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-.")[-80:]
        chosen = {k: getattr(self, k) for k in ("steps", "batch", "options", "read") if getattr(self, k)}
        if chosen or name != plain:
            text = json.dumps([plain, chosen], sort_keys=True, default=str)
            name += f"-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
        return f"{name}-seed{self.seed}"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        plain: dict[str, Any] = json.loads(json.dumps(vars(self), default=dict))
        return plain

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Cell:
        """Inverse of `to_json`."""
        metrics = data["metrics"]
        return cls(**{**data, "metrics": metrics if isinstance(metrics, str) else tuple(metrics)})


@dataclass(frozen=True)
class Outcome:
    """What came of a cell.

    Attributes:
        cell: which.
        ok: whether it was trained and scored.
        reason: one sentence where it was not.
        scores: of the finished game, where any were asked for.
        cost: steps, reals seen, seconds (of training, with the evaluations in mid-run), updates of each player,
            parameters of all, and flops (of training; None where they cannot be counted).
        folder: of the run.
        fresh: False where it was done before.
        detail: a traceback, for who looks into the reason.
    """

    cell: Cell
    ok: bool
    reason: str
    scores: Scores | None
    cost: dict[str, Any]
    folder: Path
    fresh: bool = True
    detail: str = ""

    def write(self) -> None:
        """Keep it as outcome.json in the run's folder, at one stroke."""
        data = {"cell": self.cell.to_json(), "ok": self.ok, "reason": self.reason, "detail": self.detail}
        data |= {"scores": self.scores.to_json() if self.scores else None, "cost": self.cost}
        self.folder.mkdir(parents=True, exist_ok=True)
        pack.replace_file(self.folder / "outcome.json", (json.dumps(data, indent=2) + "\n").encode())


def stored(folder: Path) -> Outcome | None:
    """The outcome that a folder keeps, not fresh; None where there is none, or it cannot be read."""
    try:
        data = json.loads((folder / "outcome.json").read_text(encoding="utf-8"))
        scores = Scores.from_json(data["scores"]) if data["scores"] else None
        cell = Cell.from_json(data["cell"])
        return Outcome(cell, data["ok"], data["reason"], scores, data["cost"], folder, False, data["detail"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
