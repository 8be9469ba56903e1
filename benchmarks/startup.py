"""CPU seconds of the commands that must answer at once: `rivals --help` under 0.4, `rivals list` under 0.6."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
from pathlib import Path

BARS = {"--help": 0.4, "list": 0.6}
RUNS = 7


def cpu_seconds(command: list[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def main() -> int:
    rivals = str(Path(sys.executable).with_name("rivals"))
    late = 0
    for argument, bar in BARS.items():
        times = [cpu_seconds([rivals, argument]) for _ in range(RUNS)]
        median = statistics.median(times)
        late += median > bar
        print(f"rivals {argument:<8} median {median:.3f} s of CPU, {min(times):.3f} to {max(times):.3f}, bar {bar} s")
    return late


if __name__ == "__main__":
    sys.exit(main())
