"""Treat a run: which remedy, from which state, and the game that goes on with it.

What was done to a run stands in `interventions.json`, and what a run is, its config.json, stays as it was asked for:
the game of a treated run is that of config.json with every intervention's options over its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rivals import pack, registry
from rivals.diagnosis.history import SERIOUS, Finding
from rivals.errors import RivalsError
from rivals.game import Game

MOST = 3
"""Interventions in a run: who is not well after three is not helped by a fourth."""

EARLY = 1 / 3
"""An illness that began in this first share of a run leaves no healthy state to go back to: the run starts anew."""

FILE, HEALTHY = "interventions.json", "healthy"


@dataclass
class Intervention:
    """One treatment.

    Attributes:
        step: at which it was decided.
        back_to: the step that the run went back to; 0 where it started anew.
        illness, evidence: of the finding.
        set: options that changed.
        why: the remedy's reason.
        fresh: players that started with new optimisers, or in part with new weights, since theirs did not fit.
        applied: whether the run's newest checkpoint is the treated one.
    """

    step: int
    back_to: int
    illness: str
    evidence: str
    set: dict[str, Any]
    why: str
    fresh: list[str] = field(default_factory=list)
    applied: bool = False

    def line(self) -> str:
        """For people."""
        changed = ", ".join(f"{k}={v}" for k, v in self.set.items())
        place = f"from step {self.back_to:,}" if self.back_to else "anew"
        return f"step {self.step:,}  healed    {self.illness}: {self.why}; {changed}, {place}"


def interventions(folder: Path) -> list[Intervention]:
    """What was done to a run so far.

    Raises:
        RivalsError: where the file is damaged.
    """
    path = folder / FILE
    try:
        return [Intervention(**record) for record in json.loads(path.read_text())] if path.is_file() else []
    except (ValueError, TypeError, RecursionError) as error:
        raise RivalsError(f"{path} cannot be read: {error}; start again with --fresh") from error


def record(folder: Path, done: Sequence[Intervention]) -> None:
    """Replace the list of interventions at one stroke."""
    pack.replace_file(folder / FILE, (json.dumps([vars(each) for each in done], indent=2) + "\n").encode())


def healed(config: Mapping[str, Any], done: Sequence[Intervention]) -> dict[str, Any]:
    """The game's config with the options of all interventions over its own.

    Args:
        config: recipe, data, seed and options, as under "game" in config.json.
        done: in order.
    """
    options = dict(config["options"])
    for each in done:
        options |= each.set
    return {**config, "options": options}


def keep(folder: Path, state: Mapping[str, Any]) -> None:
    """Keep a checkpoint as the last healthy one; the one before is replaced."""
    pack.write(folder / HEALTHY, dict(state))


def kept(folder: Path) -> dict[str, Any] | None:
    """The last healthy checkpoint, or None where there is none or it is damaged: then the run starts anew."""
    try:
        return dict(pack.read(folder / HEALTHY)) if (folder / HEALTHY).is_dir() else None
    except RivalsError:
        return None


def decide(
    finding: Finding, config: Mapping[str, Any], done: Sequence[Intervention], *, total: int, healthy: int
) -> Intervention | None:
    """The treatment of a finding: its first remedy that options can say, and that was not tried before.

    Args:
        finding: a new one; only a serious one is treated.
        config: the game's, as asked for.
        done: interventions so far.
        total: steps of the run.
        healthy: step of the last healthy checkpoint, 0 for none.

    Returns:
        What to do, or None where there is nothing to do or enough was done.
    """
    if finding.severity != SERIOUS or finding.recovered or len(done) >= MOST:
        return None
    tried = [each.set for each in done]
    options = healed(config, done)["options"]
    for remedy in finding.remedies:
        change = dict(remedy.get("set", {}))
        if change and change not in tried and any(options.get(k) != v for k, v in change.items()):
            # what went wrong early went wrong before it was seen, and a second treatment of one illness starts anew
            anew = finding.since <= EARLY * total or any(each.illness == finding.illness for each in done)
            back = 0 if anew or healthy > finding.since else healthy
            return Intervention(finding.step, back, finding.illness, finding.evidence, change, str(remedy["why"]))
    return None


def treated(
    config: Mapping[str, Any], state: Mapping[str, Any] | None, recipe: str | None = None
) -> tuple[Game, dict[str, Any] | None, list[str]]:
    """The game of a healed config, and the checkpoint to resume it from.

    A player whose weights all fit keeps its optimiser's moments (the new learning rate applies to them), its counts and
    its average. Of any other player the tensors that fit by name and shape are kept, and its optimiser starts anew.

    Args:
        config: from `healed`.
        state: the healthy checkpoint; None to start anew.
        recipe: file.py:function, where the recipe is not installed.

    Returns:
        Game, state, and the names of the players that do not go on as they were.
    """
    game = registry.rebuild(config, recipe)
    if state is None:
        return game, None, sorted(game.players())
    old, new, fresh = state["game"], game.state_dict(), []
    merged = {name: old[name] if _fits(value, old.get(name)) else value for name, value in new.items()}
    for name in game.players():
        inside = [key for key, value in new.items() if key.startswith(f"{name}.") and isinstance(value, Tensor)]
        if not all(_fits(new[key], old.get(key)) for key in inside):
            fresh.append(name)
        elif f"{name}._extra_state" in old:
            merged[f"{name}._extra_state"] = old[f"{name}._extra_state"]
    for name in fresh:
        counts = old.get(f"{name}._extra_state", {"updates": 0, "reals": 0})
        merged[f"{name}._extra_state"] = {**counts, "moments": {}}
    return game, {**state, "game": merged}, fresh


def _fits(new: Any, old: Any) -> bool:
    """Whether a tensor of the new game can be the old one's."""
    if not isinstance(new, Tensor) or not isinstance(old, Tensor):
        return False
    return new.shape == old.shape and new.dtype == old.dtype and bool(torch.isfinite(old.float()).all())
