"""Data by name or path: `load("digits")`, `load("photos/")`, `load("points.npy")`."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from rivals.data import toy
from rivals.data.sources import Arrays, Source
from rivals.data.specs import Images, Points, Spec
from rivals.errors import RivalsError, UsageError
from rivals.options import did_you_mean

PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"}


def digits() -> Source:
    """scikit-learn's 1,797 handwritten digits, 8×8: 1,347 for training, 450 held out."""
    from sklearn.datasets import load_digits

    data = load_digits()
    images = np.rint(data.images * (255 / 16)).astype(np.uint8)[:, None]
    order = np.random.default_rng(0).permutation(len(images))
    images, labels = images[order], data.target[order]
    return _labelled("digits", (images[:1347], labels[:1347]), (images[1347:], labels[1347:]))


def mnist(folder: str = "mnist") -> Source:
    """MNIST (or Fashion-MNIST) as IDX files below RIVALS_DATA."""
    root = _home() / folder
    train, test = (
        (
            _idx(root / f"{part}-images-idx3-ubyte.gz")[:, None],
            _idx(root / f"{part}-labels-idx1-ubyte.gz").astype(np.int64),
        )
        for part in ("train", "t10k")
    )
    return _labelled(folder, train, test)


def archive(file: str) -> Source:
    """USPS or CIFAR-10 as npz files with train and test parts below RIVALS_DATA."""
    with np.load(_there(_home() / file), allow_pickle=False) as data:
        parts = []
        for part in ("train", "test"):
            images = data[f"{part}_images"]
            images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
            parts.append((np.ascontiguousarray(images), data[f"{part}_labels"].astype(np.int64)))
    return _labelled(file.split(".")[0].split("_")[0], *parts)


def tokens() -> Source:
    """The oracle: sequences of 8 from a fixed random LSTM over 32 symbols; see `rivals.data.oracle`."""
    from rivals.data.oracle import small

    return small()


def oracle() -> Source:
    """SeqGAN's own oracle: sequences of 20 over 5,000 symbols; its weights are a file below RIVALS_DATA."""
    from rivals.data.oracle import from_file

    return from_file(_there(_home() / "text" / "seqgan_oracle_lstm.npz"))


def cartpole() -> Source:
    """Ten expert trajectories in Gymnasium's CartPole-v1; see `rivals.data.expert`."""
    from rivals.data.expert import cartpole

    return cartpole()


NAMED: dict[str, Callable[[], Source]] = {
    "digits": digits,
    "gaussian": toy.gaussian,
    "ring": toy.ring,
    "grid": toy.grid,
    "tokens": tokens,
    "oracle": oracle,
    "moved-ring": toy.moved_ring,
    "inverted-digits": toy.inverted_digits,
    "edge-digits": toy.edge_digits,
    "colour-digits": toy.colour_digits,
    "cartpole": cartpole,
    "mnist": lambda: mnist("mnist"),
    "fashion": lambda: mnist("fashion-mnist"),
    "usps": lambda: archive("usps.npz"),
    "cifar10": lambda: archive("cifar10_12k.npz"),
}


def load(what: str | Path | Source | np.ndarray | Tensor) -> Source:
    """A source from a name, a path, an array (N×D floats: points; N×H×W[×C] uint8: images), or itself.

    Raises:
        UsageError: where there is no such name or path.
        RivalsError: where the file cannot be used, saying why and what to do.
    """
    if isinstance(what, Source):
        return what
    if isinstance(what, np.ndarray | Tensor):
        return from_arrays({"data": np.asarray(what)}, "array")
    if str(what) in NAMED:
        return NAMED[str(what)]()
    path = Path(what)
    if path.is_dir():
        return folder(path)
    if path.suffix in (".npy", ".npz") and path.is_file():
        return file(path)
    if path.exists():
        raise UsageError(f"{path} is no data that can be read: give .npy, .npz, a folder of images or a name")
    raise UsageError(
        f"there is no data '{what}'{did_you_mean(str(what), NAMED)} Names: {', '.join(NAMED)}; or a path to .npy, .npz "
        "or a folder of images"
    )


def file(path: Path) -> Source:
    """An .npy array, or an .npz with one array and optional integer `labels`."""
    try:
        data = np.load(path, allow_pickle=False)
        if isinstance(data, np.ndarray):
            arrays = {"data": data}
        else:
            with data:
                arrays = {name: data[name] for name in data.files}
    except (OSError, ValueError, EOFError) as error:
        raise RivalsError(f"{path} cannot be read as an array: {error}") from error
    return from_arrays(arrays, str(path))


def from_arrays(arrays: dict[str, np.ndarray], name: str) -> Source:
    """Points or images from one array, with optional labels; a tenth is held out."""
    labels = arrays.pop("labels", None)
    if len(arrays) != 1:
        raise RivalsError(
            f"{name} holds {', '.join(arrays) or 'nothing'}: give one array, and 'labels' beside it if any"
        )
    (x,) = arrays.values()
    if len(x) == 0:
        raise RivalsError(f"{name} is empty: it holds an array of shape {x.shape}")
    if x.dtype == np.uint8 and x.ndim in (3, 4):
        x = x[:, None] if x.ndim == 3 else x.transpose(0, 3, 1, 2)
        if not 1 <= x.shape[1] <= 5:
            raise RivalsError(
                f"{name} has {x.shape[1]} channels: images are N×H×W or N×H×W×C with 1 to 5 channels, last"
            )
    elif x.dtype.kind == "f" and x.ndim == 2:
        x = x.astype(np.float32)
        bad = np.flatnonzero(~np.isfinite(x).all(1))
        if len(bad):
            raise RivalsError(
                f"{name} has NaN or infinity in {len(bad)} rows, the first is row {bad[0]}: leave them out"
            )
    else:
        raise RivalsError(f"{name} is {x.dtype} {x.shape}: give N×D floats for points, or N×H×W[×C] uint8 for images")
    if labels is not None and (labels.shape != (len(x),) or labels.dtype.kind not in "iu" or labels.min() < 0):
        raise RivalsError(
            f"{name}: labels are {labels.dtype} {labels.shape}; give one integer from 0 for each of {len(x)}"
        )
    order = np.random.default_rng(0).permutation(len(x))
    cut = max(1, len(x) - max(1, len(x) // 10)) if len(x) > 1 else 1
    train, test = order[:cut], order[cut:] if len(x) > 1 else order
    both = ((x[part], labels[part].astype(np.int64) if labels is not None else None) for part in (train, test))
    return _labelled(name, *both)


def folder(path: Path) -> Source:
    """All images below a folder, which must be of one size and mode; a tenth is held out."""
    from PIL import Image, UnidentifiedImageError

    files = sorted(p for p in path.rglob("*") if p.suffix.lower() in PICTURES)
    if not files:
        raise RivalsError(f"{path} holds no images: {', '.join(sorted(PICTURES))} are read")
    pictures = []
    for name in files:
        try:
            with Image.open(name) as picture:
                pictures.append(np.asarray(picture.convert("L" if picture.mode in ("1", "L", "I;16") else "RGB")))
        except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
            raise RivalsError(f"{name} cannot be read as an image: {error}") from error
        if pictures[-1].shape != pictures[0].shape:
            shapes = f"{pictures[-1].shape}, and {files[0]} is {pictures[0].shape}"
            raise RivalsError(f"{name} is {shapes}: bring all images to one size and mode")
    return from_arrays({"data": np.stack(pictures)}, str(path))


def _labelled(name: str, *parts: tuple[np.ndarray, np.ndarray | None]) -> Source:
    """A source from (x, labels) for training and for test."""
    (x, labels), (y, test_labels) = parts
    classes = int(labels.max()) + 1 if labels is not None else 0
    pictures = x.dtype == np.uint8
    spec: Spec = Images(x.shape[1], x.shape[2], x.shape[3], classes) if pictures else Points(x.shape[1], classes)
    field = "image" if pictures else "point"

    def source(x: np.ndarray, labels: np.ndarray | None, test: Source | None = None) -> Arrays:
        fields = {field: torch.from_numpy(np.ascontiguousarray(x))}
        if labels is not None:
            fields["label"] = torch.from_numpy(np.ascontiguousarray(labels)).long()
        return Arrays(spec, fields, test=test, name=name)

    return source(x, labels, source(y, test_labels))


def _home() -> Path:
    home = os.environ.get("RIVALS_DATA")
    if not home:
        raise RivalsError(
            "this data is read from the folder that the environment variable RIVALS_DATA names; it is not set"
        )
    return Path(home)


def _there(path: Path) -> Path:
    if not path.is_file():
        raise RivalsError(f"{path} is not there: RIVALS_DATA names a folder that lacks it")
    return path


def _idx(path: Path) -> np.ndarray:
    """An IDX file: two zero bytes, type, number of dimensions, big-endian sizes, data."""
    raw = gzip.decompress(_there(path).read_bytes())
    if raw[:3] != b"\0\0\x08":
        raise RivalsError(f"{path} is no IDX file of bytes")
    shape = np.frombuffer(raw, ">i4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape).copy()
