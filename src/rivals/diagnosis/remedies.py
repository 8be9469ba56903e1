"""What to do about an illness, the likeliest first; a game is offered only what it can be built with."""

from __future__ import annotations

from rivals.diagnosis.advice import Advice, Remedy, back, exchange, fewer, larger_batch, put, say, scaled, wider
from rivals.diagnosis.case import Case
from rivals.diagnosis.history import Finding

MOST = 3
"""Remedies of a finding."""


def remedies(finding: Finding, case: Case) -> list[Remedy]:
    """One to three remedies, the likeliest first; each change was tried on a new game of the recipe."""
    found: list[Remedy] = []
    for advice in ADVICE.get(finding.illness, ()):
        for remedy in advice(case, finding):
            changes = remedy.get("set", {})
            if (not changes or case.takes(changes)) and all(remedy.get(k) != r.get(k) for r in found for k in ("why",)):
                found.append(remedy)
            if len(found) == MOST:
                return found
    return found or [{"why": "change one thing at a time, and compare the same seeds"}]


RATES = ("rate", "critic_rate", "generator_rate", "policy_rate")
_strong_gradient = exchange(
    "objective", "minimax", "non_saturating", "a generator loss that does not saturate where the critic is sure"
)
_norm = put("without batch statistics a sample's logit is its own", norm="none")
_steady = put(
    "a gradient penalty on reals makes the game locally stable", unless="penalties", penalties="r1(gamma=1.0)"
)
_noisy = put("noise on both sides makes them overlap", unless="view", view="instance_noise(std=0.1)")

ADVICE: dict[str, tuple[Advice, ...]] = {
    "critic too strong": (
        back("loss", "divergence", "saturating", why="this loss saturates"),
        _strong_gradient,
        fewer("critic_updates", "the critic moves less often"),
        _steady,
        _noisy,
        scaled(0.25, "critic_rate", why="the critic learns slower than the generator"),
        put("the generator moves more often", generator_updates=2),
    ),
    "critic too weak": (
        back("weight", "gamma", "bound", "rate", "critic_rate", why="the critic can move again"),
        put("a mild penalty for the critic, in place of its own", where="penalties", penalties="r1(gamma=1.0)"),
        put("the critic moves more often", critic_updates=5),
        scaled(3.0, "critic_rate", "rate", why="the critic learns faster"),
        wider(2, "a critic with more units tells more apart"),
    ),
    "mode collapse": (
        back(*RATES, "loss", "critic_updates", why="undo what was changed first"),
        scaled(2, "packing", why="a critic that sees several samples at once sees that they are alike"),
        put("a critic that sees several samples at once sees that they are alike", unless="view", view="pack(m=2)"),
        _steady,
        scaled(1 / 3, *RATES, why="smaller steps follow the critic's change"),
        put("a critic nearer to its optimum shows where samples are missing", critic_updates=5),
    ),
    "mode dropping": (
        say("give samples of what is missing, or more weight to them, where the training data lack them"),
        scaled(2, "packing", why="a critic that sees several samples at once sees what is missing"),
        put("a critic that sees several samples at once sees what is missing", unless="view", view="pack(m=2)"),
        _steady,
        put("a critic nearer to its optimum shows where samples are missing", critic_updates=5),
    ),
    "memorising": (
        put("the critic sees each picture in many forms", pictures=True, unless="view", view="diffaugment()"),
        _noisy,
        say("more training samples, or fewer steps: stop where the held-out score turns (--eval-every)"),
        scaled(0.5, "width", why="smaller networks remember less"),
    ),
    "no convergence": (
        back(*RATES, "beta", "betas", why="undo what was changed first"),
        _steady,
        scaled(1 / 3, *RATES, why="smaller steps turn a circle into a spiral"),
        larger_batch("a larger batch gives a steadier gradient"),
        wider(2, "more units"),
    ),
    "exploding": (
        back("objective", "weight", "gamma", "bound", *RATES, why="undo what was changed first"),
        put("the critic's slope is held near 1", unless="penalties", penalties="gradient_penalty(weight=10.0)"),
        scaled(0.2, *RATES, why="smaller steps"),
        put("the critic's weights are held in a box", unless="constraint", constraint="clip(bound=0.01)"),
    ),
    "diverged": (
        back(*RATES, why="undo what was changed first"),
        scaled(0.2, *RATES, why="smaller steps"),
        _steady,
    ),
    "learning rate too high": (
        back(*RATES, why="a smaller step"),
        scaled(0.1, *RATES, why="a tenth of the step"),
        larger_batch("a larger batch bears a larger step"),
    ),
    "dead": (
        back(*RATES, "weight", "loss", why="undo what was changed first"),
        _strong_gradient,
        scaled(3.0, *RATES, why="larger steps"),
        say("look for a learning rate of 0, a schedule that has run out, or frozen weights"),
    ),
    "wrong range": (
        say("scale the data: pictures and other arrays to [-1, 1], points to mean 0 and standard deviation 1"),
    ),
    "latent ignored": (
        back("latent", "prior", why="undo what was changed first"),
        put("latents that vary", prior="gaussian(size=64)"),
        scaled(4, "latent", why="more numbers in the latent"),
        say("look whether the generator uses its latent at all"),
    ),
    "batch statistics leak": (
        back("norm", why="undo what was changed first"),
        _norm,
        put("spectral normalisation of the weights", norm="spectral"),
        larger_batch("statistics of a larger batch say less about one sample"),
        say("a critic without batch normalisation, or reals and fakes in one batch"),
    ),
    "generator too small": (
        back("width", "hidden", "latent", why="undo what was changed first"),
        wider(4, "a wider generator"),
        scaled(2, "latent", why="more numbers in the latent"),
        say("give the generator as many parameters as the critic"),
    ),
}
"""Illness -> advice, the likeliest first."""
