"""Bad input for minutes: options of every recipe, and damaged files of every kind that is read.

    python benchmarks/fuzz.py [TARGET …] [--minutes 5] [--out fuzz.json]

An input that raises anything but one sentence, hangs, takes three gigabytes or ends the process is a crash: its target
and seed are printed and kept, and `python benchmarks/fuzz.py TARGET --seed N` repeats it. Inputs are whole files with
random harm (tests/fuzzing.py), and options drawn by hypothesis; neither looks at what code an input reaches.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

import torch

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "tests"))

from hypothesis import HealthCheck, Phase, given, settings  # noqa: E402
from hypothesis import seed as seeded  # noqa: E402

import fuzzing  # noqa: E402
from rivals import catalog  # noqa: E402

BATCH = 50
"""Inputs of one child process: where it dies, the parent goes on."""

OPTIONS = "options"


def inputs(target: str, seeds: range, place: Path, told: Path) -> None:
    """Feed inputs, and write what came of each: a line of JSON with the seed, the end, and a traceback of a crash."""
    with told.open("a") as file:
        for seed in seeds:
            file.write(json.dumps({"seed": seed}) + "\n")  # of a process that dies it is the last line
            file.flush()
            try:
                end = played(seed, place) if target == OPTIONS else fuzzing.feed(target, seed, place)
                facts = {"end": end if end in ("read", "played") else "refused", "said": end}
            except BaseException:
                facts = {"end": "crash", "said": traceback.format_exc()[-1500:]}
            file.write(json.dumps({"seed": seed, **facts}) + "\n")


def played(number: int, place: Path) -> str:
    """One recipe with one draw of options; the number decides both."""
    names = sorted(catalog.entries())
    entry, end = catalog.find(names[number % len(names)]), ""

    @seeded(number)
    @settings(
        max_examples=1, deadline=None, database=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
    )
    @given(fuzzing.settings_of(entry))
    def play(chosen: dict[str, Any]) -> None:
        nonlocal end
        try:
            end = fuzzing.trained(entry, chosen, place)
        except BaseException as error:
            error.add_note(f"{entry.id} with {chosen}")
            raise

    play()
    return end


def fuzzed(target: str, minutes: float) -> dict[str, Any]:
    """Feed a target for some minutes."""
    until, start = time.monotonic() + 60 * minutes, 0
    ends: Counter[str] = Counter()
    crashes: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        os.environ["RIVALS_CACHE"] = f"{folder}/cache"
        while time.monotonic() < until:
            told = Path(folder) / "told.jsonl"
            told.unlink(missing_ok=True)
            pid = os.fork()
            if pid == 0:
                inputs(target, range(start, start + BATCH), Path(folder), told)
                os._exit(0)
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            lines = [json.loads(line) for line in told.read_text().splitlines()]
            done = [line for line in lines if "end" in line]
            ends.update(line["end"] for line in done)
            crashes += [line for line in done if line["end"] == "crash"]
            if status:
                ends["crash"] += 1
                crashes.append({"seed": lines[-1]["seed"], "end": "crash", "said": f"the process ended with {status}"})
            start = lines[-1]["seed"] + 1
    return {
        "target": target, "minutes": minutes, "inputs": sum(ends.values()), **ends,
        "seeds": [crash["seed"] for crash in crashes], "said": [crash["said"] for crash in crashes[:5]],
    }  # fmt: skip


def main() -> None:
    """Feed the targets that are named, print what came of each, and append it to the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="*", help=f"by default all: {OPTIONS}, {', '.join(fuzzing.TARGETS)}")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--seed", type=int, help="one input alone, with its traceback")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    for target in asked.targets or [OPTIONS, *fuzzing.TARGETS]:
        if asked.seed is not None:
            with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
                feed = played(asked.seed, Path(folder)) if target == OPTIONS else None
                print(feed or fuzzing.feed(target, asked.seed, Path(folder)))
            continue
        facts = fuzzed(target, asked.minutes)
        kept = json.loads(asked.out.read_text()) if asked.out.is_file() else []
        asked.out.write_text(json.dumps([*kept, facts], indent=1) + "\n")
        print(json.dumps({k: v for k, v in facts.items() if k != "said"}), flush=True)
        for said in facts["said"]:
            print(said, file=sys.stderr)


if __name__ == "__main__":
    main()
