"""Sets below the folder that the environment variable RIVALS_DATA names."""

from __future__ import annotations

import functools
import inspect
import os
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch

from rivals.data.arrays import idx, labelled
from rivals.data.made.fixed import fixed
from rivals.data.readers import READERS
from rivals.data.readers.plain import arrays_of, text_of
from rivals.data.readers.text import numbered
from rivals.data.sources import Arrays, Found, Source
from rivals.data.specs import Captioned, Images, Pairs, Sentences, Tokens
from rivals.errors import RivalsError, UsageError


def there(place: str) -> Path:
    """A file or folder below RIVALS_DATA.

    Raises:
        RivalsError: where the variable is not set or nothing is there.
    """
    root = os.environ.get("RIVALS_DATA")
    if not root:
        raise RivalsError(
            "this data is read from the folder that the environment variable RIVALS_DATA names; it is not set"
        )
    path = Path(root) / place
    if not path.exists():
        raise RivalsError(f"{path} is not there: RIVALS_DATA names a folder that lacks it")
    return path


def reading(word: str, place: str, read: Mapping[str, Any]) -> Callable[..., Source]:
    """A function of a reader's options that reads one file or folder below RIVALS_DATA.

    Args:
        word: of the reader.
        place: of the file or folder.
        read: options of the reader where they are not its defaults.
    """
    reader = READERS[word].load()

    @functools.wraps(reader)
    def source(**chosen: Any) -> Source:
        return reader(there(place), **{**read, **chosen})

    _, *parameters = inspect.signature(reader).parameters.values()
    kept = [p.replace(default=read.get(p.name, p.default)) for p in parameters]
    source.__signature__ = inspect.Signature(kept)  # type: ignore[attr-defined]
    return source


def mnist() -> Source:
    """MNIST, 28×28: 60,000 for training, 10,000 held out."""
    return _idx("mnist")


def fashion() -> Source:
    """Fashion-MNIST, 28×28: 60,000 for training, 10,000 held out."""
    return _idx("fashion-mnist")


def usps() -> Source:
    """USPS digits, 16×16: 7,291 for training, 2,007 held out."""
    return _archive("usps.npz")


def cifar10() -> Source:
    """A part of CIFAR-10, 32×32 in colour: 10,000 for training, 2,000 held out."""
    return _archive("cifar10_12k.npz")


def oracle() -> Source:
    """SeqGAN's own oracle: sequences of 20 over 5,000 symbols."""
    from rivals.data.oracle import from_file

    return from_file(there("text/seqgan_oracle_lstm.npz"))


def facades(size: Literal[32, 64, 128] = 128) -> Source:
    """CMP facades, pix2pix's split: x the coloured class map, y the photograph; 400 for training, 106 held out.

    Args:
        size: pixels of a side; photographs are averaged to it, of class maps one pixel in each block is kept.
    """
    data = arrays_of(there("paired/facades_128.npz"))
    step = 128 // size
    spec = Pairs(Images(3, size, size), Images(3, size, size))

    def part(name: str, test: Source | None) -> Arrays:
        labels, photos = data[f"{name}_label"][:, step // 2 :: step, step // 2 :: step], data[f"{name}_photo"]
        y = photos.reshape(len(photos), size, step, size, step, 3).mean((2, 4)).round().astype(np.uint8)
        fields = {"x": data["label_palette"][labels], "y": y}
        tensors = {k: torch.from_numpy(np.ascontiguousarray(v.transpose(0, 3, 1, 2))) for k, v in fields.items()}
        return Arrays(spec, tensors, test=test)

    source = part("train", part("test", None))
    source.found = Found({"pairs": f"400 of {size}×{size}, 106 held out", "x": "class map in 13 colours"})
    return source


def faces() -> Source:
    """ORL faces, grey, 112×92: the label is the person, of 40; the last of a person's ten pictures is held out."""
    data = arrays_of(there("faces/orl_faces.npz"))
    images, people, last = data["images"][:, None], data["subject"].astype(np.int64), data["shot"] == 9
    return labelled("orl", (images[~last], people[~last]), (images[last], people[last]))


def icons(length: int = 6, vocabulary: int = 500) -> Source:
    """Noto emoji, 4 channels (the fourth is opacity), 32×32, with their Unicode names as captions.

    Args:
        length: words of a caption, longer ones are cut, 1 to 64.
        vocabulary: the most frequent words that are kept, the filler with them, at least 2.

    Raises:
        UsageError: for an option outside its limits.
    """
    if not 1 <= length <= 64 or vocabulary < 2:
        raise UsageError(f"icons: length is 1 to 64 and vocabulary at least 2, not {length} and {vocabulary}")
    data = arrays_of(there("icons/noto_emoji_32.npz"))
    said = [re.findall(r"\w+", name.lower()) for name in data["names"].tolist()]
    counts = Counter(word for words in said for word in words)
    words = ("", *sorted(counts, key=lambda word: (-counts[word], word))[: vocabulary - 1])
    place = {word: i for i, word in enumerate(words)}
    rows = [[place[word] for word in name if word in place][:length] for name in said]
    caption = np.array([row + [0] * (length - len(row)) for row in rows], np.int64)
    facts = {"pictures": f"{len(rows):,} of 32×32", "words": f"{len(words) - 1:,} of {len(counts):,} are kept"}
    spec = Captioned(4, 32, 32, length=length, words=words)
    return fixed("icons", spec, {"image": data["images"].transpose(0, 3, 1, 2), "caption": caption}, facts)


def topics(length: int = 24, vocabulary: int = 4000) -> Source:
    """News and captions of photographs, 9,000 sentences each for training and 1,000 held out; the class says which.

    Args:
        length: words of a sentence, longer ones are cut, 2 to 64.
        vocabulary: the most frequent words that are kept, filler and <?> with them, at least 3.

    Raises:
        UsageError: for an option outside its limits.
    """
    if not 2 <= length <= 64 or vocabulary < 3:
        raise UsageError(f"topics: length is 2 to 64 and vocabulary at least 3, not {length} and {vocabulary}")
    names = ("captions", "news")
    files = ("text/coco_captions_train.txt.gz", "text/emnlp2017_news_test.txt.gz")
    said = [[line.lower().split() for line in text_of(there(file)).splitlines() if line.strip()] for file in files]
    labels = np.repeat(np.arange(len(said)), [len(lines) for lines in said])
    data, symbols, facts = numbered([line for lines in said for line in lines], length, vocabulary, "word")
    spec = Sentences(len(symbols), length, symbols, classes=len(names), names=names)
    return fixed("topics", spec, {"token": data, "label": labels}, facts)


def nottingham(length: int = 64) -> Source:
    """1,034 folk melodies as windows of sixteenth notes: a pitch, "-" where the note before goes on, or "rest".

    Args:
        length: sixteenths of a window, 2 to 1,024; windows do not overlap, and what remains of a tune is left out.

    Raises:
        UsageError: for another length.
    """
    if not 2 <= length <= 1024:
        raise UsageError(f"nottingham: option 'length' must be from 2 to 1,024, not {length}")
    data = arrays_of(there("music/nottingham_melody16.npz"))
    pitch, held = data["pitch"].astype(np.int64), data["held"] > 0
    low, high = int(pitch[pitch > 0].min()), int(pitch.max())
    token = np.where(pitch == 0, 2, np.where(held, 1, pitch - low + 3))
    tunes = np.split(token, np.cumsum(data["lengths"])[:-1])
    windows = np.concatenate([tune[: len(tune) // length * length].reshape(-1, length) for tune in tunes])
    symbols = ("", "-", "rest", *map(str, range(low, high + 1)))
    facts = {"windows": f"{len(windows):,} of {length} sixteenths from {len(tunes):,} tunes"}
    return fixed("nottingham", Tokens(len(symbols), length, symbols), {"token": windows}, facts)


def _idx(folder: str) -> Source:
    train, test = (
        (idx(there(f"{folder}/{part}-images-idx3-ubyte.gz"))[:, None],
         idx(there(f"{folder}/{part}-labels-idx1-ubyte.gz")).astype(np.int64))
        for part in ("train", "t10k")
    )  # fmt: skip
    return labelled(folder, train, test)


def _archive(file: str) -> Source:
    data, parts = arrays_of(there(file)), []
    for part in ("train", "test"):
        images = data[f"{part}_images"]
        images = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
        parts.append((np.ascontiguousarray(images), data[f"{part}_labels"].astype(np.int64)))
    return labelled(file, *parts)
