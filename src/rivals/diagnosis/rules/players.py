"""Illnesses of the players and of the game between them."""

from __future__ import annotations

from statistics import median

from rivals.diagnosis.history import SERIOUS, WARNING, History, Symptom
from rivals.diagnosis.rules.common import FAR, apart, grown, improving, recent, rising, rule

SATURATED, CERTAIN, SURE, WIDE, BLIND = 0.02, 0.985, 0.999, 8.0, 0.6
"""Slope of the generator's loss where nothing is left of it; where D(G(z)) < .015; ranks of a critic that is sure;
margin between reals and fakes in spreads, at which no pair is in doubt; rank of a critic that does not see."""

UNBOUNDED = 30.0
"""Logits of a linear loss that no slope of 1 explains where samples and data are a few data scales apart."""

LEAP, UNMOVED, UNFELT, HUGE, GROWTH = 0.02, 1e-9, 1e-12, 1000.0, 30.0
"""Relative update, which is .001 to .015 in sound trainings; of one that stands still; gradients; logits; weights."""

TINY, LEAK, UNSURE = 0.05, 0.3, 0.8
"""Parameters of a generator as a share of its critic's; loss of rank in a mixed batch; rank of a critic that does not
see samples which are far."""


@rule("critic too strong")
def critic_too_strong(h: History) -> Symptom | None:
    """Real and fake are told apart without effort, so that the generator's gradient vanishes or says little."""
    critic, slope, margin = (recent(h, name) for name in ("critic", "slope", "margin"))
    if critic is None or critic < 0.9 or not grown(h, 0.2) or not apart(h, 0.9):
        return None
    signals = {"critic": critic, "slope": slope or 0.0, "margin": margin or 0.0}
    told = f"the critic ranks a real above a fake in {critic:.1%} of pairs"
    if slope is not None and slope < SATURATED:
        told += f", and the generator's loss is flat there: its slope is {slope:.1g} (healthy: about .5)"
        return Symptom(SERIOUS, told, signals)
    # where samples are near the data, the gradient is good enough; where they come nearer it will do
    if critic < SURE or not grown(h, 0.4) or (recent(h, "distance") or 0.0) < FAR:
        return None
    moves = _updates_ratio(h)
    often = f"; it moves {moves:.3g} times for each move of the generator" if moves > 1 else ""
    pressed = moves >= 3 * h.get("own/moves", 1.0)
    if not pressed and (not grown(h, 0.5) or improving(h) or rising(h, "diversity")):
        return None
    if (slope is not None and CERTAIN <= slope < 1 - 1e-7) or (margin is not None and margin >= WIDE):
        told += f", with a margin of {margin or 0:.2g} spreads and the generator's loss at slope {slope or 0:.3g}"
        return Symptom(WARNING, told + often, signals | {"moves": moves})
    return None


@rule("critic too weak", persist=4)
def critic_too_weak(h: History) -> Symptom | None:
    """The critic does not see what nearest neighbours see."""
    critic, distance = recent(h, "critic", 4), recent(h, "distance")
    if max(h.last("critic", 4), default=0.0) >= 0.9:  # it sees now and then: the game turns about, it is not blind
        return None
    if critic is None or distance is None or not grown(h, 0.25) or not apart(h) or improving(h):
        return None
    if critic < BLIND and distance >= FAR:
        told = (
            f"the critic ranks a real above a fake in {critic:.0%} of pairs, while nearest neighbours tell them apart"
        )
        penalty, objective = (h.now.get(f"loss/critic/{name}", 0.0) for name in ("penalty", "objective"))
        if abs(penalty) > 10 * abs(objective) > 0:
            told += f"; its penalty is {abs(penalty / objective):,.0f} times its objective"
        return Symptom(SERIOUS if critic < 0.5 else WARNING, told, {"critic": critic, "distance": distance})
    return None


@rule("generator too small")
def generator_too_small(h: History) -> Symptom | None:
    """A generator that is tiny beside its critic, and samples of a low rank."""
    small, large = h.get("parameters/generator"), h.get("parameters/critic")
    rank, diversity, full = recent(h, "rank"), recent(h, "diversity"), h.get("data/rank")
    if not small or rank is None or diversity is None or small > TINY * large or not grown(h, 0.3) or not apart(h, 0.9):
        return None
    if rank < 0.6 * full or diversity < 0.6 or (recent(h, "distance") or 0.0) > FAR:
        told = f"the generator has {small:,.0f} parameters, the critic {large:,.0f}"
        return Symptom(SERIOUS, f"{told}; samples vary along {rank:.2g} directions, the data along {full:.2g}",
                       {"rank": rank, "diversity": diversity, "parameters": small})  # fmt: skip
    return None


@rule("dead", persist=2)
def dead(h: History) -> Symptom | None:
    """A player that moves and does not change, or gets no gradient."""
    for name in h.names("move/"):
        change = recent(h, f"move/{name}", 2)
        if change is not None and change < UNMOVED:
            return Symptom(SERIOUS, f"an update changes the weights of '{name}' by {change:.1g} of their size",
                           {f"move/{name}": change})  # fmt: skip
    for name in h.names("last gradient/"):
        norm = recent(h, f"last gradient/{name}", 2)
        if norm is not None and norm < UNFELT:
            return Symptom(SERIOUS, f"the gradient of '{name}' is {norm:.1g}", {f"last gradient/{name}": norm})
    return None


@rule("learning rate too high")
def rate_too_high(h: History) -> Symptom | None:
    """Updates that are large beside the weights."""
    for name in h.names("move/"):
        change = recent(h, f"move/{name}", 4)
        ratio = h.get(f"rate/{name}", 1.0)
        if change is None or not apart(h, 0.7):
            continue
        if change >= LEAP or (ratio >= 10 and change >= LEAP / 3):
            told = f"an update of '{name}' changes its weights by {change:.1%} (healthy: below 1%)"
            if change < 2 * LEAP and ratio < 3 and improving(h):
                continue
            told += f"; the rate is {ratio:.3g} times the recipe's" if ratio >= 3 else ""
            return Symptom(SERIOUS if change >= 2 * LEAP or ratio >= 10 else WARNING, told,
                           {f"move/{name}": change, "rate": ratio})  # fmt: skip
    return None


@rule("exploding")
def exploding(h: History) -> Symptom | None:
    """Logits, gradients or weights that have left all bounds."""
    logits, push = recent(h, "logits"), recent(h, "push")
    if logits is not None and push is not None and logits >= HUGE and push >= HUGE / 3:
        told = f"the critic's logits reach {logits:,.0f}, and one data scale changes the loss by {push:,.0f}"
        return Symptom(SERIOUS, told, {"logits": logits, "push": push})
    seen = h.all("logits")
    if h.get("critic/unbounded") and grown(h, 0.4) and apart(h, 0.9):
        told = "the critic's loss has no lower bound, and no penalty, clipping or spectral norm limits its slope"
        return Symptom(WARNING, f"{told}; its logits are {logits or 0:.3g}", {"logits": logits or 0.0})
    third = len(seen) // 3
    if third >= 3 and logits is not None and slope_is_constant(h) and not improving(h) and apart(h):
        climbing = median(seen[-third:]) > 1.3 * median(seen[-2 * third : -third])
        if logits >= UNBOUNDED and logits > 10 * seen[0] and climbing:
            told = f"the critic's logits grew from {seen[0]:.3g} to {logits:.3g} and samples come no nearer"
            return Symptom(WARNING, told, {"logits": logits})
    for name in h.names("last gradient/"):
        norm, weights = recent(h, f"last gradient/{name}"), h.all(f"weights/{name}")
        if norm is not None and norm >= 10 * HUGE:
            return Symptom(SERIOUS, f"the gradient of '{name}' has norm {norm:,.3g}", {f"last gradient/{name}": norm})
        if weights and weights[-1] > GROWTH * weights[0] > 0:
            told = f"the weights of '{name}' grew from {weights[0]:.3g} to {weights[-1]:.3g}"
            return Symptom(SERIOUS, told, {f"weights/{name}": weights[-1]})
    return None


@rule("diverged", persist=1)
def diverged(h: History) -> Symptom | None:
    """Samples that are not finite."""
    share = h.now.get("not finite", 0.0)
    return (
        Symptom(SERIOUS, f"{share:.0%} of the samples hold NaN or infinity", {"not finite": share}) if share else None
    )


@rule("batch statistics leak")
def batch_statistics(h: History) -> Symptom | None:
    """A critic that tells a batch of reals from a batch of fakes, and not the samples within one batch."""
    critic, mixed = recent(h, "critic"), recent(h, "critic, mixed")
    if critic is None or mixed is None or not grown(h, 0.2):
        return None
    away = recent(h, "distance") or 0.0
    if critic < UNSURE and away >= 1.0 and apart(h) and grown(h, 0.4) and not improving(h):
        told = f"samples lie {away:.2g} data scales away, and norms by each batch's own mean hide it from the critic"
        return Symptom(SERIOUS, f"{told}: it ranks a real above a fake in {critic:.0%} of pairs", {"critic": critic})
    if critic < 0.9 or critic - mixed < LEAK:
        return None
    told = f"in batches of their own reals rank above fakes in {critic:.0%} of pairs, in a mixed batch in {mixed:.0%}"
    return Symptom(SERIOUS if mixed < 0.5 else WARNING, told, {"critic": critic, "critic, mixed": mixed})


def slope_is_constant(h: History) -> bool:
    """Whether the generator's loss is linear in the logits: then nothing but a constraint bounds them."""
    slopes = h.all("slope")
    return bool(slopes) and max(slopes) - min(slopes) < 1e-3


def _updates_ratio(h: History) -> float:
    critic, generator = h.now.get("updates/critic", 0.0), h.now.get("updates/generator", 0.0)
    return critic / generator if generator else 0.0
