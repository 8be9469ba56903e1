"""Views: what is done to reals and fakes alike before the critic sees them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import torch
from torch import Tensor, nn

from rivals import noise
from rivals.errors import UsageError
from rivals.nn import augment, mixture
from rivals.objectives import Pass, per_sample
from rivals.parts import part
from rivals.run import Run

View: TypeAlias = Callable[[Tensor], Tensor]


class Adaptive(nn.Module):
    """A view with a state, which follows what the critic says; what it keeps must be buffers."""

    def adapt(self, run: Run, p: Pass) -> None:
        """Called after each of the critic's moves with what the critic saw in it."""


@part("view")
def flip() -> View:
    """Mirror each picture left to right with probability ½: (N, C, H, W) -> (N, C, H, W)."""

    def view(x: Tensor) -> Tensor:
        mirror = (noise.uniform(len(x)) < 0.5).to(x.device).view(-1, 1, 1, 1)
        return torch.where(mirror, x.flip(3), x)

    return view


@part("view")
def instance_noise(std: float = 0.1) -> View:
    """Add normal noise to every input. Sønderby et al. 2016, arXiv:1610.04490; Arjovsky & Bottou 2017."""
    return lambda x: x + std * noise.normal(*x.shape).to(x)


@part("view")
def shift(pixels: int = 1) -> View:
    """Move each picture by up to `pixels` in both directions, edges repeated: (N, C, H, W) -> (N, C, H, W)."""

    def view(x: Tensor) -> Tensor:
        n, _, height, width = x.shape
        padded = torch.nn.functional.pad(x, [pixels] * 4, mode="replicate")
        down, across = (noise.integers(n, 2 * pixels + 1).to(x.device) for _ in range(2))
        rows = down[:, None] + torch.arange(height, device=x.device)
        columns = across[:, None] + torch.arange(width, device=x.device)
        return padded[
            torch.arange(n, device=x.device)[:, None, None], :, rows[:, :, None], columns[:, None, :]
        ].movedim(3, 1)

    return view


@part("view")
def crop(smallest: float = 0.8) -> View:
    """A random square part of each picture, enlarged to the whole: (N, C, H, W) -> (N, C, H, W), bilinear.

    Args:
        smallest: side of the part, uniform in [smallest, 1] of the picture's; in (0, 1].

    Raises:
        UsageError: for a side outside (0, 1].
    """
    if not 0 < smallest <= 1:
        raise UsageError(f"crop: the smallest side must be above 0 and at most 1, not {smallest}")

    def view(x: Tensor) -> Tensor:
        side, across, down = (noise.uniform(len(x)).to(x) for _ in range(3))
        side = 1 - (1 - smallest) * side
        free = 1 - side  # the part's centre may move by so much, in half pictures
        moved = torch.stack([free * (2 * across - 1), free * (2 * down - 1)], 1)
        maps = torch.cat([side.view(-1, 1, 1) * torch.eye(2).to(x), moved[:, :, None]], 2)
        grid = torch.nn.functional.affine_grid(maps, list(x.shape), align_corners=False)
        return torch.nn.functional.grid_sample(x, grid, padding_mode="border", align_corners=False)

    return view


@part("view")
def colour(strength: float = 1.0) -> View:
    """Brightness, saturation and contrast at random. Zhao et al. 2020, arXiv:2006.10738, the released code.

    x + s(u₁ - ½); then about the mean over channels by 1 + s(2u₂ - 1); then about the picture's mean by 1 + s(u₃ - ½).

    Args:
        strength: s, 1 as in the paper, 0 leaves everything as it is.
    """

    def view(x: Tensor) -> Tensor:
        u, v, w = (strength * (noise.uniform(len(x)).to(x).view(-1, 1, 1, 1) - 0.5) for _ in range(3))
        x = x + u
        grey = x.mean(1, keepdim=True)
        x = grey + (x - grey) * (1 + 2 * v)
        level = x.mean((1, 2, 3), keepdim=True)
        return level + (x - level) * (1 + w)

    return view


@part("view")
def translation(share: float = 0.125) -> View:
    """Move each picture by up to a share of its sides, grey (0) moves in. Zhao et al. 2020, arXiv:2006.10738."""

    def view(x: Tensor) -> Tensor:
        n, _, height, width = x.shape
        rows, columns = (
            torch.arange(side, device=x.device)
            + (noise.integers(n, 2 * int(side * share + 0.5) + 1).to(x.device) - int(side * share + 0.5))[:, None]
            for side in (height, width)
        )
        inside = ((rows >= 0) & (rows < height))[:, None, :, None] & ((columns >= 0) & (columns < width))[:, None, None]
        moved = x[
            torch.arange(n, device=x.device)[:, None, None],
            :,
            rows.clamp(0, height - 1)[:, :, None],
            columns.clamp(0, width - 1)[:, None],
        ].movedim(3, 1)
        return moved * inside

    return view


@part("view")
def cutout(share: float = 0.5) -> View:
    """A square hole of grey (0) in each picture, with so large a share of its sides. Zhao et al. 2020, 2006.10738."""

    def view(x: Tensor) -> Tensor:
        n, _, height, width = x.shape
        hidden = []
        for side in (height, width):
            hole = int(side * share + 0.5)
            start = noise.integers(n, side + 1 - hole % 2).to(x.device)[:, None] - hole // 2
            place = torch.arange(side, device=x.device)
            hidden.append((place >= start) & (place < start + hole))
        return x * ~(hidden[0][:, None, :, None] & hidden[1][:, None, None])

    return view


@part("view")
def diffaugment(policy: str = "colour,translation,cutout") -> View:
    """The differentiable pipeline: `colour`, `translation` and `cutout`, one after the other.

    Zhao et al. 2020, arXiv:2006.10738, equations 4-6: reals and fakes alike, in both players' moves.

    Args:
        policy: which of colour, translation, cutout, flip, crop, in this order.

    Raises:
        UsageError: for another word.
    """
    known = {"colour": colour, "translation": translation, "cutout": cutout, "flip": flip, "crop": crop}
    words = [word.strip() for word in policy.split(",") if word.strip()]
    for word in words:
        if word not in known:
            raise UsageError(f"diffaugment knows {', '.join(known)}, not '{word}'")
    views = [known[word]() for word in words]

    def view(x: Tensor) -> Tensor:
        for each in views:
            x = each(x)
        return x

    return view


@part("view")
def pack(m: int = 2) -> View:
    """Stack m samples into one: (N, C, ...) -> (N // m, m · C, ...). Lin et al. 2017, arXiv:1712.04086.

    Args:
        m: samples in a pack; the N mod m that are left over are not seen.

    Raises:
        UsageError: for m < 1, and for a batch that has not even one pack.
    """
    if m < 1:
        raise UsageError(f"a pack has at least 1 sample, not {m}")

    def view(x: Tensor) -> Tensor:
        packs = len(x) // m
        if not packs:
            raise UsageError(f"a batch of {len(x)} makes no pack of {m}: give a larger --batch")
        return x[: packs * m].reshape(packs, -1, *x.shape[2:])

    return view


@part("view", "ada")
class Augmentation(Adaptive):
    """Augmentation whose probability p rises where the critic overfits. Karras et al. 2020, arXiv:2006.06676.

    p starts at 0, where pictures pass as they are, and moves by ±every·batch/reals at each `every`-th move of the
    critic, up where r_t = E sign D(x) over the reals of those moves is above the target: with an objective whose critic
    puts the boundary at 0, it is 0 without overfitting and 1 where all reals are told from fakes; section 3.
    Below p = 1 the augmented pictures' distribution determines that of the pictures, so nothing leaks (section 2.1).

    Args:
        policy: which of blit, geometry, colour, one after the other; see `rivals.nn.augment`.
        target: of r_t, in [0, 1].
        every: moves of the critic between two of p.
        reals: how many must be seen for p to go from 0 to 1; 0 leaves p where it starts.
        start: the first p, in [0, 1].

    Raises:
        UsageError: for another word or a number out of range.

    Deviations: 1. The warp is bilinear, without a wavelet's filter; filtering in the frequency domain and corruptions
    are left out, as the paper found them of little use. 2. A penalty on the critic's slope sees augmented reals.
    """

    p: Tensor
    seen: Tensor

    def __init__(
        self,
        policy: str = "blit,geometry,colour",
        target: float = 0.6,
        every: int = 4,
        reals: int = 500_000,
        start: float = 0.0,
    ) -> None:
        super().__init__()
        known = {"blit": augment.blit, "geometry": augment.geometry, "colour": augment.colour}
        words = [word.strip() for word in policy.split(",") if word.strip()]
        for word in words:
            if word not in known:
                raise UsageError(f"ada knows {', '.join(known)}, not '{word}'")
        if not (0 <= target <= 1 and 0 <= start <= 1 and every >= 1 and reals >= 0):
            raise UsageError("ada: target and start must be in [0, 1], every at least 1 and reals at least 0")
        self.steps = [known[word] for word in words]
        self.target, self.every, self.reals = target, every, reals
        self.register_buffer("p", torch.tensor(start))
        self.register_buffer("seen", torch.zeros(2))

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, C, H, W) -> (N, C, H, W)."""
        if x.dim() != 4:
            raise UsageError("ada augments pictures, and these samples are none: leave the view out")
        if x.device.type == "cpu" and not self.p:  # elsewhere the question would wait for the device
            return x
        for step in self.steps:
            x = step(x, self.p)
        return x

    def adapt(self, run: Run, p: Pass) -> None:
        """Count the signs of this move, and move p where there are enough; all shards of a batch agree."""
        if not self.reals:
            return
        assert p.real_logits is not None  # a critic's move always sees reals
        signs = run.mean(per_sample(p.real_logits.detach().sign()))
        seen = self.seen + torch.stack([signs, torch.ones_like(signs)])
        up = (seen[0] / seen[1] - self.target).sign() * self.every * run.whole_batch / self.reals
        full = seen[1] >= self.every
        new = torch.cat([torch.where(full, 0.0, seen), torch.where(full, (self.p + up).clamp(0, 1), self.p)[None]])
        run.mean(new[None])  # every shard must have read the old state before one writes
        self.seen.copy_(new[:2])
        self.p.copy_(new[2])
        run.log(augmentation=self.p)


@part("view")
def crop_mixture(share: float = 0.5) -> View:
    """With a probability a part of a picture is replaced by another part of it; see `rivals.nn.mixture`.

    Args:
        share: the probability, in [0, 1]; nothing is drawn for 0.

    Raises:
        UsageError: for another probability.
    """
    if not 0 <= share <= 1:
        raise UsageError(f"the share of mixtures must be in [0, 1], not {share}")

    return lambda x: mixture.crop_mixture(x, share)
