"""The tab that watches a run from its folder: how it stands, curves, newest samples, diagnosis; a button ends it."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import gradio as gr

from rivals.errors import RivalsError, UsageError
from rivals.store.folder import RunFolder
from rivals.web import report
from rivals.web.page import figure, number, read_json, records_of
from rivals.web.studio import parts
from rivals.web.studio.shelf import Model, Shelf

SECONDS = 2
"""Between two looks at the folder."""
WATCHED = ("state.json", "metrics.jsonl", "diagnosis.jsonl", "interventions.json", "samples", "checkpoints", ".lock")
"""What changes in the folder while a run goes on."""
N = 16
"""Samples of the newest checkpoint."""


def build(shelf: Shelf, model: Model) -> None:
    """Build the tab."""
    seen = gr.State("")
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=280):
            state = gr.HTML(elem_id="live-state")
        with gr.Column(scale=1, min_width=200):
            stop = gr.Button("Stop the run", variant="stop", visible=False, elem_id="live-stop")
            said = gr.HTML(elem_id="live-said")
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=260):
            samples = gr.HTML(elem_id="live-samples")
        with gr.Column(scale=1, min_width=260):
            diagnosis = gr.HTML(elem_id="live-diagnosis")
    curves = gr.HTML(elem_id="live-curves")
    clock = gr.Timer(SECONDS)
    path = model.path

    def look(before: str) -> tuple[Any, ...]:
        now = stamp(path)
        if now == before:
            return (gr.skip(),) * 6
        newest = parts.sentence(shelf, lambda: newest_samples(shelf, model))()
        button = gr.Button("Stop the run", visible=RunFolder(path).trainer() is not None)
        return now, standing(path), newest, findings(path), charts(path), button

    def end() -> str:
        return parts.sentence(shelf, lambda: parts.told(stopped(path), "good"))()

    everything = [seen, state, samples, diagnosis, curves, stop]
    quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    gr.on([clock.tick, *parts.opened(state)], look, seen, everything, **quiet)
    stop.click(end, None, said, **quiet)


def stamp(path: Path) -> str:
    """What changes when anything in the folder does."""
    facts = []
    for name in WATCHED:
        try:
            found = (path / name).stat()
            facts.append(f"{name} {found.st_mtime_ns} {found.st_size}")
        except OSError:
            facts.append(name)
    return f"{facts} {RunFolder(path).trainer()}"


def standing(path: Path) -> str:
    """Recipe, data, status and progress."""
    config, state = read_json(path / "config.json"), read_json(path / "state.json")
    recipe, data = str((config.get("game") or {}).get("recipe", "")), str((config.get("data") or {}).get("name", ""))
    title = f"{recipe} on {data}" if data else recipe
    if state.get("status") == "running" and RunFolder(path).trainer() is None:
        state = state | {"status": "interrupted", "message": "nobody trains here now: the same command goes on"}
    steps = [step for record in records_of(path / "metrics.jsonl")[-1:] if (step := number(record.get("step")))]
    reached = max([*steps, number(state.get("step")) or 0.0])  # a run that goes on writes its state at its end only
    return report.head(title, None, state | {"step": reached} if state else state)


def findings(path: Path) -> str:
    """What the diagnosis found."""
    return report.diagnosis(path) or parts.told("The diagnosis has found nothing so far.")


def charts(path: Path) -> str:
    """Scores, losses and gradients so far."""
    records = records_of(path / "metrics.jsonl")
    drawn = report.score_curves(records) + report.training_curves(records)
    return drawn or parts.told("No figures yet: the run has not logged any.")


def newest_samples(shelf: Shelf, model: Model) -> str:
    """The newest samples of the run's folder, or those of its checkpoint, where that is newer."""
    files = report.samples_of(model.path / "samples")
    kept = sorted((model.path / "checkpoints").glob("step-*"))
    if files and (not kept or files[-1].stat().st_mtime >= kept[-1].stat().st_mtime):
        return figure(files[-1], f"Samples: {files[-1].stem}")
    if not kept:
        return parts.told("No samples yet: the run has not saved any checkpoint.")
    newest = shelf.newest(model.name)
    made = newest.trained.sample(min(N, newest.trained.most or N), seed=0)
    return parts.samples(made, newest.made, f"Samples of {kept[-1].name}")


def stopped(path: Path) -> str:
    """Ask the process that trains in a folder to end: it finishes its step and saves.

    Returns:
        A sentence about it.

    Raises:
        UsageError: where nobody trains there.
        RivalsError: where the process may not be asked.
    """
    number = RunFolder(path).trainer()
    if number is None:
        raise UsageError(f"nobody trains in {path} now, so there is nothing to stop")
    try:
        os.kill(number, signal.SIGTERM)
    except ProcessLookupError:
        raise UsageError(f"nobody trains in {path} now, so there is nothing to stop") from None
    except PermissionError:
        raise RivalsError(f"process {number}, which trains in {path}, belongs to somebody else") from None
    return f"Process {number} was asked to stop: it finishes its step and saves; the same command goes on from there."
