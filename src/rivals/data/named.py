"""Data by name or path: `load("digits")`, `load("photos/")`, `load("points.npy")`."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
from torch import Tensor

from rivals.data import toy
from rivals.data.arrays import file, folder, from_arrays, labelled
from rivals.data.digits import digits
from rivals.data.sources import Source
from rivals.errors import RivalsError, UsageError
from rivals.options import did_you_mean


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
    return labelled(folder, train, test)


def archive(file: str) -> Source:
    """USPS or CIFAR-10 as npz files with train and test parts below RIVALS_DATA."""
    with np.load(_there(_home() / file), allow_pickle=False) as data:
        parts = []
        for part in ("train", "test"):
            images = data[f"{part}_images"]
            images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
            parts.append((np.ascontiguousarray(images), data[f"{part}_labels"].astype(np.int64)))
    return labelled(file.split(".")[0].split("_")[0], *parts)


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
