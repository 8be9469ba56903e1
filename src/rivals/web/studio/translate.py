"""The tab that translates an uploaded picture, or those that the model keeps from its training."""

from __future__ import annotations

from typing import Any

import gradio as gr
import torch

from rivals.data.specs import Spec
from rivals.pictures.styles import grid_of
from rivals.translator import Translator
from rivals.web.studio import parts, uploads
from rivals.web.studio.shelf import Model, Shelf

KEPT = 6
"""Examples of the model's own that are shown."""


def build(shelf: Shelf, model: Model) -> None:
    """Build the tab."""
    game = model.trained
    ways: dict[str, tuple[Any, Spec]] = {"x to y": (game.translate, model.given)}
    if callable(getattr(game, "translate_back", None)):
        ways["y to x"] = (game.translate_back, model.made)
    examples = game.examples[:KEPT] if isinstance(game, Translator) else None
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=260):
            way = gr.Radio(list(ways), value="x to y", interactive=True, label="Direction", visible=len(ways) > 1)
            file = parts.upload("Picture to translate")
        with gr.Column(scale=2, min_width=280):
            shown = gr.HTML(elem_id="translate-shown")

    def draw(way: str, blob: bytes | None) -> str:
        translate, takes = ways[way]
        own = blob is None and examples is not None and way == "x to y"
        x = examples if own else uploads.picture(blob, takes)
        assert x is not None
        with game.presenting():
            y = translate(x.to(game.device)).cpu()
        caption = "Pictures that the model keeps from its training" if own else "Your picture as the model sees it"
        if x.shape[1:] != y.shape[1:]:
            return parts.samples(x, takes, caption) + parts.samples(y, model.made, "Its translation")
        return parts.picture(grid_of(torch.stack([x.cpu(), y])), f"{caption}, and below what comes of it")

    parts.lively(shelf, draw, [way, file], shown)
