"""`rivals attack --suite`: a ladder of attacks from weak to strong, and what in their outcome is suspicious."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from rivals.attacking import Report, attack, left
from rivals.attacks import ATTACKS, Victim, ball
from rivals.attacks.victim import NoGradient

SUITE: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("fgsm", "fgsm", {}),
    ("pgd-20", "pgd", {"steps": 20}),
    ("pgd-40 x 3", "pgd", {"steps": 40, "restarts": 3}),
    ("apgd dlr", "apgd", {"loss": "dlr", "steps": 40}),
    ("cw", "cw", {"steps": 100, "searches": 5, "rate": 0.05}),
    ("square", "square", {"queries": 500}),
    ("boundary", "boundary", {"steps": 500}),
    ("pgd, no limit", "pgd", {"steps": 40, "epsilon": 1.0}),
)
"""Name, attack and options of a ladder at one ε, norm inf."""

PASSED_ON = "made on "
"""Before the name of another model, the name of a rung."""


def suite(
    victim: nn.Module, x: Tensor, y: Tensor, epsilon: float, others: Mapping[str, nn.Module] | None = None, **how: Any
) -> tuple[dict[str, Report], list[str]]:
    """A ladder of attacks of norm inf, and what in their outcome speaks of masked gradients.

    Attacks that look for the smallest perturbation are counted where it lies in the ball. Athalye et al. 2018
    (arXiv:1802.00420), section 3.1, and Carlini et al. 2019 (arXiv:1902.06705): one step must not beat many, neither
    scores, nor labels, nor another model's samples may beat gradients, and without a limit everything must fall.

    Args:
        victim: pictures (N, C, H, W) in [0, 1] -> logits.
        x, y: pictures and labels.
        epsilon: ε of all but the last.
        others: name -> model on which samples are made, too, and shown to the victim.
        **how: `preprocessing`, `seed` and names, as of `attack`.

    Returns:
        Name -> report, and the warnings, each a sentence.
    """
    found, said, shown = dict[str, Report](), list[str](), Victim(victim, preprocessing=how.get("preprocessing"))
    for name, method, options in SUITE:
        given: dict[str, Any] = {} if ATTACKS[method].minimal else {"epsilon": epsilon}
        try:
            report, made = attack(victim, x, y, method, **{**given, **options, **how})
        except NoGradient as error:
            said.append(f"{name} cannot begin: {error}")
            report, made = attack(victim, x, y, "square", epsilon=epsilon, queries=1, **how)
            report, made = replace(report, method=method), x
        inside = ball.size(made - x, "inf") <= report.options.get("epsilon", epsilon) + 1e-6
        made = torch.where(ball.per_sample(inside, x), made, x)
        found[name] = replace(report, options={"epsilon": epsilon} | report.options, **left(shown, x, y, made))
    for name, other in (others or {}).items():
        names = {"model_name": name, "data_name": how.get("data_name", "")}
        report, made = attack(other, x, y, "pgd", epsilon=epsilon, steps=40, seed=how.get("seed", 0), **names)
        found[PASSED_ON + name] = replace(report, **left(shown, x, y, made))
    return found, said + list(warnings({name: report.robust for name, report in found.items()}, len(x)))


def warnings(robust: Mapping[str, float], n: int) -> Iterator[str]:
    """Signs of masked gradients in the accuracies that a suite left, each a sentence.

    Args:
        robust: name of a rung -> accuracy left.
        n: samples; differences of two of them, or a hundredth, are chance.
    """
    slack = max(0.01, 2 / max(n, 1))
    strong = min(robust["pgd-20"], robust["pgd-40 x 3"])
    if robust["fgsm"] < strong - slack:
        yield (
            f"one step leaves {robust['fgsm']:.1%}, many leave {strong:.1%}: gradients soon point elsewhere (masked)"
        )
    passed_on = {f"samples {name}": share for name, share in robust.items() if name.startswith(PASSED_ON)}
    blind = {"scores alone": robust["square"], "labels alone": robust["boundary"]} | passed_on
    for what, share in blind.items():
        if share < min(strong, robust["apgd dlr"]) - slack:
            yield f"{what} leave {share:.1%}, gradients {strong:.1%}: those are of little use (masked)"
    if robust["pgd, no limit"] > slack:
        yield (
            f"without any limit {robust['pgd, no limit']:.1%} are still named rightly, and none should be: the attack "
            "does not get through"
        )
    if robust["apgd dlr"] < strong - 5 * slack:
        yield (
            f"cross-entropy leaves {strong:.1%}, the difference of logits {robust['apgd dlr']:.1%}: the logits are so "
            "large that cross-entropy has no gradient"
        )
