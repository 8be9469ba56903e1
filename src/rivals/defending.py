"""`rivals defend`: train a classifier under a defence, and say what attacks leave, those that know of it among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rivals import attacking, catalog, noise, registry, training
from rivals.attacking import OfGame
from rivals.data.sources import Source
from rivals.errors import RivalsError, UsageError
from rivals.game import Game
from rivals.options import did_you_mean

STEPS, DRAWS = 40, 10
"""Of an attack, as many as PGD's own; draws whose mean is attacked where a defence is random."""

LADDER: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("fgsm", "fgsm", {}),
    ("pgd", "pgd", {}),
    ("apgd on the logits' ratio", "apgd", {"loss": "dlr", "steps": STEPS}),
)
"""Words, attack and options of what adversarial training is held against."""

SIZES = {"width": 16, "dense": 128, "rate": 1e-3}
"""Of every classifier that is trained here, so that those with and without a defence are alike."""


@dataclass
class Row:
    """What an attack left of a classifier.

    Attributes:
        what: the classifier, and what the attack knows of it.
        clean, robust: shares named rightly before and after.
        caught: share of the adversarial pictures that are named wrongly and that a detector finds; None without one.
    """

    what: str
    clean: float
    robust: float
    caught: float | None = None


@dataclass
class Outcome:
    """What a defence is worth.

    Attributes:
        method, run, epsilon, samples: which, where it lies, ε in norm inf, and how many pictures were attacked.
        rows: the net without the defence first.
        said: sentences that belong to the figures.
    """

    method: str
    run: str
    epsilon: float
    samples: int
    rows: list[Row]
    said: list[str]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return asdict(self)


class Bare(nn.Module):
    """A game's classifier without what stands before it, for pictures in [0, 1]; what a blind attack sees."""

    def __init__(self, game: Any) -> None:
        super().__init__()
        self.classifier = game.classifier

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) -> logits (N, K)."""
        found: Tensor = self.classifier(2 * x - 1)
        return found


class Averaged(nn.Module):
    """The mean of a random model's logits over draws: expectation over transformation. Athalye et al. 2018, 1802.00420.

    Args:
        model: pictures (N, ...) -> logits (N, K), random.
        draws: how many.
    """

    def __init__(self, model: nn.Module, draws: int = DRAWS) -> None:
        super().__init__()
        self.model, self.draws = model, draws

    def forward(self, x: Tensor) -> Tensor:
        """The mean, (N, K)."""
        return torch.stack([self.model(x) for _ in range(self.draws)]).mean(0)


class Alike(nn.Module):
    """Log of the mean probability of pictures and of their squeezed versions: who fools all of them is not seen apart.

    He et al. 2017, arXiv:1706.04701, attack both at once.
    """

    def __init__(self, game: Any) -> None:
        super().__init__()
        self.game = game

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [0, 1] -> log probabilities (N, K)."""
        found: Tensor = self.game.looks(2 * x - 1).exp().mean(0).clamp_min(1e-12).log()
        return found


@dataclass(frozen=True)
class Trial:
    """Pictures, and how they are attacked."""

    x: Tensor
    y: Tensor
    epsilon: float
    seed: int

    def samples(self, of: nn.Module, method: str = "pgd", **options: Any) -> Tensor:
        """Adversarial pictures of a model, (N, C, H, W)."""
        return attacking.attack(of, self.x, self.y, method, seed=self.seed, **{"epsilon": self.epsilon, **options})[1]

    def row(self, what: str, judged: nn.Module, made: Tensor) -> Row:
        """What is left of a classifier on pictures that were made for it, or for another one."""
        before, after = (self.named(judged, pictures) == self.y for pictures in (self.x, made))
        return Row(what, *(float(share.double().mean()) for share in (before, before & after)))

    def named(self, judged: nn.Module, pictures: Tensor) -> Tensor:
        """Who is named what, the same each time, (N,)."""
        with noise.seeded(torch.device("cpu"), "defend", self.seed), torch.no_grad():
            return torch.cat([judged(part).argmax(1) for part in pictures.split(250)])


def trained(trial: Trial, game: Game) -> tuple[list[Row], list[str]]:
    """Adversarial training, under attacks from weak to strong."""
    rows = []
    for words, method, options in LADDER:
        rows.append(trial.row(words, OfGame(game), trial.samples(OfGame(game), method, **options)))
    worst = min(rows, key=lambda row: row.robust)
    rows.append(Row(f"the worst of these ({worst.what})", worst.clean, worst.robust))
    said = ["These attacks go through all there is: nothing stands before the net. rivals attack RUN --suite has more."]
    return rows, said


def transformed(trial: Trial, game: Any) -> tuple[list[Row], list[str]]:
    """A transformation before the net: an attack that does not know of it, and one that goes through it."""
    judged, bare = OfGame(game), Bare(game)
    with torch.no_grad():
        random = not torch.equal(*(judged(trial.x[:8]) for _ in range(2)))
    rows = [
        trial.row("pgd blind to the transformation", judged, trial.samples(bare)),
        trial.row("pgd through it (BPDA, EOT)", judged, trial.samples(Averaged(judged, DRAWS if random else 1))),
    ]
    blind, through = (row.robust for row in rows)
    said = [
        f"The defence is worth what the stronger attack leaves, {min(blind, through):.1%}: one that knows of it leaves "
        f"{through:.1%}, one that does not {blind:.1%} (Athalye et al. 2018).",
        "rivals attack RUN goes through the transformation, too.",
    ]
    return rows, said


def caught(game: Any, x: Tensor) -> Tensor:
    """Which pictures in [0, 1] a detector takes for attacks, boolean (N,)."""
    found: Tensor = game.anomaly(2 * x - 1).cpu() > game.threshold.cpu()
    return found


def detected(trial: Trial, game: Any) -> tuple[list[Row], list[str]]:
    """A detector beside the net: an attack that does not know of it, and one that wants to pass it."""
    judged, rows = OfGame(game), []
    for words, seen in (("pgd blind to the detector", judged), ("pgd on squeezed pictures, too", Alike(game))):
        made = trial.samples(seen)
        row, wrong = trial.row(words, judged, made), trial.named(judged, made) != trial.y
        row.caught = attacking.share(caught(game, made)[wrong]) if wrong.any() else None
        rows.append(row)
    false = attacking.share(caught(game, trial.x))
    blind, knowing = (row.robust + (1 - row.robust) * (row.caught or 0.0) for row in rows)
    said = [
        f"{false:.1%} of the pictures are taken for attacks though nobody touched them; {game.false:.1%} were allowed "
        "on training data.",
        f"The defence is worth what the stronger attack leaves named rightly or detected, {min(blind, knowing):.1%}: "
        f"one that knows of the detector leaves {knowing:.1%}, one that does not {blind:.1%} (He et al. 2017).",
        f"rivals attack RUN asks the classifier alone; the detector is game.anomaly above {float(game.threshold):.3f}.",
    ]
    return rows, said


@dataclass(frozen=True)
class Method:
    """A defence.

    Attributes:
        recipe: what is trained.
        options: of it, by ε.
        judged: what attacks leave of it, (trial, game) -> rows, what counts last, and sentences.
    """

    recipe: str
    options: Callable[[float], Mapping[str, Any]]
    judged: Callable[[Trial, Any], tuple[list[Row], list[str]]]


METHODS: dict[str, Method] = {
    "fast": Method("adversarial-training", lambda e: {"epsilon": e, "inner": 1, "inner_step": 1.25 * e}, trained),
    "pgd": Method("adversarial-training", lambda e: {"epsilon": e, "inner": 10, "inner_step": e / 4}, trained),
    "trades": Method(
        "adversarial-training", lambda e: {"epsilon": e, "inner": 10, "inner_step": e / 4, "loss": "trades"}, trained
    ),
    "inputs": Method("input-transformations", lambda e: {}, transformed),
    "detect": Method("feature-squeezing", lambda e: {}, detected),
}
"""Name -> defence: Wong et al. 2020, Madry et al. 2017, Zhang et al. 2019, Guo et al. 2017, Xu et al. 2017."""


def defend(
    data: str | Path | Source,
    method: str = "pgd",
    *,
    out: str | Path,
    epsilon: float = 0.1,
    steps: int = 1500,
    samples: int = 200,
    seed: int = 0,
    progress: training.Progress | None = None,
    **options: Any,
) -> Outcome:
    """Train a classifier under a defence and one without, attack both, and give what is left.

    The run is an ordinary one, of the recipe that the method names: it resumes, and is a model for `rivals attack`.
    The net without the defence is a run beside it, OUT-undefended.

    Args:
        data: pictures with labels.
        method: a name of `METHODS`.
        out: the run's folder.
        epsilon: ε in norm inf of training and attacks, for pictures in [0, 1].
        steps: of each training.
        samples: held-out pictures that are attacked.
        seed: of trainings and attacks.
        progress: told what happens.
        **options: of the method's recipe.

    Raises:
        UsageError: for an unknown method or option, ε out of range, or data without labels.
        RivalsError: where the net without the defence names no picture rightly.
    """
    if method not in METHODS:
        raise UsageError(
            f"there is no defence '{method}'{did_you_mean(method, METHODS) or ':'} there are {', '.join(METHODS)}"
        )
    if not 0 < epsilon <= 1:
        raise UsageError(f"epsilon must be in (0, 1], not {epsilon:g}")
    how, chosen = METHODS[method], {"steps": steps, "seed": seed, "progress": progress}
    registry.check_options(catalog.find(how.recipe), options)  # before anything is trained
    x, y, _ = attacking.labelled(data, samples)
    sizes = SIZES | {key: value for key, value in options.items() if key in SIZES}
    beside = Path(f"{out}-undefended")
    plain = training.train("adversarial-training", data, out=beside, **chosen, **sizes, inner=0)
    made = training.train(how.recipe, data, out=out, **chosen, **{**SIZES, **how.options(epsilon), **options})
    trial = Trial(x, y, epsilon, seed)
    without = OfGame(plain.game.cpu())
    before = trial.row("without the defence, pgd", without, trial.samples(without))
    if not before.clean:
        raise RivalsError("the net without the defence names no picture rightly, so there is nothing to attack: train "
                          "for more --steps")  # fmt: skip
    rows, said = how.judged(trial, made.game.cpu().eval())
    return Outcome(method, str(made.folder), epsilon, len(x), [before, *rows], said)
