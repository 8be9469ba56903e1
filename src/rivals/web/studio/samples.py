"""The tab of samples: which, how many, of which class, how far truncated."""

from __future__ import annotations

from typing import Any

import gradio as gr

from rivals.web.studio import parts
from rivals.web.studio.shelf import Model, Shelf


def build(shelf: Shelf, model: Model) -> None:
    """Build the tab."""
    game = model.trained
    with gr.Row(equal_height=False):
        with gr.Column(scale=1, min_width=260):
            seed, n = parts.seed(info="Which samples"), parts.count(model)
            wishes, read = parts.wish(model)
            cut, held = parts.truncation(game)

        def draw(seed: float, n: float, *values: Any) -> str:
            wanted, how = values[: len(wishes)], values[len(wishes) :]
            with held(*how):
                made = game.sample(int(n), seed=int(seed), label=read(*wanted))
            return parts.samples(made, model.made, f"{int(n)} samples of {model.name}, seed {int(seed)}")

        with gr.Column(scale=2, min_width=280):
            inputs = [seed, n, *wishes, *cut]
            shown = gr.HTML(parts.sentence(shelf, draw)(*(each.value for each in inputs)), elem_id="samples-shown")
    parts.lively(shelf, draw, inputs, shown)
