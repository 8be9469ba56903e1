"""Collect one picture a recipe from real trainings into docs/gallery: benchmarks and claims leave one in each folder.

    python scripts/gallery.py runs/reproduce bench/toy

Of a recipe's trainings the one on pictures is taken before one on points, then the one that saw most reals, then the
first seed: what it looks like decides nothing. What claims compare a recipe with is left out. A recipe that has no
training below these folders keeps its picture.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from rivals import catalog

GALLERY = Path(__file__).parents[1] / "docs/gallery"


def itself(recipe: str, options: dict[str, Any]) -> bool:
    """Whether a training is of the recipe as it is meant, and not what a claim compares it with."""
    entry = catalog.entries().get(recipe)
    if entry is None:
        return False
    plain = json.loads(json.dumps(options))
    claimed = [json.loads(json.dumps(dict(claim.options))) for claim in entry.claims]
    return not plain or plain in claimed


def main(folders: list[Path]) -> None:
    """See the module."""
    GALLERY.mkdir(exist_ok=True)
    index = GALLERY / "gallery.json"
    kept: dict[str, Any] = json.loads(index.read_text(encoding="utf-8")) if index.is_file() else {}
    found: dict[str, list[tuple[tuple[Any, ...], Path, dict[str, Any]]]] = {}
    for portrait in sorted(path for folder in folders for path in folder.rglob("portrait.png")):
        config = json.loads((portrait.parent / "config.json").read_text(encoding="utf-8"))
        game, data = config["game"], config["data"]
        if not itself(game["recipe"], game["options"]):
            continue
        facts = {
            "data": data["name"], "steps": config["steps"], "batch": config["batch"], "seed": config["seed"],
            "options": game["options"],
        }  # fmt: skip
        order = (game["data"]["kind"] != "images", -config["steps"] * config["batch"], config["seed"], str(portrait))
        found.setdefault(game["recipe"], []).append((order, portrait, facts))
    for recipe, all_of_it in found.items():
        _, portrait, facts = min(all_of_it, key=lambda each: each[0])
        shutil.copyfile(portrait, GALLERY / f"{recipe}.png")
        kept[recipe] = facts
    index.write_text(json.dumps(dict(sorted(kept.items())), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{len(found)} pictures new, {len(kept)} in all")


if __name__ == "__main__":
    main([Path(word) for word in sys.argv[1:]])
