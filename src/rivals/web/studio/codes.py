"""The tab that changes the numbers of a picture's code: encode, change, decode."""

from __future__ import annotations

import gradio as gr
import torch
from torch import Tensor

from rivals.pictures.styles import grid_of
from rivals.web.studio import parts
from rivals.web.studio.shelf import Model, Shelf

MOST = 8
"""Numbers of the code that have a slider, those that change a picture most."""


def build(shelf: Shelf, model: Model) -> None:
    """Build the tab."""
    game = model.trained
    with shelf.lock:
        strong = strongest(model)
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=260):
            file, seed = parts.upload("Your picture"), parts.seed(info="Of the sample, where nothing is uploaded")
            numbers = [
                gr.Slider(-3, 3, 0, step=0.1, interactive=True, label=f"Change of number {i}", elem_id=f"code-{k}")
                for k, i in enumerate(strong)
            ]
        with gr.Column(scale=2, min_width=280):
            shown = gr.HTML(elem_id="codes-shown")

    def draw(blob: bytes | None, seed: float, *moved: float) -> str:
        x = parts.subject(model, blob, seed)
        z = game.encode(x)  # type: ignore[operator]
        z[:, strong] += torch.tensor(moved, dtype=z.dtype, device=z.device)
        row = torch.stack([x, game.reconstruct(x).cpu(), game.decode(z).cpu()], 1)  # type: ignore[operator]
        return parts.picture(grid_of(row), "The picture, what comes of its code, and what comes of the changed code")

    parts.lively(shelf, draw, [file, seed, *numbers], shown)


def strongest(model: Model) -> list[int]:
    """Places of the numbers that change a sample's reconstruction most, by a step of 1 each."""
    game = model.trained
    z: Tensor = game.encode(parts.subject(model, None, 0))  # type: ignore[operator]
    step = torch.eye(z.shape[1], device=z.device)
    change = (game.decode(z + step) - game.decode(z)).square().flatten(1).sum(1)  # type: ignore[operator]
    order: list[int] = change.argsort(descending=True)[:MOST].tolist()
    return order
