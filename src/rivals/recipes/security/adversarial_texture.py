"""A texture on a poster that makes a tracker lose what passes in front of it."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

from rivals.attacks.transforms import Views
from rivals.catalog import Paper, recipe
from rivals.data.made.passing import Passing, Walk, inward, jittered, outward, window
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.networks.tracker import AIMS, SIDE, Aim, Tracker
from rivals.nn import boxes
from rivals.nn.printed import Picture
from rivals.optim import adam
from rivals.run import Run


class TextureGame(Game):
    """min over textures of E [L(tracker)] + w ‖texture - source‖², over poses. Wiyatno & Xu 2019, 1904.11042, eq. 1.

    Args:
        shape: of a picture.
        tracker: windows before and now -> a box; it learns in the first stage, before ordinary posters.
        texture: () -> a picture, at first one of the training pictures.
        passing: the scenes.
        aim: what it descends.
        alike: w.
        pretraining: steps of the first stage.
    """

    original = False
    kept: Tensor

    def __init__(
        self, shape: tuple[int, ...], *, tracker: Player, texture: Player, passing: Passing, aim: Aim, alike: float,
        pretraining: int,
    ) -> None:  # fmt: skip
        super().__init__()
        self.tracker, self.texture, self.passing, self.aim = tracker, texture, passing, aim
        self.alike, self.pretraining = alike, pretraining
        self.register_buffer("kept", torch.zeros(self.chunk, *shape))

    def prepare(self, run: Run) -> None:
        """Keep pictures that scenes are shown of; the first one is the texture to begin with."""
        x = run.examples(self.chunk)
        self.kept.copy_(x[torch.arange(self.chunk, device=x.device) % len(x)])
        self.texture.net.get_buffer("start").copy_(x[0])

    def stages(self, budget: int) -> dict[str, int]:
        """The tracker learns before it is attacked."""
        return {"tracker": self.pretraining, "texture": budget}

    def program(self, run: Run) -> None:
        """Both stages."""
        for _ in run.stage("tracker"):
            out, truth = self.tracked(x := run.real(), x.roll(2, 0))
            run.descend((self.tracker, (out - truth).abs().sum(1)))
        for _ in run.stage("texture"):
            self.step(run)

    def step(self, run: Run) -> None:
        """One descent of the texture."""
        texture: Tensor = self.texture()
        changed = (texture - self.texture.net.get_buffer("start")).square().mean()
        aim = self.aim(*self.tracked(run.real(), texture))
        run.descend((self.texture, {"aim": aim, "alike": self.alike * changed}))

    def tracked(self, x: Tensor, poster: Tensor) -> tuple[Tensor, Tensor]:
        """Of two frames on backgrounds x: the tracker's box and the true one, in the window, each (N, 4)."""
        walk = self.passing.draw(x, 2)
        before, now = (self.passing.frame(x, x.roll(1, 0), poster, walk, k) for k in (0, 1))
        around = jittered(walk.box(0))
        return self.look(before, now, around), inward(walk.box(1), around)

    def look(self, before: Tensor, now: Tensor, around: Tensor) -> Tensor:
        """What the tracker says of two frames, in the window around boxes (N, 4)."""
        out: Tensor = self.tracker(window(before, around, SIDE), window(now, around, SIDE))
        return out

    def follow(self, x: Tensor, poster: Tensor, walk: Walk) -> tuple[Tensor, Tensor]:
        """The tracker on its own: the last frame, and its boxes in every frame but the first, (N, T - 1, 4)."""
        box, found = walk.box(0), []
        before = self.passing.frame(x, x.roll(1, 0), poster, walk, 0)
        for k in range(1, walk.path.shape[1]):
            now = self.passing.frame(x, x.roll(1, 0), poster, walk, k)
            box, before = outward(self.look(before, now, box), box), now
            found.append(box)
        return before, torch.stack(found, 1)

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """The sixth frame: a black line around the target, a white one around what the tracker follows."""
        x = self.kept[:n]
        walk = self.passing.draw(x, 6)
        frame, found = self.follow(x, self.texture(), walk)
        there = torch.ones(n, 1, dtype=torch.bool, device=x.device)
        return boxes.outlined(boxes.outlined(frame, walk.box(5)[:, None], there, -1.0), found[:, -1:], there)


@recipe(
    "adversarial-texture",
    paper=Paper("Physical Adversarial Textures that Fool Visual Object Tracking", 2019, "1904.11042"),
    data=("images",),
    batch=32,
    steps=600,
    tiny={"width": 2, "dense": 8, "pretraining": 2},
)
def adversarial_texture(
    data: Images, *, aim: Literal["away", "stay", "shrink", "grow", "smaller", "larger"] = "stay", alike: float = 0.1,
    degrees: float = 30.0, scaling: float = 0.2, light: float = 0.1, contrast: float = 0.2, sigma: float = 0.02,
    pretraining: int = 2000, width: int = 16, dense: int = 128, rate: float = 0.03,
) -> TextureGame:  # fmt: skip
    """A poster's texture that a regression tracker follows instead of its target, whatever the pose; section 3.

    Args:
        data: pictures of any size: backgrounds, targets (discs cut from them) and ordinary posters.
        aim: "away" from the target (not targeted); "stay", "shrink" or "grow" to one box (targeted); "smaller" or
            "larger" (guided).
        alike: weight of the distance to the texture to begin with.
        degrees, scaling, light, contrast, sigma: of `rivals.attacks.Views`, for pictures in [-1, 1].
        pretraining, width, dense: steps in which the tracker learns, before all others; see `rivals.networks.tracker`.
        rate: Adam's for the texture; the tracker's is 1e-3.

    Raises:
        UsageError: for a number out of range.

    Deviations: 1. Flat scenes and a small tracker of our own for a simulator and GOTURN. 2. One aim at a time.
    """
    if not (0 <= scaling < 1 and alike >= 0 and min(pretraining, width, dense) >= 1):
        raise UsageError("scaling must be in [0, 1), alike at least 0, and pretraining, width and dense at least 1")
    passing = Passing(Views(degrees, 1 - scaling, 1 + scaling, light, contrast, sigma))
    return TextureGame(
        data.shape, tracker=Player(Tracker(data.channels, width, dense), adam(1e-3)),
        texture=Player(Picture(torch.zeros(data.shape)), adam(rate)), passing=passing, aim=AIMS[aim], alike=alike,
        pretraining=pretraining,
    )  # fmt: skip
