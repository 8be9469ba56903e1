"""Two hosts, for `faults.py`: network namespaces of this machine, joined by a virtual cable that can be pulled out."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from several import MOST, PATIENCE, SHARED, Torchrun, of_two
from trials import Count, same

ADDRESSES = ("10.213.7.1", "10.213.7.2")
"""Of the two; the first is where they meet."""


class Hosts:
    """Two namespaces, each with a loopback and its end of a cable; for root alone."""

    names = ("rivals-one", "rivals-other")

    def __enter__(self) -> Hosts:
        self.clear()  # of what a killed program left
        for name in self.names:
            _ip("netns", "add", name)
        one, other = self.names
        _ip("-n", one, "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", other)
        for name, address in zip(self.names, ADDRESSES, strict=True):
            _ip("-n", name, "address", "add", f"{address}/30", "dev", "cable")
        self.plug()
        return self

    def plug(self) -> None:
        """Put the cable in, at both ends."""
        for name in self.names:
            for device in ("lo", "cable"):
                _ip("-n", name, "link", "set", device, "up")

    def pull(self) -> None:
        """Pull the cable out: what is sent is lost, and nobody is told."""
        _ip("-n", self.names[1], "link", "set", "cable", "down")

    def run(self, words: list[str]) -> list[Torchrun]:
        """A training with one worker on each host."""
        meeting = ("--nnodes=2", f"--master-addr={ADDRESSES[0]}", "--master-port=29500")
        return [
            Torchrun(
                1, words, before=("ip", "netns", "exec", name, "env", "GLOO_SOCKET_IFNAME=cable"),
                among=(*meeting, f"--node-rank={rank}"),
            )
            for rank, name in enumerate(self.names)
        ]  # fmt: skip

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.clear()

    def clear(self) -> None:
        """Take both namespaces away, and the cable with them."""
        for name in self.names:
            subprocess.run(["ip", "netns", "delete", name], check=False, stderr=subprocess.DEVNULL)


def cable_pulled(times: int, place: Path, rng: random.Random) -> Count:
    """The cable between two hosts is pulled out: both end in time and say why; later the same command goes on.

    Besides, whom nothing disturbs ends as two workers of one host do, bit by bit.
    """
    count, slowest = Count(), 0.0
    expected = of_two(place)
    with Hosts() as hosts:
        both = [each.end(180) for each in hosts.run(SHARED.words(place / "undisturbed"))]
        said = "\n".join(text for _, text, _ in both)
        count.add(all(code == 0 for code, *_ in both) and same(place / "undisturbed", expected), said)
        for _ in range(min(times, MOST)):
            run = place / "run"
            first, other = hosts.run(SHARED.words(run))
            first.saved(run, rng.randint(1, 12))
            hosts.pull()
            ended = [each.end(2 * PATIENCE + 60) for each in (first, other)]
            slowest = max(slowest, sum(waited for _, _, waited in ended))  # they are waited for one after the other
            hosts.plug()
            again = [each.end(180) for each in hosts.run(SHARED.words(run))]
            clean = all(code > 0 for code, *_ in ended) and any("gone or stuck" in text for _, text, _ in ended)
            said = "\n".join(text for _, text, _ in (*ended, *again))
            count.add(clean and all(code == 0 for code, *_ in again) and same(run, expected), said)
            shutil.rmtree(run, ignore_errors=True)
    count.note = f"both had ended {slowest:.0f} s after at most"
    return count


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


FAULTS: dict[str, Callable[[int, Path, random.Random], Count]] = {
    "two hosts, and a cable that is pulled out": cable_pulled,
}
"""Name -> what tries it."""
