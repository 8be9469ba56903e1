"""The diagnosis of a run from its folder alone, whether or not it was watched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rivals.data import specs
from rivals.diagnosis import history as files
from rivals.diagnosis.case import Case
from rivals.diagnosis.history import Finding, History
from rivals.diagnosis.remedies import remedies
from rivals.diagnosis.watch import Watch
from rivals.errors import RivalsError, UsageError


def diagnose(folder: str | Path) -> list[Finding]:
    """Apply the present rules to what a run recorded.

    A run without signals (it was trained without diagnosis) is judged by its losses and gradients, which is less.

    Args:
        folder: of the run; nothing in it changes.

    Returns:
        Findings in the order in which they were made, with remedies.

    Raises:
        UsageError: where there is no run.
    """
    path = Path(folder)
    if not (path / "config.json").is_file():
        raise UsageError(f"{path} is no run: it has no config.json")
    config = _json(path / "config.json")
    if "game" not in config:
        raise UsageError(f"{path} is a saved model, not a run: only a run has signals to diagnose")
    history = files.read(path)
    if not history.probes:
        history = recorded(path, config, history.facts)
    found = Watch().replay(history)
    status = _json(path / "state.json") if (path / "state.json").is_file() else {}
    message = str(status.get("message", ""))
    if status.get("status") == "failed" and "became" in message:  # the sentence of `NonFinite`
        step = int(status.get("step", 0))
        found.append(Finding(step, "diverged", files.SERIOUS, message, step))
    case = case_of(config)
    for finding in found:
        finding.remedies = [] if finding.recovered else remedies(finding, case)
    return found


def recorded(path: Path, config: Mapping[str, Any], facts: Mapping[str, float] | None = None) -> History:
    """A history made of the losses and gradients in metrics.jsonl."""
    probes = []
    for record in files.lines(path, "metrics.jsonl"):
        if not any(name.startswith("loss/") for name in record):
            continue
        probe = {k: float(v) for k, v in record.items() if isinstance(v, int | float)}
        for name, value in list(probe.items()):
            if name.startswith("gradient/"):
                probe[f"last {name}"] = value
        probes.append(probe)
    about = {"data/size": float(config["data"].get("samples") or 0), "run/total": float(config["steps"])}
    return History(about | dict(facts or {}), probes)


def case_of(config: Mapping[str, Any]) -> Case:
    """What can be set in a run, from its config.json."""
    return Case.stored(config["game"], config["data"].get("samples"), {"batch": config["batch"]})


def summary(found: list[Finding], config: Mapping[str, Any]) -> list[str]:
    """For people: every finding, then what still stands."""
    data = specs.spelled(specs.from_json(config["game"]["data"]))
    lines = [finding.line() for finding in found]
    open = [f for f in files.standing(found) if f.severity != files.NOTE]
    if not open:
        return [*lines, f"nothing is wrong that shows: {config['game']['recipe']} on {config['data']['name']}, {data}"]
    for finding in open:
        lines += ["", f"{finding.illness} ({finding.severity}, since step {finding.since:,})"]
        lines += [f"  {files.spelled(remedy)}  {remedy['why']}" if _typed(remedy) else f"  {remedy['why']}"
                  for remedy in finding.remedies]  # fmt: skip
    return lines


def _typed(remedy: Mapping[str, Any]) -> bool:
    return bool(remedy.get("set") or remedy.get("command"))


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RivalsError(f"{path} cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise RivalsError(f"{path} cannot be read: it holds a {type(data).__name__}, no JSON object")
    return data
