"""Pictures from a folder: rate of the first load, of the second from the cache, of an epoch; resident memory.

20,000 PNGs of 32×32 in a temporary folder, with a cache of their own.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from rivals.data.readers.images import images

COUNT, SIDE, BATCH = 20_000, 32, 64


def memory() -> str:
    """Resident memory: all of it, and what is not a mapped file."""
    lines = (line.split() for line in Path("/proc/self/status").read_text().splitlines())
    facts = {line[0].rstrip(":"): int(line[1]) / 1024 for line in lines if "Rss" in line[0] or "RSS" in line[0]}
    return f"{facts['VmRSS']:,.0f} MiB resident, {facts['RssAnon']:,.0f} MiB of it anonymous"


def fill(folder: Path) -> None:
    rng = np.random.default_rng(0)
    for i in range(COUNT):
        # smooth noise, which compresses about as photographs do
        small = Image.fromarray(rng.integers(0, 256, (8, 8, 3), dtype=np.uint8))
        small.resize((SIDE, SIDE), Image.Resampling.BICUBIC).save(folder / f"{i:05d}.png")


def main() -> int:
    with tempfile.TemporaryDirectory() as base:
        os.environ["RIVALS_CACHE"] = str(Path(base) / "cache")
        folder = Path(base) / "pictures"
        folder.mkdir()
        fill(folder)
        decoded = COUNT * SIDE * SIDE * 3 / 2**20
        print(f"{COUNT:,} PNGs of {SIDE}×{SIDE}, {decoded:.0f} MiB decoded; before: {memory()}")
        for load in ("first", "second"):
            start = time.perf_counter()
            source = images(folder)
            seconds = time.perf_counter() - start
            print(f"{load} load  {seconds:6.2f} s, {COUNT / seconds:10,.0f} pictures/s; {memory()}")
        start = time.perf_counter()
        digest = source.fingerprint()
        print(f"fingerprint {time.perf_counter() - start:6.3f} s, {digest[:12]}")
        assert source.size is not None
        start = time.perf_counter()
        for position in range(0, source.size, BATCH):
            source.draw(["image"], seed=0, start=position, size=BATCH)
        seconds = time.perf_counter() - start
        print(
            f"an epoch    {seconds:6.2f} s, {source.size / seconds:10,.0f} pictures/s in batches of {BATCH}; {memory()}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
