"""Illnesses that show in the samples."""

from __future__ import annotations

from statistics import median

from rivals.diagnosis.history import SERIOUS, WARNING, History, Symptom
from rivals.diagnosis.rules.common import FAR, apart, grown, improving, listed, recent, rising, rule

SAME, COLLAPSED, REPEATED, FLAT = 1e-3, 0.4, 0.05, 0.15
"""Diversity of identical samples; of collapsed ones; nearest distance, and rank, as shares of the data's."""

RARE, MISSING = 0.025, 0.1
"""Share of the data from which a group counts (26 of 4 × 256 samples); share of that at which it is missing."""

RESTLESS = 0.5
"""Move of the samples' centre from probe to probe, in data scales."""


@rule("mode dropping")
def mode_dropping(h: History) -> Symptom | None:
    """Classes or clusters that samples lack, or that the training data itself lacks."""
    lacking = [name.removeprefix("data/lacks/") for name in h.facts if name.startswith("data/lacks/")]
    if lacking:
        return Symptom(SERIOUS, f"the training data has no sample of {listed(lacking)}", {"classes": len(lacking)})
    # samples that are nowhere near the data are sorted somewhere all the same
    if not grown(h, 0.5) or improving(h) or recent(h, "diversity") is None:
        return None
    if rising(h, "diversity") or rising(h, "rank"):
        return None
    if (recent(h, "diversity") or 0.0) < COLLAPSED or (recent(h, "distance") or 0.0) > 0.5:
        return None
    missing: list[tuple[str, float, float]] = []
    groups = [(n.removeprefix("data/share/"), p) for n, p in h.facts.items() if n.startswith("data/share/")]
    for name, expected in groups:
        shares = h.last(f"share/{name}", 4)
        if len(shares) == 4 and expected >= RARE and sum(shares) / 4 < MISSING * expected:
            missing.append((name, sum(shares) / 4, expected))
    if not missing:
        return None
    name, share, expected = missing[0]
    told = (
        f"{listed([m[0] for m in missing])} missing: {share:.1%} of the samples in {name}, {expected:.1%} of the data"
    )
    severity = SERIOUS if 2 * len(missing) >= len(groups) else WARNING
    return Symptom(severity, told, {"groups": float(len(missing)), "of": float(len(groups))})


@rule("latent ignored", persist=2)
def latent_ignored(h: History) -> Symptom | None:
    """All latents give the same sample, or there are too few numbers in a latent."""
    diversity = recent(h, "diversity", 2)
    if diversity is not None and diversity < SAME and h.get("data/scale") > 0 and not h.get("data/beyond"):
        return Symptom(SERIOUS, f"all samples are the same: their pair distance is {diversity:.1g} of the data's",
                       {"diversity": diversity})  # fmt: skip
    latent, rank = recent(h, "latent", 2), h.get("data/rank")
    if latent is not None and latent < rank / 4 and grown(h, 0.25):
        return Symptom(WARNING, f"{latent:.0f} numbers in a latent cannot span data of effective rank {rank:.3g}",
                       {"latent": latent, "data/rank": rank})  # fmt: skip
    return None


@rule("mode collapse")
def mode_collapse(h: History) -> Symptom | None:
    """Samples are far more alike than the data, and do not become less so."""
    diversity, spacing, rank = (recent(h, name) for name in ("diversity", "spacing", "rank"))
    if diversity is None or spacing is None or rank is None or not grown(h, 0.4) or not apart(h, 0.7):
        return None
    signals = {"diversity": diversity, "spacing": spacing, "rank": rank}
    tangent, full = recent(h, "tangent"), h.get("data/rank")
    more = f"; the generator's tangent has rank {tangent:.2g}" if tangent is not None else ""
    # a generator that has not begun to learn makes samples that are alike, too, but of a higher rank than the data's
    if diversity < COLLAPSED and rank < max(full, 2.0) and not rising(h, "diversity") and not improving(h):
        told = f"samples lie {diversity:.2g} of the data's pair distance apart (healthy: above .6){more}"
        return Symptom(SERIOUS if diversity < COLLAPSED / 2 else WARNING, told, signals)
    usual = h.get("data/spacing")
    if spacing < REPEATED * usual and usual > 0.02:
        told = f"a sample's nearest other lies {spacing:.2g} away, the data's {usual:.2g}: few different ones{more}"
        return Symptom(WARNING, told, signals)
    if full >= 4 and rank < FLAT * full and not improving(h) and grown(h, 0.5) and not rising(h, "rank"):
        return Symptom(WARNING, f"samples vary along {rank:.2g} directions, the data along {full:.2g}{more}", signals)
    return None


@rule("no convergence", persist=4)
def no_convergence(h: History) -> Symptom | None:
    """Samples move about, or stay away from the data, without coming nearer."""
    values = h.all("distance")
    third = len(values) // 3
    if third < 3 or not grown(h, 0.6):
        return None
    now, best, before = median(values[-third:]), min(values[-third:]), min(values[: 2 * third])
    signals = {"distance": now, "before": before}
    if now < 2 * FAR or best < 0.9 * before or improving(h):
        return None
    shift = recent(h, "shift", third)
    if shift is not None and shift >= RESTLESS:
        told = f"the samples' centre moves {shift:.2g} data scales from probe to probe"
        return Symptom(WARNING, f"{told}, and they stay {now:.2g} away from the data", signals | {"shift": shift})
    if apart(h, 0.98):
        return Symptom(
            WARNING,
            f"samples stay {now:.2g} data scales away; at their nearest it was {min(best, before):.2g}",
            signals,
        )
    return None
