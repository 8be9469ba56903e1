"""What an edit changes, and what it leaves, as judges see it."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import noise
from rivals.benchmark.measures.measure import Figure, measure
from rivals.data import named
from rivals.data.sources import Source, decoded
from rivals.data.specs import Images
from rivals.errors import RivalsError
from rivals.game import Game
from rivals.metrics import judges
from rivals.networks.coder import encoder
from rivals.nn.distance import l1
from rivals.store.model import load

EDITED = 400
"""Held-out faces that are edited."""

CHANGED = "long hair"
"""The attribute that stands for age, which drawn faces do not have."""

JUDGE_STEPS, JUDGE_BATCH, JUDGE_WIDTH, JUDGE_SIZE = 1500, 64, 16, 32
"""Training of the judge, its width, and numbers in its embedding."""


class FaceJudge(nn.Module):
    """Names the attributes of faces, and embeds them so that those of one person are near.

    Args:
        spec: of the faces.
    """

    def __init__(self, spec: Images) -> None:
        super().__init__()
        self.attributes = encoder(spec, len(spec.attributes), JUDGE_WIDTH)
        self.identity = encoder(spec, JUDGE_SIZE, JUDGE_WIDTH)
        self.people = nn.Linear(JUDGE_SIZE, spec.classes, bias=False)

    def embed(self, x: Tensor) -> Tensor:
        """Faces (N, ...) -> vectors of length 1, (N, 32)."""
        return F.normalize(self.identity(x), dim=1)

    def loss(self, x: Tensor, attribute: Tensor, label: Tensor) -> Tensor:
        """Cross-entropies of the attributes, and of the people by cosines, ()."""
        named_ = F.binary_cross_entropy_with_logits(self.attributes(x), attribute)
        cosines = self.embed(x) @ F.normalize(self.people.weight, dim=1).T
        return named_ + F.cross_entropy(10 * cosines, label)


@lru_cache(maxsize=1)
def judge_of(data: str) -> tuple[FaceJudge, float]:
    """A judge trained on the training faces of a set, the same each time; and how often it names held-out ones rightly.

    Raises:
        RivalsError: for data without attributes, or without people.
    """
    source = named.load(data)
    spec, test = source.spec, source.test or source
    if not isinstance(spec, Images) or not spec.attributes or spec.classes < 2:
        raise RivalsError(f"edits are judged on faces with attributes and identities, and '{data}' has none: use faces")
    with noise.seeded(torch.device("cpu"), "face judge"):
        judge = FaceJudge(spec)
        optimizer = torch.optim.Adam(judge.parameters(), 2e-3)
        for step in range(JUDGE_STEPS):
            optimizer.param_groups[0]["lr"] = 2e-3 * (1 - step / JUDGE_STEPS)
            fields = ("image", "attribute", "label")
            x, attribute, label = source.draw(fields, seed=0, start=step * JUDGE_BATCH, size=JUDGE_BATCH)
            optimizer.zero_grad()
            judge.loss(decoded(x), attribute, label).backward()
            optimizer.step()
    judge.eval().requires_grad_(False)
    x, attribute = decoded(test.first("image", 2000)), test.first("attribute", 2000)
    return judge, float(((judge.attributes(x) > 0) == (attribute > 0.5)).double().mean())


@measure("edited-attribute")
def attribute(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How often an edit that turns `CHANGED` over in a held-out face is seen by the judge, a share.

    Args:
        run: folder of a trained game that can edit.
        data: faces with attributes and identities.
        seed: not looked at: held-out faces and the judge are always the same.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; `also` has "identity" as `identity` gives it.

    Raises:
        RivalsError: for data that no judge can be trained on, or a game that cannot edit.
    """
    seen, moved, protocol = edited(run, data, recipe)
    return Figure(seen, protocol=protocol, also={"identity": moved})


@measure("edited-identity")
def identity(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far the edit moves a held-out face in the judge's embedding, in units of the distance of two people's faces.

    Arguments and errors as of `attribute`.

    Returns:
        The ratio, near 1 where the person is lost; `also` has "attribute" as `attribute` gives it.
    """
    seen, moved, protocol = edited(run, data, recipe)
    return Figure(moved, protocol=protocol, also={"attribute": seen})


def edited(run: Path, data: str, recipe: str | None) -> tuple[float, float, dict[str, Any]]:
    """Share of edits that are seen, relative distance to the face before, and the protocol."""
    game, source = editor(run, recipe), named.load(data)
    judge, right = judge_of(data)
    test = source.test or source
    x, attributes, who = (test.first(field, EDITED) for field in ("image", "attribute", "label"))
    x, at = decoded(x), source.spec.attributes.index(CHANGED)  # type: ignore[union-attr]
    wanted = 1 - attributes[:, at]
    after = game.edit(x, **{CHANGED: wanted}).cpu()  # type: ignore[operator]
    seen = float(((judge.attributes(after)[:, at] > 0) == (wanted > 0.5)).double().mean())
    before = judge.embed(x)
    apart, same = torch.cdist(before, before), who[:, None] == who[None]
    others, own = apart[~same].mean(), apart[same & ~torch.eye(len(x), dtype=torch.bool)].mean()
    protocol = {
        "changed": CHANGED, "faces": len(x), "reference": "test", "judge": round(right, 4),
        "same person": round(float(own / others), 4),
    }  # fmt: skip
    return seen, float((judge.embed(after) - before).norm(dim=1).mean() / others), protocol


@measure("relabelled")
def relabelled(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How often a held-out sample that is edited to the next class is named so by the data's judge, a share.

    Args:
        run: folder of a trained game that can edit.
        data: pictures with labels and a judge of their own.
        seed: not looked at.
        recipe: file.py:function, where it is not installed.

    Returns:
        The share; `also` has "kept" as `kept` gives it.

    Raises:
        RivalsError: for data without a judge, or a game that cannot edit.
    """
    game, source = editor(run, recipe), named.load(data)
    x, label = _labelled(source)
    wanted = (label + 1) % source.spec.classes  # type: ignore[union-attr]
    after = game.edit(x, label=wanted).cpu()  # type: ignore[operator]
    assert isinstance(source.spec, Images)
    judge = judges.judge_for(source.spec, source.name)
    found = float((judge.probabilities(after).argmax(1).cpu() == wanted).double().mean())
    return Figure(found, protocol={"reference": "test", "samples": len(x)}, also={"kept": _kept(game, x, label)})


@measure("edit-kept")
def kept(run: Path, data: str, seed: int, recipe: str | None = None) -> Figure:
    """How far a held-out sample is from its edit to its own class, in units of the distance to another of that class.

    Arguments and errors as of `relabelled`. Distances are means of absolute differences.

    Returns:
        The ratio: below 1 more is kept of a sample than its class.
    """
    game, source = editor(run, recipe), named.load(data)
    x, label = _labelled(source)
    return Figure(_kept(game, x, label), protocol={"reference": "test", "samples": len(x)})


def editor(run: Path, recipe: str | None) -> Game:
    """The trained game of a run, which can edit.

    Raises:
        RivalsError: for another one.
    """
    game = load(run, recipe=recipe)
    if not callable(getattr(game, "edit", None)):
        raise RivalsError(f"{run} holds a game that cannot edit: use icgan, bicogan or age-cgan")
    return game


def _labelled(source: Source) -> tuple[Tensor, Tensor]:
    test = source.test or source
    n = min(test.size or 1000, 1000)
    return decoded(test.first(test.main, n)), test.first("label", n)


def _kept(game: Game, x: Tensor, label: Tensor) -> float:
    same = game.edit(x, label=label).cpu()  # type: ignore[operator]
    others = [x[label == one].roll(1, 0) for one in label.unique()]
    mine = [x[label == one] for one in label.unique()]
    return float(l1(same, x).mean() / l1(torch.cat(mine), torch.cat(others)).mean())
