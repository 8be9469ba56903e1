"""The suites: which data, which models, and the budget that every cell gets unless another one is asked for."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rivals import catalog, registry
from rivals.errors import UsageError
from rivals.options import did_you_mean

KINDS = ("generator", "likelihood", "encoder")
"""Kinds of recipes that make samples, and can so be compared by them."""


@dataclass(frozen=True)
class Model:
    """A row of a leaderboard: a recipe under certain options.

    Attributes:
        name: of the row.
        recipe: id, or file.py:function.
        options: of the recipe.
    """

    name: str
    recipe: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Suite:
    """A comparison.

    Attributes:
        about: one sentence.
        budgets: data set -> what each of its cells gets, UNIT=AMOUNT.
        models: the recipes asked for (None: all that there are) -> the rows.
        read: data set -> options of its reader.
        options: data set -> options of every recipe that has them, so that all are of one size.
        curve: evaluations in mid-run.
    """

    about: str
    budgets: Mapping[str, str]
    models: Callable[[Sequence[str] | None], list[Model]]
    read: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    curve: int = 8

    def options_for(self, model: Model, data: str) -> dict[str, Any]:
        """A model's options on a data set."""
        known = registry.options_of(catalog.find(model.recipe))
        return {k: v for k, v in self.options.get(data, {}).items() if k in known} | dict(model.options)


def recipes(asked: Sequence[str] | None) -> list[Model]:
    """Every recipe that makes samples, with its default options, or those asked for."""
    found = [e.id for e in catalog.entries().values() if e.kind in KINDS] if asked is None else list(asked)
    return [Model(id, id) for id in found]


OBJECTIVES = ("non_saturating", "least_squares", "hinge", "wasserstein")
PENALTIES = ("none", "gradient_penalty", "dragan", "r1")
NORMS = ("none", "spectral", "layer", "batch")


def landscape(asked: Sequence[str] | None) -> list[Model]:
    """Objective × penalty × normalisation on one backbone. Kurach et al. 2019, arXiv:1807.04720.

    Deviations: 1. Weights of penalties are the parts' own defaults; the paper searches them. 2. The normalisation is
    that of the recipe's option, which is of both networks, where the paper changes the discriminator's alone. 3. A
    backbone without such an option has two axes.

    Args:
        asked: backbones, by default dcgan.
    """
    rows = []
    for id in asked or ("dcgan",):
        norms = NORMS if "norm" in registry.options_of(catalog.find(id)) else ("",)
        for objective, penalty, norm in itertools.product(OBJECTIVES, PENALTIES, norms):
            name = " + ".join(word for word in (objective, penalty, norm) if word)
            chosen = {"objective": objective, "penalties": "[]" if penalty == "none" else penalty}
            chosen |= {"norm": norm} if norm else {}
            rows.append(Model(name if len(asked or ()) < 2 else f"{id}: {name}", id, chosen))
    return rows


POINTS = ("gaussian", "ring", "grid", "spiral")

SUITES: dict[str, Suite] = {
    "toy": Suite(
        "Points with a known truth, a mixture in 1200 dimensions, and pictures whose every pixel is explained.",
        {**dict.fromkeys(POINTS, "reals=40000"), "high-dim": "reals=20000", "triangles": "reals=20000"},
        recipes,
        read={"triangles": {"size": 16}},
        options={"triangles": {"width": 16}},
        curve=5,
    ),
    "digits": Suite("The 8×8 digits of scikit-learn.", {"digits": "reals=200000"}, recipes),
    "mnist": Suite("MNIST, 28×28, below RIVALS_DATA.", {"mnist": "reals=500000"}, recipes),
    "fashion": Suite("Fashion-MNIST, 28×28, below RIVALS_DATA.", {"fashion": "reals=500000"}, recipes),
    "cifar10": Suite("CIFAR-10, 32×32, below RIVALS_DATA.", {"cifar10": "reals=1000000"}, recipes),
    "landscape": Suite(
        "Objective × penalty × normalisation on one backbone, after arXiv:1807.04720.",
        {"digits": "reals=64000"},
        landscape,
    ),
}
"""Name -> suite."""


def find(name: str) -> Suite:
    """A suite by its name.

    Raises:
        UsageError: where there is none.
    """
    if name not in SUITES:
        raise UsageError(f"there is no suite '{name}'{did_you_mean(name, SUITES)}; there are {', '.join(SUITES)}")
    return SUITES[name]
