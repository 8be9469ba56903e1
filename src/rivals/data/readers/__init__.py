"""Readers: one for each layout that people have their data in. A reader takes a path and typed options.

`WORD:PATH` names the reader; a bare path is looked at (`detect`). A reader is a function `(path, *, options) -> Source`
whose source carries `found`: what was there, and what could not be used. It raises `RivalsError` with one sentence that
names the file and says what to do; it never unpickles, and writes nothing but the cache.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rivals.data.sources import Source
from rivals.errors import UsageError


@dataclass(frozen=True)
class Reader:
    """Where a reader is and what it takes.

    Args:
        word: what stands before the colon.
        place: module below this package, and function.
        takes: the layouts it reads, one phrase.
        endings: of files that are its own, unless another word is given.
    """

    word: str
    place: str
    takes: str
    endings: tuple[str, ...] = ()

    def load(self) -> Callable[..., Source]:
        """Import the function."""
        module, _, function = self.place.partition(":")
        return getattr(importlib.import_module(f"{__name__}.{module}"), function)  # type: ignore[no-any-return]


READERS: dict[str, Reader] = {
    reader.word: reader
    for reader in (
        Reader("images", "images:images", "a folder (sub-folders are classes), a zip, .npy, .npz or IDX", (".zip",)),
        Reader("pairs", "folders:pairs", "A|B pictures, or folders A and B matched by name"),
        Reader("unpaired", "folders:unpaired", "folders trainA and trainB"),
        Reader("domains", "folders:domains", "one folder a domain"),
        Reader("captions", "captions:captions", "a folder with captions.json or captions.csv", ()),
        Reader("points", "tables:points", ".npy, .npz or .csv of numbers", ()),
        Reader("table", "tables:table", ".csv or .parquet with typed columns", (".csv", ".parquet")),
        Reader("text", "text:text", "lines of text", (".txt",)),
        Reader("sentences", "text:sentences", "a .csv or .tsv with columns text and label"),
        Reader("tokens", "text:tokens", ".npy, .npz or lines of integers"),
        Reader("series", "series:series", ".csv, .npy or .npz of numbers in time"),
        Reader("audio", "sound:audio", "a .wav file, or a folder of them", (".wav",)),
        Reader("speech", "speech:speech", "a folder of .wav files with transcripts.csv"),
        Reader("music", "sound:music", "a .mid file, a folder of them, or .npy or .npz rolls", (".mid", ".midi")),
        Reader("video", "volumes:video", "a folder of folders of frames, .gif files, .npy or .npz"),
        Reader("voxels", "volumes:voxels", ".npy, .npz or .binvox"),
        Reader("cloud", "volumes:cloud", ".npy, .npz, or a folder of .xyz, .ply or .off files"),
        Reader("graph", "graphs:graph", "an edge list, or a sparse .npz", (".edges", ".edgelist")),
        Reader("trajectories", "decisions:trajectories", ".npz with states and actions"),
        Reader("environment", "decisions:environment", "a Gymnasium id"),
        Reader("hub", "hub:hub", "a data set of Hugging Face's `datasets`"),
    )
}
"""Word -> reader."""

PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp"}


def detect(path: Path) -> str:
    """The word of the reader for a path, by its ending or by what a folder holds.

    Raises:
        UsageError: where nothing fits, naming the readers.
    """
    if path.is_file():
        name = path.name.lower().removesuffix(".gz")
        ending = Path(name).suffix
        own = next((r.word for r in READERS.values() if ending in r.endings), None)
        if own:
            return own
        if ending in (".npy", ".npz"):
            return "arrays"
        if name.endswith("ubyte") or ending in PICTURES:
            return "images"
    elif path.is_dir():
        inside = {p.name.lower() for p in path.iterdir()}
        endings = {Path(name).suffix for name in inside}
        if {"traina", "trainb"} <= inside:
            return "unpaired"
        if {p.name for p in path.iterdir() if p.is_dir()} == {"A", "B"}:  # more or others are classes
            return "pairs"
        if inside & {"captions.json", "captions.csv"}:
            return "captions"
        if "transcripts.csv" in inside:
            return "speech"
        for ending, word in ((".wav", "audio"), (".mid", "music"), (".midi", "music"), (".off", "cloud")):
            if ending in endings and not endings & PICTURES:
                return word
        return "images"
    raise UsageError(
        f"it is not clear what {path} is: write what it is before it, one of "
        f"{', '.join(f'{word}:' for word in READERS)}"
    )
