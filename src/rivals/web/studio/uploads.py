"""Uploaded pictures: bounded, decoded as data are, never kept."""

from __future__ import annotations

import torch
from torch import Tensor

from rivals.data.readers import album
from rivals.data.readers.album import How
from rivals.data.sources import decoded
from rivals.data.specs import Images, Spec
from rivals.errors import UsageError

MOST_BYTES, MOST_PIXELS = 20 * 2**20, 16_000_000
"""Of one upload."""
ENDINGS = [".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"]
"""What a file dialogue offers; what is in a file is looked at all the same."""
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


def picture(blob: bytes | None, like: Spec) -> Tensor:
    """An uploaded file as a model takes it: its middle, scaled, (1, C, H, W) in [-1, 1].

    Args:
        blob: the file's content.
        like: what the model takes.

    Raises:
        UsageError: where nothing was uploaded, or the model takes no such pictures.
        RivalsError: for what is too large, damaged, or no picture.
    """
    if not isinstance(like, Images) or like.channels not in MODES:
        raise UsageError("this model takes no pictures that a file could hold")
    if not blob:
        raise UsageError("upload a picture first")
    if len(blob) > MOST_BYTES:
        raise UsageError(f"the upload has {len(blob):,} bytes, more than {MOST_BYTES:,}: scale it down first")
    how = How(like.height, like.width, "crop", MODES[like.channels], like.bits)
    return decoded(torch.from_numpy(album.single(blob, how, MOST_PIXELS))[None])
