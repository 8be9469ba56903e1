"""Inverting a face so that the person stays who it is."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import networks
from rivals.catalog import Paper, recipe
from rivals.data.specs import Images, Points
from rivals.errors import UsageError
from rivals.game import Player
from rivals.networks.coder import encoder
from rivals.nn.search import nearest
from rivals.optim import adam
from rivals.recipes.conditional.icgan import ICGAN, parts
from rivals.run import Run


class AgeCGAN(ICGAN):
    """An `ICGAN` whose latent of a sample is moved until the one that is made is of the same person.

    z* = argmin_z ‖F(x) - F(G(z, E_y(x)))‖², from E_z(x) on, F a face recogniser. Antipov et al. 2017.

    Args:
        recogniser: F, x -> an embedding (N, R); it learns beside the encoders, under `people`.
        people: embeddings -> logits of the labels.
        updates, step_size: Adam's steps from E_z(x), at least 0, and their size, above 0.
        **others: of `ICGAN`.

    Raises:
        UsageError: for a number out of range.
    """

    def __init__(self, *, recogniser: Player, people: Player, updates: int, step_size: float, **others: Any) -> None:
        super().__init__(**others)
        if updates < 0 or not step_size > 0:
            raise UsageError("updates of a latent must be at least 0, and their step_size above 0")
        self.recogniser, self.people, self.updates, self.step_size = recogniser, people, updates, step_size

    def move_encoders(self, run: Run) -> None:
        """The recogniser learns to name the labels of reals."""
        super().move_encoders(run)
        x, label = run.real(run.source.main, "label")
        logits = self.people(self.recogniser(x))
        run.descend(((self.recogniser, self.people), F.cross_entropy(logits, label, reduction="none")))

    def code(self, x: Tensor) -> Tensor:
        """(z*, E_y(x)); samples do not depend on each other."""
        z, y = super().code(x).tensor_split([-self.size], 1)
        person = self.recogniser(x)

        def apart(z: Tensor) -> Tensor:
            squared: Tensor = (self.recogniser(self.generator(torch.cat([z, y], 1))) - person).square()
            return squared

        return torch.cat([nearest(z, apart, self.updates, self.step_size), y], 1)


@recipe(
    "age-cgan",
    paper=Paper("Face Aging With Conditional Generative Adversarial Networks", 2017, "1702.01983"),
    data=("points", "images"),
    kind="encoder",
    tiny={"width": 8, "latent": 4, "updates": 2},
)
def age_cgan(
    data: Points | Images,
    *,
    updates: int = 50,
    step_size: float = 0.05,
    embedding: int = 32,
    share: float = 0.4,
    mismatch: float = 0.5,
    join: networks.Join = "input",
    width: int = 64,
    latent: int = 100,
    rate: float = 2e-4,
    beta: float = 0.5,
) -> AgeCGAN:
    """A face is inverted by an encoder and then by steps that bring its embedding back, and made anew at another age.

    z₀ = E_z(x);  z* = argmin ‖F(x) - F(G(z, y₀))‖², y₀ = E_y(x);  the face at another age is G(z*, y).

    Args:
        data: points or pictures with attributes, and with labels that say who it is.
        updates, step_size: of a latent, once trained: how many, 0 for z₀, and how long.
        embedding: numbers in F(x).
        share: of the steps, the last ones, in which encoders and recogniser learn.
        mismatch, join, width, latent, rate, beta: as of `icgan`.

    Raises:
        UsageError: for data without labels and attributes, or a number out of range.

    Deviations: 1. The age is one of the data's attributes; where there are none, the label itself is changed. 2. The
    recogniser learns from the data's labels and is not FaceNet. 3. Adam's steps for L-BFGS's, so that samples do not
    depend on each other.
    """
    if not data.classes:
        raise UsageError("age-cgan needs data whose label says who is seen, to keep that while an attribute changes")
    optimizer = adam(rate, (beta, 0.999))
    return AgeCGAN(
        **parts(data, width, latent, optimizer, join),
        recogniser=Player(encoder(data, embedding, width), optimizer),
        people=Player(nn.Linear(embedding, data.classes), optimizer),
        updates=updates,
        step_size=step_size,
        share=share,
        draw="data",
        bandwidth=0.1,
        mismatch=mismatch,
    )
