"""What is installed, what the machine can do, and where things are kept."""

from __future__ import annotations

import os
import platform
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("torch", "numpy", "scipy", "scikit-learn", "pillow", "matplotlib", "safetensors", "typer")
"""What is always there."""

EXTRAS = {
    "environments": ("gymnasium", "policies and the data cartpole"),
    "tensorboard": ("tensorboard", "--logger tensorboard"),
    "mlflow": ("mlflow", "--logger mlflow"),
    "wandb": ("wandb", "--logger wandb"),
    "parquet": ("pyarrow", "tables in .parquet files"),
    "music": ("mido", "music in .mid files"),
    "hub": ("datasets", "data sets of Hugging Face, hub:NAME"),
    "transport": ("POT", "exact optimal transport between sets of unequal size"),
    "ray": ("ray", "rivals bench --on ray"),
    "quantum": ("pennylane", "the recipe qugan"),
    "export": ("onnx", "rivals export --to onnx"),
    "studio": ("gradio", "rivals studio"),
    "docs": ("mkdocs", "the site, make docs"),
}
"""Extra -> its package, and what it is for."""

SIDE = 1024
"""Of the matrices that are multiplied to see the speed."""


def facts(seconds: float = 1.0) -> dict[str, Any]:
    """Everything that `rivals doctor` tells, as plain data.

    Args:
        seconds: how long the speed is measured on each device.
    """
    import torch

    import rivals
    from rivals.data import cache

    home = os.environ.get("RIVALS_DATA")
    devices = ["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))]
    devices += ["mps"] if torch.backends.mps.is_available() else []
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "rivals": rivals.__version__,
        "packages": {name: installed(name) for name in PACKAGES},
        "extras": {
            extra: {"package": package, "version": installed(package), "for": purpose}
            for extra, (package, purpose) in EXTRAS.items()
        },
        "devices": {device: _device(device, seconds) for device in devices},
        "cache": {"folder": str(cache.directory()), "bytes": size(cache.directory())},
        "data": {"RIVALS_DATA": home, "found": bool(home) and Path(str(home)).is_dir()},
    }


def lines(facts: dict[str, Any]) -> list[str]:
    """The facts for people."""
    told = [("rivals", f"{facts['rivals']} on Python {facts['python']}, {facts['system']}")]
    told.append(("packages", ", ".join(f"{name} {there or 'MISSING'}" for name, there in facts["packages"].items())))
    for name, device in facts["devices"].items():
        told.append(
            ("device", f"{name}: {device['name']}, {', '.join(device['precisions'])}, {device['gflops']} GFLOP/s")
        )
    for name, extra in facts["extras"].items():
        there = f"{extra['package']} {extra['version']}" if extra["version"] else f"no; pip install 'rivals[{name}]'"
        told.append((f"[{name}]", f"{extra['for']}: {there}"))
    told.append(("cache", f"{facts['cache']['folder']}, {facts['cache']['bytes'] / 2**20:.1f} MiB"))
    home = facts["data"]["RIVALS_DATA"]
    state = "not set" if home is None else home if facts["data"]["found"] else f"{home}, which is no folder"
    told.append(("RIVALS_DATA", state))
    width = max(len(label) for label, _ in told)
    return [f"{label:>{width}}  {text}" for label, text in told]


def installed(package: str) -> str | None:
    """The version of an installed package, or None."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def size(folder: Path) -> int:
    """Bytes of all files below a folder; 0 where it is not there."""
    total = 0
    for file in folder.rglob("*") if folder.is_dir() else ():
        try:
            total += file.lstat().st_size if file.is_file() else 0
        except OSError:  # another process sweeps
            continue
    return total


def _device(name: str, seconds: float) -> dict[str, Any]:
    import torch

    device = torch.device(name)
    cuda = device.type == "cuda"
    half = torch.cuda.is_bf16_supported() if cuda else device.type == "cpu"
    title = f"{torch.get_num_threads()} threads of {os.cpu_count()} cores"
    if cuda:
        facts = torch.cuda.get_device_properties(device)
        title = f"{facts.name}, {facts.total_memory / 2**30:.0f} GiB"
    return {
        "name": "Apple GPU" if device.type == "mps" else title,
        "precisions": ["fp32", "bf16"] if half else ["fp32"],
        "gflops": round(_speed(device, seconds)),
    }


def _speed(device: Any, seconds: float) -> float:
    """10⁹ operations a second of float32 matrix products."""
    import torch

    a = torch.ones(SIDE, SIDE, device=device)

    def done() -> float:
        return float((a @ a)[0, 0])  # read back, so that nothing is still under way

    done()
    count, began = 0, time.perf_counter()
    while not count or time.perf_counter() - began < seconds:
        done()
        count += 1
    return 2 * SIDE**3 * count / (time.perf_counter() - began) / 1e9
