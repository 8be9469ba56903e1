"""Data by name or path: `load("digits")`, `load("photos/")`, `load("points.npy")`."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from rivals import options
from rivals.data.arrays import file, from_arrays, holds_pictures
from rivals.data.digits import digits as digits
from rivals.data.few import few
from rivals.data.readers import READERS, detect
from rivals.data.sources import Source
from rivals.errors import UsageError


@dataclass(frozen=True)
class Named:
    """A set with a name of its own.

    Attributes:
        kind: of its data, a word of `specs.KINDS`.
        place: module below this package, and function; or the word of a reader where there is a file.
        file: what the reader reads, below RIVALS_DATA.
        read: options of the reader, or of the function, that are not its defaults.
        origin: where it comes from: it is made, it is in a package, or it is a file below RIVALS_DATA.
        first: how many of the training samples there are; 0 for all.
    """

    kind: str
    place: str
    file: str = ""
    read: Mapping[str, Any] = field(default_factory=dict)
    origin: str = "made"
    first: int = 0

    def load(self) -> Callable[..., Source]:
        """Import the function."""
        if self.file:
            from rivals.data.home import reading

            return reading(self.place, self.file, self.read)
        module, _, function = self.place.partition(":")
        return getattr(importlib.import_module(f"rivals.data.{module}"), function)  # type: ignore[no-any-return]


HOME = "RIVALS_DATA"
"""The origin of sets that are files on this machine."""

BEIJING = {"length": 24, "columns": ("pm2.5", "DEWP", "TEMP", "PRES", "Iws")}

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

NAMED: dict[str, Named] = {
    "digits": Named("images", "digits:digits", origin="scikit-learn"),
    "digits-100": Named("images", "digits:digits", origin="scikit-learn", first=100),
    "digits-500": Named("images", "digits:digits", origin="scikit-learn", first=500),
    "noisy-digits": Named("images", "made.noisy:noisy_digits", origin="scikit-learn"),
    "gaussian": Named("points", "toy:gaussian"),
    "dirac": Named("points", "toy:dirac"),
    "bell": Named("points", "toy:bell"),
    "ghz": Named("points", "toy:ghz"),
    "bimodal": Named("points", "toy:bimodal"),
    "ring": Named("points", "toy:ring"),
    "grid": Named("points", "toy:grid"),
    "unbalanced": Named("points", "toy:unbalanced"),
    "unbalanced-digits": Named("images", "toy:unbalanced_digits"),
    "spiral": Named("points", "made.points:spiral"),
    "lines": Named("points", "made.points:lines"),
    "spheres": Named("points", "made.points:spheres"),
    "spheres-500": Named("points", "made.points:spheres", read={"dim": 500}),
    "high-dim": Named("points", "made.points:high_dim"),
    "stacked-digits": Named("images", "made.stacked:stacked_digits", origin="scikit-learn"),
    "triangles": Named("images", "made.triangles:triangles"),
    "small-triangles": Named("images", "made.triangles:small"),
    "glyphs": Named("images", "made.glyphs:glyphs"),
    "letters": Named("images", "made.glyphs:glyphs", read={"size": 8, "characters": LETTERS}),
    "letters-50": Named("images", "made.glyphs:glyphs", read={"size": 8, "characters": LETTERS}, first=50),
    "faces": Named("images", "made.faces:faces"),
    "discs": Named("images", "made.discs:discs"),
    "small-faces": Named("images", "made.faces:faces", read={"size": 16, "identities": 20}),
    "matching-pairs": Named("images", "made.pairs:matching_pairs"),
    "one-texture": Named("images", "made.texture:one_texture"),
    "composed-digits": Named("images", "made.composed:composed_digits"),
    "scenes": Named("captions", "made.scenes:scenes"),
    "small-scenes": Named("captions", "made.scenes:scenes", read={"n": 400, "size": 32}),
    "sines": Named("series", "made.series:sines"),
    "tones": Named("audio", "made.series:tones"),
    "moving-digits": Named("video", "made.volumes:moving_digits"),
    "solids": Named("voxels", "made.volumes:solids"),
    "clouds": Named("cloud", "made.volumes:clouds"),
    "communities": Named("graph", "made.graphs:communities"),
    "tokens": Named("tokens", "oracle:small"),
    "sentiments": Named("sentences", "made.sentiments:sentiments"),
    "keywords": Named("speech", "made.keywords:keywords"),
    "moved-ring": Named("unpaired", "toy:moved_ring"),
    "inverted-digits": Named("unpaired", "toy:inverted_digits"),
    "edge-digits": Named("pairs", "toy:edge_digits"),
    "colour-digits": Named("pairs", "toy:colour_digits"),
    "mnist-usps": Named("unpaired", "made.adapted:mnist_usps", origin=HOME),
    "cartpole": Named("environment", "expert:cartpole", origin="gymnasium"),
    "oracle": Named("tokens", "home:oracle", origin=HOME),
    "mnist": Named("images", "home:mnist", origin=HOME),
    "stacked-mnist": Named("images", "made.stacked:stacked_mnist", origin=HOME),
    "fashion": Named("images", "home:fashion", origin=HOME),
    "fashion-100": Named("images", "home:fashion", origin=HOME, first=100),
    "fashion-1000": Named("images", "home:fashion", origin=HOME, first=1000),
    "fashion-5000": Named("images", "home:fashion", origin=HOME, first=5000),
    "usps": Named("images", "home:usps", origin=HOME),
    "cifar10": Named("images", "home:cifar10", origin=HOME),
    "orl": Named("images", "home:faces", origin=HOME),
    "t91": Named("images", "images", "sr/t91", origin=HOME),
    "set5": Named("images", "images", "sr/set5", {"size": 256}, origin=HOME),
    "set14": Named("images", "images", "sr/set14", {"size": 256}, origin=HOME),
    "textures": Named("images", "images", "textures", {"size": 256}, origin=HOME),
    "texture-crops": Named("images", "made.crops:texture_crops", origin=HOME),
    "icons": Named("captions", "home:icons", origin=HOME),
    "facades": Named("pairs", "home:facades", origin=HOME),
    "coco": Named("tokens", "text", "text/coco_captions_train.txt.gz", origin=HOME),
    "news": Named("tokens", "text", "text/emnlp2017_news_test.txt.gz", origin=HOME),
    "topics": Named("sentences", "home:topics", origin=HOME),
    "poems": Named("tokens", "text", "text/chinese_poems.txt.gz", origin=HOME),
    "nottingham": Named("tokens", "home:nottingham", origin=HOME),
    "nottingham-abc": Named("tokens", "text", "music/nottingham_abc.txt.gz", {"unit": "character"}, origin=HOME),
    "jsb": Named("music", "music", "music/jsb_chorales.npz", {"length": 32}, origin=HOME),
    "cora": Named("graph", "graph", "graphs/cora_ml.npz", origin=HOME),
    "ca-grqc": Named("graph", "graph", "graphs/ca-grqc_train.txt.gz", origin=HOME),
    "chairs": Named("voxels", "voxels", "voxels/modelnet10_chair32.npz", origin=HOME),
    "adult": Named("table", "table", "tabular/adult_train.csv.gz", origin=HOME),
    "wine": Named("table", "table", "tabular/winequality.csv.gz", origin=HOME),
    "beijing": Named("series", "series", "tabular/beijing_pm25_hourly.csv.gz", BEIJING, origin=HOME),
    "movielens": Named("table", "table", "recsys/ml_latest_small_ratings.csv.gz", origin=HOME),
}
"""Name -> set; completion reads the names from this literal, without an import."""


def load(what: str | Path | Source | np.ndarray | Tensor, **read: Any) -> Source:
    """A source from a name, a path, WORD:PATH, an array (N×D floats: points; N×H×W[×C] uint8: images), or itself.

    Args:
        what: the data.
        **read: options of the reader (`--read size=64`), and `first`, how many of the training samples to take, of any.

    Raises:
        UsageError: where there is no such name, path or option.
        RivalsError: where the file cannot be used, saying why and what to do.
    """
    first = read.pop("first", None)
    if first is None and isinstance(what, str | Path) and str(what) in NAMED:
        first = NAMED[str(what)].first or None
    if first is None:
        return _whole(what, **read)
    if not isinstance(first, int) or isinstance(first, bool):
        raise UsageError(f"first, how many of the training samples to take, must be int, not {first!r}")
    return few(_whole(what, **read), first)


def _whole(what: str | Path | Source | np.ndarray | Tensor, **read: Any) -> Source:
    """All of the training samples; see `load`."""
    if not isinstance(what, str | Path):
        if read:
            raise UsageError(f"{', '.join(read)}: options of a reader need a path to read")
        return what if isinstance(what, Source) else from_arrays({"data": np.asarray(what)}, "array")
    if str(what) in NAMED:
        entry = NAMED[str(what)]
        make, usual = entry.load(), {} if entry.file else entry.read
        source = make(**options.check(str(what), {**usual, **read}, options.signature(make)))
        source.name = str(what)
        return source
    word, colon, rest = str(what).partition(":")
    if colon and word in READERS:
        path = Path(rest)
    else:
        path = Path(what)
        if not path.exists():
            raise UsageError(
                f"there is no data '{what}'{options.did_you_mean(str(what), NAMED)} Give a path, WORD:PATH "
                "(`rivals data readers` lists the words), or a name (`rivals data list`)"
            )
        word = detect(path)
    if word == "arrays" and not read:
        return file(path)
    if word == "arrays":  # options are those of the reader of what is in it
        word = "images" if holds_pictures(path) else "points"
    reader = READERS[word].load()
    if word not in ("hub", "environment") and not path.exists():
        raise UsageError(f"there is no file or folder {path}")
    source = reader(path, **options.check(f"the reader {word}", read, options.signature(reader, skip=1)))
    source.name = source.name or str(what)
    return source
