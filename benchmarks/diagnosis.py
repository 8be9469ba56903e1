"""The diagnosis on deliberately broken and on healthy trainings: is each illness named, and is nothing invented?

    python benchmarks/diagnosis.py run [--part tuning|seen|held-out] [--only WORD] [--out diagnosis.json]
    python benchmarks/diagnosis.py table [--out diagnosis.json]

`run` trains what the JSON file does not hold yet and keeps every signal; `table` applies the rules to what is kept, so
that a changed rule is tried in a second. The thresholds of `rivals.diagnosis.rules` were set on the part "tuning"; the
others have other data, recipes and seeds. "seen" was held out until a first look at it led to changes of the rules.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rivals import registry
from rivals.adversarial import Adversarial
from rivals.data import named
from rivals.data.sources import Arrays, Generated, Source, decoded
from rivals.data.specs import Spec
from rivals.diagnosis.history import Finding, History
from rivals.diagnosis.monitor import Monitor
from rivals.diagnosis.watch import Watch
from rivals.errors import RivalsError
from rivals.game import Game, Player
from rivals.networks import mlp
from rivals.objectives import non_saturating
from rivals.optim import adam, sgd
from rivals.priors import Gaussian, Prior
from rivals.run import Hooks, Run

Mend = Callable[[Source], Source]
Change = Callable[[Game], None]


@dataclass
class Case:
    """One training.

    Attributes:
        name: what is wrong with it.
        recipe, data: or a function that builds the game.
        steps: of training.
        illnesses: any of which counts as the right name; none for a healthy training.
        options: of the recipe.
        source, game: what is done to the data and to the game before training.
        batch, seed: of the run.
        part: "tuning", "seen" or "held-out".
    """

    name: str
    recipe: str | Callable[[Spec], Game]
    data: str
    steps: int
    illnesses: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)
    source: Mend = lambda source: source
    game: Change = lambda game: None
    batch: int = 64
    seed: int = 0
    part: str = "tuning"

    @property
    def title(self) -> str:
        """Name, recipe and data."""
        recipe = self.recipe if isinstance(self.recipe, str) else self.recipe.__name__.replace("_", " ")
        return f"{self.name or 'healthy'}: {recipe} on {self.data}" + f", seed {self.seed}" * bool(self.seed)


# ---- what breaks a training -----------------------------------------------------------------------------------------


def scaled(factor: float, offset: float = 0.0) -> Mend:
    """Every sample times a factor, plus an offset."""

    def mend(source: Source) -> Source:
        if source.size is None:
            truth = source.truth

            def make(n: int, generator: torch.Generator) -> tuple[Tensor, ...]:
                x, *rest = truth.make(n, generator)
                return (factor * x + offset, *rest)

            return Generated(source.spec, make, fields=source.fields, name=source.name)
        return _arrays(source, lambda fields: fields | {source.main: factor * decoded(fields[source.main]) + offset})

    return mend


def first(n: int) -> Mend:
    """The first n training samples; what is held out stays."""
    return lambda source: _arrays(source, lambda fields: {k: v[:n] for k, v in fields.items()}, test=source.test)


def without(label: int) -> Mend:
    """No training sample of one class; what is held out stays."""

    def kept(fields: dict[str, Tensor]) -> dict[str, Tensor]:
        there = fields["label"] != label
        return {k: v[there] for k, v in fields.items()}

    return lambda source: _arrays(source, kept, test=source.test)


def _arrays(
    source: Source, change: Callable[[dict[str, Tensor]], dict[str, Tensor]], test: Source | None = None
) -> Source:
    fields = change({name: source.first(name, source.size or 0) for name in source.fields})
    if test is None and source.test is not None:
        test = _arrays(source.test, change)
    return Arrays(source.spec, fields, test=test, name=source.name)


class Silent(Prior):
    """A latent that is always the same."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, n: int) -> Tensor:
        """Zeros, (n, size)."""
        return torch.zeros(n, self.size)


def silent(game: Game) -> None:
    """Take the noise away."""
    game.prior = Silent(game.prior.size)  # type: ignore[union-attr,arg-type]


def still(player: str) -> Change:
    """Learning rate 0 for one player."""

    def change(game: Game) -> None:
        setattr(game, player, Player(getattr(game, player).net, sgd(0.0)))

    return change


def starved(player: str, hidden: int = 256, few: int = 1) -> Callable[[Spec], Game]:
    """A game in which one player has so few hidden units that it cannot play."""

    def small_generator(data: Spec) -> Game:
        return Adversarial(
            generator=Player(
                mlp.generator(32, data.shape, [few if player == "generator" else hidden] * 2), adam(2e-4, (0.5, 0.999))
            ),
            critic=Player(
                mlp.critic(data.shape, [few if player == "critic" else hidden] * 2, activation=nn.LeakyReLU(0.2)),
                adam(2e-4, (0.5, 0.999)),
            ),
            prior=Gaussian(32),
            objective=non_saturating(),
        )

    small_generator.__name__ = f"small {player}"
    return small_generator


def normed(data: Spec) -> Game:
    """A critic with batch normalisation, which sees reals and fakes in batches of their own."""
    return Adversarial(
        generator=Player(mlp.generator(32, data.shape, [128] * 2), adam(2e-4, (0.5, 0.999))),
        critic=Player(
            mlp.critic(data.shape, [128] * 3, activation=nn.LeakyReLU(0.2), norm="batch"), adam(1e-3, (0.5, 0.999))
        ),
        prior=Gaussian(32),
        objective=non_saturating(),
    )


PARTS = ("tuning", "seen", "held-out")

STRONG, WEAK = "critic too strong", "critic too weak"
RANGE, LOST = "wrong range", "no convergence"
RATE = "learning rate too high"
COLLAPSE = "mode collapse"
SMALL = "generator too small"

SATURATING = {"hidden": (64, 128), "objective": "minimax", "critic_updates": 10}
MINIMAX = {"width": 32, "objective": "minimax", "critic_updates": 10}
STIFF = {"width": 16, "penalties": "r1(gamma=1e6)"}
THIN_MINIMAX = {"width": 8, "objective": "minimax", "critic_updates": 10}
BYTES = scaled(127.5, 127.5)
LINEAR = {"width": 32, "objective": "wasserstein"}
UNBOUNDED = {"hidden": (64, 128), "objective": "wasserstein"}

TUNING = [
    Case("learning rate × 30", "gan", "ring", 1500, (RATE,), {"hidden": (64, 64), "rate": 6e-3}),
    Case("learning rate × 30", "dcgan", "digits", 400, (RATE,), {"width": 16, "rate": 6e-3}),
    Case("saturating loss, 10 D steps", "gan", "digits", 500, (STRONG,), SATURATING),
    Case("no noise", "gan", "digits", 1200, ("latent ignored", COLLAPSE), {"hidden": (64, 128)}, game=silent),
    Case("100 images", "dcgan", "digits", 1200, ("memorising",), {"width": 16}, source=first(100)),
    Case("class 7 missing", "dcgan", "digits", 600, ("mode dropping",), {"width": 16}, source=without(7)),
    Case("10 D steps", "dcgan", "digits", 300, (STRONG,), {"width": 16, "critic_updates": 10}),
    Case("G too small", starved("generator"), "digits", 1500, (SMALL,)),
    Case("batch norm leak", normed, "ring", 1500, ("batch statistics leak",)),
    Case("points × 100", "gan", "grid", 1500, (RANGE,), {"hidden": (64, 64)}, source=scaled(100)),
    Case("pictures in [0, 255]", "dcgan", "digits", 300, (RANGE,), {"width": 16}, source=scaled(127.5, 127.5)),
    Case("critic's rate 0", "gan", "ring", 1000, ("dead",), {"hidden": (64, 64)}, game=still("critic")),
    Case("huge penalty", "dragan", "digits", 500, (WEAK,), {"width": 16, "weight": 1e6}),
    Case("no slope limit", "wgan-gp", "digits", 800, ("exploding",), {"width": 16, "weight": 0.0}),
    Case("batch of 2", "gan", "digits", 1500, (LOST, STRONG, COLLAPSE), {"hidden": (64, 128)}, batch=2),
    Case("", "gan", "ring", 3000, options={"hidden": (64, 64)}),
    Case("", "gan", "gaussian", 1500, options={"hidden": (64, 64)}),
    Case("", "gan", "digits", 3000, options={"hidden": (64, 128)}),
    Case("", "dcgan", "digits", 1000, options={"width": 16}),
    Case("", "sngan", "digits", 1000, options={"width": 16}),
    Case("", "wgan-gp", "grid", 1000, options={"width": 32}),
    Case("", "lsgan", "digits", 1000, options={"width": 16}),
    Case("", "dragan", "gaussian", 1500, options={"width": 32}),
    Case("", "wgan-gp", "spiral", 800, options={"width": 32}),
    Case("", "gan", "ring", 4000, options={"hidden": (64, 64)}, seed=3),
    Case("", "sngan", "sines", 500, options={"width": 16}),
    Case("", "vae", "ring", 800),
    Case("learning rate × 30", "sngan", "usps", 240, (RATE,), {"width": 8, "rate": 6e-3}, seed=1),
    Case("learning rate × 30", "wgan-gp", "spiral", 400, (RATE,), {"width": 32, "rate": 3e-2}, seed=1),
    Case("saturating loss, 10 D steps", "gan", "usps", 240, (STRONG,), SATURATING, seed=1),
    Case("no noise", "lsgan", "digits", 400, ("latent ignored", COLLAPSE), {"width": 16}, game=silent, seed=1),
    Case("100 images", "lsgan", "usps", 700, ("memorising",), {"width": 8}, source=first(100), seed=1),
    Case("class 3 missing", "sngan", "usps", 150, ("mode dropping",), {"width": 8}, source=without(3), seed=1),
    Case("10 D steps", "lsgan", "digits", 300, (STRONG,), {"width": 16, "critic_updates": 10}, seed=1),
    Case("G too small", starved("generator", few=2), "usps", 800, (SMALL,), seed=1),
    Case("batch norm leak", normed, "grid", 1000, ("batch statistics leak",), seed=1),
    Case("points / 1000", "lsgan", "ring", 600, (RANGE,), {"width": 32}, source=scaled(0.001), seed=1),
    Case("pictures in [0, 1]", "sngan", "usps", 150, (RANGE,), {"width": 8}, scaled(0.5, 0.5), seed=1),
    Case("generator's rate 0", "gan", "digits", 500, ("dead",), {"hidden": (64, 128)}, game=still("generator"), seed=1),
    Case("huge penalty", "wgan-gp", "gaussian", 400, (WEAK, "exploding"), {"width": 32, "weight": 1e6}, seed=1),
    Case("D without sigmoid", "gan", "digits", 1200, ("exploding",), UNBOUNDED, seed=1),
    Case("", "wgan-gp", "ring", 1000, options={"width": 32}, seed=1),
    Case("", "dcgan", "usps", 500, options={"width": 8}, seed=1),
    Case("", "sngan", "usps", 500, options={"width": 8}, seed=1),
    Case("", "lsgan", "gaussian", 2000, options={"width": 32}, seed=1),
    Case("", "relativistic-gan", "digits", 800, options={"width": 16}, seed=1),
    Case("", "wgan-gp", "digits", 800, options={"width": 32}, seed=1),
    Case("", "gan", "lines", 2000, options={"hidden": (64, 64)}, seed=1),
    Case("", "pacgan", "ring", 2000, options={"width": 32}, seed=1),
    Case("", "cgan", "digits", 800, options={"width": 16}, seed=1),
    Case("", "vae", "digits", 800, options={"hidden": (64, 64)}, seed=1),
    Case("", "wgan-gp", "sines", 500, options={"width": 32}, seed=1),
    Case("", "dcgan", "digits", 1200, options={"width": 16}, seed=2),
]  # fmt: skip

SEEN = [
    Case("learning rate × 30", "lsgan", "spiral", 1000, (RATE,), {"width": 32, "rate": 6e-3}, seed=2),
    Case("learning rate × 30", "relativistic-gan", "digits", 300, (RATE,), {"width": 16, "rate": 6e-3}, seed=2),
    Case("saturating loss, 10 D steps", "lsgan", "sines", 300, (STRONG,), MINIMAX, seed=2),
    Case("no noise", "wgan-gp", "ring", 300, ("latent ignored", COLLAPSE), {"width": 32}, game=silent, seed=2),
    Case("60 images", "sngan", "digits", 800, ("memorising",), {"width": 16}, first(60), seed=2),
    Case("class 0 missing", "cgan", "digits", 100, ("mode dropping",), {"width": 16}, source=without(0), seed=2),
    Case("10 D steps", "relativistic-gan", "digits", 250, (STRONG,), {"width": 16, "critic_updates": 10}, seed=2),
    Case("G too small", starved("generator"), "spiral", 1000, (SMALL,), seed=2),
    Case("batch norm leak", normed, "spiral", 1000, ("batch statistics leak",), seed=2),
    Case("points + 1000", "lsgan", "gaussian", 300, (RANGE,), {"width": 32}, scaled(1, 1000), seed=2),
    Case("pictures × 10", "sngan", "digits", 100, (RANGE,), {"width": 16}, scaled(10), seed=2),
    Case("critic's rate 0", "lsgan", "digits", 200, ("dead",), {"width": 16}, game=still("critic"), seed=2),
    Case("huge penalty", "sngan", "digits", 250, (WEAK, "exploding"), STIFF, seed=2),
    Case("D without sigmoid", "lsgan", "spiral", 1200, ("exploding", LOST), LINEAR, seed=2),
    Case("", "gan", "spiral", 2500, options={"hidden": (64, 64)}, seed=2),
    Case("", "lsgan", "ring", 2500, options={"width": 32}, seed=2),
    Case("", "dcgan", "digits", 1000, options={"width": 16}, seed=4),
    Case("", "wgan-gp", "gaussian", 500, options={"width": 32}, seed=2),
    Case("", "wgan-gp", "lines", 800, options={"width": 32}, seed=2),
    Case("", "dragan", "spiral", 1500, options={"width": 32}, seed=2),
    Case("", "sngan", "gaussian", 2000, options={"width": 32}, seed=2),
    Case("", "pacgan", "gaussian", 1500, options={"width": 32}, seed=2),
    Case("", "vae", "spiral", 800, options={"hidden": (64, 64)}, seed=2),
    Case("", "gan", "digits", 3000, options={"hidden": (64, 128)}, seed=4),
    Case("", "cgan", "ring", 1500, options={"width": 32}, seed=2),
    Case("", "relativistic-gan", "spiral", 1500, options={"width": 32}, seed=2),
]  # fmt: skip

SEEN_NEXT = [
    Case("learning rate × 30", "pacgan", "grid", 800, (RATE,), {"width": 32, "rate": 6e-3}, seed=5),
    Case("learning rate × 30", "lsgan", "fashion", 240, (RATE,), {"width": 8, "rate": 6e-3}, seed=5),
    Case("saturating loss, 10 D steps", "dcgan", "fashion", 150, (STRONG,), THIN_MINIMAX, seed=5),
    Case("no noise", "relativistic-gan", "usps", 240, ("latent ignored", COLLAPSE), {"width": 8}, game=silent, seed=5),
    Case("80 images", "relativistic-gan", "digits", 800, ("memorising",), {"width": 16}, first(80), seed=5),
    Case("class 5 missing", "dcgan", "fashion", 120, ("mode dropping",), {"width": 8}, without(5), seed=5),
    Case("12 D steps", "dcgan", "usps", 250, (STRONG,), {"width": 8, "critic_updates": 12}, seed=5),
    Case("G too small", starved("generator"), "grid", 1500, (SMALL,), seed=5),
    Case("batch norm leak", normed, "gaussian", 1000, ("batch statistics leak",), seed=5),
    Case("points × 300", "gan", "gaussian", 600, (RANGE,), {"hidden": (64, 64)}, scaled(300), seed=5),
    Case("pictures in [0, 1]", "dcgan", "fashion", 120, (RANGE,), {"width": 8}, scaled(0.5, 0.5), seed=5),
    Case("generator's rate 0", "wgan-gp", "grid", 300, ("dead",), {"width": 32}, game=still("generator"), seed=5),
    Case("huge penalty", "lsgan", "digits", 300, (WEAK, "exploding"), STIFF, seed=5),
    Case("D without sigmoid", "dcgan", "digits", 600, ("exploding", LOST), {**LINEAR, "width": 16}, seed=5),
    Case("latent of 1", "sngan", "usps", 300, ("latent ignored", COLLAPSE), {"width": 8, "latent": 1}, seed=5),
    Case("D too small", starved("critic"), "ring", 1500, (WEAK,), seed=5),
    Case("", "sngan", "digits", 1000, options={"width": 16}, seed=5),
    Case("", "dcgan", "fashion", 300, options={"width": 16}, seed=5),
    Case("", "lsgan", "usps", 500, options={"width": 8}, seed=5),
    Case("", "wgan-gp", "usps", 200, options={"width": 8}, seed=5),
    Case("", "wgan-gp", "grid", 1500, options={"width": 32}, seed=5),
    Case("", "relativistic-gan", "gaussian", 1500, options={"width": 32}, seed=5),
    Case("", "sngan", "spiral", 2000, options={"width": 32}, seed=5),
    Case("", "gan", "gaussian", 2500, options={"hidden": (64, 64)}, seed=5),
    Case("", "pacgan", "ring", 2500, options={"width": 32}, seed=5),
    Case("", "dragan", "gaussian", 1500, options={"width": 64}, seed=5),
    Case("", "r3gan", "digits", 600, options={"width": 16}, seed=5),
    Case("", "vae", "usps", 600, seed=5),
]  # fmt: skip

HELD_OUT = [
    Case("learning rate × 30", "sngan", "sines", 400, (RATE,), {"width": 16, "rate": 6e-3}, seed=7),
    Case("learning rate × 30", "cgan", "usps", 240, (RATE,), {"width": 8, "rate": 6e-3}, seed=7),
    Case("saturating loss, 10 D steps", "lsgan", "usps", 200, (STRONG,), THIN_MINIMAX, seed=7),
    Case("no noise", "dragan", "digits", 400, ("latent ignored", COLLAPSE), {"width": 16}, game=silent, seed=7),
    Case("70 images", "dcgan", "usps", 700, ("memorising",), {"width": 8}, first(70), seed=7),
    Case("class 2 missing", "sngan", "mnist", 120, ("mode dropping",), {"width": 8}, without(2), seed=7),
    Case("15 D steps", "lsgan", "fashion", 200, (STRONG,), {"width": 8, "critic_updates": 15}, seed=7),
    Case("G too small", starved("generator"), "ring", 1500, (SMALL,), seed=7),
    Case("batch norm leak", normed, "lines", 1000, ("batch statistics leak",), seed=7),
    Case("points - 500", "wgan-gp", "ring", 300, (RANGE,), {"width": 32}, scaled(1, -500), seed=7),
    Case("pictures in [0, 255]", "relativistic-gan", "fashion", 100, (RANGE,), {"width": 8}, BYTES, seed=7),
    Case("critic's rate 0", "dcgan", "usps", 200, ("dead",), {"width": 8}, game=still("critic"), seed=7),
    Case("huge penalty", "dcgan", "digits", 300, (WEAK, "exploding"), STIFF, seed=7),
    Case("D without sigmoid", "dcgan", "usps", 400, ("exploding", LOST), {**LINEAR, "width": 8}, seed=7),
    Case("latent of 1", "dcgan", "digits", 600, ("latent ignored", COLLAPSE), {"width": 16, "latent": 1}, seed=7),
    Case("D too small", starved("critic"), "grid", 1500, (WEAK,), seed=7),
    Case("", "dcgan", "mnist", 300, options={"width": 16}, seed=7),
    Case("", "sngan", "fashion", 300, options={"width": 8}, seed=7),
    Case("", "lsgan", "digits", 1000, options={"width": 16}, seed=7),
    Case("", "wgan-gp", "digits", 600, options={"width": 16}, seed=7),
    Case("", "gan", "ring", 4000, options={"hidden": (64, 64)}, seed=7),
    Case("", "gan", "lines", 2500, options={"hidden": (64, 64)}, seed=7),
    Case("", "pacgan", "gaussian", 1500, options={"width": 64}, seed=7),
    Case("", "wgan-gp", "lines", 800, options={"width": 64}, seed=7),
    Case("", "relativistic-gan", "ring", 2000, options={"width": 32}, seed=7),
    Case("", "dragan", "lines", 1500, options={"width": 32}, seed=7),
    Case("", "cgan", "usps", 400, options={"width": 8}, seed=7),
    Case("", "r3gan", "ring", 1500, options={"width": 16}, seed=7),
]  # fmt: skip

CASES = TUNING + [replace(c, part="seen") for c in SEEN + SEEN_NEXT] + [replace(c, part="held-out") for c in HELD_OUT]


def train(case: Case) -> dict[str, Any]:
    """Play a case with a monitor, and keep all that it saw."""
    source = case.source(named.load(case.data))
    game = (
        registry.create(case.recipe, source.spec, seed=case.seed, **case.options)
        if isinstance(case.recipe, str)
        else _seeded(case, source)
    )
    case.game(game)
    monitor = Monitor()
    run = Run(
        game, source, steps=case.steps, batch=case.batch, seed=case.seed, log_every=20, save_every=10**9,
        hooks=Hooks(log=[monitor.logged], step=[monitor.stepped]),
    )  # fmt: skip
    began = time.process_time()
    try:
        run.train()
    except RivalsError as error:
        monitor.diverged(run, str(error))
    seconds = time.process_time() - began
    said = [vars(f) for f in monitor.found if f.illness == "diverged"]
    return {
        "facts": monitor.history.facts, "probes": _short(monitor.history.probes), "said": said,
        "seconds": round(seconds, 2), "share": round(monitor.spent / seconds, 4),
    }  # fmt: skip


def _short(probes: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{name: float(f"{value:.4g}") for name, value in probe.items()} for probe in probes]


def _seeded(case: Case, source: Source) -> Game:
    assert callable(case.recipe)
    with torch.random.fork_rng():
        torch.manual_seed(case.seed)
        return case.recipe(source.spec)


def diagnosed(kept: dict[str, Any]) -> list[Finding]:
    """What the rules say of kept signals."""
    return Watch().replay(History(kept["facts"], kept["probes"])) + [Finding(**f) for f in kept["said"]]


def verdict(case: Case, found: list[Finding]) -> tuple[bool, list[Finding]]:
    """Whether a case came out right, and the findings that count: warnings and serious ones that did not recover."""
    bad = [f for f in found if f.severity != "note" and not f.recovered]
    if case.illnesses:
        return any(f.illness in case.illnesses for f in bad), bad
    return not bad, bad


def table(kept: dict[str, Any]) -> None:
    """Print what was named in each case, and how many rightly."""
    for part in PARTS:
        cases = [c for c in CASES if c.part == part and c.title in kept]
        if not cases:
            continue
        print(f"\n{part}")
        right = {True: 0, False: 0}
        for case in cases:
            ok, bad = verdict(case, diagnosed(kept[case.title]))
            right[bool(case.illnesses)] += ok
            names = "; ".join(dict.fromkeys(f"{f.illness} ({f.severity}, step {f.step})" for f in bad)) or "nothing"
            print(
                f"{'ok   ' if ok else 'WRONG'} {case.title:<45} expected "
                f"{' or '.join(case.illnesses) or 'nothing':<35} named {names}"
            )
        broken, healthy = sum(bool(c.illnesses) for c in cases), sum(not c.illnesses for c in cases)
        print(
            f"{right[True]} of {broken} broken named rightly; "
            f"{healthy - right[False]} of {healthy} healthy with a false alarm"
        )


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("run", "table"))
    parser.add_argument("--part", choices=PARTS)
    parser.add_argument("--only", default="")
    parser.add_argument("--again", action="store_true", help="train what is kept already, too")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    given = parser.parse_args()
    torch.set_num_threads(1)
    kept = json.loads(given.out.read_text()) if given.out.is_file() else {}
    for case in CASES if given.what == "run" else ():
        wanted = given.only in case.title and given.part in (None, case.part)
        if wanted and (given.again or case.title not in kept):
            kept[case.title] = train(case)
            given.out.write_text(json.dumps(kept))
            print(
                f"{case.title}: {kept[case.title]['seconds']} s, {kept[case.title]['share']:.1%} of them probing",
                flush=True,
            )
    table(kept)


if __name__ == "__main__":
    warnings.simplefilter("once")
    main()
