"""A patch that can be printed, and hides what wears it from a detector."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals.attacks.transforms import Views
from rivals.catalog import Paper, recipe
from rivals.data.made.scenes import MAX, SHAPES
from rivals.data.sources import Source
from rivals.data.specs import Captioned
from rivals.errors import UsageError
from rivals.game import Game, Player
from rivals.networks import detector as grid
from rivals.networks.detector import Detector, Seen
from rivals.nn import boxes
from rivals.nn.printed import Picture, non_printability, printable, total_variation
from rivals.optim import adam
from rivals.run import Run


class PatchGame(Game):
    """L = α L_nps + β L_tv + L_obj over views of a patch on every object. Thys et al. 2019, 1904.08653, eq. 3.

    Args:
        shape: of a picture.
        detector: pictures in [-1, 1] -> a grid's map, see `rivals.networks.detector`; it learns in the first stage.
        patch: () -> a picture (C, h, w).
        views: under which it must work.
        share: its width, as a share of the square root of the area of the box that it is on.
        pretraining, alpha, beta: steps of the first stage; α and β.
    """

    original = False
    kept: Tensor
    objects: Tensor
    colours: Tensor

    def __init__(
        self, shape: tuple[int, ...], *, detector: Player, patch: Player, views: Views, share: float, pretraining: int,
        alpha: float, beta: float,
    ) -> None:  # fmt: skip
        super().__init__()
        self.detector, self.patch, self.views, self.share = detector, patch, views, share
        self.pretraining, self.alpha, self.beta = pretraining, alpha, beta
        self.register_buffer("kept", torch.zeros(self.chunk, *shape))
        self.register_buffer("objects", torch.full((self.chunk, MAX, 5), -1.0))
        self.register_buffer("colours", printable(shape[0]))

    def feed(self, source: Source) -> Source:
        """The same source, refused where it does not say where objects are."""
        source.check(["objects"])
        return source

    def prepare(self, run: Run) -> None:
        """Keep scenes that are shown."""
        for buffer, field in ((self.kept, None), (self.objects, "objects")):
            found = run.examples(self.chunk, field)
            buffer.copy_(found[torch.arange(self.chunk, device=found.device) % len(found)])

    def stages(self, budget: int) -> dict[str, int]:
        """The detector learns before it is attacked."""
        return {"detector": self.pretraining, "patch": budget}

    def program(self, run: Run) -> None:
        """Both stages."""
        for _ in run.stage("detector"):
            x, objects = run.real(run.source.main, "objects")
            run.descend((self.detector, grid.losses(self.seen(x), told(objects))))
        for _ in run.stage("patch"):
            self.step(run)

    def step(self, run: Run) -> None:
        """One descent of the patch."""
        x, objects = run.real(run.source.main, "objects")
        patch: Tensor = self.patch()
        seen = self.seen(self.worn(x, objects, patch))
        run.descend((self.patch, {
            "objectness": seen.objectness.sigmoid().amax(1),
            "variation": self.beta * total_variation(patch) / 2,  # of pictures in [0, 1], as the paper's
            "printing": self.alpha * non_printability(patch, self.colours) / 2,
        }))  # fmt: skip

    def seen(self, x: Tensor) -> Seen:
        """What the detector says of pictures."""
        return grid.read(self.detector(x))

    def worn(self, x: Tensor, objects: Tensor, patch: Tensor) -> Tensor:
        """Pictures whose objects (N, M, 5) all wear a patch, each under a view of its own."""
        for each in objects.unbind(1):
            box = each[:, 1:]
            side = self.share * boxes.area(box).sqrt() * (each[:, 0] >= 0)
            x = self.views.placed(x, patch, boxes.middle(box), side, (-1, 1))
        return x

    def generate(self, n: int, labels: Tensor | None = None) -> Tensor:
        """Kept scenes with the patch on every object, and a line around what the detector is sure of."""
        made = self.worn(self.kept[:n], self.objects[:n], self.patch())
        seen = self.seen(made)
        return boxes.outlined(made, seen.box, seen.objectness > 0)


def told(objects: Tensor) -> Tensor:
    """Objects with classes from 0 on, -1 still none; in the data 0 is the sky and 1 the ground."""
    return torch.cat([(objects[..., :1] - 2).clamp_min(-1), objects[..., 1:]], -1)


@recipe(
    "adversarial-patch",
    paper=Paper(
        "Fooling automated surveillance cameras: adversarial patches to attack person detection", 2019, "1904.08653"
    ),
    data=("captions",),
    batch=32,
    steps=600,
    smallest=16,
    tiny={"width": 2, "size": 4, "pretraining": 2},
)
def adversarial_patch(
    data: Captioned, *, size: int = 16, share: float = 0.6, alpha: float = 0.01, beta: float = 0.5,
    degrees: float = 20.0, scaling: float = 0.2, light: float = 0.2, contrast: float = 0.2, sigma: float = 0.05,
    pretraining: int = 1500, width: int = 16, rate: float = 0.03,
) -> PatchGame:  # fmt: skip
    """One picture, worn by every object of a scene, that lowers the largest objectness of a detector; section 3.

    Args:
        data: pictures whose field "objects" says where objects are, such as `scenes`.
        size, share: pixels of a side of the patch; its width as a share of the object's.
        alpha, beta: weights of printability and of variation.
        degrees, scaling, light, contrast, sigma: of `rivals.attacks.Views`, in [-1, 1].
        pretraining, width: steps in which the detector learns, before all others; `rivals.networks.detector`'s.
        rate: Adam's for the patch; the detector's is 1e-3.

    Raises:
        UsageError: for a number out of range.

    Deviations: 1. A detector and scenes of our own for YOLOv2 and photographs. 2. The patch is tanh of what is learnt,
    not cut. 3. 27 mixes of three levels a colour are the printable ones. 4. Normal noise for uniform.
    """
    if not (
        size >= 2 and 0 < share <= 2 and 0 <= scaling < 1 and min(alpha, beta) >= 0 and min(pretraining, width) > 0
    ):
        raise UsageError("size must be at least 2, share in (0, 2], scaling in [0, 1), and no weight below 0")
    views = Views(degrees, 1 - scaling, 1 + scaling, light, contrast, sigma)
    return PatchGame(
        data.shape, detector=Player(Detector(data.channels, len(SHAPES), width), adam(1e-3)),
        patch=Player(Picture(torch.rand(data.channels, size, size) - 0.5), adam(rate)), views=views, share=share,
        pretraining=pretraining, alpha=alpha, beta=beta,
    )  # fmt: skip
