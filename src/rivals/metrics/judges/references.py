"""Judges whose weights are other people's files: which file, where it is looked for, how it is read."""

from __future__ import annotations

import importlib
import os
import pickle  # nosec B403 # for the name of its error alone
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor

from rivals.errors import RivalsError, UsageError
from rivals.metrics.judges.judge import Judge
from rivals.pack import read_tensors


@dataclass(frozen=True)
class File:
    """One published file of weights.

    Attributes:
        url: where a person gets it.
        name: in torch hub's folder of checkpoints.
        hub: "owner/model" where Hugging Face has it, under the same name.
    """

    url: str
    name: str
    hub: str = ""

    def found(self) -> Path | None:
        """Where it is on this machine: in torch hub's folder of checkpoints, else in Hugging Face's cache."""
        places = [checkpoints() / self.name]
        if self.hub:
            snapshots = hub_cache() / f"models--{self.hub.replace('/', '--')}" / "snapshots"
            places += sorted(snapshots.glob(f"*/{self.url.rpartition('/')[2]}"))
        return next((place for place in places if place.is_file()), None)


@dataclass(frozen=True)
class Reference:
    """A judge that is built for weights which are not shipped.

    Attributes:
        module: below this package, with `build` and, where the file's names are not the network's, `renamed`.
        sees: what it is, in a line.
        choices: sets of files of which one is enough, the usual one first.
    """

    module: str
    sees: str
    choices: tuple[tuple[File, ...], ...]

    def load(self) -> ModuleType:
        """Import the module."""
        return importlib.import_module(f"rivals.metrics.judges.{self.module}")

    def found(self) -> list[Path] | None:
        """The files of the first choice that is here whole."""
        for choice in self.choices:
            places = [file.found() for file in choice]
            if None not in places:
                return [place for place in places if place is not None]
        return None

    def wanted(self) -> str:
        """Which files to get, where from and where to put them."""
        return " and ".join(f"{file.url} to {checkpoints() / file.name}" for file in self.choices[0])


_LPIPS = "https://github.com/richzhang/PerceptualSimilarity/raw/master/lpips/weights/v0.1/"
_FID = "pt_inception-2015-12-05-6726825d.pth"
_DINO = "https://dl.fbaipublicfiles.com/dinov2/"


def _hub(owner_and_model: str) -> tuple[File]:
    """A model's safetensors on Hugging Face."""
    url = f"https://huggingface.co/{owner_and_model}/resolve/main/model.safetensors"
    return (File(url, f"{owner_and_model.rpartition('/')[2]}.safetensors", owner_and_model),)


REFERENCES = {
    "inception": Reference(
        "inception",
        "Inception-v3 of the FID, 299x299 in colour, 2048 features, 1008 classes",
        ((File(f"https://github.com/mseitzer/pytorch-fid/releases/download/fid_weights/{_FID}", _FID),),),
    ),
    "dinov2": Reference(
        "dinov2",
        "DINOv2 ViT-S, B or L/14, 224x224 in colour, the class token",
        (
            (File(f"{_DINO}dinov2_vits14/dinov2_vits14_pretrain.pth", "dinov2_vits14_pretrain.pth"),),
            (File(f"{_DINO}dinov2_vitb14/dinov2_vitb14_pretrain.pth", "dinov2_vitb14_pretrain.pth"),),
            _hub("facebook/dinov2-small"),
            _hub("facebook/dinov2-base"),
        ),
    ),
    "clip": Reference(
        "clip",
        "CLIP's picture tower, 224x224 in colour, the projection",
        (_hub("openai/clip-vit-base-patch32"), _hub("openai/clip-vit-large-patch14")),
    ),
    "lpips": Reference(
        "lpips",
        "LPIPS on VGG-16 or AlexNet, any size in colour, a distance",
        (
            (
                File("https://download.pytorch.org/models/vgg16-397923af.pth", "vgg16-397923af.pth"),
                File(f"{_LPIPS}vgg.pth", "lpips_vgg.pth"),
            ),
            (
                File("https://download.pytorch.org/models/alexnet-owt-7be5be79.pth", "alexnet-owt-7be5be79.pth"),
                File(f"{_LPIPS}alex.pth", "lpips_alex.pth"),
            ),
        ),
    ),
}
"""Name -> judge whose weights the user downloads."""


def checkpoints() -> Path:
    """Torch hub's folder of checkpoints (TORCH_HOME moves it)."""
    return Path(torch.hub.get_dir()) / "checkpoints"


def hub_cache() -> Path:
    """Hugging Face's cache (HF_HUB_CACHE or HF_HOME moves it)."""
    home = os.environ.get("HF_HOME") or Path("~/.cache/huggingface").expanduser()
    return Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")


def load(name: str, weights: Sequence[Path] = ()) -> Judge:
    """A judge with weights from files.

    Args:
        name: a key of `REFERENCES`.
        weights: .safetensors or .pth files, by default what the caches have.

    Raises:
        UsageError: where the user's files are not there.
        RivalsError: where no files are found, saying what to download, or where a file cannot be used.
    """
    reference = REFERENCES[name]
    paths = list(weights) or reference.found()
    if paths is None:
        raise RivalsError(
            f"the weights of '{name}' are not here: download {reference.wanted()}, or name the file: {name}:PATH"
        )
    given: dict[str, Tensor] = {}
    for path in paths:
        given |= read(path)
    module, shown = reference.load(), ", ".join(map(str, paths))
    given = module.renamed(given) if hasattr(module, "renamed") else given
    try:
        with torch.device("meta"):  # without drawing weights that are about to be replaced
            judge: Judge = module.build(given)
    except (KeyError, ValueError, IndexError) as error:
        raise RivalsError(f"{shown} does not hold the weights of '{name}': download {reference.wanted()}") from error
    fit(judge.to_empty(device="cpu"), given, shown)
    return judge.eval().requires_grad_(False)


def read(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors or .pth file; no code that a file brings is run.

    Raises:
        UsageError: where there is no such file.
        RivalsError: where it cannot be read, or holds something else.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}")
    if path.suffix == ".safetensors":
        return read_tensors(path)
    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise RivalsError(f"{path} is no file of weights that can be read without running code in it") from error
    if not isinstance(found, Mapping) or not all(isinstance(value, Tensor) for value in found.values()):
        raise RivalsError(f"{path} holds no weights by name: give a state dict, as .pth or .safetensors")
    return dict(found)


def fit(judge: Judge, weights: Mapping[str, Tensor], shown: str) -> None:
    """Put weights into a network; every one must be there, of the right shape and finite.

    Raises:
        RivalsError: naming the first that is not.
    """
    own = {key: value for key, value in judge.state_dict().items() if value.is_floating_point()}
    for key, value in own.items():
        if key not in weights:
            raise RivalsError(f"{shown} does not hold the weights of '{judge.name}': '{key}' is not in it")
        if weights[key].shape != value.shape:
            shapes = f"{tuple(weights[key].shape)}, not {tuple(value.shape)}"
            raise RivalsError(f"{shown} does not hold the weights of '{judge.name}': '{key}' is {shapes}")
        if not weights[key].isfinite().all():
            raise RivalsError(f"{shown} is damaged: '{key}' holds NaN or infinity")
    judge.load_state_dict({key: weights[key].float() for key in own}, strict=False)
