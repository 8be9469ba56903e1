"""`rivals export`: a trained generator as a file that other programs run, checked against its game."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rivals import catalog, noise
from rivals.adversarial import Adversarial
from rivals.conditions import Attributes
from rivals.data import specs
from rivals.data.specs import Images, Points
from rivals.errors import RivalsError, UsageError
from rivals.game import Game
from rivals.options import did_you_mean
from rivals.priors import Prior
from rivals.styled import StyleGAN
from rivals.verbs import abilities
from rivals.web import visitor

CLOSE = 1e-4
"""Largest difference of a sample's numbers between the file and the game, in [-1, 1]."""

TRIED = 7
"""Latents that a file is checked on: another number than it was traced with."""


class Generator(nn.Module):
    """A game's samples as a function of latents, and of conditions where it has some; averaged weights, no noise.

    Args:
        game: trained; it stays in evaluation mode, and presents itself.

    Raises:
        UsageError: for a game whose samples do not follow from latents alone.
    """

    def __init__(self, game: Game) -> None:
        super().__init__()
        prior = getattr(game, "prior", None)
        decodes = "decode" in abilities(game)
        if not isinstance(prior, Prior) or not (decodes or isinstance(game, Adversarial)):
            name = (game.config or {}).get("recipe", type(game).__name__)
            raise UsageError(f"samples of {name} do not follow from latents alone: export it as safetensors")
        self.game, self.prior, self.decodes = game.eval(), prior, decodes
        for player in game.players().values():
            player.presenting = True

    def forward(self, latent: Tensor, condition: Tensor | None = None) -> Tensor:
        """Latents (N, L) [and labels (N,) or attributes (N, A)] -> samples (N, ...), pictures in [-1, 1]."""
        game = self.game
        if isinstance(game, StyleGAN):
            w = torch.lerp(game.centre, game.mapping(latent), game.truncation)
            styled: Tensor = game.synthesis(w, fixed=True).clamp(-1, 1)
            return styled
        if self.decodes:
            decoded: Tensor = type(game).decode.__wrapped__(game, latent)  # type: ignore[attr-defined]
            return decoded
        assert isinstance(game, Adversarial)
        return game.fake(latent, condition)

    def inputs(self, n: int, seed: int = 0) -> tuple[Tensor, ...]:
        """N latents, and conditions where the game has some, to try it with."""
        with noise.seeded(self.game.device, "export", seed), torch.no_grad():
            latent = self.prior(n).to(self.game.device)
        condition = self.game.condition
        if condition is None or self.decodes:
            return (latent,)
        return latent, condition.rows(torch.arange(n, device=latent.device))

    def facts(self) -> dict[str, str]:
        """What whoever runs the file must know, as text."""
        game = self.game
        facts = {
            "recipe": str((game.config or {}).get("recipe", type(game).__name__)),
            "latent": f"({self.prior.size},) of the prior {type(self.prior).__name__.lower()}",
            "data": json.dumps((game.config or {}).get("data", {})),
        }
        if game.condition is not None and not self.decodes:
            names = ", ".join(game.condition.names) if isinstance(game.condition, Attributes) else ""
            facts["condition"] = f"attributes {names}" if names else f"labels 0 to {game.classes - 1}"
        return facts


def onnx(game: Game, path: Path) -> float:
    """Write an ONNX file with any batch size, and compare it with the game in ONNX Runtime.

    Returns:
        The largest difference.

    Raises:
        UsageError: where a library is missing, or the game's samples do not follow from latents alone.
        RivalsError: where it cannot be written as ONNX, or the file gives something else.
    """
    try:
        import onnxruntime
        import onnxscript  # noqa: F401  # what the exporter writes with
    except ImportError as error:
        raise UsageError(f"ONNX needs {error.name}: pip install 'rivals[export]'") from None
    made = Generator(game)
    names = ["latent", "condition"][: len(made.inputs(2))]
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program = torch.onnx.export(
                made, made.inputs(4), dynamo=True, input_names=names, output_names=["sample"], verbose=False,
                dynamic_shapes=_any_batch(names),
            )  # fmt: skip
        except Exception as error:  # whatever the exporter cannot translate
            raise _untranslated("ONNX", error) from None
    assert program is not None
    program.model.metadata_props.update(made.facts())
    path.parent.mkdir(parents=True, exist_ok=True)
    program.save(str(path), external_data=False)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return _compared(
        made, lambda *given: torch.from_numpy(
            session.run(None, {n: g.cpu().numpy() for n, g in zip(names, given, strict=True)})[0]
        ), path,
    )  # fmt: skip


def torch_export(game: Game, path: Path) -> float:
    """Write a program of `torch.export` (.pt2) with any batch size, read it back and compare it with the game.

    Returns:
        The largest difference.

    Raises:
        UsageError: where the game's samples do not follow from latents alone.
        RivalsError: where it cannot be traced, or the file gives something else.
    """
    made = Generator(game)
    given = made.inputs(4)
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            program = torch.export.export(made, given, dynamic_shapes=_any_batch(["latent", "condition"][: len(given)]))
        except Exception as error:  # whatever cannot be traced
            raise _untranslated("a torch.export program", error) from None
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.export.save(program, path, extra_files={"facts.json": json.dumps(made.facts())})
        again = torch.export.load(path).module()
        return _compared(made, again, path)


SEEDS, TILES, DOTS = 64, 16, 500
"""Of a page: seeds, and samples shown at once, pictures or points."""


def web(game: Game, path: Path) -> float:
    """Write a folder that any file server shows: the generator runs in its visitors' browsers.

    Returns:
        The largest difference of its ONNX file.

    Raises:
        UsageError: for a game of something else than pictures or points in the plane, or without the browser's runtime.
        RivalsError: where it cannot be written as ONNX.
    """
    spec = specs.from_json(game.config["data"]) if game.config else None
    if not isinstance(spec, Images) and not (isinstance(spec, Points) and spec.dim == 2):
        raise UsageError("a page shows pictures or points in the plane: export this game as onnx")
    visitor.runtime()  # before the minutes that follow
    apart, made = onnx(game, path / "model.onnx"), Generator(game)
    n = TILES if isinstance(spec, Images) else DOTS
    with noise.seeded(game.device, "web", 0), torch.no_grad():
        latents = made.prior(SEEDS * n).to(game.device)
    facts: dict[str, Any] = {
        **page_facts(game), "seeds": SEEDS, "n": n, "latent": made.prior.size, "shape": spec.shape,
    }  # fmt: skip
    if len(made.inputs(2)) > 1:
        condition = game.condition
        labels = {"labels": game.classes}
        facts["condition"] = {"attributes": condition.names} if isinstance(condition, Attributes) else labels
    if isinstance(spec, Points):
        drawn = game.sample(10_000, seed=0).float().cpu()
        low, high = drawn.quantile(0.001, dim=0), drawn.quantile(0.999, dim=0)
        room = 0.1 * (high - low).max()
        facts["extent"] = torch.stack([low - room, high + room], 1).flatten().tolist()
    visitor.write(path, facts, latents.cpu().numpy())
    return apart


def page_facts(game: Game) -> dict[str, str]:
    """Title and a line about a game, for a page."""
    recipe = str((game.config or {}).get("recipe", type(game).__name__))
    entry = catalog.entries().get(recipe)
    about = "" if entry is None else f"{entry.paper.title}, {entry.paper.year}"
    return {"recipe": recipe, "title": recipe, "about": about}


def safetensors(game: Game, path: Path) -> float:
    """Write the whole game as `Game.save_pretrained` does, a folder that `rivals.load` reads."""
    game.save_pretrained(path)
    return 0.0


FORMATS: dict[str, tuple[Callable[[Game, Path], float], str]] = {
    "onnx": (onnx, ".onnx"),
    "torch-export": (torch_export, ".pt2"),
    "web": (web, ""),
    "safetensors": (safetensors, ""),
}
"""Name -> who writes it, and the ending of its file; "" is a folder."""


def export(game: Game, to: str, path: str | Path | None = None) -> tuple[Path, float]:
    """Write a game in a format.

    Args:
        game: trained.
        to: one of `FORMATS`.
        path: of the file or folder; by default the recipe's name with the format's ending.

    Returns:
        Where it is, and the largest difference of its samples from the game's.

    Raises:
        UsageError: for another format or ending, or a game that cannot be written so.
        RivalsError: where what was written gives something else.
    """
    if to not in FORMATS:
        raise UsageError(f"there is no format '{to}'{did_you_mean(to, FORMATS) or ':'} there are {', '.join(FORMATS)}")
    write, ending = FORMATS[to]
    place = Path(path) if path is not None else Path(f"{(game.config or {}).get('recipe', 'game')}{ending}")
    if place.suffix != ending and ending:
        raise UsageError(f"a file of {to} ends in {ending}, not '{place.name}'")
    return place, write(game, place)


def _any_batch(names: list[str]) -> dict[str, Any]:
    batch = torch.export.Dim("batch")
    return {name: {0: batch} for name in names}


def _compared(made: Generator, other: Callable[..., Any], path: Path) -> float:
    with torch.no_grad():
        given = made.inputs(TRIED, seed=1)
        try:
            apart = float((made(*given).cpu() - other(*given).cpu()).abs().max())
        except Exception as error:  # a runtime's own: another batch than it was traced with, say
            path.unlink()
            raise _untranslated("a file for any batch size", error) from None
    if not apart <= CLOSE:
        path.unlink()
        raise RivalsError(
            f"the exported samples differ from the game's by up to {apart:.2g}: it draws noise of its own, or computes "
            "otherwise there; export it as safetensors"
        )
    return apart


def _untranslated(what: str, error: Exception) -> RivalsError:
    first = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
    return RivalsError(f"this game cannot be written as {what} ({first[:200]}): export it as safetensors")
