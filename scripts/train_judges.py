"""Train the judges that the package ships, and write their weights: `python scripts/train_judges.py [NAME …]`.

How they are trained stands in `rivals.metrics.judges.training`. Seeded and on one core; the same torch on the same kind
of processor writes the same bytes. All but `digits` need RIVALS_DATA. A judge that is trained anew has another
fingerprint, and no score of the old one may be compared with its scores.
"""

from __future__ import annotations

import sys
import time

import torch

from rivals.data import named
from rivals.metrics.judges import WEIGHTS
from rivals.metrics.judges.classifier import to_bytes
from rivals.metrics.judges.training import SHIPPED, train
from rivals.pack import replace_file

LEAST = {"digits": 0.97, "mnist": 0.985, "fashion": 0.91, "usps": 0.96, "cifar10": 0.68}
"""The bar on the test split; a judge below it is not written."""

MOST = 1_000_000
"""Bytes of a file."""


def main(names: list[str]) -> None:
    """Train the named judges, by default all."""
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    for name in names or SHIPPED:
        start = time.perf_counter()
        judge = train(name, named.load(name), SHIPPED[name], tell=tell)
        blob = to_bytes(judge, half=SHIPPED[name].half)
        assert judge.accuracy is not None
        assert judge.accuracy >= LEAST[name], f"{name}: {judge.accuracy:.4f} is below {LEAST[name]}"
        assert len(blob) < MOST, f"{name}: {len(blob):,} bytes"
        WEIGHTS.mkdir(exist_ok=True)
        replace_file(WEIGHTS / f"{name}.safetensors", blob)
        seconds = time.perf_counter() - start
        print(f"{name}: accuracy {judge.accuracy:.4f}, {len(blob):,} bytes, {judge.fingerprint}, {seconds:.0f} s")


def tell(epoch: int, epochs: int, loss: float) -> None:
    """Print the progress."""
    print(f"  epoch {epoch}/{epochs}  loss {loss:.3f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
