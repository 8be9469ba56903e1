"""The tab that changes attributes, or the class, of a sample or of an uploaded picture: encode, change, decode."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr
import torch
from torch import Tensor

from rivals.conditions import Attributes
from rivals.pictures.styles import grid_of
from rivals.web.studio import parts
from rivals.web.studio.shelf import Model, Shelf

WAY = torch.linspace(0, 1, 6)
"""Values of the attribute along the last row."""


def build(shelf: Shelf, model: Model) -> None:
    """Build the tab."""
    condition = model.trained.condition
    make = _attributes if isinstance(condition, Attributes) else _classes
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=260):
            file, seed = parts.upload("Your picture"), parts.seed(info="Of the sample, where nothing is uploaded")
            controls, edited = make(model)
        with gr.Column(scale=2, min_width=280):
            shown = gr.HTML(elem_id="edit-shown")

    def draw(blob: bytes | None, seed: float, *values: Any) -> str:
        x = parts.subject(model, blob, seed)
        return edited(x, *values)

    parts.lively(shelf, draw, [file, seed, *controls], shown)


def _attributes(model: Model) -> tuple[list[Any], Callable[..., str]]:
    """One attribute with its value, and others that are set or taken away with it."""
    game = model.trained
    assert isinstance(game.condition, Attributes)
    names = list(game.condition.names)
    name = gr.Dropdown(names, value=names[0], interactive=True, label="Attribute")
    value = gr.Slider(-0.5, 1.5, 1, step=0.05, interactive=True, label="Its value", info="0 is without, 1 is with it")
    others = [
        gr.Dropdown(names, value=[], multiselect=True, interactive=True, label=each)
        for each in ("Also with", "Also without")
    ]

    def edited(x: Tensor, name: str, value: float, yes: list[str], no: list[str]) -> str:
        also = dict.fromkeys(no, 0.0) | dict.fromkeys(yes, 1.0)
        made = game.edit(x, **(also | {name: float(value)})).cpu()  # type: ignore[operator]
        steps = [game.edit(x, **(also | {name: float(v)})).cpu() for v in WAY]  # type: ignore[operator]
        above = parts.picture(grid_of(torch.stack([x, made], 1)), f"The picture, and with {name} {value:g}")
        return above + parts.picture(grid_of(torch.stack(steps, 1)), f"{name} from 0 to 1")

    return [name, value, *others], edited


def _classes(model: Model) -> tuple[list[Any], Callable[..., str]]:
    """The class that the picture gets, and all of them in a row."""
    game = model.trained
    label = gr.Dropdown([str(k) for k in range(game.classes)], value="0", interactive=True, label="Class")

    def edited(x: Tensor, label: str) -> str:
        every = [game.edit(x, label=k).cpu() for k in range(game.classes)]  # type: ignore[operator]
        above = parts.picture(grid_of(torch.stack([x, every[int(label)]], 1)), f"The picture, and as a {label}")
        return above + parts.picture(grid_of(torch.stack(every, 1)), "As each class in turn")

    return [label], edited
