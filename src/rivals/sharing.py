"""Models that others load: the card that says what a model is, and the way to the hub."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from rivals import catalog
from rivals.contract import abilities
from rivals.data import specs
from rivals.errors import RivalsError, UsageError
from rivals.metrics.scores import Scores
from rivals.store import hub
from rivals.store.folder import RunFolder
from rivals.store.model import load


def card(run: str | Path) -> str:
    """What a model is, as the README of a repository: recipe, paper, data, scores with their judge, cost, limits.

    Args:
        run: a run's folder, or a saved model's.

    Raises:
        UsageError: where there is none.
    """
    folder = RunFolder(run)
    if not folder.exists:
        raise UsageError(f"{run} is neither a run nor a saved model")
    config = folder.config()
    game = config.get("game", config)
    try:
        entry = catalog.find(game["recipe"])
    except UsageError:
        entry = None
    data = config.get("data", {}).get("name", "") if "game" in config else ""
    tags = ["rivals", "generative", game["recipe"], *([data] if data else [])]
    text = ["---", "library_name: rivals", "tags:", *(f"- {json.dumps(tag)}" for tag in tags), "---", ""]
    text += [f"# {game['recipe']}{f' on {data}' if data else ''}", ""]
    if entry is not None:
        link = f" ([arXiv:{entry.paper.arxiv}](https://arxiv.org/abs/{entry.paper.arxiv}))" if entry.paper.arxiv else ""
        text += [f"{entry.summary} After *{entry.paper.title}*, {entry.paper.year}{link}.", ""]
    if (folder.path / "samples.png").is_file():
        text += ["![samples](samples.png)", ""]
    text += _how_to_use(entry) + _data(config, game) + _scores(folder) + _limits(folder)
    return "\n".join(text).rstrip() + "\n"


def push(run: str | Path, name: str, *, private: bool = False, recipe: str | None = None) -> str:
    """Put a model with its card and samples on the hub.

    Args:
        run: a run's folder, or a saved model's.
        name: USER/NAME.
        private: whether only you may read it, where it is new.
        recipe: file.py:function, for a model whose recipe is not installed.

    Returns:
        Where it is.

    Raises:
        UsageError: where there is no model, or the hub cannot be used.
        RivalsError: where the hub cannot be reached or refuses.
    """
    game = load(run, recipe=recipe)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "model"
        game.save_pretrained(folder)
        (folder / "README.md").write_text(card(run), encoding="utf-8")
        picture = Path(run) / "samples.png"
        if picture.is_file():
            shutil.copy(picture, folder / "samples.png")
        return hub.upload(folder, name, private=private)


def _how_to_use(entry: catalog.Entry | None) -> list[str]:
    can = abilities(entry) if entry is not None else []
    more = f" It can also {', '.join(can)}." if can else ""
    code = [
        "```python",
        "import rivals",
        "",
        'game = rivals.load("hub:USER/NAME")',
        "x = game.sample(16, seed=0)",
        "```",
    ]
    return [f"Only safetensors and JSON are read.{more}", "", *code, ""]


def _data(config: dict[str, Any], game: dict[str, Any]) -> list[str]:
    stored = config.get("data", {}) if "game" in config else {}
    told = specs.spelled(specs.from_json(game["data"]))
    text = [
        "## Data and training",
        "",
        f"- data: {stored['name']}, {told}" if stored.get("name") else f"- data: {told}",
    ]
    if stored.get("samples"):
        text.append(f"- training samples: {stored['samples']:,}")
    if "steps" in config:
        text.append(f"- {config['steps']:,} steps of {config['batch']}, seed {config['seed']}, {config['precision']}")
    options = ", ".join(f"{key}={value}" for key, value in game.get("options", {}).items())
    return [*text, f"- options: {options or 'the recipe’s own'}", ""]


def _scores(folder: RunFolder) -> list[str]:
    file = folder.path / "scores.json"
    if not file.is_file():
        return []
    try:
        scores = Scores.from_json(json.loads(file.read_text(encoding="utf-8")))
    except (ValueError, KeyError) as error:
        raise RivalsError(f"{file} holds no scores ({error}): evaluate the run again") from None
    rows = [f"| {name} | {value:.4g} |" for name, value in scores.values.items()]
    said = ", ".join(f"{key} {value}" for key, value in scores.protocol.items() if not isinstance(value, dict))
    cost = ", ".join(f"{key} {value:,}" for key, value in scores.cost.items() if isinstance(value, int | float))
    return ["## Scores", "", "| score | |", "| --- | --- |", *rows, "", f"How: {said}.", "", f"Cost: {cost}.", ""]


def _limits(folder: RunFolder) -> list[str]:
    file = folder.path / "state.json"
    status = folder.status() if file.is_file() else {}
    text = ["## Limits", "", "It shows what its data have, and leaves out what it did not learn of them."]
    if status.get("status") not in (None, "finished"):
        text.append(f"The run did not end: {status['status']} at step {status.get('step', 0):,}.")
    return text
