"""Pictures of what a trained game can do: walks, classes, traversals, reconstructions, edits, completions, styles."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import torch
from PIL import Image
from torch import Tensor

from rivals import noise
from rivals.adversarial import Adversarial
from rivals.conditions import Attributes, Labels
from rivals.data import specs
from rivals.data.sources import Source, decoded
from rivals.data.specs import Images
from rivals.errors import UsageError
from rivals.game import Game
from rivals.options import did_you_mean, listed
from rivals.pictures import styles
from rivals.pictures.styles import grid_of
from rivals.priors import Codes, Prior
from rivals.styled import StyleGAN
from rivals.verbs import abilities

COLUMNS = 8
"""Pictures in a row of a walk or a traversal."""

NEAR, STORED = 20_000, 2**28
"""Training pictures, and bytes of them, among which a nearest one is looked for."""

SLOW = frozenset({"projection"})
"""Pictures that take minutes, and are made only when they are asked for."""


@dataclass(frozen=True)
class Shown:
    """What a picture is made of.

    Attributes:
        game: trained on pictures.
        source: loads its data.
        n: rows, or for tables of real pictures columns, at least 1.
        seed: of what is drawn.
    """

    game: Game
    source: Callable[[], Source]
    n: int
    seed: int

    @property
    def real(self) -> Tensor:
        """The first n held-out pictures."""
        source = self.source()
        test = source.test or source
        return decoded(test.first(test.main, self.n))

    @property
    def prior(self) -> Prior:
        """Of the latents.

        Raises:
            UsageError: for a game without one.
        """
        prior = getattr(self.game, "prior", None)
        if not isinstance(prior, Prior):
            raise UsageError(f"{_name(self.game)} has no latents to walk through")
        return prior

    def latents(self, n: int, *key: str) -> Tensor:
        """N latents (n, L), the same for the same seed."""
        with noise.seeded(self.game.device, *key, self.seed), torch.no_grad():
            z: Tensor = self.prior(n)
        return z.to(self.game.device)

    def drawn(self, z: Tensor) -> Tensor:
        """Pictures of latents (N, L), (N, C, H, W); what has a condition shows its classes in turn."""
        if isinstance(self.game, StyleGAN):
            return self.game.synthesise(self.game.styles(z))
        if "decode" in abilities(self.game):
            made: Tensor = self.game.decode(z)  # type: ignore[operator]
            return made
        if not isinstance(self.game, Adversarial):
            raise UsageError(f"{_name(self.game)} does not say what a latent becomes")
        condition = self.game.condition
        rows = torch.arange(self.n, device=z.device).repeat_interleave(len(z) // self.n)
        with self.game.presenting():
            return self.game.fake(z, condition.rows(rows) if condition is not None else None)


def interpolation(show: Shown) -> Image.Image:
    """A row for each pair of latents: the way from one to the other along a great circle. White 2016, 1609.04468."""
    a, b = (show.latents(show.n, "interpolation", end) for end in ("from", "to"))
    z = torch.stack([great_circle(a, b, float(t)) for t in torch.linspace(0, 1, COLUMNS)], 1)
    return grid_of(show.drawn(z.flatten(0, 1)).unflatten(0, (show.n, COLUMNS)))


def great_circle(a: Tensor, b: Tensor, t: float) -> Tensor:
    """(sin((1 - t) θ) a + sin(t θ) b) / sin θ, θ the angle between them: latents (N, L) on the way from a to b, (N, L).

    White 2016, arXiv:1609.04468, section 2.1.

    Args:
        a, b: latents (N, L).
        t: place on the way, in [0, 1].
    """
    angle = torch.nn.functional.cosine_similarity(a, b).clamp(-1, 1).acos().clamp(min=1e-4)[:, None]
    return (((1 - t) * angle).sin() * a + (t * angle).sin() * b) / angle.sin()


def classes(show: Shown) -> Image.Image:
    """A row for each class, a column for each latent; or a row for each attribute, its value going from 0 to 1."""
    condition = show.game.condition
    if isinstance(condition, Labels):
        rows = [show.game.sample(show.n, seed=show.seed, label=k) for k in range(condition.classes)]
        return grid_of(torch.stack(rows))
    if not isinstance(condition, Attributes):
        raise UsageError(f"{_name(show.game)} knows neither classes nor attributes")
    values = torch.linspace(0, 1, show.n).tolist()
    return grid_of(
        torch.stack([
            torch.cat([show.game.sample(1, seed=show.seed, label={name: value}) for value in values])
            for name in condition.names
        ])
    )  # fmt: skip


def traversal(show: Shown) -> Image.Image:
    """One latent with one number after the other changed: a row for each number.

    Of categorical and continuous codes (InfoGAN) these are shown: the category along the first row, each code from -2
    to 2 along one of the others. Else it is the numbers that change the picture most, from -3 to 3.
    """
    z = show.latents(1, "traversal")
    prior = show.prior
    if isinstance(prior, Codes):
        rows = _codes(prior, z)
    else:
        steps = torch.linspace(-3, 3, COLUMNS, device=z.device)
        every = z.repeat(z.shape[1], COLUMNS, 1)
        every[torch.arange(z.shape[1]), :, torch.arange(z.shape[1])] = steps
        made = Shown.drawn(_one(show), every.flatten(0, 1)).unflatten(0, every.shape[:2])
        strong = (made - made.mean(1, keepdim=True)).square().flatten(1).sum(1).argsort(descending=True)
        return grid_of(made[strong[: show.n]])
    return grid_of(Shown.drawn(_one(show), rows.flatten(0, 1)).unflatten(0, rows.shape[:2]))


def reconstruction(show: Shown) -> Image.Image:
    """Held-out pictures over what comes of them through their codes."""
    x = show.real
    return grid_of(torch.stack([x, show.game.reconstruct(x).cpu()]))  # type: ignore[operator]


def edit(show: Shown) -> Image.Image:
    """Held-out pictures, and below them the same with one attribute, or class, after the other set to 1."""
    x, condition = show.real, show.game.condition
    names = condition.names if isinstance(condition, Attributes) else [f"label {k}" for k in range(show.game.classes)]
    wanted = [{name: 1.0} if isinstance(condition, Attributes) else {"label": k} for k, name in enumerate(names)]
    return grid_of(torch.stack([x, *(show.game.edit(x, **each).cpu() for each in wanted)]))  # type: ignore[operator]


def completion(show: Shown) -> Image.Image:
    """Held-out pictures, their upper halves, and three ways in which the game goes on."""
    x = show.real
    known = torch.ones_like(x, dtype=torch.bool)
    known[:, :, x.shape[2] // 2 :] = False
    tries = x.repeat(3, 1, 1, 1)
    made = show.game.complete(tries, known.repeat(3, 1, 1, 1)).cpu()  # type: ignore[operator]
    return grid_of(torch.cat([torch.stack([x, x * known]), made.unflatten(0, (3, -1))]))


def mixing(show: Shown) -> Image.Image:
    """Coarse styles of the row's picture, fine ones of the column's. Karras et al. 2018, figure 3."""
    game = _styled(show.game)
    return styles.mixing(game, game.layers // 2, show.n, COLUMNS, show.seed)


def truncation(show: Shown) -> Image.Image:
    """Each row one latent, its style ever nearer to the mean one and beyond. Karras et al. 2018, figure 8."""
    return styles.truncation(_styled(show.game), show.n, seed=show.seed)


def projection(show: Shown) -> Image.Image:
    """Held-out pictures over their projections into W and into W+. Karras et al. 2019, figure 9."""
    return styles.projection(_styled(show.game), show.real)


def neighbours(show: Shown) -> Image.Image:
    """Samples over the training pictures nearest to each, by their pixels: what was learnt by heart."""
    source = show.source()
    room = STORED // source.first(source.main, 1).nbytes
    kept = source.first(source.main, max(1, min(NEAR, room, source.size or NEAR)))
    made = show.game.sample(show.n, seed=show.seed).cpu()
    if made.shape[1:] != kept.shape[1:]:
        raise UsageError(f"{_name(show.game)} makes other pictures than its data's")
    near, apart = made.clone(), torch.full((len(made),), torch.inf)
    for part in kept.split(1000):
        x = decoded(part)
        distance = torch.cdist(made.flatten(1), x.flatten(1))
        least, at = distance.min(1)
        closer = least < apart
        near[closer], apart[closer] = x[at[closer]], least[closer]
    return grid_of(torch.stack([made, near]))


PICTURES: dict[str, tuple[Callable[[Shown], Image.Image], str]] = {
    "interpolation": (interpolation, ""),
    "classes": (classes, ""),
    "traversal": (traversal, ""),
    "reconstruction": (reconstruction, "reconstruct"),
    "edit": (edit, "edit"),
    "completion": (completion, "complete"),
    "mixing": (mixing, ""),
    "truncation": (truncation, ""),
    "projection": (projection, ""),
    "neighbours": (neighbours, ""),
}
"""Name -> the picture, and the verb that it needs."""


def picture(name: str, game: Game, source: Callable[[], Source], n: int, seed: int = 0) -> Image.Image:
    """A picture of what a game can do.

    Args:
        name: one of `PICTURES`.
        game: trained on pictures.
        source: loads its data, where the picture shows real ones.
        n: rows, or columns of real pictures, at least 1.
        seed: of what is drawn.

    Raises:
        UsageError: for another name, a game of something else than pictures, or one that lacks what the picture shows.
    """
    if name not in PICTURES:
        raise UsageError(
            f"there is no picture '{name}'{did_you_mean(name, PICTURES) or ':'} there are {listed(PICTURES)}"
        )
    if n < 1:
        raise UsageError(f"a picture has at least 1 row, not {n}")
    draw, needs = PICTURES[name]
    if needs and needs not in abilities(game):
        raise UsageError(f"{_name(game)} cannot {needs}: `rivals info ID` says what a recipe can do")
    if game.config is not None and not isinstance(specs.from_json(game.config["data"]), Images):
        raise UsageError("such a picture is of a game that makes pictures: leave out --picture")
    return draw(Shown(game, source, n, seed))


def views(game: Game, source: Callable[[], Source], n: int = COLUMNS, seed: int = 0) -> dict[str, Image.Image]:
    """Every picture of what a game can do that does not take minutes; {} for a game of something else than pictures."""
    made = {}
    for name in PICTURES:
        if name not in SLOW:
            with suppress(UsageError):
                made[name] = picture(name, game, source, n, seed)
    return made


def caption(name: str) -> str:
    """What a picture shows, in a sentence."""
    return (PICTURES[name][0].__doc__ or "").partition("\n")[0]


def _one(show: Shown) -> Shown:
    return Shown(show.game, show.source, 1, show.seed)


def _codes(prior: Codes, z: Tensor) -> Tensor:
    """Rows of latents (1 + continuous, categories or `COLUMNS`, L), as wide as the category."""
    wide = max(prior.categories, COLUMNS)
    rows = z.repeat(1 + prior.continuous, wide, 1)
    start = prior.noise_size
    rows[0, :, start : start + prior.categories] = torch.eye(prior.categories, device=z.device)[
        torch.arange(wide) % prior.categories
    ]
    for i in range(prior.continuous):
        rows[1 + i, :, start + prior.categories + i] = torch.linspace(-2, 2, wide, device=z.device)
    return rows


def _styled(game: Game) -> StyleGAN:
    if not isinstance(game, StyleGAN):
        raise UsageError(f"{_name(game)} has no styles: such pictures are of stylegan and its like")
    return game


def _name(game: Game) -> str:
    return str((game.config or {}).get("recipe", type(game).__name__))
