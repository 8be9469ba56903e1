"""What `--heal` makes of broken trainings: the score when broken, when healed, and of the recipe as it should be.

    python benchmarks/healing.py [--out healing.json]

Each case is trained three times with the same budget and seed: broken; broken, with `--heal`; and healthy, which is the
recipe's own options on the whole data. Healed within twice the healthy score counts. What lies in the data (too few, a
class missing) no option can mend; such cases are part of the table.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

import rivals
from rivals.data import named
from rivals.data.sources import Arrays, Source
from rivals.diagnosis import heal
from rivals.errors import Interrupted, RivalsError
from rivals.metrics.scores import headline


@dataclass(frozen=True)
class Case:
    """A broken training: what breaks it, as options or as training data of which only some rows are left."""

    name: str
    recipe: str
    data: str
    steps: int
    common: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, Any] = field(default_factory=dict)
    rows: str = ""


SMALL = {"width": 32}
CASES = (
    Case("learning rate x 30", "sngan", "digits", 600, {"width": 16}, {"rate": 6e-3}),
    Case("learning rate x 30", "wgan-gp", "gaussian", 800, SMALL, {"rate": 3e-2}),
    Case(
        "saturating loss, 10 D steps",
        "gan",
        "digits",
        1500,
        {"hidden": (64, 128)},
        {"loss": "minimax", "critic_updates": 10},
    ),
    Case("10 D steps", "lsgan", "digits", 800, {"width": 16}, {"critic_updates": 10}),
    Case("no noise (latent of 1)", "lsgan", "digits", 800, {"width": 16}, {"latent": 1}),
    Case("huge penalty", "wgan-gp", "digits", 1000, SMALL, {"weight": 1e5}),
    Case("D without sigmoid", "gan", "digits", 1500, {"hidden": (64, 128)}, {"objective": "wasserstein"}),
    Case("rate of nearly 0", "gan", "digits", 1500, {"hidden": (64, 128)}, {"rate": 1e-8}),
    Case("60 pictures", "lsgan", "digits", 800, {"width": 16}, rows="few"),
    Case("class 0 missing", "cgan", "digits", 800, {"width": 16}, rows="classes"),
)


def data_of(case: Case) -> Source:
    """The data, of which a broken case may have a part only; what is held out stays whole."""
    source = named.load(case.data)
    if not case.rows:
        return source
    assert isinstance(source, Arrays)
    labels = source.first("label", 10**9)
    kept = torch.arange(len(labels)) < 60 if case.rows == "few" else labels != 0
    fields = {name: source.first(name, 10**9)[kept] for name in source.fields}
    return Arrays(source.spec, fields, test=source.test, truth=source.truth, name=source.name)


def score(case: Case, data: Any, options: dict[str, Any], *, healed: bool = False) -> dict[str, Any]:
    """Train and score; what was done about it stands beside."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run"
        try:
            trained = rivals.train(
                case.recipe, data, steps=case.steps, out=path, heal=healed, **{**case.common, **options}
            )
        except Interrupted:
            raise
        except RivalsError as error:
            return {"score": math.inf, "reason": str(error), "done": []}
        assert trained.scores is not None
        first = headline(named.load(case.data).spec, trained.scores.values)
        assert first is not None
        done = [each.line() for each in heal.interventions(path)]
        return {"name": first.name, "score": trained.scores.values[first.name], "done": done}


def main() -> None:
    """Run what the file does not hold yet, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    out = parser.parse_args().out
    kept: dict[str, Any] = json.loads(out.read_text()) if out.is_file() else {}
    within = 0
    for case in CASES:
        title = f"{case.name}: {case.recipe} on {case.data}"
        if title not in kept:
            kept[title] = {
                "healthy": score(case, case.data, {}),
                "broken": score(case, data_of(case), case.broken),
                "healed": score(case, data_of(case), case.broken, healed=True),
            }
            out.write_text(json.dumps(kept, indent=1) + "\n")
        found = kept[title]
        good = found["healed"]["score"] <= 2 * found["healthy"]["score"]
        within += good
        figures = "  ".join(f"{word} {found[word]['score']:.4g}" for word in ("healthy", "broken", "healed"))
        print(f"{'ok   ' if good else 'no   '} {title:<46} {found['healthy'].get('name')}: {figures}", flush=True)
        for line in found["healed"]["done"]:
            print(f"        {line}")
    print(f"{within} of {len(CASES)} healed to within twice the healthy score")


if __name__ == "__main__":
    main()
