"""Each fault for real, many times: how often a training survived it, and that nothing was lost.

    python benchmarks/faults.py [NAME …] [--times 50] [--minutes 45] [--cells 200] [--out faults.json]

A trial is survived where the run ends, or the same command ends it, with the checkpoint, the model and the log of the
undisturbed run, bit by bit, and where what had to fail said so in one sentence. `faults.json` gets one record a fault;
docs/reliability.md shows the last of each. Slow faults (of several processes) are tried at most as often as their row
in `several.py` says.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import hosts
import several
import torch
from trials import Child, Count, End, Job, cpu, digest, limited, play, same, saved, warm

HERE = Path(__file__).parent
POINTS = ("width=8", "latent=4")
SMALL = Job("wgan-gp", "ring", 20, POINTS)
LONG = Job("wgan-gp", "ring", 200, POINTS)

KILLED: dict[str, Job] = {
    "wgan-gp": Job("wgan-gp", "ring", 60, POINTS),
    "sngan, averaged weights": Job(f"{HERE}/averaged.py:averaged_sngan", "ring", 100),
    "cyclegan, pool": Job("cyclegan", "moved-ring", 60, ("width=8", "pool=20")),
    "progan, stages": Job("progan", "digits", 30, ("width=4", "latent=4")),
    "stylegan, adaptive augmentation": Job(
        "stylegan",
        "digits",
        20,
        ("width=4", "most=8", "latent=8", "depth=2", "view=ada(start=0.5, every=1, reals=100)"),
    ),
    "seqgan": Job("seqgan", "tokens", 10, ("hidden=8", "width=0.02", "rollouts=2", "critic_updates=1")),
    "gail": Job("gail", "cartpole", 20, ("hidden=(8,)", "state_actions=32"), batch=16),
    "adagan": Job("adagan", "ring", 30, ("rounds=2", "width=8", "component_options=('hidden=(8,8)', 'latent=4')")),
}
"""The trainings that are killed: between them pools, averages, stages, sequences, environments and games of games."""


def killed(name: str, times: int, place: Path, rng: random.Random) -> Count:
    """Kill -9 at random moments, every second time inside a checkpoint's write; several times in one training."""
    job, count, inside = KILLED[name], Count(), 0
    began = time.monotonic()
    end = play(job, place / "whole")
    assert end.code == 0, end.said
    seconds, expected = time.monotonic() - began, digest(place / "whole")
    while count.tried < times:
        run, kills = place / f"run{count.tried}", 0
        while True:
            child = Child(job.words(run), place / "killed.log")
            if count.tried + kills == times or not _moment(child, run, rng, kills % 2 == 1, seconds):
                break
            child.kill()
            child.end()
            inside += any(run.glob(f"checkpoints/.*.writing-{child.pid}"))
            kills += 1
        end = child.end()
        for _ in range(kills):
            count.add(end.code == 0 and same(run, expected), end.said)
        shutil.rmtree(run, ignore_errors=True)
    count.note = f"{inside} of them inside a checkpoint's write"
    return count


def _moment(child: Child, run: Path, rng: random.Random, writing: bool, seconds: float) -> bool:
    """Wait for a random moment, or for one inside a write; False where the child ended before."""
    until = time.monotonic() + rng.uniform(0, 0.8 * seconds)
    while child.running():
        if time.monotonic() > until and (not writing or any(run.glob(f"checkpoints/.*.writing-{child.pid}"))):
            return True
        time.sleep(0.0003)
    return False


# ---- the machine refuses -----------------------------------------------------------------------------------------


def _refused(count: Count, job: Job, run: Path, expected: tuple[str, str, str], before: Callable[[], None]) -> End:
    """One trial: under a limit it ends with a sentence, or well; without it, as the undisturbed run."""
    first = play(job, run, before=before)
    again = play(job, run)
    count.add((first.clean or first.code == 0) and again.code == 0 and same(run, expected), first.said + again.said)
    shutil.rmtree(run)
    return first


def disk_full(times: int, place: Path, rng: random.Random) -> Count:
    """A file may not grow beyond a random size (RLIMIT_FSIZE): the write fails half-way."""
    count, expected = Count(), _whole(SMALL, place)
    largest = max(p.stat().st_size for p in (place / "whole").rglob("*"))
    ends = [
        _refused(count, SMALL, place / "run", expected, limited(resource.RLIMIT_FSIZE, rng.randint(1, largest)))
        for _ in range(times)
    ]
    count.note = f"{sum(end.code != 0 for end in ends)} of them were stopped by it"
    return count


def disk_small(times: int, place: Path, rng: random.Random) -> Count:
    """A file system with too little room, which later gets more."""
    count, expected, disk = Count(), _whole(SMALL, place), place / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        return Count(note="not tried: no file system may be mounted here")
    try:
        for _ in range(times):
            resize = ["mount", "-o", f"remount,size={rng.randint(4, 400)}k", str(disk)]
            subprocess.run(resize, check=True)
            first = play(SMALL, disk / "run")
            subprocess.run([*resize[:2], "remount,size=64m", str(disk)], check=True)
            again = play(SMALL, disk / "run")
            told = (first.clean or first.code == 0) and again.code == 0
            count.add(told and same(disk / "run", expected), first.said + again.said)
            for left in disk.iterdir():
                shutil.rmtree(left) if left.is_dir() else left.unlink()
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    return count


def read_only(times: int, place: Path, rng: random.Random) -> Count:
    """Another user's folder, new or with a run in it; and a file where the folder should be."""
    count, expected = Count(), _whole(SMALL, place)
    for i in range(times):
        run = place / "run"
        if i % 3 == 0:
            run.write_text("a file")
            end = play(SMALL, run)
            run.unlink()
        else:
            run.mkdir()
            if i % 3 == 1:
                _stopped(SMALL, run, rng)
            end = play(SMALL, run, before=lambda: os.setuid(65534))
        again = play(SMALL, run)
        count.add(end.clean and again.code == 0 and same(run, expected), end.said + again.said)
        shutil.rmtree(run, ignore_errors=True)
    return count


def no_handles(times: int, place: Path, rng: random.Random) -> Count:
    """Few files may be open at once (RLIMIT_NOFILE)."""
    count, expected = Count(), _whole(SMALL, place)
    ends = [
        _refused(count, SMALL, place / "run", expected, limited(resource.RLIMIT_NOFILE, rng.randint(3, 9)))
        for _ in range(times)
    ]
    count.note = f"{sum(end.code != 0 for end in ends)} of them were stopped by it"
    return count


# ---- what lies on the disk is not what was written -------------------------------------------------------------------


def damaged(times: int, place: Path, rng: random.Random) -> Count:
    """The newest checkpoint is cut short, has a flipped bit or lacks a file: the one before is taken, which it says."""
    count, expected = Count(), _whole(SMALL, place)
    (place / "half").mkdir()
    _stopped(SMALL, place / "half", rng, checkpoints=8)
    for _ in range(times):
        run = shutil.copytree(place / "half", place / "run")
        file = max(run.glob("checkpoints/step-*")) / rng.choice(("state.safetensors", "state.json"))
        data = bytearray(file.read_bytes())
        harm = rng.choice(("cut", "flip", "gone"))
        if harm == "gone":
            file.unlink()
        else:
            at = rng.randrange(len(data))
            data[at] ^= 1 << rng.randrange(8)
            file.write_bytes(data if harm == "flip" else data[:at])
        end = play(SMALL, run)
        told = "going back to the checkpoint before" in end.said
        count.add(end.code == 0 and told and same(run, expected), f"{harm} {file.name}\n{end.said}")
        shutil.rmtree(run, ignore_errors=True)
    return count


CLOCK = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
static long looks;
int clock_gettime(clockid_t which, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(which, now);
    if (which == CLOCK_REALTIME) now->tv_sec -= 3600 * ++looks;
    return result;
}
"""


def clock_back(times: int, place: Path, rng: random.Random) -> Count:
    """Each look at the clock is an hour earlier than the one before, and the run's files are a year in the future."""
    count, expected = Count(), _whole(SMALL, place)
    (place / "clock.c").write_text(CLOCK)
    build = ["cc", "-shared", "-fPIC", "-o", str(place / "clock.so"), str(place / "clock.c"), "-ldl"]
    if not shutil.which("cc") or subprocess.run(build, check=False).returncode:
        return Count(note="not tried: there is no C compiler")
    for _ in range(times):
        run = place / "run"
        run.mkdir()
        _stopped(SMALL, run, rng)
        for file in run.rglob("*"):
            os.utime(file, (time.time() + 3e7,) * 2)
        command = [sys.executable, "-m", "rivals", *SMALL.words(run)]
        early = {**os.environ, "LD_PRELOAD": str(place / "clock.so")}
        end = subprocess.run(command, env=early, capture_output=True, text=True, check=False)
        count.add(end.returncode == 0 and same(run, expected), end.stderr)
        shutil.rmtree(run, ignore_errors=True)
    return count


def changed_data(times: int, place: Path, rng: random.Random) -> Count:
    """A picture changes, comes or goes between two sittings: refused, naming it; put back, the run goes on."""
    from PIL import Image

    pictures, count = place / "pictures", Count()
    pictures.mkdir()
    for i in range(12):
        Image.frombytes("L", (8, 8), rng.randbytes(64)).save(pictures / f"{i}.png")
    job = Job("gan", str(pictures), 20, ("hidden=(8,8)", "latent=4"), batch=4)
    expected = _whole(job, place)
    for _ in range(times):
        run = place / "run"
        run.mkdir()
        _stopped(job, run, rng)
        shutil.copytree(pictures, place / "kept")
        chosen = pictures / f"{rng.randrange(12)}.png"
        {
            "changed": lambda at: Image.frombytes("L", (8, 8), rng.randbytes(64)).save(at),
            "new": lambda at: Image.frombytes("L", (8, 8), rng.randbytes(64)).save(at.with_name("new.png")),
            "gone": lambda at: at.unlink(),
        }[rng.choice(("changed", "new", "gone"))](chosen)
        refused = play(job, run)
        shutil.rmtree(pictures)
        shutil.move(place / "kept", pictures)
        again = play(job, run)
        told = refused.code == 2 and refused.clean and "the data's content" in refused.said
        count.add(told and again.code == 0 and same(run, expected), refused.said + again.said)
        shutil.rmtree(run, ignore_errors=True)
    return count


# ---- others at work --------------------------------------------------------------------------------------------------


def two_at_once(times: int, place: Path, rng: random.Random) -> Count:
    """A second process in the same folder: it refuses, and the first one does not notice."""
    count, expected = Count(), _whole(LONG, place)
    for _ in range(times):
        first = Child(LONG.words(place / "run"), place / "first.log")
        saved(first, place / "run", rng.randint(1, 40))
        second = play(LONG, place / "run")
        told = second.clean and "another process is training" in second.said
        end = first.end()
        count.add(told and end.code == 0 and same(place / "run", expected), second.said + end.said)
        shutil.rmtree(place / "run", ignore_errors=True)
    return count


def paused(times: int, place: Path, rng: random.Random) -> Count:
    """SIGSTOP at a random moment, and SIGCONT a while later."""
    count, expected = Count(), _whole(LONG, place)
    while count.tried < times:
        child, stops = Child(LONG.words(place / "run"), place / "paused.log"), 0
        while child.running() and count.tried + stops < times:
            time.sleep(rng.uniform(0, 0.15))
            child.kill(signal.SIGSTOP)
            time.sleep(rng.uniform(0, 0.1))
            child.kill(signal.SIGCONT)
            stops += 1
        end = child.end()
        for _ in range(stops):
            count.add(end.code == 0 and same(place / "run", expected), end.said)
        shutil.rmtree(place / "run", ignore_errors=True)
    return count


def _whole(job: Job, place: Path) -> tuple[str, str, str]:
    """How the undisturbed run ends."""
    end = play(job, place / "whole")
    assert end.code == 0, end.said
    return digest(place / "whole")


def _stopped(job: Job, run: Path, rng: random.Random, checkpoints: int = 0) -> None:
    """A run that was killed after some checkpoints."""
    child = Child(job.words(run), run.with_name("stopped.log"))
    saved(child, run, checkpoints or rng.randint(2, 12))
    child.kill()
    child.end()


FAULTS: dict[str, Callable[[int, Path, random.Random], Count]] = {
    **{f"kill -9: {name}": partial(killed, name) for name in KILLED},
    "disk full (RLIMIT_FSIZE)": disk_full,
    "disk full (small file system)": disk_small,
    "folder that cannot be written": read_only,
    "no file handles left": no_handles,
    "newest checkpoint damaged": damaged,
    "clock runs backwards": clock_back,
    "data changed between sittings": changed_data,
    "two processes in one folder": two_at_once,
    "SIGSTOP, SIGCONT": paused,
    **several.FAULTS,
    **hosts.FAULTS,
}
"""Name -> what tries it so many times."""


def main() -> None:
    """Try the faults that are named, print what came of them, and append it to the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="beginnings of names; by default all")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=45.0, help="of the soak")
    parser.add_argument("--cells", type=int, default=200, help="of the sweep")
    parser.add_argument("--pictures", type=int, default=200_000, help="of the large folder")
    parser.add_argument("--out", type=Path, default=Path(__file__).with_suffix(".json"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    several.SIZES.update(minutes=asked.minutes, cells=asked.cells, pictures=asked.pictures)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        warm(SMALL, Path(folder))
    for name in [n for n in FAULTS if not asked.names or any(n.startswith(word) for word in asked.names)]:
        began, spent = time.monotonic(), cpu()
        with tempfile.TemporaryDirectory(prefix="faults-") as folder:
            os.environ["RIVALS_CACHE"] = f"{folder}/cache"
            os.chmod(folder, 0o755)
            count = FAULTS[name](asked.times, Path(folder), random.Random(0))
        facts = {
            "fault": name, "tried": count.tried, "survived": count.survived, "note": count.note,
            "seconds": round(time.monotonic() - began, 1), "processor seconds": round(cpu() - spent, 1),
            "torch": torch.__version__, "machine": f"{platform.machine()} {platform.system()}",
        }  # fmt: skip
        kept = json.loads(asked.out.read_text()) if asked.out.is_file() else []
        asked.out.write_text(json.dumps([*kept, facts], indent=1) + "\n")
        mark = "ok  " if count.survived == count.tried else "LOST"
        print(
            f"{mark} {name:<44} {count.survived:>4} of {count.tried:<4} {facts['seconds']:7.1f} s  {count.note}",
            flush=True,
        )


if __name__ == "__main__":
    main()
